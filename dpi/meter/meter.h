/* SPDX-License-Identifier: Apache-2.0
 *
 * meters: how often something happened within the last seconds, for many workloads and sources in
 * memory that does not grow. One owner thread; time is given in seconds.
 */
#ifndef METER_METER_H
#define METER_METER_H

#include "base/hash.h"
#include "engine/meter.h"

#include <stddef.h>

struct meter;

struct meters {
    const struct hash_key *hash_key;
    struct meter *table; /* sets of METER_WAYS */
    size_t sets;         /* a power of two */
    size_t used;
    size_t sweep;     /* next place */
    uint32_t stamp;   /* of the last use of any */
    uint64_t evicted; /* live ones that had to go */
};

/* A meter may stand in one of so many places; the coldest of them goes for a new one. */
enum { METER_WAYS = 8, METER_BYTES = 64 };

/* Whose it is. Hashed and compared as bytes: made by meter_key(). */
struct meter_key {
    uint8_t addr[16]; /* zero for all sources */
    uint32_t zone;
    uint8_t kind;   /* enum meter_kind */
    uint8_t family; /* of addr; 0: all sources */
    uint8_t zero[2];
};

/* `addr` (network order, borrowed; not read for kinds without a source), family 4 or 6. */
struct meter_key meter_key(enum meter_kind, uint32_t zone, uint8_t family, const uint8_t *addr);

/* What a meter says to an event. */
struct meter_answer {
    bool on;
    uint32_t count; /* in the window */
    uint32_t told;  /* this many events, since the last time, are to be told of now; 0: nothing */
};

/* Room for so many, rounded up; the key is borrowed. False: no memory. */
bool meters_init(struct meters *, const struct hash_key *, size_t places);
void meters_fini(struct meters *);
/* Forgets all of them: time may start anywhere. */
void meters_clear(struct meters *);

/* Counts one event. Always finds room. */
struct meter_answer meter_charge(struct meters *, const struct meter_key *,
                                 const struct meter_limits *, uint32_t now_s);
/* METER_SESSIONS: one less is open. One that was forgotten meanwhile stays so. */
void meter_return(struct meters *, const struct meter_key *, uint32_t now_s);
/* Is it on? Counts nothing. */
bool meter_is_on(const struct meters *, const struct meter_key *, const struct meter_limits *,
                 uint32_t now_s);

/* Gives up what has been idle too long, in the next `places` of the table. */
void meters_expire(struct meters *, size_t places, uint32_t now_s);

/* The live ones in `places` of the table from *at (0 at first) on. False: that was the end. */
struct meter_walk {
    size_t at, places;
    const struct meter_limits *limits;
    uint32_t now_s;
};
bool meters_walk(const struct meters *, struct meter_walk *, meter_visit *, void *arg);

#endif
