/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8: characters written as UTF-8 (RFC 3629), and whether bytes are.
 */
#ifndef SUPPORT_UTF8_H
#define SUPPORT_UTF8_H

#include "base/span.h"

enum {
    UTF8_ROOM = 4, /* of one character */
    UTF8_LAST = 0x10ffff,
    UTF8_REPLACEMENT = 0xfffd,
};

/* `c` is at most UTF8_LAST. Returns how many bytes were written. */
static inline size_t utf8_put(uint8_t *out, uint32_t c)
{
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

/* The halves of a pair of UTF-16. */
static inline bool utf16_is_high(uint32_t u)
{
    return u >> 10 == 0xd800 >> 10;
}

static inline bool utf16_is_low(uint32_t u)
{
    return u >> 10 == 0xdc00 >> 10;
}

static inline uint32_t utf16_pair(uint32_t high, uint32_t low)
{
    return 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
}

/* How many bytes at the front are whole characters, none longer than it has to be. */
static inline size_t utf8_run(struct span s)
{
    size_t i = 0;

    while (i < s.n) {
        uint8_t c = s.p[i], second = i + 1 < s.n ? s.p[i + 1] : 0;
        size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

        if (n > s.n - i || (c >= 0x80 && c < 0xc2) || c > 0xf4 || (c == 0xe0 && second < 0xa0) ||
            (c == 0xed && second > 0x9f) || (c == 0xf0 && second < 0x90) ||
            (c == 0xf4 && second > 0x8f))
            return i;
        for (size_t k = 1; k < n; k++)
            if ((s.p[i + k] & 0xc0) != 0x80)
                return i;
        i += n;
    }
    return i;
}

#endif
