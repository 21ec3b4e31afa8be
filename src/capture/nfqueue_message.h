/* SPDX-License-Identifier: Apache-2.0
 *
 * nfqueue_message: the netlink messages of a queue: packets in, verdicts and settings out. Values;
 * no system calls.
 */
#ifndef CAPTURE_NFQUEUE_MESSAGE_H
#define CAPTURE_NFQUEUE_MESSAGE_H

#include "base/span.h"
#include "engine/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A packet as it came. */
struct queued_packet {
    uint32_t id;
    uint32_t mark;
    uint32_t conntrack; /* id of its connection; 0: not told */
    uint32_t length;    /* of the packet; larger than payload.n: the kernel has cut it */
    bool partial;       /* its checksum is not there yet */
    bool unverified;    /* nobody has looked at its checksum */
    bool gso;
    struct span payload; /* from the IP header on; borrowed */
};

/* Reads one datagram of the kernel's. False: it holds no packet; or one without its bytes, which
 * has an id that is not 0. */
bool queued_packet_read(const void *datagram, size_t n, struct queued_packet *);

enum { QUEUE_MESSAGES_BYTES = 4096 };

/* Messages that go together. */
struct queue_messages {
    uint16_t queue;
    size_t n;
    uint8_t bytes[QUEUE_MESSAGES_BYTES] __attribute__((aligned(8)));
};

/* Room for one more? */
static inline bool queue_messages_full(const struct queue_messages *m)
{
    return m->n + 128 > sizeof m->bytes;
}

enum queue_fate { QUEUE_DROP = 0, QUEUE_ACCEPT = 1 }; /* the kernel's numbers */

void queue_verdict(struct queue_messages *, uint32_t id, enum queue_fate);
/* All that came before it, and it. */
void queue_verdict_up_to(struct queue_messages *, uint32_t id, enum queue_fate);

/* Takes the queue; the kernel says whether it was free. */
void queue_bind(struct queue_messages *);
void queue_unbind(struct queue_messages *);
/* Whole packets, large ones in one piece; and what is configured, but for: */
void queue_put_settings(struct queue_messages *, const struct queue_settings *);
/* whether connections are told. The kernel says whether it can. */
void queue_put_conntrack(struct queue_messages *, const struct queue_settings *);
/* The kernel's answer to queue_bind() and queue_put_conntrack(): 0, or an errno. -1: the datagram
 * is none. */
int queue_answer(const void *datagram, size_t n);

#endif
