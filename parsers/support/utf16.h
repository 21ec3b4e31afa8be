/* SPDX-License-Identifier: Apache-2.0
 *
 * utf16: little-endian UTF-16 that arrives in pieces, as UTF-8.
 */
#ifndef SUPPORT_UTF16_H
#define SUPPORT_UTF16_H

#include "base/span.h"

enum { UTF16_ROOM = 8 }; /* what one unit brings at most: a half without the other, and itself */

/* What the last piece broke off in the middle of. */
struct utf16 {
    uint16_t high; /* the first half of a pair, 0 = none */
    uint8_t odd;   /* the first byte of a unit */
    bool has_odd;
};

/* Takes from the front of `in` what fits into `out`, which has at least UTF16_ROOM bytes; returns
 * how many were written. Zeros are left out, halves without the other become U+FFFD. */
size_t utf16_to_utf8(struct utf16 *, struct span *in, uint8_t *out, size_t room);

#endif
