/* SPDX-License-Identifier: Apache-2.0
 *
 * bodies: messages with a head and a body. A step reads a head and says what of the rest is not to
 * be read: passed over by count, or handed on to detection as it arrives.
 */
#ifndef SUPPORT_BODIES_H
#define SUPPORT_BODIES_H

#include "parser/parser.h"

struct rest {
    uint64_t n;
    bool is_body;
    uint8_t part; /* of the body: BUFFER_BEGINS, ... */
};

static inline struct rest rest_none(void)
{
    return (struct rest){0};
}

static inline struct rest rest_skip(uint64_t n)
{
    return (struct rest){.n = n};
}

static inline struct rest rest_body(uint64_t n, unsigned part)
{
    return (struct rest){.n = n, .is_body = n > 0, .part = (uint8_t)part};
}

/* Reads one head (all of it, or nothing), and reports it. */
typedef struct rest bodies_step(struct parse *, struct cursor *);

/* Steps as far as the bytes go. Who has just found that these bytes are its own says so first; what
 * is wrong behind them comes again. */
static inline enum parse_result bodies_walk(struct parse *p, struct cursor *in, bodies_step *step,
                                            const bool *matched)
{
    bool before = *matched;

    while (in->pos < in->end) {
        struct rest rest = step(p, in);

        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        if (rest.n > cur_left(in)) {
            if (rest.is_body)
                parse_pass(p, rest.n, BUFFER_BODY, rest.part);
            else
                parse_skip(p, rest.n);
            break;
        }
        if (rest.n) {
            struct span here = cur_span(in, (size_t)rest.n);

            if (rest.is_body)
                parse_buffer(p, BUFFER_BODY, rest.part, here);
            parse_commit(p, in);
        }
    }
    if (in->state == CUR_BAD && before == *matched)
        return PARSE_REJECT;
    return *matched ? PARSE_MATCH : PARSE_MORE;
}

/* What is here of the n bytes that follow. */
static inline struct cursor bodies_here(const struct cursor *in, uint64_t n)
{
    return cur_of(span_first(cur_look(in), n));
}

/* That child is malformed when it is short and all of it is here; else it waits. */
static inline void bodies_join(struct cursor *in, const struct cursor *child, uint64_t n)
{
    if (child->state == CUR_SHORT && cur_left(in) < n)
        cur_short(in, child->need);
    else if (child->state != CUR_OK)
        cur_fail(in);
}

/* Nothing here can be understood: wait for better bytes. */
static inline enum parse_result bodies_over(struct parse *p, struct cursor *in, const bool *matched)
{
    in->pos = in->end;
    in->state = CUR_OK;
    parse_commit(p, in);
    return *matched ? PARSE_MATCH : PARSE_MORE;
}

#endif
