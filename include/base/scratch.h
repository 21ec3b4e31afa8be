/* SPDX-License-Identifier: Apache-2.0
 *
 * scratch: a bump arena for what lives no longer than one packet. One owner thread; reset by the
 * engine after each packet.
 */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

struct scratch {
    uint8_t *base;
    size_t size;
    size_t used;
};

/* False when the system has no memory. */
_Bool scratch_init(struct scratch *, size_t size);
void scratch_fini(struct scratch *);

static inline void scratch_reset(struct scratch *s)
{
    s->used = 0;
}

/* 16-byte aligned, not cleared; NULL when the arena is full: the caller degrades. */
static inline void *scratch_alloc(struct scratch *s, size_t n)
{
    size_t aligned = (n + 15) & ~(size_t)15;
    uint8_t *p = s->base + s->used;

    if (aligned < n || aligned > s->size - s->used)
        return NULL;
    s->used += aligned;
    return p;
}

#endif
