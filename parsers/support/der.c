/* SPDX-License-Identifier: Apache-2.0
 *
 * Elements of DER. Only what certificates need: tags of one byte, definite lengths of at most four.
 */
#include "support/der.h"

static size_t length_read(struct cursor *c)
{
    uint8_t first = cur_u8(c);
    size_t length = 0;

    if (first < 0x80)
        return first;
    if (first == 0x80 || first > 0x84)
        cur_fail(c);
    for (uint8_t i = first; i > 0x80 && c->state == CUR_OK; i--)
        length = length << 8 | cur_u8(c);
    return length;
}

size_t der_head(struct cursor *c, uint8_t tag)
{
    if (cur_u8(c) != tag)
        cur_fail(c);
    return length_read(c);
}

struct der der_next(struct cursor *c)
{
    struct der element = {.tag = cur_u8(c)};
    size_t length;

    if ((element.tag & 0x1f) == 0x1f)
        cur_fail(c);
    length = length_read(c);
    element.body = cur_sub(c, length);
    if (c->state == CUR_SHORT)
        c->state = element.body.state = CUR_BAD;
    return element;
}

struct cursor der_enter(struct cursor *c, uint8_t tag)
{
    struct der element = der_next(c);

    if (element.tag != tag)
        cur_fail(c);
    element.body.state = c->state;
    return element.body;
}

uint64_t der_number(struct cursor *c, uint8_t tag)
{
    struct cursor body = der_enter(c, tag);
    uint64_t value = 0;

    if (cur_left(&body) == 0 || cur_left(&body) > 8 || cur_peek(&body) & 0x80)
        cur_fail(c);
    while (cur_left(&body))
        value = value << 8 | cur_u8(&body);
    return c->state == CUR_OK ? value : 0;
}

struct span der_bytes(struct cursor *c, uint8_t tag)
{
    struct cursor body = der_enter(c, tag);

    return cur_rest(&body);
}

void der_pass(struct cursor *c, uint8_t tag)
{
    if (cur_left(c) && cur_peek(c) == tag)
        (void)der_next(c);
}
