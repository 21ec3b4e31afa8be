/* SPDX-License-Identifier: Apache-2.0
 *
 * sql_skim: over a part of a statement that nobody reads, only to know whether a string or a
 * comment is open behind it. In pieces; pure, any thread.
 */
#ifndef DETECT_SQLI_SQL_SKIM_H
#define DETECT_SQLI_SQL_SKIM_H

#include "detect/sqli/sql_token.h"

struct sql_skim {
    enum sql_dialect dialect;
    uint8_t inside; /* 0: code; else what ends it: a quote, \n, * of a comment, 0xff: unknown */
    uint8_t last;   /* the byte before, 0 when it belongs to what is done with */
    uint32_t depth; /* of comments that nest */
};

/* Goes on over these bytes. */
void sql_skim(struct sql_skim *, struct span);

/* What remains of the bytes behind the string or comment that is open; empty: all of it. */
struct span sql_skim_out(struct sql_skim *, struct span);

#endif
