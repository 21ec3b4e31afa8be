/* SPDX-License-Identifier: Apache-2.0
 *
 * transfer: base64 and quoted-printable (RFC 2045 section 6), read leniently and in pieces; lines
 * of uuencode.
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

/* Quoted-printable that comes in pieces, which may end anywhere. Begins as zeroes. */
struct quoted {
    uint8_t at;     /* what has been seen of "=XX" */
    uint8_t digit;  /* the first X */
    uint8_t blanks; /* behind "=" */
};

/* Bytes that n can become, those held of an earlier piece included. */
#define QUOTED_ROOM(n) ((n) + 70)

size_t quoted_feed(struct quoted *, struct span piece, uint8_t *out);
/* No more comes: what was held, into as much room as for no byte. */
size_t quoted_end(struct quoted *, uint8_t *out);

enum transfer_encoding {
    TRANSFER_PLAIN, /* 7bit, 8bit, binary, or nobody knows */
    TRANSFER_BASE64,
    TRANSFER_QUOTED,
};

/* Either of them. Begins as zeroes, with `as`. */
struct transfer {
    uint8_t as; /* enum transfer_encoding */
    struct base64 base64;
    struct quoted quoted;
};

#define TRANSFER_ROOM(n) QUOTED_ROOM(n)

/* `out`: TRANSFER_ROOM bytes. */
size_t transfer_feed(struct transfer *, struct span piece, uint8_t *out);
/* No more comes, whether or not it should end so. */
size_t transfer_end(struct transfer *, uint8_t *out);

/* One line of uuencode (POSIX), as many bytes as it says it has and has. `out`: as long as the
 * line. */
size_t uu_decode(struct span line, uint8_t *out);

#endif
