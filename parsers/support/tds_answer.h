/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_answer: the tokens of which answers are made (MS-TDS 2.2.7), up to the texts in their rows.
 */
#ifndef SUPPORT_TDS_ANSWER_H
#define SUPPORT_TDS_ANSWER_H

#include "support/tds_login.h"

struct tds_columns; /* of the rows that follow; memory of the parser */

struct tds_answer {
    struct tds_columns *columns;
    struct tds_text_out body;
    uint64_t rows;
    uint32_t key;  /* of the transaction it belongs to */
    bool known;    /* it belongs to the current transaction of the server's direction */
    bool error;    /* one was told */
    bool login;    /* the login was accepted */
    bool counted;  /* rows were */
    bool finished; /* the last token was the end of the answer */
    bool raw;      /* not understood any more: handed on as bytes */
};

/* Reads whole tokens from the front; returns how many bytes they had. `last`: the message ends
 * with them. */
size_t tds_answer_read(struct parse *, struct tds_answer *, struct tds_login *, struct span,
                       bool last);

/* The message is over. */
void tds_answer_end(struct parse *, struct tds_answer *);

/* Could an answer begin so? */
bool tds_answer_test(struct span message);

#endif
