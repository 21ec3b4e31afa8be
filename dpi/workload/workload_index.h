/* SPDX-License-Identifier: Apache-2.0
 *
 * workload_index: whose packet is this? Part of a snapshot: immutable, everyone reads.
 *
 * A packet belongs to the workload that one of its MAC addresses names, else to the one whose
 * prefix (longest first) holds one of its addresses. When both ends are workloads, the one that
 * stands first in the configuration is taken: the same for both directions, so that the session
 * has one zone.
 *
 * A frame of a port that belongs to a workload is that workload's or nobody's: between two
 * workloads of one node each has a port of its own, and sees its own copy.
 */
#ifndef WORKLOAD_WORKLOAD_INDEX_H
#define WORKLOAD_WORKLOAD_INDEX_H

#include "engine/packet.h"
#include "engine/workload.h"

struct workload_index;

/* Borrows the workloads. NULL: no memory. */
struct workload_index *workload_index_new(struct workload *const *, size_t count);
void workload_index_free(struct workload_index *);

/* Sets p->workload, p->ingress and the zone of the key. */
void workload_find(const struct workload_index *, struct packet *);

#endif
