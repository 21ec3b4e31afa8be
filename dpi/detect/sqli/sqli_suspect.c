/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_suspect: one pass in front of all rules, since almost every statement is harmless: is there
 * a word, or a pair of bytes, without which none of them can find anything?
 *
 * Strings are not told from what is around them: a word in one costs time, never a mistake.
 */
#include "detect/sqli/sqli.h"

enum byte_use {
    USE_NONE,
    USE_BLANK, /* and what may stand between AND and a value: parentheses, signs */
    USE_QUOTE,
    USE_DOT,
    USE_PAIR, /* perhaps the first of two that matter */
    USE_SEMICOLON,
    USE_HASH,
    USE_LEAD,  /* of two bytes that may be a blank, else of a word */
    USE_DIGIT, /* from here on: of a word */
    USE_WORD,
};

/* clang-format off */
static const uint8_t uses[256] = {
    [0] = USE_BLANK, ['\t' ... '\r'] = USE_BLANK, [' '] = USE_BLANK, ['('] = USE_BLANK,
    ['+'] = USE_BLANK, ['!'] = USE_BLANK, ['~'] = USE_BLANK,
    ['a' ... 'z'] = USE_WORD, ['A' ... 'Z'] = USE_WORD, ['_'] = USE_WORD,
    [0x80 ... 0xc1] = USE_WORD, [0xc2] = USE_LEAD, [0xc3 ... 0xff] = USE_WORD,
    ['0' ... '9'] = USE_DIGIT, ['.'] = USE_DOT,
    ['\''] = USE_QUOTE, ['"'] = USE_QUOTE,
    ['-'] = USE_PAIR, ['/'] = USE_PAIR, ['|'] = USE_PAIR, ['&'] = USE_PAIR,
    [';'] = USE_SEMICOLON, ['#'] = USE_HASH,
};

/* Words that rules look for, as they are. */
static const bool telling[WORD_COUNT] = {
    [WORD_UNION] = true, [WORD_SLEEP] = true, [WORD_BENCHMARK] = true, [WORD_PG_SLEEP] = true,
    [WORD_PG_SLEEP_FOR] = true, [WORD_PG_SLEEP_UNTIL] = true, [WORD_WAITFOR] = true,
    [WORD_DBMS_LOCK] = true, [WORD_DBMS_PIPE] = true, [WORD_DBMS_SESSION] = true,
    [WORD_EXTRACTVALUE] = true, [WORD_UPDATEXML] = true, [WORD_GTID_SUBSET] = true,
    [WORD_GTID_SUBTRACT] = true, [WORD_JSON_KEYS] = true, [WORD_EXP] = true, [WORD_FLOOR] = true,
    [WORD_CONVERT] = true, [WORD_XMLTYPE] = true, [WORD_ASCII] = true, [WORD_ORD] = true,
    [WORD_UNICODE] = true, [WORD_SUBSTR] = true, [WORD_SUBSTRING] = true, [WORD_MID] = true,
    [WORD_CHAR] = true, [WORD_CHR] = true, [WORD_NCHAR] = true, [WORD_OUTFILE] = true,
    [WORD_DUMPFILE] = true, [WORD_LOAD_FILE] = true, [WORD_XP_CMDSHELL] = true,
    [WORD_SP_OACREATE] = true, [WORD_UTL_HTTP] = true,
    [WORD_UTL_INADDR] = true, [WORD_CTXSYS] = true,
    [WORD_PG_READ_FILE] = true, [WORD_LO_IMPORT] = true, [WORD_LO_EXPORT] = true,
    [WORD_SYS_EXEC] = true, [WORD_SYS_EVAL] = true, [WORD_GENERATE_SERIES] = true,
    [WORD_INFORMATION_SCHEMA] = true, [WORD_ALL_USERS] = true, [WORD_SYSUSERS] = true,
};

/* Words that a value may stand behind. */
static const bool asking[WORD_COUNT] = {
    [WORD_OR] = true, [WORD_AND] = true, [WORD_XOR] = true, [WORD_HAVING] = true,
    [WORD_WHEN] = true, [WORD_IF] = true, [WORD_IIF] = true, [WORD_ELT] = true,
    [WORD_MAKE_SET] = true,
};

/* By first letter a bit for each length that one of these words has; a test holds both together. */
#define N(n) (1u << (n))
static const uint32_t lengths[26] = {
    ['a' - 'a'] = N(3) | N(5) | N(9),
    ['b' - 'a'] = N(9),
    ['c' - 'a'] = N(3) | N(4) | N(6) | N(7),
    ['d' - 'a'] = N(8) | N(9) | N(12),
    ['e' - 'a'] = N(3) | N(12),
    ['f' - 'a'] = N(5),
    ['g' - 'a'] = N(11) | N(13) | N(15),
    ['h' - 'a'] = N(6),
    ['i' - 'a'] = N(2) | N(3) | N(18),
    ['j' - 'a'] = N(9),
    ['l' - 'a'] = N(9),
    ['m' - 'a'] = N(3) | N(8),
    ['n' - 'a'] = N(3) | N(5),
    ['o' - 'a'] = N(2) | N(3) | N(7),
    ['p' - 'a'] = N(8) | N(12) | N(14),
    ['s' - 'a'] = N(5) | N(6) | N(8) | N(9) | N(11),
    ['t' - 'a'] = N(4),
    ['u' - 'a'] = N(5) | N(7) | N(8) | N(9) | N(10),
    ['w' - 'a'] = N(4) | N(7),
    ['x' - 'a'] = N(3) | N(7) | N(11),
};
#undef N
/* clang-format on */

struct look {
    const uint8_t *start, *p, *end;
    uint8_t before; /* the last byte that was no blank */
    bool asks;      /* behind a word that a value may follow */
    bool stacked;   /* behind a semicolon */
};

/* The space without a break. */
static bool is_blank_pair(const struct look *l)
{
    return l->p[0] == 0xc2 && l->p + 1 < l->end && l->p[1] == 0xa0;
}

static bool is_of_word(const struct look *l)
{
    uint8_t c = *l->p;

    return uses[c] >= USE_DIGIT || (uses[c] == USE_LEAD && !is_blank_pair(l));
}

/* At the first byte of a word. True: stop, it may be one. */
static bool word_tells(struct look *l)
{
    const uint8_t *start = l->p;
    uint8_t letter = (uint8_t)(span_lower(*start) - 'a');
    bool asked = l->asks, after_string = l->before == '\'' || l->before == '"';
    enum sql_word word;
    size_t n;

    while (l->p < l->end && is_of_word(l))
        l->p++;
    n = (size_t)(l->p - start);
    /* N'text', _utf8'text' */
    if (asked && l->p < l->end && uses[*l->p] == USE_QUOTE)
        return true;
    l->asks = false;
    if (letter > 25 || n > 31 || !(lengths[letter] >> n & 1))
        return false;
    word = sql_word_find(span_of(start, n));
    if (word == WORD_NONE)
        return false;
    l->asks = asking[word] || (asked && word == WORD_NOT);
    return telling[word] || (word == WORD_OR && after_string) || (asked && word == WORD_TRUE);
}

/* -- and comments; || and &&, which may mean OR and AND. */
static bool pair_tells(const struct look *l)
{
    uint8_t c = l->p[0], next = l->p + 1 < l->end ? l->p[1] : 0;

    return c == '/' ? next == '*' : next == c;
}

/* (0x: the first of a call, or of a row. */
static bool is_hex_argument(const struct look *l)
{
    return l->p > l->start && l->p[-1] == '(' && l->p[0] == '0' && l->p + 1 < l->end &&
           span_lower(l->p[1]) == 'x';
}

static bool byte_tells(struct look *l, uint8_t use)
{
    switch (use) {
    case USE_PAIR:
        return pair_tells(l);
    case USE_HASH:
        return true;
    case USE_DIGIT:
        return l->asks || is_hex_argument(l);
    case USE_DOT:
    case USE_QUOTE:
        return l->asks;
    default:
        return false;
    }
}

bool sqli_suspect(struct span statement)
{
    struct look l = {.start = statement.p, .p = statement.p};

    if (statement.n == 0)
        return false;
    l.end = statement.p + statement.n;
    while (l.p < l.end) {
        uint8_t c = *l.p, use = uses[c];

        if (use == USE_BLANK) {
            l.p++;
            continue;
        }
        if (use == USE_LEAD && is_blank_pair(&l)) {
            l.p += 2;
            continue;
        }
        if (l.stacked)
            return true;
        if (use == USE_WORD || use == USE_LEAD) {
            if (word_tells(&l))
                return true;
            l.before = 'w';
            continue;
        }
        if (byte_tells(&l, use))
            return true;
        /* A sign stands before a value. */
        l.asks = l.asks && c == '-';
        l.stacked = use == USE_SEMICOLON;
        l.before = c;
        l.p++;
    }
    return false;
}
