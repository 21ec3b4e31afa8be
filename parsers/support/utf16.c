/* SPDX-License-Identifier: Apache-2.0
 *
 * utf16: see utf16.h.
 */
#include "support/utf16.h"

#include "support/utf8.h"

/* Zeros are left out. */
static size_t put(uint8_t *out, uint32_t c)
{
    return c ? utf8_put(out, c) : 0;
}

static size_t unit_put(struct utf16 *t, uint16_t unit, uint8_t *out)
{
    uint16_t high = t->high;
    size_t n;

    t->high = 0;
    if (high && utf16_is_low(unit))
        return utf8_put(out, utf16_pair(high, unit));
    n = high ? utf8_put(out, UTF8_REPLACEMENT) : 0;
    if (utf16_is_high(unit))
        t->high = unit;
    else
        n += put(out + n, utf16_is_low(unit) ? (uint32_t)UTF8_REPLACEMENT : unit);
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
