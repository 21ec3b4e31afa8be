/* SPDX-License-Identifier: Apache-2.0
 *
 * run: one case with one number of sessions through an engine, again and again.
 *
 * Packets are written into a ring of buffers a few thousand at a time, then the engine gets them in
 * batches; only that is measured. The ring is as large as a capture ring that has just been filled:
 * its packets come from the last cache, not from memory. Of every few thousand packets the quickest
 * repetition counts: what disturbs is never in all of them.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "cases.h"
#include "meter.h"

struct run_setup {
    const struct bench_case *bench;
    struct pattern_set patterns;
    uint64_t sessions;
    unsigned repeat; /* at least so many times ... */
    double seconds;  /* ... and so long */
    bool no_parsers;
    const char *only; /* the one parser there is; NULL: all */
};

struct run_phase {
    uint64_t packets;
    uint64_t bytes;
    double ns;     /* a packet */
    double cycles; /* a packet; 0 = unknown */
};

struct run_result {
    struct run_phase opening, data;
    double end_ns;         /* a session: its end, with its events */
    double engine_bytes;   /* a session at most, as the engine counts; 0 = too few to tell */
    double resident_bytes; /* a session, as the system counts; 0 = too few to tell */
    unsigned repeated;
    struct counters counters; /* of the engine, from all repetitions */
};

/* False: no engine; that was told. */
bool run_case(const struct run_setup *, struct run_result *);
/* Plays it once, to count instructions. */
bool run_once(const struct run_setup *, struct run_result *);

/* The one function in which packets are inspected: what an instruction counter has to look at. */
void run_feed(struct engine *, struct frame *, size_t n);

#endif
