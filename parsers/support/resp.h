/* SPDX-License-Identifier: Apache-2.0
 *
 * resp: the elements of RESP2 and RESP3, and the way through a reply made of them. What is left of
 * the aggregates that are open stands on a stack, so a reply of any size needs no buffer.
 */
#ifndef SUPPORT_RESP_H
#define SUPPORT_RESP_H

#include "base/cursor.h"

enum {
    RESP_COUNT_MAX = 1048576,
    RESP_BULK_MAX = 512 << 20,
    RESP_DEPTH_MAX = 32,
    RESP_LINE_MAX = 65000,
    RESP_STRICT_MAX = 4096,
    RESP_STREAMED = -2, /* the length that is written as "?" */
};

struct resp_element {
    uint8_t type;
    int64_t n;        /* length or count; -1 is null */
    struct span text; /* of a line, or the first bytes of a bulk string */
    uint64_t rest;    /* bytes of the bulk string that are not here yet */
    uint64_t body;    /* its bytes, which the cursor stands before */
};

struct resp_levels {
    uint32_t
        left[RESP_DEPTH_MAX]; /* elements still to come, from the outermost aggregate inwards */
    uint32_t depth;
};

/* How a bulk string is read. */
struct resp_bulk {
    size_t text; /* bytes that are wanted as text */
    size_t end;  /* bytes behind it: CR LF, or nothing */
    bool strict;
    bool stay; /* a body that is not read whole is left to the caller, and its end */
};

int64_t resp_long_head(struct cursor *, uint8_t type, int64_t max);

/* The type and the number behind it, or RESP_STREAMED. Most have one digit: those are read with one
 * look at type, digit and CR. */
static inline int64_t resp_head(struct cursor *in, uint8_t type, int64_t max)
{
    struct cursor at = *in;
    const uint8_t *p = cur_take(&at, 4);
    uint32_t v = p ? le32_at(p) : 0;
    uint32_t digit = (v >> 8 & 0xff) - '0';

    if ((v & 0xff00ff) != (type | (uint32_t)'\r' << 16) || digit > 9)
        return resp_long_head(in, type, max);
    in->pos = at.pos;
    return digit;
}

void resp_element_read(struct cursor *, struct resp_bulk, struct resp_element *);

/* Moves past an element; true when the element at the bottom, a whole reply, is complete. */
bool resp_levels_apply(struct resp_levels *, struct cursor *, const struct resp_element *);

static inline bool resp_is_aggregate(uint8_t type)
{
    return type == '*' || type == '%' || type == '~' || type == '>' || type == '|';
}

static inline bool resp_is_bulk(uint8_t type)
{
    return type == '$' || type == '!' || type == '=';
}

#endif
