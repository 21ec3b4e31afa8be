/* SPDX-License-Identifier: Apache-2.0
 *
 * ports: where packets are read, as the agent or a person has asked for it. Which captures there
 * are, and which worker reads them. Control thread.
 *
 * A tap and a queue are known by namespace and interface, a pair by its two interfaces, and there
 * is one service port. What is added again is what it was, with another workload or quarantine.
 */
#ifndef SLUICED_PORTS_H
#define SLUICED_PORTS_H

#include "base/err.h"
#include "control/port_spec.h"
#include "worker.h"

struct ports;

/* The workers stay the caller's. NULL: no memory. */
struct ports *ports_new(struct worker *const *, size_t workers);
/* After the workers have stopped. Accepts NULL. */
void ports_free(struct ports *);

/* False and err: it could not be opened; nothing of it is. */
bool ports_add(struct ports *, const struct port_spec *, struct err *);
/* What is not there is no error. */
void ports_remove(struct ports *, const struct port_spec *);
/* Takes in what workers have let go of. */
void ports_reap(struct ports *);
/* A service port whose interface was made anew is opened again. To be called every other second. */
void ports_look_after(struct ports *);

/* Calls for each; `counts` of all its captures. */
typedef void ports_visit(void *arg, const struct port_spec *, const struct capture_counts *);
void ports_each(const struct ports *, ports_visit *, void *arg);
/* Of all that are and were. */
void ports_counts(const struct ports *, struct capture_counts *);

#endif
