/* SPDX-License-Identifier: Apache-2.0
 *
 * sql_token: see sql_token.h.
 */
#include "detect/sqli/sql_token.h"

enum {
    TAG_MOST = 64,   /* letters between the dollars of a PostgreSQL string */
    RANDOM_WORD = 4, /* the same, and nothing behind it */
    SHORT_WORD = 8,  /* what tools write behind the dashes so that the comment is not empty */
};

enum byte_class {
    BYTE_OTHER,
    BYTE_SPACE,
    BYTE_DIGIT,
    BYTE_LETTER, /* of names: letters, _ and all beyond ASCII */
    BYTE_QUOTE,
    BYTE_MARK, /* ( ) , ; . */
    BYTE_OPERATOR,
};

/* clang-format off */
static const uint8_t classes[256] = {
    [0] = BYTE_SPACE,
    ['\t'] = BYTE_SPACE, ['\n'] = BYTE_SPACE, ['\v'] = BYTE_SPACE, ['\f'] = BYTE_SPACE,
    ['\r'] = BYTE_SPACE, [' '] = BYTE_SPACE,
    ['0' ... '9'] = BYTE_DIGIT,
    ['a' ... 'z'] = BYTE_LETTER, ['A' ... 'Z'] = BYTE_LETTER, ['_'] = BYTE_LETTER,
    [0x80 ... 0xff] = BYTE_LETTER,
    ['\''] = BYTE_QUOTE, ['"'] = BYTE_QUOTE, ['`'] = BYTE_QUOTE, ['['] = BYTE_QUOTE,
    ['('] = BYTE_MARK, [')'] = BYTE_MARK, [','] = BYTE_MARK, [';'] = BYTE_MARK, ['.'] = BYTE_MARK,
    ['='] = BYTE_OPERATOR, ['<'] = BYTE_OPERATOR, ['>'] = BYTE_OPERATOR, ['!'] = BYTE_OPERATOR,
    ['+'] = BYTE_OPERATOR, ['-'] = BYTE_OPERATOR, ['*'] = BYTE_OPERATOR, ['/'] = BYTE_OPERATOR,
    ['%'] = BYTE_OPERATOR, ['^'] = BYTE_OPERATOR, ['&'] = BYTE_OPERATOR, ['|'] = BYTE_OPERATOR,
    ['~'] = BYTE_OPERATOR, ['#'] = BYTE_OPERATOR,
};
/* clang-format on */

struct sql_lexer sql_lexer_of(struct span text, enum sql_dialect dialect)
{
    return (struct sql_lexer){.text = text, .dialect = dialect};
}

/* The byte that far ahead; behind the end 0, which is white space. */
static uint8_t ahead(const struct sql_lexer *l, size_t n)
{
    return n < l->text.n - l->at ? l->text.p[l->at + n] : 0;
}

static struct span rest_of(const struct sql_lexer *l)
{
    return span_from(l->text, l->at);
}

static bool is_mysql(const struct sql_lexer *l)
{
    return l->dialect == SQL_MYSQL || l->dialect == SQL_GENERIC;
}

/* ---- between the tokens ---- */

/* The space without a break of UTF-8, which servers take for a blank. */
static size_t blank_size(struct span s)
{
    if (s.n && classes[s.p[0]] == BYTE_SPACE)
        return 1;
    return s.n > 1 && s.p[0] == 0xc2 && s.p[1] == 0xa0 ? 2 : 0;
}

static bool is_quote(uint8_t c)
{
    return c == '\'' || c == '"';
}

static bool is_wordlike(uint8_t c)
{
    return classes[c] == BYTE_LETTER || classes[c] == BYTE_DIGIT;
}

/* Of a word in somebody's language; the two bytes of a blank are none. */
static bool is_text(struct span s, size_t i)
{
    return i < s.n && is_wordlike(s.p[i]) && s.p[i] != 0xc2 && s.p[i] != 0xa0;
}

/* Between two letters, the first of which is not the one that says what kind of string begins. */
static bool is_apostrophe(struct span s, size_t i)
{
    if (i == 0 || !is_text(s, i - 1) || !is_text(s, i + 1))
        return false;
    return (i > 1 && is_text(s, i - 2)) || memchr("nebx", span_lower(s.p[i - 1]), 4) == NULL;
}

static bool quotes_odd(struct span s)
{
    unsigned quotes = 0;

    for (size_t i = 0; i < s.n; i++)
        if (is_quote(s.p[i]) && !is_apostrophe(s, i))
            quotes++;
    return quotes & 1;
}

/* What an application would have written behind a value that was put there: the quote that ends it
 * comes first, but for a few letters of whoever made the comment. */
static enum sql_tail line_judge(struct span s)
{
    struct span at = s;
    size_t word = 0;

    while (at.n && (classes[at.p[0]] == BYTE_SPACE || at.p[0] == '-' || at.p[0] == '+'))
        at = span_from(at, 1);
    if (at.n == 0)
        return TAIL_EMPTY;
    while (word < at.n && word < SHORT_WORD && is_wordlike(at.p[word]))
        word++;
    if (word == at.n)
        return word <= RANDOM_WORD ? TAIL_WORD : TAIL_WORDS;
    at = span_from(at, word);
    while (at.n && (at.p[0] == '%' || at.p[0] == ')'))
        at = span_from(at, 1);
    if (at.n == 0 || !is_quote(at.p[0]) || is_text(at, 1))
        return TAIL_WORDS;
    return quotes_odd(s) ? TAIL_REST : TAIL_WORDS;
}

struct between {
    uint8_t marks;
    enum sql_tail tail;
    bool blank;
    bool hollow; /* a comment without content */
    bool solid;  /* one with content */
};

/* The first that is remarkable counts. */
static void comment_note(struct between *b, enum sql_tail tail)
{
    if (b->tail <= TAIL_WORD && !(b->marks & SQL_LINE))
        b->tail = tail;
}

static void line_comment(struct sql_lexer *l, size_t marks, struct between *b)
{
    struct span rest = span_from(rest_of(l), marks);
    struct span line = span_first(rest, span_index(rest, '\n'));

    comment_note(b, line_judge(line));
    b->solid = true;
    l->at += marks + line.n;
}

static void block_comment(struct sql_lexer *l, struct between *b)
{
    bool nests = l->dialect == SQL_PGSQL || l->dialect == SQL_TDS;
    size_t start = l->at, depth = 1;

    l->at += 2;
    while (depth && l->at < l->text.n) {
        if (l->text.p[l->at] == '*' && ahead(l, 1) == '/') {
            depth--;
            l->at += 2;
        } else if (nests && l->text.p[l->at] == '/' && ahead(l, 1) == '*') {
            depth++;
            l->at += 2;
        } else {
            l->at++;
        }
    }
    comment_note(b, depth ? TAIL_OPEN : TAIL_NONE);
    if (depth == 0 && l->at - start == 4)
        b->hollow = true;
    else
        b->solid = true;
}

/* MySQL executes what stands in it: only the head and the end are comment. */
static bool versioned_begin(struct sql_lexer *l)
{
    size_t head = ahead(l, 2) == '!' ? 3 : 4;

    if (l->dialect != SQL_MYSQL || ahead(l, 1) != '*' ||
        !(ahead(l, 2) == '!' || (ahead(l, 2) == 'M' && ahead(l, 3) == '!')))
        return false;
    l->at += head;
    for (unsigned digits = 0; digits < 6 && classes[ahead(l, 0)] == BYTE_DIGIT; digits++)
        l->at++;
    l->versioned = true;
    return true;
}

static bool is_line_comment(const struct sql_lexer *l)
{
    if (l->text.p[l->at] == '#')
        return is_mysql(l);
    if (l->text.p[l->at] != '-' || ahead(l, 1) != '-')
        return false;
    return l->dialect != SQL_MYSQL || ahead(l, 2) <= ' ';
}

/* One blank or comment. False: a token begins. */
static bool step_between(struct sql_lexer *l, struct between *b)
{
    uint8_t c = l->text.p[l->at];
    size_t blank = blank_size(rest_of(l));

    if (blank) {
        b->blank = true;
        if (c == '\n')
            b->marks |= SQL_LINE;
        l->at += blank;
    } else if (c == '/' && versioned_begin(l)) {
        b->marks |= SQL_VERSIONED;
    } else if (l->versioned && c == '*' && ahead(l, 1) == '/') {
        l->versioned = false;
        b->marks &= (uint8_t)~SQL_VERSIONED;
        l->at += 2;
        b->solid = true;
    } else if (c == '/' && ahead(l, 1) == '*') {
        block_comment(l, b);
    } else if (is_line_comment(l)) {
        line_comment(l, c == '#' ? 1 : 2, b);
    } else {
        return false;
    }
    return true;
}

static struct between skip_between(struct sql_lexer *l)
{
    struct between b = {.marks = 0};

    while (l->at < l->text.n && step_between(l, &b))
        ;
    if (b.blank || b.hollow || b.solid || b.marks)
        b.marks |= SQL_SPACED;
    if (b.hollow && !b.blank && !b.solid)
        b.marks |= SQL_HOLLOW;
    if (b.solid)
        b.marks |= SQL_COMMENTED;
    return b;
}

/* ---- strings ---- */

/* Behind the quote that begins it, up to behind the one that ends it. Twice is once, inside. */
static uint8_t quoted(struct sql_lexer *l, uint8_t end, uint8_t escape)
{
    while (l->at < l->text.n) {
        uint8_t c = l->text.p[l->at];

        if (c != end) {
            l->at += c == escape && escape && l->at + 1 < l->text.n ? 2 : 1;
        } else if (ahead(l, 1) == end) {
            l->at += 2;
        } else {
            l->at++;
            return 0;
        }
    }
    return SQL_UNCLOSED;
}

static void quote_read(struct sql_lexer *l, struct sql_token *t, uint8_t escape)
{
    uint8_t quote = l->text.p[l->at];
    bool name = quote == '`' || quote == '[' || (quote == '"' && !is_mysql(l));

    l->at++;
    t->kind = name ? SQL_NAME : SQL_STRING;
    t->marks |= name ? SQL_QUOTED : 0;
    t->marks |= quoted(l, quote == '[' ? ']' : quote, escape);
}

/* $tag$ ... $tag$. False: it is none. */
static bool dollar_read(struct sql_lexer *l, struct sql_token *t)
{
    struct span rest = rest_of(l), tag, body;
    const uint8_t *end;
    size_t n = 1;

    while (n < rest.n && n < TAG_MOST && is_wordlike(rest.p[n]))
        n++;
    if (l->dialect != SQL_PGSQL || n >= rest.n || rest.p[n] != '$' ||
        (n > 1 && classes[rest.p[1]] == BYTE_DIGIT))
        return false;
    tag = span_first(rest, n + 1);
    body = span_from(rest, n + 1);
    end = body.n ? memmem(body.p, body.n, tag.p, tag.n) : NULL;
    t->kind = SQL_STRING;
    if (end == NULL)
        t->marks |= SQL_UNCLOSED;
    l->at = end ? (size_t)(end - l->text.p) + tag.n : l->text.n;
    return true;
}

static uint8_t closing_of(uint8_t quote)
{
    switch (quote) {
    case '[':
        return ']';
    case '(':
        return ')';
    case '{':
        return '}';
    case '<':
        return '>';
    default:
        return quote;
    }
}

/* Oracle's q'[ ... ]'; at its quote. */
static void alternative_read(struct sql_lexer *l, struct sql_token *t)
{
    uint8_t end[2] = {closing_of(ahead(l, 1)), '\''};
    struct span body = span_from(rest_of(l), 2);
    const uint8_t *hit = body.n ? memmem(body.p, body.n, end, sizeof(end)) : NULL;

    t->kind = SQL_STRING;
    if (hit == NULL)
        t->marks |= SQL_UNCLOSED;
    l->at = hit ? (size_t)(hit - l->text.p) + sizeof(end) : l->text.n;
}

/* A letter that stands before a string and says what kind it is: N'..', E'..', X'..', U&'..'. */
static bool prefixed_read(struct sql_lexer *l, struct sql_token *t)
{
    uint8_t letter = span_lower(l->text.p[l->at]);
    size_t quote = letter == 'u' && ahead(l, 1) == '&' ? 2 : 1;
    bool escapes = letter == 'e' || l->dialect == SQL_MYSQL;

    if (letter == 'n' && span_lower(ahead(l, 1)) == 'q' && ahead(l, 2) == '\'')
        quote = 2;
    if (ahead(l, quote) != '\'' || memchr("neqbxu", letter, 6) == NULL)
        return false;
    l->at += quote;
    if (l->dialect == SQL_ORACLE && (letter == 'q' || quote == 2)) {
        alternative_read(l, t);
        return true;
    }
    quote_read(l, t, escapes ? '\\' : 0);
    if (letter == 'x' || letter == 'b')
        t->kind = SQL_HEX;
    return true;
}

/* ---- numbers, names, operators ---- */

static void digits_skip(struct sql_lexer *l)
{
    while (classes[ahead(l, 0)] == BYTE_DIGIT)
        l->at++;
}

static void number_read(struct sql_lexer *l, struct sql_token *t)
{
    uint8_t base = span_lower(ahead(l, 1));

    t->kind = SQL_NUMBER;
    if (l->text.p[l->at] == '0' && (base == 'x' || base == 'b')) {
        t->kind = SQL_HEX;
        l->at += 2;
        while (is_wordlike(ahead(l, 0)) && blank_size(rest_of(l)) == 0)
            l->at++;
        return;
    }
    digits_skip(l);
    if (ahead(l, 0) == '.') {
        l->at++;
        digits_skip(l);
    }
    if (span_lower(ahead(l, 0)) == 'e' &&
        (classes[ahead(l, 1)] == BYTE_DIGIT ||
         ((ahead(l, 1) == '-' || ahead(l, 1) == '+') && classes[ahead(l, 2)] == BYTE_DIGIT))) {
        l->at += 2;
        digits_skip(l);
    }
}

static bool is_name_byte(uint8_t c)
{
    return is_wordlike(c) || c == '$' || c == '#';
}

static void name_skip(struct sql_lexer *l)
{
    while (l->at < l->text.n && is_name_byte(l->text.p[l->at]) && blank_size(rest_of(l)) == 0 &&
           !(l->text.p[l->at] == '#' && is_mysql(l)))
        l->at++;
}

static void word_read(struct sql_lexer *l, struct sql_token *t)
{
    size_t start = l->at;
    enum sql_word word;

    l->at++;
    name_skip(l);
    word = sql_word_find(span_of(l->text.p + start, l->at - start));
    t->word = (uint16_t)word;
    t->kind = (uint8_t)sql_word_kind(word);
}

/* What && and || mean depends on whom they are said to. */
static enum sql_word operator_pair(const struct sql_lexer *l, uint8_t a, uint8_t b)
{
    if (a == '|' && b == '|')
        return is_mysql(l) ? (enum sql_word)WORD_OR : OP_CONCAT;
    if (a == '&' && b == '&')
        return l->dialect == SQL_PGSQL ? OP_OTHER : (enum sql_word)WORD_AND;
    if (a == '<' && b == '=')
        return OP_LESS_EQUAL;
    if (a == '>' && b == '=')
        return OP_MORE_EQUAL;
    if ((a == '<' && b == '>') || ((a == '!' || a == '^') && b == '='))
        return OP_UNEQUAL;
    if (a == '=' && b == '=')
        return OP_EQUAL;
    return WORD_NONE;
}

static enum sql_word operator_one(uint8_t c)
{
    switch (c) {
    case '=':
        return OP_EQUAL;
    case '<':
        return OP_LESS;
    case '>':
        return OP_MORE;
    case '+':
        return OP_PLUS;
    case '-':
        return OP_MINUS;
    case '*':
        return OP_TIMES;
    case '!':
        return OP_NOT;
    case '~':
        return OP_TILDE;
    default:
        return OP_OTHER;
    }
}

static void operator_read(struct sql_lexer *l, struct sql_token *t)
{
    uint8_t c = l->text.p[l->at];
    enum sql_word pair = operator_pair(l, c, ahead(l, 1));

    t->kind = SQL_OPERATOR;
    t->word = (uint16_t)(pair ? pair : operator_one(c));
    l->at += pair ? 2 : 1;
    if (c == '<' && pair == OP_LESS_EQUAL && ahead(l, 0) == '>') {
        t->word = OP_EQUAL;
        l->at++;
    }
    if (pair == WORD_OR || pair == WORD_AND)
        t->kind = SQL_KEYWORD;
}

/* @x @@x :x $1 ? and what else a dialect has for them. */
static bool variable_read(struct sql_lexer *l, struct sql_token *t)
{
    uint8_t c = l->text.p[l->at];
    size_t marks = c == '@' && ahead(l, 1) == '@' ? 2 : 1;

    if (c != '@' && c != ':' && c != '$' && c != '?')
        return false;
    t->kind = SQL_VARIABLE;
    if (c == ':' && ahead(l, 1) == ':') {
        l->at += 2;
    } else {
        l->at += marks;
        name_skip(l);
    }
    if (l->text.p[l->at - 1] == ':') {
        t->kind = SQL_OPERATOR;
        t->word = OP_OTHER;
    }
    return true;
}

static void other_read(struct sql_lexer *l, struct sql_token *t)
{
    if (l->text.p[l->at] == '$' && dollar_read(l, t))
        return;
    if (variable_read(l, t))
        return;
    t->kind = SQL_OPERATOR;
    t->word = OP_OTHER;
    l->at++;
}

static void letter_read(struct sql_lexer *l, struct sql_token *t)
{
    if (!prefixed_read(l, t))
        word_read(l, t);
}

/* TDS and only it has names in brackets and temporary tables with a # in front. */
static bool is_name_begin(const struct sql_lexer *l, uint8_t c)
{
    return c == '#' && l->dialect == SQL_TDS;
}

static void mark_or_number(struct sql_lexer *l, struct sql_token *t)
{
    uint8_t c = l->text.p[l->at];

    if (c == '.' && classes[ahead(l, 1)] == BYTE_DIGIT) {
        number_read(l, t);
        return;
    }
    t->kind = c;
    l->at++;
}

static void token_read(struct sql_lexer *l, struct sql_token *t)
{
    uint8_t c = l->text.p[l->at];

    if (is_name_begin(l, c)) {
        word_read(l, t);
        return;
    }
    switch (classes[c]) {
    case BYTE_DIGIT:
        number_read(l, t);
        break;
    case BYTE_LETTER:
        letter_read(l, t);
        break;
    case BYTE_QUOTE:
        if (c == '[' && l->dialect != SQL_TDS)
            other_read(l, t);
        else
            quote_read(l, t, is_quote(c) && l->dialect == SQL_MYSQL ? '\\' : 0);
        break;
    case BYTE_MARK:
        mark_or_number(l, t);
        break;
    case BYTE_OPERATOR:
        operator_read(l, t);
        break;
    default:
        other_read(l, t);
        break;
    }
}

struct sql_token sql_next(struct sql_lexer *l)
{
    struct between b = skip_between(l);
    struct sql_token t = {
        .at = (uint32_t)l->at, .kind = SQL_END, .marks = b.marks, .tail = (uint8_t)b.tail};

    if (l->at >= l->text.n)
        return t;
    token_read(l, &t);
    t.n = (uint32_t)(l->at - t.at);
    return t;
}
