/* SPDX-License-Identifier: Apache-2.0
 *
 * utf16: see utf16.h.
 */
#include "support/utf16.h"

enum { REPLACEMENT = 0xfffd };

static bool is_high(uint32_t u)
{
    return u >> 10 == 0xd800 >> 10;
}

static bool is_low(uint32_t u)
{
    return u >> 10 == 0xdc00 >> 10;
}

static size_t put(uint8_t *out, uint32_t c)
{
    if (c == 0)
        return 0;
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

static size_t unit_put(struct utf16 *t, uint16_t unit, uint8_t *out)
{
    uint16_t high = t->high;
    size_t n;

    t->high = 0;
    if (high && is_low(unit))
        return put(out, 0x10000 + (((uint32_t)high & 0x3ff) << 10 | (unit & 0x3ff)));
    n = high ? put(out, REPLACEMENT) : 0;
    if (is_high(unit))
        t->high = unit;
    else
        n += put(out + n, is_low(unit) ? (uint32_t)REPLACEMENT : unit);
    return n;
}

size_t utf16_to_utf8(struct utf16 *t, struct span *in, uint8_t *out, size_t room)
{
    size_t n = 0;

    while (in->n && room - n >= UTF16_ROOM) {
        uint8_t byte = in->p[0];

        *in = span_from(*in, 1);
        if (!t->has_odd) {
            t->odd = byte;
            t->has_odd = true;
            continue;
        }
        t->has_odd = false;
        n += unit_put(t, (uint16_t)(byte << 8 | t->odd), out + n);
    }
    return n;
}
