/* SPDX-License-Identifier: Apache-2.0
 *
 * events: what the workers of a running daemon tell: each line is made on its worker, waits in that
 * worker's ring and is written by the control thread. No worker ever waits for a file.
 */
#ifndef SLUICED_EVENTS_H
#define SLUICED_EVENTS_H

#include "base/err.h"
#include "engine/engine.h"

struct events;

enum events_style {
    EVENTS_JSON, /* the event file */
    EVENTS_TEXT, /* a line for people for each session that ended and each threat */
};

struct events_setup {
    const char *path; /* "-": standard output */
    enum events_style style;
    size_t workers;
    int wake; /* an eventfd: written when events_drain() should be called soon */
};

/* NULL and err: the file cannot be made, no memory. */
struct events *events_new(const struct events_setup *, struct err *);
/* After the workers have stopped. What is still in the rings is written unless its reader is too
 * slow. Accepts NULL. */
void events_free(struct events *);

/* How the engine of this worker tells: sets arg, emit and wants_tx. */
void events_ops(struct events *, size_t worker, struct engine_ops *);

/* Writes what can be written now. To be called every 100 ms and when `wake` says so. */
void events_drain(struct events *);
/* From now on a worker may wait for its reader, for some 100 ms at most: it ends, and tells of all
 * its sessions at once. */
void events_ending(struct events *);
/* All counters at the end; the workers have stopped. Text has none. */
void events_stats(struct events *, const struct counters *, uint64_t time_us, uint64_t uptime_s);
/* Events that found no room. */
uint64_t events_lost(const struct events *);

#endif
