/* SPDX-License-Identifier: Apache-2.0
 *
 * http_scan: the end of a header line, its first colon and its first CR, found in one pass.
 * Nearly all lines are plain, which is found out in half the time.
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

/* A line that ends with CR LF and has no other byte up to CR. */
struct http_plain_line {
    size_t end;   /* index of its CR; SIZE_MAX: it is not plain, or its end is not there */
    size_t colon; /* of the first ':', or anything from `end` on */
};

#ifdef __SSE2__
/* A bit for each byte up to CR. */
static inline unsigned http_scan_low(__m128i block)
{
    return (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8('\r')), block));
}

static inline unsigned http_scan_colons(__m128i block)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(':')));
}

static inline __m128i http_scan_block(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline struct http_plain_line http_scan_plain(struct span s)
{
    struct http_plain_line line = {SIZE_MAX, SIZE_MAX};
    unsigned low = 0, colons, past;
    size_t at = 0, end;
    __m128i block;

    if (s.n >= 2 && s.p[0] == '\r' && s.p[1] == '\n')
        return (struct http_plain_line){0, 0};
    for (; at + 16 <= s.n; at += 16) {
        block = http_scan_block(s.p + at);
        colons = http_scan_colons(block);
        if (colons && line.colon == SIZE_MAX)
            line.colon = at + (unsigned)__builtin_ctz(colons);
        low = http_scan_low(block);
        if (low)
            break;
    }
    if (!low && s.n >= 16 && at < s.n) { /* the last block overlaps the one before */
        past = (unsigned)(at + 16 - s.n);
        block = http_scan_block(s.p + s.n - 16);
        colons = http_scan_colons(block) >> past;
        if (colons && line.colon == SIZE_MAX)
            line.colon = at + (unsigned)__builtin_ctz(colons);
        low = http_scan_low(block) >> past;
    }
    if (!low)
        return line;
    end = at + (unsigned)__builtin_ctz(low);
    if (end + 1 < s.n && s.p[end] == '\r' && s.p[end + 1] == '\n')
        line.end = end;
    return line;
}
#else
static inline struct http_plain_line http_scan_plain(struct span s)
{
    struct http_scan scan = http_scan_line(s);

    if (scan.end < s.n && scan.end && scan.cr == scan.end - 1)
        return (struct http_plain_line){scan.cr, scan.colon};
    return (struct http_plain_line){SIZE_MAX, SIZE_MAX};
}
#endif

#endif
