/* SPDX-License-Identifier: Apache-2.0
 *
 * byte_set: the next byte of a small set in a text, sixteen bytes at a time. For texts of which
 * most have none, and then need no further work.
 */
#ifndef BASE_BYTE_SET_H
#define BASE_BYTE_SET_H

#include "base/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BYTE_SET_BYTES = 6, BYTE_SET_RANGES = 2 };

struct byte_set {
    uint8_t bytes, ranges; /* how many there are of each */
    uint8_t byte[BYTE_SET_BYTES];
    uint8_t range[BYTE_SET_RANGES][2]; /* both ends belong to it */
};

static inline bool byte_set_has(const struct byte_set *set, uint8_t c)
{
    for (size_t i = 0; i < set->bytes; i++)
        if (c == set->byte[i])
            return true;
    for (size_t i = 0; i < set->ranges; i++)
        if (c >= set->range[i][0] && c <= set->range[i][1])
            return true;
    return false;
}

#ifdef __SSE2__
/* One bit for each of the sixteen bytes. */
static inline unsigned byte_set_mask(const struct byte_set *set, const uint8_t *p)
{
    const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i hits = _mm_setzero_si128();

    for (size_t i = 0; i < set->bytes; i++)
        hits = _mm_or_si128(hits, _mm_cmpeq_epi8(block, _mm_set1_epi8((char)set->byte[i])));
    for (size_t i = 0; i < set->ranges; i++) {
        __m128i low = _mm_set1_epi8((char)set->range[i][0]);
        __m128i high = _mm_set1_epi8((char)set->range[i][1]);

        /* What lies inside stays itself when it is clamped. */
        hits =
            _mm_or_si128(hits, _mm_cmpeq_epi8(_mm_min_epu8(_mm_max_epu8(block, low), high), block));
    }
    return (unsigned)_mm_movemask_epi8(hits);
}
#endif

/* Index of the first byte of the set from AT on, or s.n. */
static inline size_t byte_set_find(const struct byte_set *set, struct span s, size_t at)
{
#ifdef __SSE2__
    for (; at + 16 <= s.n; at += 16) {
        unsigned mask = byte_set_mask(set, s.p + at);

        if (mask)
            return at + (unsigned)__builtin_ctz(mask);
    }
#endif
    while (at < s.n && !byte_set_has(set, s.p[at]))
        at++;
    return at;
}

#endif
