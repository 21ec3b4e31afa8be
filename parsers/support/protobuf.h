/* SPDX-License-Identifier: Apache-2.0
 *
 * protobuf: fields of a message, one after the other: number and type in a varint, then the value.
 */
#ifndef SUPPORT_PROTOBUF_H
#define SUPPORT_PROTOBUF_H

#include "base/cursor.h"

enum { PROTOBUF_VARINT = 0, PROTOBUF_64 = 1, PROTOBUF_BYTES = 2, PROTOBUF_32 = 5 };

struct protobuf_field {
    uint32_t number;
    uint8_t type;
    uint64_t value; /* of a varint; of bytes: how many */
    struct span bytes;
};

static inline uint64_t protobuf_varint(struct cursor *c)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = cur_u8(c);

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    cur_fail(c);
    return 0;
}

/* False at the end, or where it cannot be read on. */
static inline bool protobuf_next(struct cursor *c, struct protobuf_field *f)
{
    uint64_t tag;

    if (!cur_left(c))
        return false;
    tag = protobuf_varint(c);
    *f = (struct protobuf_field){.number = (uint32_t)(tag >> 3), .type = tag & 7};
    switch (f->type) {
    case PROTOBUF_VARINT:
        f->value = protobuf_varint(c);
        break;
    case PROTOBUF_64:
        cur_skip(c, 8);
        break;
    case PROTOBUF_32:
        cur_skip(c, 4);
        break;
    case PROTOBUF_BYTES:
        f->value = protobuf_varint(c);
        f->bytes = cur_span(c, f->value > cur_left(c) ? SIZE_MAX : (size_t)f->value);
        break;
    default:
        cur_fail(c);
        break;
    }
    if (tag >> 3 == 0 || tag >> 32)
        cur_fail(c);
    return c->state == CUR_OK;
}

#endif
