/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_scan: one statement under inspection: its tokens around the one that is looked at, and what
 * is known of the statement so far. For the rules; sqli.c goes through the tokens.
 */
#ifndef DETECT_SQLI_SQLI_SCAN_H
#define DETECT_SQLI_SQLI_SCAN_H

#include "detect/sqli/sqli.h"

enum {
    SCAN_TOKENS = 256,
    SCAN_PAST = 16,  /* tokens before the current one that can be asked for */
    SCAN_AHEAD = 64, /* and behind it */
};

/* A list of a SELECT behind UNION. */
struct scan_union {
    uint32_t at;
    unsigned depth;
    unsigned items;
    unsigned nulls;  /* items that are NULL */
    unsigned places; /* items that are the number of their place */
    unsigned constants;
    unsigned infos;   /* words that tell of the server */
    unsigned encoded; /* texts in hexadecimal */
    unsigned tokens;  /* of the item */
    bool constant;    /* its first token is one */
    bool active;
    bool after_value; /* a constant stands before UNION */
};

/* A condition that an AND, OR begins, folded into letters; see sqli_condition.c. */
struct scan_statement {
    uint16_t first;  /* its first word */
    unsigned tokens; /* seen of it */
    unsigned depth;  /* open parentheses */
    bool where;      /* values are compared or inserted from here on */
    bool user_table; /* it reads or writes a table that is not the server's own */
    bool from;       /* FROM was seen */
    bool constants;  /* its list holds constants of its own */
    bool defines;    /* a procedure, a view: what stands in it is not executed now */
};

struct sqli_scan {
    struct span bytes; /* the part that is read now, */
    size_t base;       /* where it begins in the statement, */
    bool last;         /* and it ends where the statement does */
    bool one_line;     /* without a line's end in it */
    struct sqli_finding *out;
    struct sql_lexer lexer;
    unsigned at, count;
    bool ended;

    struct scan_statement now;
    struct scan_union list;
    unsigned statements; /* complete ones before this one */
    uint32_t last_at;    /* where the last one begins */
    bool dml;            /* the first statement reads or changes rows */
    bool value_ended;    /* and ended in a value, and the next stands on its line */
    bool body;           /* a procedure's definition: nothing behind it counts */
    bool temporary;      /* tables are made on the way */
    bool long_hex;       /* a text was cast from a long number */
    /* Seen, and waiting for a comment that cuts the rest off; 1 + offset. */
    uint32_t unioned, executed, benchmarked, waited, stacked;
    bool stacked_bad; /* worth telling even without one, if it is the last */

    struct sql_token tokens[SCAN_TOKENS];
};

/* k tokens behind the current one, before it when negative. Never NULL. */
const struct sql_token *scan_look(const struct sqli_scan *, int k);

/* Of a token: its bytes; of a string what stands between its quotes, of a name in quotes too. */
struct span scan_bytes(const struct sqli_scan *, const struct sql_token *);
struct span scan_content(const struct sqli_scan *, const struct sql_token *);

void scan_find(struct sqli_scan *, enum sqli_class, enum sqli_grade, size_t at);

static inline bool scan_is(const struct sqli_scan *s, int k, unsigned word)
{
    return scan_look(s, k)->word == word;
}

static inline bool scan_kind(const struct sqli_scan *s, int k, enum sql_kind kind)
{
    return scan_look(s, k)->kind == kind;
}

/* NUMBER, STRING, HEX. */
bool scan_is_value(const struct sql_token *);
/* A comment before it ends the statement. */
bool scan_cuts(const struct sqli_scan *, const struct sql_token *);
/* The same of a comment with words in it, where the whole statement is one line: not by itself. */
bool scan_ends_in_words(const struct sqli_scan *, const struct sql_token *);
/* The whole number that it is; UINT32_MAX: none, or a larger one. */
uint32_t scan_number(const struct sqli_scan *, const struct sql_token *);
/* 0x.. of printable characters, at least so many. */
bool scan_hex_text(const struct sqli_scan *, const struct sql_token *, size_t least);
/* Names that belong to the server: information_schema, pg_catalog. */
bool scan_is_catalog(unsigned word);

/* The rules; each looks at the current token. */
void sqli_condition(struct sqli_scan *);
void sqli_union(struct sqli_scan *);
void sqli_function(struct sqli_scan *);
void sqli_statement(struct sqli_scan *);
void sqli_comment(struct sqli_scan *);

#endif
