/* SPDX-License-Identifier: Apache-2.0
 *
 * nfs_call: arguments and results of the port mapper (RFC 1833), of mounting and of NFS (RFC 1094,
 * 1813, 7530, 8881): names, states, and where the data of a read or write are. The cursor may end
 * anywhere: what is behind it is not told.
 */
#ifndef SUPPORT_NFS_CALL_H
#define SUPPORT_NFS_CALL_H

#include "support/rpc_message.h"

struct nfs_procedure {
    enum rpc_service service;
    uint32_t version, number;
};

/* Report what is known of it. The answer is how many bytes of data follow at the cursor, 0 = none.
 */
uint32_t nfs_call_report(struct parse *, const struct nfs_procedure *, struct cursor *arguments);
uint32_t nfs_reply_report(struct parse *, const struct nfs_procedure *, struct cursor *results);

/* The same for a compound of version 4. */
uint32_t nfs4_call_report(struct parse *, struct cursor *arguments);
uint32_t nfs4_reply_report(struct parse *, struct cursor *results);

#endif
