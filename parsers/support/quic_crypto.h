/* SPDX-License-Identifier: Apache-2.0
 *
 * quic_crypto: Initial packets of QUIC, which are encrypted with keys that anybody can compute who
 * has seen the client's first packet (RFC 9001 section 5).
 */
#ifndef SUPPORT_QUIC_CRYPTO_H
#define SUPPORT_QUIC_CRYPTO_H

#include "parser/parser.h"
#include "support/quic_packet.h"

struct quic_plain {
    void *memory; /* NULL: could not be decrypted; else to be freed with parse_free() */
    struct span frames;
};

/* Decrypts an Initial packet of this sender. `id`: the destination of the client's first one. */
struct quic_plain quic_open(struct parse *, const struct quic_packet *, enum dir sender,
                            struct span id);

#endif
