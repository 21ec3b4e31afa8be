/* SPDX-License-Identifier: Apache-2.0
 *
 * open_calls: requests that wait, each with a number and what it asks for; answers name the number.
 *
 * The engine pairs answers with requests in their order. Requests before the one that is answered
 * are told without answers: nobody had to answer them, or the answer was lost.
 */
#ifndef SUPPORT_OPEN_CALLS_H
#define SUPPORT_OPEN_CALLS_H

#include "parser/parser.h"

enum { OPEN_CALLS = 24 };

struct open_calls {
    uint32_t id[OPEN_CALLS]; /* a ring */
    uint8_t op[OPEN_CALLS];
    uint8_t first, count;
};

/* The n-th oldest. */
static inline uint8_t open_call_op(const struct open_calls *o, unsigned n)
{
    return o->op[(o->first + n) % OPEN_CALLS];
}

/* How many wait before the oldest with this number; o->count when there is none. */
static inline unsigned open_calls_find(const struct open_calls *o, uint32_t id)
{
    unsigned n = 0;

    while (n < o->count && o->id[(o->first + n) % OPEN_CALLS] != id)
        n++;
    return n;
}

static inline void open_calls_drop(struct open_calls *o)
{
    o->first = (uint8_t)((o->first + 1) % OPEN_CALLS);
    o->count--;
}

/* The oldest n are told without answers. */
static inline void open_calls_forget(struct parse *p, struct open_calls *o, unsigned n)
{
    for (; n && o->count; n--) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
        open_calls_drop(o);
    }
}

/* The request just reported waits. */
static inline void open_calls_add(struct parse *p, struct open_calls *o, uint32_t id, uint8_t op)
{
    unsigned at;

    if (o->count == OPEN_CALLS)
        open_calls_forget(p, o, 1);
    at = ((unsigned)o->first + o->count++) % OPEN_CALLS;
    o->id[at] = id;
    o->op[at] = op;
}

/* The n-th oldest is answered: its transaction is the current one; TX_DONE is the caller's. */
static inline void open_calls_take(struct parse *p, struct open_calls *o, unsigned n)
{
    open_calls_forget(p, o, n);
    parse_tx(p, TX_REPLY);
    open_calls_drop(o);
}

#endif
