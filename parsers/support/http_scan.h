/* SPDX-License-Identifier: Apache-2.0
 *
 * http_scan: the end of a header line, its first colon and its first CR, found in one pass.
 */
#ifndef SUPPORT_HTTP_SCAN_H
#define SUPPORT_HTTP_SCAN_H

#include "base/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct http_scan {
    size_t end;   /* index of the LF, or the length when there is none */
    size_t colon; /* index of the first ':' before it, or `end` */
    size_t cr;    /* of the first CR */
};

static inline struct http_scan http_scan_tail(struct span s, size_t at, size_t colon, size_t cr)
{
    for (; at < s.n && s.p[at] != '\n'; at++) {
        if (s.p[at] == ':' && colon == SIZE_MAX)
            colon = at;
        if (s.p[at] == '\r' && cr == SIZE_MAX)
            cr = at;
    }
    return (struct http_scan){at, colon < at ? colon : at, cr < at ? cr : at};
}

static inline struct http_scan http_scan_line(struct span s)
{
    size_t at = 0, colon = SIZE_MAX, cr = SIZE_MAX;

#ifdef __SSE2__
    const __m128i lf = _mm_set1_epi8('\n'), mark = _mm_set1_epi8(':'), back = _mm_set1_epi8('\r');

    for (; at + 16 <= s.n; at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(s.p + at));
        unsigned ends = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, lf));
        unsigned crs = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, back));
        unsigned colons = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, mark));

        if (colons && colon == SIZE_MAX)
            colon = at + (unsigned)__builtin_ctz(colons);
        if (crs && cr == SIZE_MAX)
            cr = at + (unsigned)__builtin_ctz(crs);
        if (ends) {
            at += (unsigned)__builtin_ctz(ends);
            return (struct http_scan){at, colon < at ? colon : at, cr < at ? cr : at};
        }
    }
#endif
    return http_scan_tail(s, at, colon, cr);
}

#endif
