/* SPDX-License-Identifier: Apache-2.0
 *
 * quic_google: what Google spoke before there was a standard: versions Q024 to Q050, whose hellos
 * are lists of tags.
 */
#ifndef SUPPORT_QUIC_GOOGLE_H
#define SUPPORT_QUIC_GOOGLE_H

#include "parser/parser.h"

/* A datagram of the versions before Q050. */
struct google_packet {
    uint32_t version;  /* 0: it does not say */
    struct span hello; /* a message of tags; empty when it holds none that can be read */
};

/* False: none of these versions. */
bool google_packet_read(struct span datagram, struct google_packet *);
/* A client's message of tags: its fields. False: it is none. */
bool google_hello_report(struct parse *, struct span message, uint32_t version);

#endif
