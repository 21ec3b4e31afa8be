/* SPDX-License-Identifier: Apache-2.0
 *
 * events: what the workers of a running daemon tell: each line is made on its worker, waits in that
 * worker's ring and is taken by the control thread: for the event file, and for those who watch. No
 * worker ever waits for either.
 */
#ifndef SLUICED_EVENTS_H
#define SLUICED_EVENTS_H

#include "base/err.h"
#include "engine/engine.h"
#include "report/encode_json.h"
#include "report/filter.h"
#include "worker.h"

struct events;

enum { EVENTS_WATCHERS = 8 };

enum events_style {
    EVENTS_JSON, /* the event file */
    EVENTS_TEXT, /* a line for people for each session that ended and each threat */
};

struct events_setup {
    const char *path; /* "-": standard output; NULL: there is no file */
    enum events_style style;
    struct worker *const *workers; /* may be made later, before events_watch() */
    size_t count;                  /* of these */
    int wake; /* an eventfd: written when events_drain() should be called soon */
};

/* NULL and err: the file cannot be made, no memory. */
struct events *events_new(const struct events_setup *, struct err *);
/* After the workers have stopped. What is still in the rings is written unless its reader is too
 * slow. Accepts NULL. */
void events_free(struct events *);

/* How the engine of this worker tells: sets arg, emit, trace, trace_wants and wants_tx. */
void events_ops(struct events *, size_t worker, struct engine_ops *);

/* Writes what can be written now. To be called every 100 ms and when `wake` says so. */
void events_drain(struct events *);
/* From now on a worker may wait for its reader, for some 100 ms at most: it ends, and tells of all
 * its sessions at once. */
void events_ending(struct events *);
/* All counters at the end; the workers have stopped. Text has none. */
void events_stats(struct events *, const struct stats_line *);
/* Events that found no room on their way to the file. */
uint64_t events_lost(const struct events *);

/* ---- watching ---- */

enum watch_kind {
    WATCH_EVENTS,  /* sessions, transactions, threats, as the event file has them */
    WATCH_PACKETS, /* the story of packets, as "trace" events */
};

/* Who watches gets lines from now on, of what the filter matches. Returns its place, below
 * EVENTS_WATCHERS; -1: all are taken, or no memory. */
int events_watch(struct events *, enum watch_kind, const struct filter *);
void events_unwatch(struct events *, int place);

/* Calls for each line that waits; bit N of `places` is set when the watcher at place N gets it. */
typedef void events_line(void *arg, unsigned places, struct span line);
void events_take(struct events *, events_line *, void *arg);
/* Lines that found no room on their way to watchers. */
uint64_t events_unwatched(const struct events *);

#endif
