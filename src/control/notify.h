/* SPDX-License-Identifier: Apache-2.0
 *
 * notify: what the agent is told without having asked: what runs behind the ports of its workloads.
 * Every two seconds the workers are asked for what has changed; the answer is kept here, so that a
 * list is always whole. Control thread.
 */
#ifndef CONTROL_NOTIFY_H
#define CONTROL_NOTIFY_H

#include "engine/snapshot.h"
#include "report/outbox.h"
#include "worker.h"

struct notify;

enum { NOTIFY_EVERY_MS = 2000 };

/* Outbox and workers stay the caller's. NULL: no memory. */
struct notify *notify_new(struct outbox *, struct worker *const *, size_t workers);
/* After the workers have stopped. Accepts NULL. */
void notify_free(struct notify *);

/* To be called often: begins a round when it is time, and takes in what workers have found. */
void notify_go_on(struct notify *, const struct snapshot *, uint64_t now_ms);
/* All ports of all workloads, at once. */
void notify_ports(struct notify *, const struct snapshot *);

#endif
