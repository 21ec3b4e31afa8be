/* SPDX-License-Identifier: Apache-2.0
 *
 * protobuf: the fields of a protobuf message, one after the other.
 */
#ifndef SUPPORT_PROTOBUF_H
#define SUPPORT_PROTOBUF_H

#include "base/cursor.h"

enum pb_type { PB_NUMBER = 0, PB_64 = 1, PB_BYTES = 2, PB_32 = 5 };

struct pb_field {
    uint32_t number;
    uint8_t type;      /* enum pb_type */
    uint64_t value;    /* of a number */
    struct span bytes; /* of a text or a message */
};

static inline uint64_t pb_number(struct cursor *c)
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

/* False: there is no further field, or what is there is none. */
static inline bool pb_next(struct cursor *c, struct pb_field *f)
{
    uint64_t tag, n;

    *f = (struct pb_field){.number = 0};
    if (cur_left(c) == 0)
        return false;
    tag = pb_number(c);
    f->type = tag & 7;
    switch (f->type) {
    case PB_NUMBER:
        f->value = pb_number(c);
        break;
    case PB_64:
        f->value = cur_le64(c);
        break;
    case PB_BYTES:
        n = pb_number(c);
        f->bytes = cur_span(c, n < SIZE_MAX ? (size_t)n : SIZE_MAX);
        break;
    case PB_32:
        f->value = cur_le32(c);
        break;
    default:
        cur_fail(c);
        break;
    }
    f->number = tag >> 3 > UINT32_MAX ? 0 : (uint32_t)(tag >> 3);
    if (f->number == 0)
        cur_fail(c);
    return c->state == CUR_OK;
}

/* Up to field `number`, which is bytes, passing over others: how many bytes it has; the cursor
 * stands before them. BAD when there is none. */
static inline uint64_t pb_enter(struct cursor *c, uint32_t number)
{
    struct pb_field f;

    for (;;) {
        struct cursor at = *c;
        uint64_t tag = pb_number(&at);

        if (cur_left(c) == 0)
            cur_fail(c);
        if (c->state == CUR_OK && tag == ((uint64_t)number << 3 | 2)) {
            *c = at;
            return pb_number(c);
        }
        if (!pb_next(c, &f))
            return 0;
    }
}

#endif
