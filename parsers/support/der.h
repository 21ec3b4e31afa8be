/* SPDX-License-Identifier: Apache-2.0
 *
 * der: the distinguished encoding of ASN.1 (X.690), read element by element. An element lies inside
 * the cursor it is read from, so whatever it lacks is malformed and never a reason to wait. Only
 * der_head() reads from a stream. Lengths may have more bytes than they need, as in BER.
 */
#ifndef SUPPORT_DER_H
#define SUPPORT_DER_H

#include "base/cursor.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BITS = 0x03,
    DER_OCTETS = 0x04,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8 = 0x0c,
    DER_UTC_TIME = 0x17,
    DER_TIME = 0x18,
    DER_GENERAL = 0x1b,
    DER_UNIVERSAL = 0x1c, /* four bytes a character */
    DER_BMP = 0x1e,       /* two bytes a character */
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};

/* Context-specific tags: [n] around other elements, and [n] instead of a tag. */
#define DER_WRAPPED(n) (0xa0 | (n))
#define DER_NAMED(n)   (0x80 | (n))

struct der {
    uint8_t tag;
    struct cursor body;
};

/* Tag and length of an element whose body is still to come on a stream (SHORT: wait). Returns the
 * length of the body; another tag is BAD. */
size_t der_head(struct cursor *, uint8_t tag);

/* The next element of any tag. */
struct der der_next(struct cursor *);
/* The body of the next element, which must have this tag. */
struct cursor der_enter(struct cursor *, uint8_t tag);
/* The next element, a number that is not negative and has at most eight bytes. */
uint64_t der_number(struct cursor *, uint8_t tag);
/* The next element, its bytes. */
struct span der_bytes(struct cursor *, uint8_t tag);
/* Is there another element, and of this tag? */
static inline bool der_is(const struct cursor *c, uint8_t tag)
{
    return cur_left(c) && cur_peek(c) == tag;
}
/* The next element is skipped when it has this tag. */
void der_pass(struct cursor *, uint8_t tag);

#endif
