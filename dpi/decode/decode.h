/* SPDX-License-Identifier: Apache-2.0
 *
 * decode: bytes of a frame to struct packet. Pure: reads the frame, writes the packet.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include "base/cursor.h"
#include "base/hash.h"
#include "engine/packet.h"
#include "engine/snapshot.h"

struct decode_env {
    const struct hash_key *hash_key; /* for tunnel digests */
    enum checksum_mode checksum;
    uint32_t tunnel_depth;
    bool device_in_key;
};

/* A position inside a frame while it is taken apart. */
struct decode {
    const struct decode_env *env;
    struct packet *p;
    struct cursor in; /* captured bytes that are left */
    uint32_t missing; /* bytes behind them that the capture has cut off */
};

/* A whole frame. Afterwards p->kind says what it is; p->bad is set for PACKET_BAD. */
void decode_frame(const struct decode_env *, struct packet *, struct frame *);

/* A datagram put together from fragments: IP header and all, complete. Keeps frame, VLANs, tunnel.
 */
void decode_datagram(const struct decode_env *, struct packet *, const uint8_t *ip, uint32_t n);

/* The key of the packet that an ICMP error quotes, and which end of it sent that packet. False when
 * the message is no error or quotes too little. */
bool decode_embedded(const struct packet *, struct session_key *, uint8_t *side);

/* ---- inside decode/ ---- */

void decode_ethernet(struct decode *);
void decode_ethertype(struct decode *, uint16_t type);
void decode_ip(struct decode *); /* the version nibble decides */
void decode_ipv4(struct decode *);
void decode_ipv6(struct decode *);
void decode_transport(struct decode *, uint8_t proto);
void decode_tcp(struct decode *);
void decode_udp(struct decode *);
void decode_icmp(struct decode *);

/* Goes on inside the tunnel and says true, or says false: this is no tunnel of ours. */
bool decode_udp_tunnel(struct decode *, uint16_t from, uint16_t to);
bool decode_ip_tunnel(struct decode *, uint8_t proto);

/* The usual frame in one piece. False: not usual; what it has written so far does not matter. */
bool decode_fast(const struct decode_env *, struct packet *, const struct frame *);
bool decode_is_tunnel_port(uint16_t from, uint16_t to);

/* Malformed: `why` is a constant that ends up in the event. */
void decode_bad(struct decode *, const char *why);
/* Cut by the capture before anything useful: no session. */
void decode_cut(struct decode *);

/* Limits what is left to n announced bytes. False: more announced than on the wire. */
bool decode_limit(struct decode *, uint32_t n);

static inline uint32_t decode_wire_left(const struct decode *d)
{
    return (uint32_t)cur_left(&d->in) + d->missing;
}

/* Writes both ends into the key in canonical order, sets p->side. */
void decode_set_ports(struct packet *, uint16_t from, uint16_t to);

/* One's complement sum of n bytes and an earlier sum, folded to 16 bits, network order of memory.
 */
uint16_t decode_sum(const uint8_t *bytes, size_t n, uint64_t start);
/* The same of an IPv4 header without options. */
uint16_t decode_sum_header(const uint8_t ip[20]);
/* Sum of the pseudo header (RFC 9293 3.1, RFC 8200 8.1), as `start` for decode_sum. */
uint64_t decode_pseudo_sum(const struct packet *, uint32_t length);
/* The same for a whole IPv4 packet outside tunnels. */
void decode_verify_v4(const struct decode_env *, struct packet *, size_t at);
/* Verifies the checksum over the transport header and payload; `at`: where it stands in them. */
void decode_verify(struct decode *, size_t at);

#endif
