/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_message: the head of a call or of a reply of ONC RPC (RFC 5531 section 9), and what the
 * programs and their procedures are called.
 *
 *     call   xid 0 2 program version procedure credentials verifier arguments
 *     reply  xid 1 0 verifier outcome results · xid 1 1 why it was denied
 *
 * Numbers have 4 bytes; credentials and verifier are flavour(4) length(4) body.
 */
#ifndef SUPPORT_RPC_MESSAGE_H
#define SUPPORT_RPC_MESSAGE_H

#include "parser/parser.h"

/* Programs whose procedures are known here. */
enum rpc_service {
    RPC_UNKNOWN,
    RPC_PORTMAP,
    RPC_NFS,
    RPC_MOUNT,
    RPC_LOCKS,
    RPC_STATUS,
    RPC_ACLS,
    RPC_QUOTAS,
    RPC_YP,
    RPC_SERVICES,
};

enum rpc_flavor { RPC_AUTH_NONE, RPC_AUTH_UNIX, RPC_AUTH_SHORT, RPC_AUTH_DES, RPC_AUTH_GSS = 6 };

struct rpc_head {
    uint32_t xid;
    bool reply;
    /* of a call */
    uint32_t program, version, procedure;
    uint32_t flavor;
    struct span credentials;
    /* of a reply */
    bool denied;
    uint32_t outcome; /* 0: it was done, results follow */
};

/* Reads it; BAD when it can be none. */
struct rpc_head rpc_head_read(struct cursor *);

/* Could these bytes begin one? True when they are too few to tell. */
bool rpc_head_begins(struct span first);

enum rpc_service rpc_service_of(uint32_t program);
/* A call of a known program, version and procedure. */
bool rpc_call_known(const struct rpc_head *);
/* NULL: it has no name. */
const char *rpc_program_name(enum rpc_service);
const char *rpc_procedure_name(enum rpc_service, uint32_t version, uint32_t procedure);
const char *rpc_outcome_name(const struct rpc_head *);
/* Of NFS and of mounting. */
const char *rpc_status_name(uint32_t status);

/* XDR (RFC 4506): bytes of variable length, filled up to a multiple of 4. */
struct span rpc_opaque(struct cursor *, size_t most);

#endif
