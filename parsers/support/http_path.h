/* SPDX-License-Identifier: Apache-2.0
 *
 * http_path: the target of an HTTP request, piece by piece.
 */
#ifndef SUPPORT_HTTP_PATH_H
#define SUPPORT_HTTP_PATH_H

#include "base/span.h"

static inline struct span path_of(struct span target)
{
    return span_first(target, span_index(target, '?'));
}

/* The next piece between slashes; empty at the end, and between two slashes. */
static inline struct span path_next(struct span *rest)
{
    struct span piece, path = *rest;

    if (path.n && path.p[0] == '/')
        path = span_from(path, 1);
    piece = span_first(path, span_index(path, '/'));
    *rest = span_from(path, piece.n);
    return piece;
}

/* Has the query this parameter? */
static inline bool path_asks(struct span target, struct span parameter)
{
    struct span rest = span_from(target, span_index(target, '?'));

    while (rest.n) {
        struct span one;

        rest = span_from(rest, 1);
        one = span_first(rest, span_index(rest, '&'));
        if (span_equal(one, parameter))
            return true;
        rest = span_from(rest, one.n);
    }
    return false;
}

static inline bool path_is_one_of(struct span piece, const char *const *words)
{
    if (piece.n == 0)
        return false;
    for (; *words; words++) {
        const uint8_t first = (uint8_t) * *words;

        if (first == piece.p[0] && span_equal(piece, span_text(*words)))
            return true; /* nearly all begin with another letter */
    }
    return false;
}

#endif
