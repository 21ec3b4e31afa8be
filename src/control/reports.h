/* SPDX-License-Identifier: Apache-2.0
 *
 * reports: what the agent is told of connections and threats. Workers sum up in books of their own;
 * every six seconds the connections of all are taken and told as one, every two seconds, or at once
 * when one is new, the threats. Control thread, where nothing else is said.
 */
#ifndef CONTROL_REPORTS_H
#define CONTROL_REPORTS_H

#include "engine/engine.h"
#include "report/outbox.h"
#include "worker.h"

struct reports;

enum {
    REPORTS_THREATS_MS = 2000,
    REPORTS_CONNECTIONS_MS = 6000,
};

struct reports_setup {
    struct outbox *outbox;         /* stays the caller's */
    struct worker *const *workers; /* may be made later, before reports_go_on() */
    size_t count;                  /* of these */
    int wake;                      /* an eventfd: written when reports_go_on() should be called */
};

struct reports_counts {
    uint64_t connections; /* entries that were taken in */
    uint64_t
        connections_limited; /* refused: too many new ones of allowed traffic; they come again */
    uint64_t threats, threats_lost;
    uint64_t threat_kinds; /* now */
    uint64_t names_lost;   /* asked for by workloads, and no room to tell */
};

/* NULL: no memory. */
struct reports *reports_new(const struct reports_setup *);
/* After the workers have ended. Accepts NULL. */
void reports_free(struct reports *);

/* How the engine of this worker tells: sets arg, emit, contribute and named. */
void reports_ops(struct reports *, size_t worker, struct engine_ops *);

/* Takes some of the names that workloads have asked for, some ten of each worker; returns how many.
 * The rest waits, within a bound. */
typedef void reports_name(void *arg, const char *name, const struct ipaddr *);
size_t reports_names(struct reports *, reports_name *, void *arg);

/* To be called often: begins what is due, and tells what the workers have given. */
void reports_go_on(struct reports *, const struct snapshot *, uint64_t now_ms);
/* All there is, at once; the workers have ended. */
void reports_flush(struct reports *, const struct snapshot *, uint64_t now_us);

struct reports_counts reports_counts(const struct reports *);

#endif
