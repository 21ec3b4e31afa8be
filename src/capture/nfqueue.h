/* SPDX-License-Identifier: Apache-2.0
 *
 * nfqueue: packets that a rule of the kernel (NFQUEUE) puts into a queue of a network namespace;
 * each waits there for its verdict. They begin with their IP header, may be larger than a frame
 * (GSO) and may have checksums that hardware will fill in.
 */
#ifndef CAPTURE_NFQUEUE_H
#define CAPTURE_NFQUEUE_H

#include "base/err.h"
#include "capture/capture.h"
#include "engine/snapshot.h"

/* Of both IP versions. `netns` is the file of a namespace; empty: ours. When it is freed, what
 * waits passes. NULL and err: no such namespace, or somebody has the queue. */
struct capture *nfqueue_open(const char *netns, uint16_t queue, const struct queue_settings *,
                             struct err *);
/* Other settings from now on. Control thread, also while a worker has it. */
void nfqueue_configure(struct capture *, const struct queue_settings *);

#endif
