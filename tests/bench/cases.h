/* SPDX-License-Identifier: Apache-2.0
 *
 * cases: what is measured.
 */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include "engine/engine.h"
#include "pattern.h"

#define BENCH_SIZES 3

struct bench_case {
    const char *name;
    const char *capture;                /* below pcaps/ ... */
    size_t cap;                         /* most packets of a session; 0 = all */
    void (*make)(struct pattern_set *); /* ... or made here */
    uint64_t sizes[BENCH_SIZES];        /* sessions at a time */
    enum engine_mode mode;
    enum checksum_mode checksum;
    bool wants_tx;
    bool flood; /* every packet is a session of its own: there is no time per session */
};

/* Ends with a case without a name. */
extern const struct bench_case bench_cases[];

#endif
