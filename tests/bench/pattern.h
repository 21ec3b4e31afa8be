/* SPDX-License-Identifier: Apache-2.0
 *
 * pattern: the packets of one session, ready to be written again and again with other addresses and
 * right checksums. IPv4 over Ethernet.
 */
#ifndef BENCH_PATTERN_H
#define BENCH_PATTERN_H

#include "frame_list.h"

#define PATTERN_FRAME 1600 /* most bytes of a packet */

struct pattern_packet {
    uint8_t *bytes; /* addresses, the client's port and checksums are zero */
    uint32_t n;
    uint16_t ip_at;  /* 0: not IPv4, written as it is */
    uint16_t l4_at;  /* 0: no ports here */
    uint16_t sum_at; /* of the transport's checksum; 0: has none */
    uint8_t proto;
    uint8_t from_server;
    uint8_t wrong_sum;
    uint32_t ip_sum, l4_sum; /* of the rest, not folded */
};

struct pattern {
    struct pattern_packet *packets;
    size_t count, room;
};

/* The sessions of a source: instance i of the benchmark plays pattern i % count. */
struct pattern_set {
    struct pattern *list;
    size_t count;
    size_t opening; /* packets of a session before its data: handshake, first datagram */
};

/* By the ends of the packets; the sender of a session's first packet is its client. At most `cap`
 * packets of each, 0 = all. */
void patterns_split(struct pattern_set *, const struct frame_list *, size_t cap);
/* All of one session, also what has no ports. */
void patterns_one(struct pattern_set *, const struct frame_list *);
/* False: cannot be read; that was told. */
bool patterns_load(struct pattern_set *, const char *path, size_t cap);
void patterns_free(struct pattern_set *);

/* Instance `i` of the packet. Returns its length. */
uint32_t pattern_write(const struct pattern_packet *, uint64_t i, uint8_t out[PATTERN_FRAME]);

#endif
