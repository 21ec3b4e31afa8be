/* SPDX-License-Identifier: Apache-2.0
 *
 * shared: a piece of configuration that several snapshots point at. It does not change once a
 * snapshot holds it; the last holder frees it. Holders come and go on the control thread only
 * (workers read without holding: their snapshot does), so the count is a plain number.
 */
#ifndef ENGINE_SHARED_H
#define ENGINE_SHARED_H

#include <stddef.h>

/* The first member of what is shared. */
struct shared {
    unsigned holders;
    void (*free)(struct shared *);
};

static inline void shared_init(struct shared *s, void (*release)(struct shared *))
{
    s->holders = 1;
    s->free = release;
}

/* Accepts NULL. */
static inline void shared_hold(struct shared *s)
{
    if (s != NULL)
        s->holders++;
}

/* Accepts NULL. */
static inline void shared_drop(struct shared *s)
{
    if (s != NULL && --s->holders == 0)
        s->free(s);
}

#endif
