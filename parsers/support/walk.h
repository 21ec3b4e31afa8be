/* SPDX-License-Identifier: Apache-2.0
 *
 * walk: message after message through the bytes of one direction, for protocols whose messages have
 * a length in front: what nobody needs is counted and not looked at.
 */
#ifndef SUPPORT_WALK_H
#define SUPPORT_WALK_H

#include "parser/parser.h"

/* Reads one message, all of it or a part that its state remembers, and reports it. Returns how many
 * bytes that are not here yet nobody needs. */
typedef uint64_t walk_step(struct parse *, struct cursor *);

/* Passes over n bytes. How many of them are not here yet is what a step returns. */
static inline uint64_t walk_pass(struct cursor *in, uint64_t n)
{
    size_t here = cur_left(in);

    if (in->state != CUR_OK)
        return 0;
    if (n <= here) {
        cur_skip(in, (size_t)n);
        return 0;
    }
    cur_skip(in, here);
    return n - here;
}

static inline enum parse_result walk_verdict(const bool *matched)
{
    return *matched ? PARSE_MATCH : PARSE_MORE;
}

/* Steps as far as the bytes go, and commits what was read. Who has just found that these bytes are
 * its own says so first; what is wrong behind them comes again. */
static inline enum parse_result walk(struct parse *p, struct cursor *in, walk_step *step,
                                     const bool *matched)
{
    struct cursor safe = *in;
    const uint8_t *at = in->pos;
    uint64_t skip = 0;
    bool before = *matched;

    while (in->pos < in->end && skip == 0) {
        skip = step(p, in);
        if (in->state != CUR_OK)
            break;
        at = in->pos;
    }
    safe.pos = at;
    parse_commit(p, &safe);
    if (skip)
        parse_skip(p, skip);
    if (in->state == CUR_BAD && before == *matched)
        return PARSE_REJECT;
    return walk_verdict(matched);
}

/* Nothing here can be understood: wait for better bytes. */
static inline enum parse_result walk_over(struct parse *p, struct cursor *in)
{
    in->pos = in->end;
    in->state = CUR_OK;
    parse_commit(p, in);
    return PARSE_MORE;
}

#endif
