/* SPDX-License-Identifier: Apache-2.0
 *
 * walk: message after message through the bytes of one direction, for protocols whose messages have
 * a length in front: what nobody needs is counted and not looked at.
 */
#ifndef SUPPORT_WALK_H
#define SUPPORT_WALK_H

#include "parser/parser.h"

/* Reads one message, all of it or a part that its state remembers, and reports it. Returns how many
 * bytes that are not here yet nobody needs, or that walk_body() has promised to detection. */
typedef uint64_t walk_step(struct parse *, struct cursor *);

enum { WALK_PART = 56, WALK_BUFFER = 58 }; /* where in a step's answer these stand */

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

/* The same, but the n bytes are (a piece of) a buffer: those that are here are handed on, the
 * others will be. The last thing that a step does, since it cannot be taken back. */
static inline uint64_t walk_body(struct parse *p, struct cursor *in, uint64_t n, enum buffer b,
                                 unsigned part)
{
    size_t here = cur_left(in);

    if (!p->wants_buffers || in->state != CUR_OK)
        return walk_pass(in, n);
    if (n <= here) {
        parse_buffer(p, b, part, cur_span(in, (size_t)n));
        return 0;
    }
    if (here) {
        parse_buffer(p, b, part & ~(unsigned)BUFFER_ENDS, cur_span(in, here));
        part &= ~(unsigned)BUFFER_BEGINS;
    }
    return (n - here) | (uint64_t)(b + 1) << WALK_BUFFER | (uint64_t)part << WALK_PART;
}

/* What a step has answered, behind its commit. */
static inline void walk_leave(struct parse *p, uint64_t rest)
{
    uint64_t n = rest & (((uint64_t)1 << WALK_PART) - 1);

    if (rest >> WALK_BUFFER)
        parse_pass(p, n, (enum buffer)((rest >> WALK_BUFFER) - 1), rest >> WALK_PART & 3);
    else if (n)
        parse_skip(p, n);
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
    walk_leave(p, skip);
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
