/* SPDX-License-Identifier: Apache-2.0
 *
 * mysqlx_session: the X protocol of MySQL from the login on.
 *
 *     client  4 start of the login  5 its continuation  12 statement  17-20 documents and tables
 *             40 preparation  41 its use
 *     server  0 done  1 error  3 continuation  4 login done  11 notice  17 statement done
 */
#ifndef SUPPORT_MYSQLX_SESSION_H
#define SUPPORT_MYSQLX_SESSION_H

#include "parser/parser.h"

enum { MYSQLX_USER = 32, MYSQLX_OPEN = 64 };

struct mysqlx_session {
    uint64_t told;    /* bit n: the n-th open request was reported */
    uint32_t left[2]; /* bytes of the message that nobody needs */
    uint8_t open;     /* requests without answer */
    bool over;        /* the login is */
    bool unpaired;    /* more open requests than anybody sends */
    uint8_t user_n;
    uint8_t user[MYSQLX_USER];
};

/* One message; as a step of walk.h. */
uint64_t mysqlx_session_step(struct parse *, struct mysqlx_session *, struct cursor *);

#endif
