/* SPDX-License-Identifier: Apache-2.0
 *
 * quic_packet: long headers of QUIC (RFC 8999, 9000 section 17.2) and what differs between its
 * versions. Spans point into the datagram.
 */
#ifndef SUPPORT_QUIC_PACKET_H
#define SUPPORT_QUIC_PACKET_H

#include "base/cursor.h"

enum {
    QUIC_ID_MAX = 20,       /* longest connection id */
    QUIC_VERSION_TEXT = 16, /* "draft-29" with its NUL */
};

enum quic_type { QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_NEGOTIATION };

/* Versions whose first packets anybody can read. */
struct quic_version {
    const char *label;    /* what the names of its keys begin with */
    uint32_t first, last; /* numbers */
    uint8_t salt[20];     /* RFC 9001 section 5.2 */
    uint8_t initial;      /* the number of the Initial type; the others follow it */
};

struct quic_packet {
    enum quic_type type;
    uint32_t version;
    const struct quic_version *known; /* NULL: only the invariants have been read */
    struct span destination, source;  /* connection ids */
    struct span whole;                /* from its first byte to its end */
    size_t number;                    /* where in it the packet number stands */
    struct span rest;                 /* of Retry and version negotiation: behind the ids */
};

const struct quic_version *quic_version_find(uint32_t version);
/* Known, a draft, somebody's experiment, or reserved to be unknown. */
bool quic_version_plausible(uint32_t version);
/* "1", "2", "draft-29", "Q050", or the number in hex. */
void quic_version_text(uint32_t version, char text[QUIC_VERSION_TEXT]);

uint64_t quic_varint(struct cursor *);
/* The next packet of a datagram, if it has a long header. */
void quic_packet_read(struct cursor *, struct quic_packet *);

#endif
