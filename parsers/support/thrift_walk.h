/* SPDX-License-Identifier: Apache-2.0
 *
 * thrift_walk: through the arguments of a Thrift message, binary or compact, piece by piece, so
 * that it does not have to be here at once. Nothing is interpreted but where strings stand.
 */
#ifndef SUPPORT_THRIFT_WALK_H
#define SUPPORT_THRIFT_WALK_H

#include "base/cursor.h"

enum { THRIFT_DEPTH = 14, THRIFT_LENGTH_MOST = 100 << 20 /* the library's own limit */ };

struct thrift_walk {
    uint32_t
        left[THRIFT_DEPTH]; /* of a list: elements; of a map: keys and values; of a struct: 0 */
    uint16_t types[THRIFT_DEPTH];
    uint8_t depth; /* 0: the message has ended */
    bool compact;
    bool any;       /* a field was read */
    bool deep;      /* it nests deeper than this */
    uint16_t first; /* the number of the first field */
};

enum thrift_token {
    THRIFT_PART,   /* a field's head, a small value, or n bytes of numbers before the cursor */
    THRIFT_STRING, /* n bytes before the cursor are a string */
};

void thrift_walk_begin(struct thrift_walk *, bool compact);

/* Reads a piece; only when the cursor is fine afterwards something has changed. */
enum thrift_token thrift_walk_next(struct thrift_walk *, struct cursor *, uint64_t *n);

/* A number of the compact protocol, at most 10 bytes. */
uint64_t thrift_varint(struct cursor *);

#endif
