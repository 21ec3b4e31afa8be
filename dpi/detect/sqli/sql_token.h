/* SPDX-License-Identifier: Apache-2.0
 *
 * sql_token: the words of a statement, one by one: strings in all their quotes, numbers, names,
 * variables, operators. Comments are no tokens; what stood between two tokens is told with the
 * second one.
 *
 * Pure, any thread. Nothing is allocated or copied; a token points into the statement by offset.
 * Every byte is looked at a bounded number of times, and each call consumes at least one or says
 * END.
 */
#ifndef DETECT_SQLI_SQL_TOKEN_H
#define DETECT_SQLI_SQL_TOKEN_H

#include "base/span.h"

enum sql_dialect { SQL_GENERIC, SQL_MYSQL, SQL_PGSQL, SQL_TDS, SQL_ORACLE, SQL_DIALECTS };

/* Letters, so that runs of them can be read. */
enum sql_kind {
    SQL_END = 0,
    SQL_NUMBER = '1',
    SQL_STRING = 's',
    SQL_HEX = 'x', /* 0x41, X'41' */
    SQL_NAME = 'n',
    SQL_KEYWORD = 'k',
    SQL_VARIABLE = 'v', /* @x @@x :x $1 ? */
    SQL_OPERATOR = 'o',
    SQL_OPEN = '(',
    SQL_CLOSE = ')',
    SQL_COMMA = ',',
    SQL_DOT = '.',
    SQL_SEMICOLON = ';',
};

/* Of names and keywords which word they are, of operators which one; 0: another. */
enum sql_word {
    WORD_NONE,
#define SQL_WORD(name, kind) WORD_##name,
#include "detect/sqli/sql_word.def"
#undef SQL_WORD
    WORD_COUNT,
    OP_EQUAL = WORD_COUNT, /* = == <=> */
    OP_UNEQUAL,            /* <> != ^= */
    OP_LESS,
    OP_MORE,
    OP_LESS_EQUAL,
    OP_MORE_EQUAL,
    OP_PLUS,
    OP_MINUS,
    OP_TIMES,
    OP_NOT, /* ! */
    OP_TILDE,
    OP_CONCAT, /* || where it does not mean OR */
    OP_OTHER,
};

/* What stood before a token, and how it is written. */
enum {
    SQL_SPACED = 1 << 0,    /* white space or a comment before it */
    SQL_LINE = 1 << 1,      /* a line ended before it */
    SQL_HOLLOW = 1 << 2,    /* nothing but comments without content before it */
    SQL_VERSIONED = 1 << 3, /* the first behind the head of a comment that MySQL executes */
    SQL_UNCLOSED = 1 << 4,  /* a string without an end */
    SQL_QUOTED = 1 << 5,    /* a name in quotes */
    SQL_COMMENTED = 1 << 6, /* a comment before it, with content */
};

/* How a comment looks that may cut a statement short. */
enum sql_tail {
    TAIL_NONE,  /* no comment, or one in its own marks */
    TAIL_WORDS, /* a line's comment, written for a reader */
    TAIL_WORD,  /* one short word: tools put it there so that blanks are not cut off */
    TAIL_EMPTY, /* a line's comment without text */
    TAIL_REST,  /* what stands in it is the rest of a statement: a quote first, odd in number */
    TAIL_OPEN,  /* a comment without an end */
};

struct sql_token {
    uint32_t at, n;
    uint16_t word; /* enum sql_word */
    uint8_t kind;  /* enum sql_kind */
    uint8_t marks; /* SQL_SPACED ... */
    uint8_t tail;  /* enum sql_tail: of a comment on the line of the token before */
};

struct sql_lexer {
    struct span text;
    size_t at;
    enum sql_dialect dialect;
    bool versioned; /* inside of a comment that MySQL executes */
};

struct sql_lexer sql_lexer_of(struct span text, enum sql_dialect);

/* The next token; of kind SQL_END when there are no more. */
struct sql_token sql_next(struct sql_lexer *);

/* Which word is that? WORD_NONE: none of ours. Case does not matter. */
enum sql_word sql_word_find(struct span);
enum sql_kind sql_word_kind(enum sql_word);

#endif
