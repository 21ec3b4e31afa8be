/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_session: calls and replies of one session, whatever carries them.
 */
#ifndef SUPPORT_RPC_SESSION_H
#define SUPPORT_RPC_SESSION_H

#include "support/rpc_message.h"

enum { RPC_OPEN = 12, RPC_PORT_MAPPER = 111, RPC_PORT_NFS = 2049 };

struct rpc_session {
    bool matched;
    bool called; /* replies alone prove little */
    uint8_t next;
    struct {
        uint32_t xid;
        uint8_t service; /* enum rpc_service; of no open call: version is 0 */
        uint8_t version;
        uint8_t procedure;
        uint8_t from; /* enum dir */
    } open[RPC_OPEN];
};

/* One message whose head has been read; the cursor stands behind it, and what it has may be only
 * the beginning of the rest. Returns how many bytes of data follow at the cursor, 0 = none. */
uint32_t rpc_message(struct parse *, struct rpc_session *, const struct rpc_head *,
                     struct cursor *rest);

#endif
