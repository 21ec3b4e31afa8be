/* SPDX-License-Identifier: Apache-2.0
 *
 * counter: one array per worker, one line per counter in counters.def. Written by its worker with
 * plain stores; other threads read single values.
 */
#ifndef ENGINE_COUNTER_H
#define ENGINE_COUNTER_H

#include <stdint.h>

enum counter {
#define COUNTER(name, key, text) COUNTER_##name,
#include "engine/counters.def"
#undef COUNTER
    COUNTER_COUNT
};

struct counters {
    uint64_t value[COUNTER_COUNT];
};

const char *counter_key(enum counter);
const char *counter_text(enum counter);

static inline void counter_add(struct counters *c, enum counter which, uint64_t n)
{
    c->value[which] += n;
}

static inline void counter_inc(struct counters *c, enum counter which)
{
    c->value[which]++;
}

#endif
