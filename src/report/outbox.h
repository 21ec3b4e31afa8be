/* SPDX-License-Identifier: Apache-2.0
 *
 * outbox: what the agent is told without having asked. Datagrams to the path where it listens; what
 * cannot be delivered is kept, in order and within a bound, until it can. The oldest go first when
 * the bound is reached, and that is counted. Control thread; never waits.
 */
#ifndef REPORT_OUTBOX_H
#define REPORT_OUTBOX_H

#include "base/err.h"
#include "base/span.h"

#include <stddef.h>
#include <stdint.h>

struct outbox;

struct outbox_counts {
    uint64_t sent, lost;
    size_t kept, kept_bytes;
};

/* `most` bytes are kept. NULL and err: the path is too long, no socket, no memory. */
struct outbox *outbox_new(const char *path, size_t most, struct err *);
/* Accepts NULL. */
void outbox_free(struct outbox *);

void outbox_put(struct outbox *, struct span);
/* Sends what is kept as far as it goes. True: the agent is there but has no room, try again soon.
 */
bool outbox_go_on(struct outbox *);

struct outbox_counts outbox_counts(const struct outbox *);

#endif
