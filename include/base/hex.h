/* SPDX-License-Identifier: Apache-2.0
 *
 * hex: hexadecimal digits inside a text that may end anywhere.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/span.h"

enum { HEX_NONE = -1 };

/* 0 to 15, or HEX_NONE. */
static inline int hex_value(uint8_t c)
{
    uint8_t letter = c | 0x20;

    if (c >= '0' && c <= '9')
        return c - '0';
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : HEX_NONE;
}

/* The byte that the two digits at AT write, or HEX_NONE when there are none. */
static inline int hex_pair(struct span s, size_t at)
{
    int high, low;

    if (at >= s.n || s.n - at < 2)
        return HEX_NONE;
    high = hex_value(s.p[at]);
    low = hex_value(s.p[at + 1]);
    return high == HEX_NONE || low == HEX_NONE ? HEX_NONE : high * 16 + low;
}

/* The number that the four digits at AT write, or HEX_NONE when there are none. */
static inline int hex_quad(struct span s, size_t at)
{
    int high = hex_pair(s, at), low = hex_pair(s, at + 2);

    return high == HEX_NONE || low == HEX_NONE ? HEX_NONE : high * 256 + low;
}

/* What is left of a UTF-16 unit where only bytes are known: its low half, or the ASCII character of
 * which it is the full-width form (U+FF01 to U+FF5E). */
static inline uint8_t hex_narrow(int unit)
{
    return (uint8_t)(unit >= 0xff01 && unit <= 0xff5e ? unit + 0x20 : unit);
}

#endif
