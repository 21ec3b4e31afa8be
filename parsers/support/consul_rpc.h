/* SPDX-License-Identifier: Apache-2.0
 *
 * consul_rpc: remote calls between Consul's agents: Go's net/rpc in MessagePack.
 *
 *     ask     {"Seq": 7, "ServiceMethod": "KVS.Get"}                  arguments (a map)
 *     answer  {"Error": "", "Seq": 7, "ServiceMethod": "KVS.Get"}     result (anything)
 */
#ifndef SUPPORT_CONSUL_RPC_H
#define SUPPORT_CONSUL_RPC_H

#include "parser/parser.h"

struct consul_call {
    bool answer;
    uint64_t sequence;
    struct span method, error;
};

/* The first of the two maps; other keys, or some missing, are BAD. */
void consul_call_read(struct cursor *, struct consul_call *);
/* The call, under its number in this stream. */
void consul_call_report(struct parse *, uint32_t stream, const struct consul_call *);
/* What a call's arguments tell, as far as they are here, for the transaction last named. */
void consul_arguments_report(struct parse *, struct cursor);
/* The answer is complete. */
void consul_call_done(struct parse *, uint32_t stream, uint64_t sequence);

/* Raft between Consul's servers: a type, and a map. */
struct consul_raft {
    uint32_t known; /* how many of a raft message's keys there are */
    uint64_t term, size;
    struct span leader;
};

/* As far as it is here. */
void consul_raft_read(struct cursor, struct consul_raft *);

/* The head of a snapshot's request, all of it. */
void consul_snapshot_read(struct cursor *, struct span *datacenter, uint64_t *op);

#endif
