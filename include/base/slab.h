/* SPDX-License-Identifier: Apache-2.0
 *
 * slab: objects of one size, with a cap. Memory comes in large blocks (huge pages where the kernel
 * gives them) and stays with the slab until slab_fini(). One owner thread.
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct slab {
    void *free;     /* singly linked through the objects' first word */
    uint8_t *fresh; /* next never used object of the newest block */
    uint8_t *fresh_end;
    void *blocks;       /* list of blocks, through their first word */
    size_t object_size; /* rounded up to 16 */
    size_t cap;
    size_t used;
    size_t peak;
    uint64_t refused;
};

void slab_init(struct slab *, size_t object_size, size_t cap);
/* All objects become invalid. */
void slab_fini(struct slab *);

/* Not cleared. NULL at the cap or when the system has no memory. */
void *slab_take_block(struct slab *);

static inline void *slab_alloc(struct slab *s)
{
    void *p = s->free;

    if (__builtin_expect(p == NULL || s->used >= s->cap, 0))
        return slab_take_block(s);
    s->free = *(void **)p;
    if (++s->used > s->peak)
        s->peak = s->used;
    return p;
}

static inline void slab_free(struct slab *s, void *p)
{
    if (p == NULL)
        return;
    *(void **)p = s->free;
    s->free = p;
    s->used--;
}

#endif
