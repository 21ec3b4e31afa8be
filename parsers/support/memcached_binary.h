/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached_binary: the binary protocol of memcached and Couchbase.
 *
 *     magic(1) operation(1) keylen(2) extras(1) datatype(1) vbucket|status(2) body(4) opaque(4)
 * cas(8)
 *
 * 80 asks, 81 answers; with framing extras, which only Couchbase has, 08 and 18. Its server also
 * asks: 82, answered by 83; and on a DCP connection both sides ask.
 */
#ifndef SUPPORT_MEMCACHED_BINARY_H
#define SUPPORT_MEMCACHED_BINARY_H

#include "support/open_calls.h"
#include "support/sasl.h"

enum {
    MCB_HEADER = 24,
};

struct mcb_state {
    struct open_calls open;
    struct sasl sasl;
    bool couchbase;
    bool collections; /* keys begin with the number of their collection */
    bool dcp;
    struct dialogue_text user; /* who logs in */
};

/* The first byte of a message; no text begins with it. */
static inline bool mcb_is_magic(uint8_t first)
{
    return (first >= 0x80 && first <= 0x83) || first == 0x08 || first == 0x18;
}

/* Could a stream of this sender begin so? Any number of bytes. */
bool mcb_probe(enum dir, struct span first);
/* One message; as a step of walk.h. */
uint64_t mcb_step(struct parse *, struct mcb_state *, struct cursor *, bool *matched);

#endif
