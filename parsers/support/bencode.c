/* SPDX-License-Identifier: Apache-2.0
 *
 * Items of bencode, read without recursion.
 */
#include "support/bencode.h"

enum { DEPTH_MAX = 16, DIGITS_MAX = 19 };

static uint64_t digits_read(struct cursor *c, uint8_t end)
{
    struct span digits = cur_until(c, end, DIGITS_MAX + 1);
    uint64_t value = 0;
    bool negative = digits.n && digits.p[0] == '-';

    digits = span_from(digits, negative);
    if (!digits.n || digits.n > DIGITS_MAX || (digits.n > 1 && digits.p[0] == '0'))
        cur_fail(c);
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9')
            cur_fail(c);
        value = value * 10 + (uint64_t)(digits.p[i] - '0');
    }
    return negative ? 0 : value;
}

struct span bencode_string(struct cursor *c)
{
    if (cur_left(c) && (cur_peek(c) < '0' || cur_peek(c) > '9'))
        cur_fail(c);
    return cur_span(c, (size_t)digits_read(c, ':'));
}

uint64_t bencode_number(struct cursor *c)
{
    if (cur_u8(c) != 'i')
        cur_fail(c);
    return digits_read(c, 'e');
}

bool bencode_enter(struct cursor *c, uint8_t kind)
{
    if (!cur_left(c) || cur_peek(c) != kind)
        return false;
    cur_skip(c, 1);
    return true;
}

bool bencode_leave(struct cursor *c)
{
    return bencode_enter(c, 'e');
}

struct span bencode_item(struct cursor *c)
{
    const uint8_t *start = c->pos;
    unsigned depth = 0;

    do {
        uint8_t first = cur_peek(c);

        if (first == 'd' || first == 'l') {
            cur_skip(c, 1);
            if (++depth > DEPTH_MAX)
                cur_fail(c);
        } else if (depth && first == 'e') {
            cur_skip(c, 1);
            depth--;
        } else if (first == 'i') {
            (void)bencode_number(c);
        } else {
            (void)bencode_string(c);
        }
    } while (depth && c->state == CUR_OK);
    return span_of(start, c->state == CUR_OK ? (size_t)(c->pos - start) : 0);
}
