/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_reasm: the bytes of one sender, in order, each once.
 *
 * In order and with nothing waiting, bytes go straight from the frame to inspection. Two kinds of
 * bytes are kept, both in a `tcp_kept` that exists only as long as there are any:
 *
 *   ahead     bytes behind missing ones: pages addressed by sequence number, and sorted, disjoint,
 *             merged intervals that say which bytes are there. Insertion is a binary search, a
 *             copy of the new bytes, and a merge; its cost does not depend on how small the
 *             pieces are.
 *   retained  the inspected bytes that are not acknowledged yet, up to a limit: their sender may
 *             send them again with other content, and the receiver may not have had the first copy.
 *
 * The first copy of a byte wins, always. A later, different one is reported.
 */
#ifndef TCP_TCP_REASM_H
#define TCP_TCP_REASM_H

#include "base/slab.h"
#include "engine/packet.h"
#include "engine/session.h"
#include "engine/snapshot.h"

struct engine;

#define REASM_PAGE 2048u
#define REASM_PAGES 128u /* 256 KiB of sequence space */
#define REASM_URGENT 4u
#define RETAIN_BYTES 4080u

struct interval {
    uint32_t start, end;
};

struct tcp_ahead {
    uint8_t         *pages[REASM_PAGES]; /* valid where the bit in `present` is set */
    uint64_t         present[REASM_PAGES / 64];
    struct interval *intervals; /* `few`, or a block of `many` */
    uint16_t         count;
    uint16_t         room;
    uint16_t         urgent_count;
    uint16_t         page_count;
    uint32_t         urgent[REASM_URGENT]; /* sequence numbers of urgent bytes among them */
    struct interval  few[8];
};

struct tcp_kept {
    struct tcp_ahead *ahead; /* NULL: nothing waits */
    uint32_t          seq;   /* of bytes[0] */
    uint32_t          n;     /* retained */
    uint8_t           bytes[RETAIN_BYTES];
};

struct tcp_reasm_pool {
    struct slab kept;
    struct slab ahead;
    struct slab pages;
    struct slab many;     /* interval blocks */
    size_t      limit;    /* bytes over all of them */
    size_t      segments; /* most intervals of one side */
    uint64_t    bytes_moved; /* interval entries shifted, for the cost tests */
};

void   tcp_reasm_pool_init(struct tcp_reasm_pool *, const struct limits *);
void   tcp_reasm_pool_fini(struct tcp_reasm_pool *);
size_t tcp_reasm_pool_bytes(const struct tcp_reasm_pool *);

enum reasm_result {
    REASM_TAKEN,   /* handed on, kept, or nothing new */
    REASM_DIFFERS, /* contradicts what came before; in inline mode nothing was taken */
    REASM_FULL,    /* no room; nothing was taken */
};

/* A segment's payload at `seq`. `urgent`: offset of the urgent byte in it, or UINT32_MAX. */
enum reasm_result tcp_reasm_input(struct engine *, struct packet *, struct session *, unsigned side,
                                  uint32_t seq, struct span bytes, uint32_t urgent);

/* The other end has acknowledged up to `ack`: forget what was kept for comparison before it. */
void tcp_reasm_acked(struct engine *, struct session_side *, uint32_t ack);

/* Bytes up to `seq` will never come: tell inspection, go on behind them. */
void tcp_reasm_gap(struct engine *, struct packet *, struct session *, unsigned side, uint32_t seq);

/* Start of the first bytes that wait behind missing ones. False: none wait. */
bool tcp_reasm_waiting(const struct session_side *, uint32_t *start);

/* The session ends: hands on all that waits, across gaps, then frees. */
void tcp_reasm_flush(struct engine *, struct session *);
void tcp_reasm_drop(struct engine *, struct session *);

#endif
