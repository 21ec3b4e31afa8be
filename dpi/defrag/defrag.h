/* SPDX-License-Identifier: Apache-2.0
 *
 * defrag: IP datagrams from their fragments, both families, one worker. Nobody else looks in here,
 * so trains are freed at once.
 *
 * A train is the fragments of one datagram. Its key is family, addresses, identification (16 bit
 * IPv4, 32 bit IPv6), protocol (IPv4), tunnel, VLANs and zone; direction follows from the
 * addresses, which are not in canonical order here. It lives ten seconds from its first fragment,
 * whatever arrives. Budgets bound bytes, trains, fragments of a train and the share of one source;
 * when one is reached the oldest train goes.
 *
 * The same fragment twice is ignored. Any other overlap ends the train: RFC 5722 for IPv6, and the
 * only answer that holds for every receiver for IPv4.
 */
#ifndef DEFRAG_DEFRAG_H
#define DEFRAG_DEFRAG_H

#include "base/budget.h"
#include "base/list.h"
#include "base/rcu_table.h"
#include "base/slab.h"
#include "engine/packet.h"
#include "engine/snapshot.h"

struct engine;

#define DEFRAG_SOURCES 1024
#define DATAGRAM_MAX   65535u

struct fragment {
    struct fragment *next; /* in order of offset */
    uint64_t token;
    uint32_t offset, n;
    uint8_t bytes[];
};

struct train_key {
    struct session_key ends; /* ports zero */
    uint32_t id;
    uint32_t side; /* which end sends */
};

struct frag_queue {
    struct rcu_node node;
    struct list age;
    struct train_key key;
    uint64_t first_us;
    struct fragment *fragments;
    uint8_t *header; /* of the fragment at offset 0 */
    uint16_t header_len, next_at;
    uint8_t proto; /* of the fragment at offset 0 */
    uint16_t count;
    uint16_t source;
    uint32_t have;  /* bytes */
    uint32_t total; /* of the payload, 0 = not known yet */
    uint32_t memory;
    uint32_t frame_bytes; /* of all frames that brought it, as on the wire */
};

struct defrag {
    struct rcu_table table;
    struct slab trains;
    struct budget memory;
    struct list age;                  /* oldest first */
    uint32_t sources[DEFRAG_SOURCES]; /* bytes, by digest of the source address */
    uint8_t *datagram;                /* the one just completed */
};

bool defrag_init(struct defrag *, const struct snapshot *);
void defrag_fini(struct defrag *);

/* A PACKET_FRAGMENT. Afterwards the packet is the whole datagram, decoded (true), or it has its
 * verdict: HOLD, or DROP with a reason (false). */
bool defrag_input(struct engine *, struct packet *);

/* The datagram's verdict is known (that of its last frame): so is that of the held fragments. */
void defrag_release(struct engine *, struct frag_queue *, const struct frame *last);

/* Ends trains that are ten seconds old; at most `max`. */
void defrag_expire(struct engine *, size_t max);
/* The end of the input. */
void defrag_flush(struct engine *);

#endif
