/* SPDX-License-Identifier: Apache-2.0
 *
 * gossip: the messages of hashicorp/memberlist, by which nodes of a cluster find each other and
 * notice who is gone, and those of Serf that travel in them.
 *
 *     type(1), then a MessagePack map whose keys are the names of the fields
 *
 * Around them, each at most once: a label, a checksum, compression, and several in one.
 */
#ifndef SUPPORT_GOSSIP_H
#define SUPPORT_GOSSIP_H

#include "parser/parser.h"

enum gossip_type {
    GOSSIP_PING,
    GOSSIP_INDIRECT_PING,
    GOSSIP_ACK,
    GOSSIP_SUSPECT,
    GOSSIP_ALIVE,
    GOSSIP_DEAD,
    GOSSIP_PUSH_PULL,
    GOSSIP_COMPOUND,
    GOSSIP_USER,
    GOSSIP_COMPRESSED,
    GOSSIP_ENCRYPTED,
    GOSSIP_NACK,
    GOSSIP_CHECKSUM,
    GOSSIP_ERROR,
    GOSSIP_NODE, /* ours: what a push/pull says of one node */
    GOSSIP_TYPES,
    GOSSIP_LABEL = 244,
};

enum gossip_key {
    GK_SEQUENCE,
    GK_NODE,
    GK_INCARNATION,
    GK_ADDRESS,
    GK_FROM,
    GK_TARGET,
    GK_META,
    GK_NODES,
    GK_USER_STATE,
    GK_JOIN,
    GK_STATE,
    GK_ERROR,
    GK_USER_LENGTH,
    GK_PORT,
    GOSSIP_KEYS,
};

struct gossip_map {
    uint8_t type;   /* enum gossip_type */
    uint16_t known; /* bits of enum gossip_key */
    bool join;
    uint64_t sequence, incarnation, nodes, user_state, user_length, state, port;
    struct span node, address, from, target, meta, error;
};

/* What a node says of itself (Serf's tags). */
struct gossip_tags {
    struct span role, datacenter, build;
};

/* A message of Serf's, in one of GOSSIP_USER: a type and a map, too. */
struct gossip_serf {
    const char *type;
    struct span node, event;
};

/* Other programs send what they like: what is not Serf's is BAD. All of the cursor. */
void gossip_serf_read(struct cursor *, struct gossip_serf *);
/* The map behind the type. What a message of its type must have and has not is BAD. */
void gossip_map_read(struct cursor *, enum gossip_type, struct gossip_map *);
/* False: the node says nothing, or in another form. */
bool gossip_tags_read(struct span meta, struct gossip_tags *);
/* The cluster's name in front of everything, when there is one. */
struct span gossip_label_read(struct cursor *);
/* What GOSSIP_COMPRESSED has in it, packed with lzw. More than most: none, and *n says how many. */
struct span gossip_packed_read(struct cursor *, size_t most, uint64_t *n);
/* Could a message of this type, with a map behind it, begin so? */
bool gossip_begins(struct span first);
const char *gossip_type_name(enum gossip_type);

#endif
