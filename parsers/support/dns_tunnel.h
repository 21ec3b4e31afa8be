/* SPDX-License-Identifier: Apache-2.0
 *
 * dns_tunnel: questions that carry data. Who tunnels asks for ever new names below one domain,
 * their first labels long or like noise, and for answers that have room; or simply for very much.
 */
#ifndef SUPPORT_DNS_TUNNEL_H
#define SUPPORT_DNS_TUNNEL_H

#include "base/span.h"

enum {
    DNS_TUNNEL_LABELS = 50,       /* different ones, in a minute below one domain */
    DNS_TUNNEL_LENGTH = 24,       /* of the first label, on average */
    DNS_TUNNEL_ENTROPY = 38,      /* tenths of a bit a character, on average */
    DNS_TUNNEL_BYTES = 64 * 1024, /* of names */
};

/* Zero at the start. */
struct dns_tunnel {
    uint64_t since_us;
    uint32_t domain; /* hash of the last two labels */
    uint32_t bytes;
    uint32_t length;  /* of all first labels */
    uint32_t entropy; /* of all first labels, tenths of a bit */
    uint8_t count;    /* of different first labels */
    uint8_t roomy;    /* questions of types with room for data */
    uint32_t labels[DNS_TUNNEL_LABELS];
};

/* A question as it stands in its message, one name without pointers, type and class. What it
 * makes of the questions so far: why they are a tunnel, or NULL. */
const char *dns_tunnel_ask(struct dns_tunnel *, struct span question, uint64_t now_us);

/* Of the bytes of a label, in tenths of a bit a character. */
unsigned dns_tunnel_entropy(struct span label);

#endif
