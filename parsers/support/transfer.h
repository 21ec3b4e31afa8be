/* SPDX-License-Identifier: Apache-2.0
 *
 * transfer: base64 and quoted-printable (RFC 2045 section 6), read leniently and in pieces.
 */
#ifndef SUPPORT_TRANSFER_H
#define SUPPORT_TRANSFER_H

#include "base/span.h"

struct base64 {
    uint32_t bits;
    uint8_t count; /* of digits in `bits` */
};

/* Bytes that n digits can become, those of an earlier piece included. */
#define BASE64_ROOM(n) ((n) / 4 * 3 + 6)

/* Decodes a piece into `out` (BASE64_ROOM bytes), returns how many came out. What is not a digit is
 * passed over, as mail programs do; padding ends a group. */
size_t base64_decode(struct base64 *, struct span digits, uint8_t *out);

/* True when every byte is a digit or padding. */
bool base64_is(struct span text);

/* Decodes a line, its end included, into `out` (as long as the line). */
size_t quoted_decode(struct span line, uint8_t *out);

#endif
