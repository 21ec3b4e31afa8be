/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_reasm: the bytes of one sender, in order, each once.
 *
 * In order and with nothing waiting, bytes go straight from the frame to inspection. Two kinds of
 * bytes are kept, both in a `tcp_kept` that exists only as long as there are any:
 *
 *   ahead     bytes behind missing ones: pages addressed by sequence number, and sorted, disjoint
 *             intervals that say which bytes are there and from which segment. Insertion is a
 *             binary search and a copy; when there are as many intervals as allowed, those that
 *             touch are merged, so small pieces cost no more than large ones.
 *   retained  the inspected bytes that are not acknowledged yet, up to a limit: their sender may
 *             send them again with other content, and the receiver may not have had the first copy.
 *
 * A byte that was handed on stays as it was. Among waiting segments that contradict each other a
 * copy of the traffic reads what Linux would (the one that starts first), inline the later one is
 * dropped. Every contradiction is reported.
 */
#ifndef TCP_TCP_REASM_H
#define TCP_TCP_REASM_H

#include "base/budget.h"
#include "base/slab.h"
#include "engine/packet.h"
#include "engine/session.h"
#include "engine/snapshot.h"

struct engine;

#define REASM_PAGE      2048u
#define REASM_PAGES     128u /* 256 KiB of sequence space */
#define REASM_URGENT    4u
#define REASM_INTERVALS 256u /* of one side; the setting may say less */
#define RETAIN_FEW      2000u

struct interval {
    uint32_t start, end;
    uint32_t origin; /* where the segment that brought it starts */
};

struct tcp_ahead {
    uint8_t *pages[REASM_PAGES]; /* valid where the bit in `present` is set */
    uint64_t present[REASM_PAGES / 64];
    struct interval *intervals; /* `few`, or a block of `many` */
    uint16_t count;
    uint16_t room;
    uint16_t page_count;
    uint32_t segments; /* that it was made of */
    struct interval few[8];
};

struct tcp_kept {
    struct tcp_ahead *ahead; /* NULL: nothing waits */
    uint8_t *bytes;          /* `few`, or a larger block of the heap */
    uint32_t room;           /* of bytes */
    uint32_t seq;            /* of bytes[head] */
    uint32_t head;
    uint32_t n;            /* retained from head on */
    uint32_t urgent_count; /* sequence numbers of urgent bytes still to come */
    uint32_t urgent[REASM_URGENT];
    uint8_t few[RETAIN_FEW];
};

struct tcp_reasm_pool {
    struct slab kept;
    struct slab ahead;
    struct slab pages;
    struct slab many;      /* interval blocks */
    size_t limit;          /* bytes over all of them */
    size_t segments;       /* most intervals of one side */
    struct budget *memory; /* for large retained blocks */
    uint64_t bytes_moved;  /* interval entries shifted, for the cost tests */
};

void tcp_reasm_pool_init(struct tcp_reasm_pool *, const struct limits *, struct budget *);
void tcp_reasm_pool_fini(struct tcp_reasm_pool *);
size_t tcp_reasm_pool_bytes(const struct tcp_reasm_pool *);

enum reasm_result {
    REASM_TAKEN,   /* handed on, kept, or nothing new */
    REASM_DIFFERS, /* contradicts what came before; in inline mode nothing was taken */
    REASM_FULL,    /* no room; nothing was taken */
};

/* A segment's payload at `seq`. */
enum reasm_result tcp_reasm_input(struct engine *, struct packet *, struct session *, unsigned side,
                                  uint32_t seq, struct span bytes);

/* The payload that comes next, where nothing waits and nothing is urgent; at least one byte. */
void tcp_reasm_next(struct engine *, struct packet *, struct session *, unsigned side,
                    struct span bytes);

/* The byte at `seq` is urgent: it is no part of the stream. */
void tcp_reasm_urgent(struct engine *, struct session_side *, uint32_t seq);

/* Data of a SYN: kept until it is known whether the other end took them. */
void tcp_reasm_park(struct engine *, struct session_side *, uint32_t seq, struct span);
enum park { PARK_TAKEN, PARK_REFUSED };
void tcp_reasm_unpark(struct engine *, struct packet *, struct session *, unsigned side, enum park);

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
