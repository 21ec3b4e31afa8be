/* SPDX-License-Identifier: Apache-2.0
 *
 * nfqueue_message: the netlink messages of a queue: packets in, verdicts and settings out. Values;
 * no system calls.
 */
#ifndef CAPTURE_NFQUEUE_MESSAGE_H
#define CAPTURE_NFQUEUE_MESSAGE_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A packet as it came. */
struct queued_packet {
    uint32_t id;
    uint32_t mark;
    uint32_t length; /* of the packet; larger than payload.n: the kernel has cut it */
    bool partial;    /* its checksum is not there yet */
    bool unverified; /* nobody has looked at its checksum */
    bool gso;
    struct span payload; /* from the IP header on; borrowed */
};

/* Reads one datagram of the kernel's. False: it holds no packet. */
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
/* Whole packets; so many may wait; packets pass when there is no more room; large ones come in one
 * piece. */
void queue_settings(struct queue_messages *, uint32_t most);
/* The kernel's answer to queue_bind(): 0, or an errno. -1: the datagram is none. */
int queue_answer(const void *datagram, size_t n);

#endif
