/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_stream: a statement that comes in pieces: what of it is kept until it is complete. Its
 * beginning and its end, SQLI_MOST bytes together.
 *
 * Owner: one direction of one session; its thread. Zeroed it is empty.
 */
#ifndef DETECT_SQLI_SQLI_STREAM_H
#define DETECT_SQLI_SQLI_STREAM_H

#include "base/budget.h"
#include "detect/sqli/sql_skim.h"
#include "detect/sqli/sqli.h"

struct sqli_stream {
    uint8_t *bytes;
    uint32_t room;
    bool lost;            /* there was no memory: what is behind is not kept */
    uint64_t total;       /* bytes of the statement so far */
    struct sql_skim skim; /* has gone over all that is not kept at its end */
};

/* Another piece. When there is no memory for it the rest of the statement is not kept. */
void sqli_stream_add(struct sqli_stream *, struct budget *, struct span piece, enum sql_dialect);

/* It is complete: what of it is there, checked. The finding points into it. */
bool sqli_stream_end(struct sqli_stream *, struct sqli_finding *out);

/* Empty again. */
void sqli_stream_clear(struct sqli_stream *, struct budget *);

#endif
