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

enum { PORT_CAPTURES = 8 };

struct port_captures {
    struct capture *list[PORT_CAPTURES]; /* NULL: gone */
    size_t count;                        /* of those that there are when it is whole */
    bool spread;                         /* each is another worker's: the first the first's */
};

/* What there is for a port. */
struct port_means {
    const struct queue_settings *queue;
    size_t workers;
    size_t memory; /* bytes that each of its captures may have of the kernel */
};

/* How a kind of port is opened: both sides of a pair, one capture, or one for each worker. False
 * and err: none is open. */
typedef bool port_open(const struct port_spec *, const struct port_means *, struct port_captures *,
                       struct err *);

struct port_backend {
    port_open *open;
    /* What may be told to one that is open. May be NULL. */
    void (*change)(struct capture *, const struct port_spec *);
    void (*configure)(struct capture *, const struct queue_settings *);
};

/* One for each enum port_kind. */
extern const struct port_backend port_backends[];

/* The workers and backends stay the caller's. NULL: no memory. */
struct ports *ports_new(struct worker *const *, size_t workers, const struct port_backend *);
/* After the workers have stopped; waits until the kernel has let go of everything. Accepts NULL. */
void ports_free(struct ports *);

/* False and err: it could not be opened; nothing of it is. */
bool ports_add(struct ports *, const struct port_spec *, struct err *);
/* Settings of all queues, of those that are there and those to come. The first are the caller's to
 * give before any port. */
void ports_configure(struct ports *, const struct queue_settings *);
/* What is not there is no error. */
void ports_remove(struct ports *, const struct port_spec *);
/* Takes in what workers have let go of. */
void ports_reap(struct ports *);
/* Lets go of ports whose interface is no longer there, and opens them again as soon as it is. Those
 * whose namespace has gone are given up. To be called every other second. */
void ports_look_after(struct ports *);

/* Calls for each that is open; `counts` of all its captures. */
typedef void ports_visit(void *arg, const struct port_spec *, const struct capture_counts *);
void ports_each(const struct ports *, ports_visit *, void *arg);
/* Of all that are and were. */
void ports_counts(const struct ports *, struct capture_counts *);

#endif
