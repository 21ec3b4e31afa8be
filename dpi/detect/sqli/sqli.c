/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli: see sqli.h. Token by token through the statement, each rule's turn at each.
 */
#include "detect/sqli/sql_skim.h"
#include "detect/sqli/sqli_scan.h"

/* clang-format off */
static const char *const class_texts[SQL_DIALECTS][SQLI_CLASSES] = {
    [SQL_GENERIC] = {
#define SQLI_CLASS(name, text) [SQLI_##name] = ("SQL injection: " text),
#include "detect/sqli/sqli_class.def"
#undef SQLI_CLASS
    },
    [SQL_MYSQL] = {
#define SQLI_CLASS(name, text) [SQLI_##name] = ("SQL injection, MySQL: " text),
#include "detect/sqli/sqli_class.def"
#undef SQLI_CLASS
    },
    [SQL_PGSQL] = {
#define SQLI_CLASS(name, text) [SQLI_##name] = ("SQL injection, PostgreSQL: " text),
#include "detect/sqli/sqli_class.def"
#undef SQLI_CLASS
    },
    [SQL_TDS] = {
#define SQLI_CLASS(name, text) [SQLI_##name] = ("SQL injection, SQL Server: " text),
#include "detect/sqli/sqli_class.def"
#undef SQLI_CLASS
    },
    [SQL_ORACLE] = {
#define SQLI_CLASS(name, text) [SQLI_##name] = ("SQL injection, Oracle: " text),
#include "detect/sqli/sqli_class.def"
#undef SQLI_CLASS
    },
};
/* clang-format on */

const char *sqli_class_text(enum sqli_class class, enum sql_dialect dialect)
{
    return class == SQLI_NONE ? "" : class_texts[dialect][class];
}

/* ---- what rules ask for ---- */

const struct sql_token *scan_look(const struct sqli_scan *s, int k)
{
    static const struct sql_token nothing = {.kind = SQL_END};
    long i = (long)s->at + k;

    return i < 0 || i >= (long)s->count ? &nothing : &s->tokens[i];
}

struct span scan_bytes(const struct sqli_scan *s, const struct sql_token *t)
{
    return span_first(span_from(s->bytes, t->at), t->n);
}

struct span scan_content(const struct sqli_scan *s, const struct sql_token *t)
{
    struct span bytes = scan_bytes(s, t);
    size_t quote = 0;

    if (t->kind != SQL_STRING && !(t->marks & SQL_QUOTED))
        return bytes;
    while (quote < bytes.n && quote < 3 && memchr("'\"`[", bytes.p[quote], 4) == NULL)
        quote++;
    if (quote == bytes.n || quote == 3)
        return bytes;
    bytes = span_from(bytes, quote + 1);
    if (bytes.n && !(t->marks & SQL_UNCLOSED))
        bytes.n--;
    return bytes;
}

/* What is sure is told before what is not, and what came first before the rest. */
void scan_find(struct sqli_scan *s, enum sqli_class class, enum sqli_grade grade, size_t at)
{
    if (s->out->class != SQLI_NONE && s->out->grade >= grade)
        return;
    s->out->class = class;
    s->out->grade = grade;
    s->out->offset = s->base + at;
    s->out->near = span_first(span_from(s->bytes, at), SQLI_NEAR);
}

bool scan_is_value(const struct sql_token *t)
{
    return t->kind == SQL_NUMBER || t->kind == SQL_STRING || t->kind == SQL_HEX;
}

bool scan_cuts(const struct sqli_scan *s, const struct sql_token *t)
{
    if (t->tail == TAIL_REST)
        return true;
    return t->tail > TAIL_WORD && t->kind == SQL_END && s->last;
}

bool scan_ends_in_words(const struct sqli_scan *s, const struct sql_token *t)
{
    return t->tail != TAIL_NONE && t->kind == SQL_END && s->last && s->one_line;
}

uint32_t scan_number(const struct sqli_scan *s, const struct sql_token *t)
{
    struct span bytes = scan_bytes(s, t);
    uint64_t n = 0;

    if (t->kind != SQL_NUMBER)
        return UINT32_MAX;
    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i] < '0' || bytes.p[i] > '9')
            return UINT32_MAX;
        n = n * 10 + bytes.p[i] - '0';
        if (n >= UINT32_MAX)
            return UINT32_MAX;
    }
    return (uint32_t)n;
}

static int hex_of(uint8_t c)
{
    c = span_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool scan_hex_text(const struct sqli_scan *s, const struct sql_token *t, size_t least)
{
    struct span digits = span_from(scan_bytes(s, t), 2);

    if (t->kind != SQL_HEX || digits.n < 2 * least)
        return false;
    for (size_t i = 0; i + 1 < digits.n; i += 2) {
        int high = hex_of(digits.p[i]), low = hex_of(digits.p[i + 1]);

        if (high < 2 || low < 0 || high > 7 || (high == 7 && low == 15))
            return false;
    }
    return true;
}

bool scan_is_catalog(unsigned word)
{
    switch (word) {
    case WORD_INFORMATION_SCHEMA:
    case WORD_MYSQL:
    case WORD_SYS:
    case WORD_PG_CATALOG:
    case WORD_PG_SHADOW:
    case WORD_PG_AUTHID:
    case WORD_PG_USER:
    case WORD_PG_TABLES:
    case WORD_SYSOBJECTS:
    case WORD_SYSCOLUMNS:
    case WORD_SYSUSERS:
    case WORD_SQL_LOGINS:
    case WORD_SQLITE_MASTER:
    case WORD_ALL_TABLES:
    case WORD_ALL_TAB_COLUMNS:
    case WORD_ALL_USERS:
    case WORD_USER_TABLES:
        return true;
    default:
        return false;
    }
}

/* ---- the window ---- */

static void window_fill(struct sqli_scan *s)
{
    if (s->at > SCAN_PAST) {
        unsigned drop = s->at - SCAN_PAST;

        memmove(s->tokens, s->tokens + drop, (s->count - drop) * sizeof(s->tokens[0]));
        s->at -= drop;
        s->count -= drop;
    }
    while (!s->ended && s->count < SCAN_TOKENS) {
        s->tokens[s->count] = sql_next(&s->lexer);
        s->ended = s->tokens[s->count].kind == SQL_END;
        s->count++;
    }
}

/* ---- the way through ---- */

/* Nothing but empty comments around a word of SQL: who writes so hides something. */
static void hollow_see(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);

    if (t->kind != SQL_KEYWORD || s->now.tokens == 0)
        return;
    if (t->marks & SQL_HOLLOW && scan_look(s, 1)->marks & SQL_HOLLOW)
        scan_find(s, SQLI_HOLLOW, SQLI_TOLD, t->at);
}

static void step(struct sqli_scan *s)
{
    const struct sql_token *t = scan_look(s, 0);

    if (!s->now.defines) {
        sqli_comment(s);
        hollow_see(s);
        sqli_union(s);
        if (t->word > WORD_NONE && t->word < WORD_COUNT) {
            sqli_condition(s);
            sqli_function(s);
        }
    }
    if (!s->body)
        sqli_statement(s);
    if (t->kind != SQL_SEMICOLON && t->kind != SQL_END)
        s->now.tokens++;
}

/* Where the line's end behind everything stands, if there is one. */
static size_t last_line(struct span bytes)
{
    while (bytes.n && (bytes.p[bytes.n - 1] == '\n' || bytes.p[bytes.n - 1] == '\r'))
        bytes.n--;
    return bytes.n;
}

static void read_part(struct sqli_scan *s, struct span bytes, enum sql_dialect dialect)
{
    s->bytes = bytes;
    s->one_line = span_index(bytes, '\n') >= last_line(bytes);
    s->lexer = sql_lexer_of(bytes, dialect);
    s->at = s->count = 0;
    s->ended = false;
    s->list = (struct scan_union){.at = 0};
    for (window_fill(s); s->at < s->count && !s->body; s->at++) {
        if (!s->ended && s->count - s->at < SCAN_AHEAD)
            window_fill(s);
        step(s);
    }
}

bool sqli_read(const struct sqli_text *text, struct sqli_finding *out)
{
    struct sqli_scan s;

    *out = (struct sqli_finding){.class = SQLI_NONE, .cut = text->cut};
    /* All but the tokens, which are written before they are read. */
    memset(&s, 0, offsetof(struct sqli_scan, tokens));
    s.out = out;
    s.last = !text->cut;
    read_part(&s, text->head, text->dialect);
    if (text->tail.n && !s.body && !s.now.defines) {
        s.base = text->tail_at;
        s.last = true;
        read_part(&s, text->tail, text->dialect);
    }
    return out->class != SQLI_NONE;
}

bool sqli_check_text(const struct sqli_text *text, struct sqli_finding *out)
{
    *out = (struct sqli_finding){.class = SQLI_NONE, .cut = text->cut};
    if (!sqli_suspect(text->head) && !sqli_suspect(text->tail))
        return false;
    return sqli_read(text, out);
}

bool sqli_check(struct span statement, enum sql_dialect dialect, struct sqli_finding *out)
{
    struct sqli_text whole = {.head = statement, .dialect = dialect};
    struct sql_skim skim = {.dialect = dialect};

    if (statement.n <= SQLI_MOST)
        return sqli_check_text(&whole, out);
    whole.cut = true;
    whole.head = span_first(statement, SQLI_HEAD);
    whole.tail_at = statement.n - SQLI_TAIL;
    sql_skim(&skim, span_first(statement, whole.tail_at));
    whole.tail = sql_skim_out(&skim, span_from(statement, whole.tail_at));
    whole.tail_at = statement.n - whole.tail.n;
    return sqli_check_text(&whole, out);
}
