/* SPDX-License-Identifier: Apache-2.0
 *
 * jsonrpc_message: what one object of JSON-RPC says, and who logs in to a mining pool with it. Pure
 * functions; spans point into the message.
 */
#ifndef SUPPORT_JSONRPC_MESSAGE_H
#define SUPPORT_JSONRPC_MESSAGE_H

#include "parser/parser.h"
#include "support/json_scan.h"

struct jsonrpc_message {
    struct json_item version, id, method, params, result, error;
    struct span worker; /* a member of its own, beside the parameters */
    bool strange;       /* a member that JSON-RPC does not have */
};

/* What a miner or its pool says in the parameters. */
struct jsonrpc_miner {
    struct span user, worker, agent;
    bool mines;
    bool logs_in;
};

enum { JSONRPC_METHOD_MOST = 128 };

/* The members of an object, behind its bracket. It may be cut. */
struct jsonrpc_message jsonrpc_read(struct cursor members);
/* How far such a message by itself proves the protocol. */
enum proof jsonrpc_proof(const struct jsonrpc_message *);

/* Requests have a method; the others have a result or an error. */
static inline bool jsonrpc_is_request(const struct jsonrpc_message *m)
{
    return m->method.kind != 0;
}

/* Wants an answer, or is one. */
static inline bool jsonrpc_has_id(const struct jsonrpc_message *m)
{
    return m->id.kind != 0 && m->id.kind != 'n';
}

/* The answer says no. */
bool jsonrpc_refuses(const struct jsonrpc_message *);
struct jsonrpc_miner jsonrpc_miner_of(const struct jsonrpc_message *);

#endif
