/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_condition: what follows AND, OR, HAVING, WHEN: is it made of constants?
 *
 * A condition is folded into five letters: the word before it, what is compared, how, with what,
 * and what follows. Parentheses, signs and NOT fall away. A table says which of them mean what.
 */
#include "detect/sqli/sqli_scan.h"

enum { FOLD_PARENTHESES = 8, BIG = 100, DIGITS_MOST = 18 };

enum demand {
    DEMAND_NONE,
    DEMAND_TRUE,  /* it always holds */
    DEMAND_BIG,   /* numbers that tools draw, not 0 and 1 of those who write programs */
    DEMAND_NAMES, /* the same name twice, behind a string */
    DEMAND_AFTER, /* always true, behind a string */
    DEMAND_WORDS, /* always true, and nothing follows but a comment */
};

struct fingerprint {
    const char *word;   /* | OR, & AND, H HAVING, T WHEN, IF( and the like */
    const char *left;   /* 1 number, s string, x hex, t TRUE, n name */
    const char *how;    /* = ! < > ~ LIKE, b BETWEEN, i IN; - nothing is compared */
    const char *right;  /* as left */
    const char *follow; /* . end, c a comment that cuts, & | , k another word */
    enum demand demand;
    enum sqli_class class;
    enum sqli_grade grade;
};

/* clang-format off */
static const struct fingerprint fingerprints[] = {
    {"|", "1sxt", "=!<>~bi", "1sxt", ".ck|", DEMAND_TRUE,  SQLI_TAUTOLOGY, SQLI_SURE},
    {"|", "sx",   "=~",      "sx",   "&",    DEMAND_TRUE,  SQLI_TAUTOLOGY, SQLI_SURE},
    {"|", "1",    "=",       "1",    "&",    DEMAND_BIG,   SQLI_TAUTOLOGY, SQLI_TOLD},
    {"|", "n",    "=",       "n",    ".ck|&", DEMAND_NAMES, SQLI_TAUTOLOGY, SQLI_SURE},
    {"|", "1t",   "-",       "-",    "c",    DEMAND_TRUE,  SQLI_TAUTOLOGY, SQLI_SURE},
    {"|", "1t",   "-",       "-",    ".",    DEMAND_WORDS, SQLI_TAUTOLOGY, SQLI_SURE},
    {"|", "1t",   "-",       "-",    ".",    DEMAND_AFTER, SQLI_TAUTOLOGY, SQLI_TOLD},
    {"&", "s",    "=~",      "s",    ".ck|&", DEMAND_TRUE,  SQLI_PROBE,     SQLI_TOLD},
    {"&H", "1",   "=b",      "1",    ".ck|&", DEMAND_BIG,   SQLI_PROBE,     SQLI_TOLD},
    {"&H", "1sx", "=!<>",    "1sx",  "c",    DEMAND_NONE,  SQLI_PROBE,     SQLI_TOLD},
    {"T", "1",    "=",       "1",    "k,",   DEMAND_BIG,   SQLI_PROBE,     SQLI_TOLD},
};
/* clang-format on */

struct condition {
    const struct sql_token *left, *right, *follow;
    const struct sql_token *how; /* NULL: nothing is compared */
    unsigned open;               /* parentheses that it has opened and not closed */
    bool closes;                 /* it ends the parentheses in which the word before it stands */
    bool negated;
    char letter[5];
};

/* ---- folding ---- */

static char word_letter(const struct sqli_scan *s)
{
    switch (scan_look(s, 0)->word) {
    case WORD_OR:
    case WORD_XOR:
        return '|';
    case WORD_AND:
        return '&';
    case WORD_HAVING:
        return 'H';
    case WORD_WHEN:
        return 'T';
    case WORD_ELT:
    case WORD_IF:
    case WORD_IIF:
    case WORD_MAKE_SET:
        return scan_kind(s, 1, SQL_OPEN) ? 'T' : 0;
    default:
        return 0;
    }
}

static char operand_letter(const struct sqli_scan *s, int k)
{
    const struct sql_token *t = scan_look(s, k), *next = scan_look(s, k + 1);

    if (t->kind == SQL_NUMBER || t->kind == SQL_STRING || t->kind == SQL_HEX)
        return (char)t->kind;
    if (t->word == WORD_TRUE)
        return 't';
    if (t->kind == SQL_NAME && next->kind != SQL_OPEN && next->kind != SQL_DOT)
        return 'n';
    return 0;
}

static char how_letter(unsigned word)
{
    switch (word) {
    case OP_EQUAL:
        return '=';
    case OP_UNEQUAL:
        return '!';
    case OP_LESS:
    case OP_LESS_EQUAL:
        return '<';
    case OP_MORE:
    case OP_MORE_EQUAL:
        return '>';
    case WORD_LIKE:
    case WORD_RLIKE:
    case WORD_REGEXP:
        return '~';
    case WORD_BETWEEN:
        return 'b';
    case WORD_IN:
        return 'i';
    default:
        return 0;
    }
}

static int skip_open(const struct sqli_scan *s, int k, struct condition *c)
{
    for (unsigned n = 0; n < FOLD_PARENTHESES; n++, k++) {
        const struct sql_token *t = scan_look(s, k);

        if (t->kind == SQL_OPEN)
            c->open++;
        else if (t->word == WORD_NOT || t->word == OP_NOT)
            c->negated = !c->negated;
        else if (t->word != OP_PLUS && t->word != OP_MINUS && t->word != OP_TILDE)
            break;
    }
    return k;
}

static int skip_closed(const struct sqli_scan *s, int k, struct condition *c)
{
    for (unsigned n = 0; n < FOLD_PARENTHESES && scan_kind(s, k, SQL_CLOSE); n++, k++) {
        /* A comment that cuts before a parenthesis leaves it to the server to complain. */
        if (scan_cuts(s, scan_look(s, k)))
            break;
        if (c->open)
            c->open--;
        else
            c->closes = true;
    }
    return k;
}

static char follow_letter(const struct sqli_scan *s, const struct sql_token *t)
{
    if (scan_cuts(s, t))
        return 'c';
    if (t->kind == SQL_END || t->kind == SQL_SEMICOLON)
        return '.';
    if (t->word == WORD_OR || t->word == WORD_XOR)
        return '|';
    if (t->word == WORD_AND)
        return '&';
    if (t->kind == SQL_COMMA)
        return ',';
    return t->kind == SQL_KEYWORD || t->kind == SQL_NAME ? 'k' : 0;
}

/* Behind the left one: BETWEEN takes a second value along, IN its parentheses. */
static int fold_right(const struct sqli_scan *s, int k, struct condition *c)
{
    k = skip_open(s, k, c);
    c->right = scan_look(s, k);
    c->letter[3] = operand_letter(s, k++);
    if (c->letter[2] == 'b' && scan_is(s, k, WORD_AND))
        k = skip_open(s, k + 1, c) + 1;
    return k;
}

static bool fold(const struct sqli_scan *s, struct condition *c)
{
    int k = skip_open(s, 1, c);

    c->letter[0] = word_letter(s);
    c->left = scan_look(s, k);
    c->letter[1] = operand_letter(s, k);
    if (c->letter[1] == 0)
        return false;
    k = skip_closed(s, k + 1, c);
    if (scan_is(s, k, WORD_NOT)) {
        c->negated = !c->negated;
        k++;
    }
    c->letter[2] = how_letter(scan_look(s, k)->word);
    c->letter[3] = '-';
    if (c->letter[2] == 0 || scan_cuts(s, scan_look(s, k))) {
        c->letter[2] = '-';
    } else {
        c->how = scan_look(s, k);
        k = fold_right(s, k + 1, c);
    }
    k = skip_closed(s, k, c);
    c->follow = scan_look(s, k);
    c->letter[4] = follow_letter(s, c->follow);
    return c->letter[3] && c->letter[4];
}

/* ---- what it says ---- */

/* Of digits and one dot at most. */
static bool number_of(struct span s, double *value)
{
    double scale = 0, v = 0;

    if (s.n == 0 || s.n > DIGITS_MOST)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && scale == 0) {
            scale = 1;
            continue;
        }
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
        scale *= 10;
    }
    *value = scale > 0 ? v / scale : v;
    return true;
}

static int sign_of(double a, double b)
{
    return a < b ? -1 : a > b;
}

/* How two values stand to each other; false: nobody can tell. */
static bool order_of(const struct sqli_scan *s, const struct condition *c, int *order)
{
    struct span a = scan_content(s, c->left), b = scan_content(s, c->right);
    double left, right;

    if (c->left->kind != c->right->kind || c->left->kind == SQL_NUMBER) {
        if (number_of(a, &left) && number_of(b, &right)) {
            *order = sign_of(left, right);
            return true;
        }
        if (c->left->kind != c->right->kind)
            return false;
    }
    if (span_equal_nocase(a, b)) {
        *order = 0;
        return true;
    }
    *order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    if (*order == 0)
        *order = a.n < b.n ? -1 : 1;
    return true;
}

/* Nothing but equal texts, and the begin of a text with % behind it. */
static bool is_like(struct span text, struct span pattern)
{
    while (pattern.n && pattern.p[0] == '%' && pattern.n > 1 && pattern.p[1] == '%')
        pattern = span_from(pattern, 1);
    if (pattern.n && pattern.p[pattern.n - 1] == '%')
        return span_starts_nocase(text, span_first(pattern, pattern.n - 1));
    return span_equal_nocase(text, pattern);
}

static bool compared(const struct sqli_scan *s, const struct condition *c)
{
    int order;

    if (c->letter[2] == '~')
        return is_like(scan_content(s, c->left), scan_content(s, c->right));
    if (!order_of(s, c, &order))
        return false;
    switch (c->how->word) {
    case OP_UNEQUAL:
        return order != 0;
    case OP_LESS:
        return order < 0;
    case OP_MORE:
        return order > 0;
    case OP_LESS_EQUAL:
        return order <= 0;
    case OP_MORE_EQUAL:
        return order >= 0;
    default:
        return order == 0;
    }
}

static bool holds(const struct sqli_scan *s, const struct condition *c)
{
    double value = 1;
    bool truth;

    if (c->how)
        truth = compared(s, c);
    else
        truth = c->letter[1] == 't' || (number_of(scan_content(s, c->left), &value) && value > 0);
    return truth != c->negated;
}

static bool is_big(const struct sqli_scan *s, const struct condition *c)
{
    uint32_t a = scan_number(s, c->left), b = scan_number(s, c->right);

    return a != UINT32_MAX && b != UINT32_MAX && a >= BIG && b >= BIG;
}

static bool same_names(const struct sqli_scan *s, const struct condition *c)
{
    return scan_kind(s, -1, SQL_STRING) &&
           span_equal_nocase(scan_content(s, c->left), scan_content(s, c->right));
}

static bool meets(const struct sqli_scan *s, const struct condition *c, enum demand demand)
{
    switch (demand) {
    case DEMAND_TRUE:
        return holds(s, c);
    case DEMAND_BIG:
        return is_big(s, c);
    case DEMAND_NAMES:
        return same_names(s, c);
    case DEMAND_WORDS:
        return scan_ends_in_words(s, c->follow) && holds(s, c);
    case DEMAND_AFTER:
        return scan_kind(s, -1, SQL_STRING) && holds(s, c);
    default:
        return true;
    }
}

/* ---- what programs write themselves ---- */

static struct span percent_trim(struct span s)
{
    while (s.n && s.p[0] == '%')
        s = span_from(s, 1);
    while (s.n && s.p[s.n - 1] == '%')
        s.n--;
    return s;
}

static bool is_spaced(const struct condition *c)
{
    return c->how && c->right && c->how->marks & SQL_SPACED && c->right->marks & SQL_SPACED;
}

/* (name = 'x' OR 'x' = ''), ('x' = 'all' AND ...): a filter that may be left empty, its parameter
 * put in by the driver. Who writes programs puts blanks around signs. */
static bool is_optional(const struct sqli_scan *s, const struct condition *c)
{
    const struct sql_token *before = scan_look(s, -1);

    if (c->how == NULL || c->right == NULL)
        return false;
    if (c->open && (c->letter[4] == '|' || (c->letter[4] == '&' && is_spaced(c))))
        return true;
    return c->closes && scan_is_value(before) && how_letter(scan_look(s, -2)->word) &&
           is_spaced(c) &&
           span_equal(percent_trim(scan_content(s, before)), scan_content(s, c->left));
}

/* Looks like one: (name = 'N' OR 'Y' = 'Y'). That may be either, and passes. */
static enum sqli_grade grade_of(const struct fingerprint *f, const struct condition *c)
{
    return c->closes && is_spaced(c) ? SQLI_TOLD : f->grade;
}

static bool has(const char *letters, char c)
{
    for (; *letters; letters++)
        if (*letters == c)
            return true;
    return false;
}

static bool matches(const struct fingerprint *f, const char *letter)
{
    return has(f->word, letter[0]) && has(f->left, letter[1]) && has(f->how, letter[2]) &&
           has(f->right, letter[3]) && has(f->follow, letter[4]);
}

void sqli_condition(struct sqli_scan *s)
{
    struct condition c = {.open = 0};

    if (word_letter(s) == 0 || !fold(s, &c) || is_optional(s, &c))
        return;
    for (size_t i = 0; i < sizeof(fingerprints) / sizeof(fingerprints[0]); i++)
        if (matches(&fingerprints[i], c.letter) && meets(s, &c, fingerprints[i].demand)) {
            scan_find(s, fingerprints[i].class, grade_of(&fingerprints[i], &c),
                      scan_look(s, 0)->at);
            return;
        }
}
