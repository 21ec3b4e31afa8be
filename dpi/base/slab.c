/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slab.h"

#include "base/pages.h"

#include <stdbool.h>

#define SMALL_BLOCK ((size_t)64 << 10)
#define MOST_BLOCK  ((size_t)32 << 20)

/* Each block is four times the one before. A slab that is hardly used costs hardly anything; a
 * large one soon consists of huge pages, which cost few page faults and few TLB misses. */
struct block {
    struct block *next;
    size_t size;
};

#define BLOCK_HEAD 64

void slab_init(struct slab *s, size_t object_size, size_t cap)
{
    if (object_size < sizeof(void *))
        object_size = sizeof(void *);
    *s = (struct slab){.object_size = (object_size + 15) & ~(size_t)15, .cap = cap};
}

void slab_fini(struct slab *s)
{
    struct block *b = s->blocks;

    while (b) {
        struct block *next = b->next;

        pages_unmap(b, b->size);
        b = next;
    }
    *s = (struct slab){.object_size = s->object_size, .cap = s->cap};
}

static size_t block_size(const struct slab *s)
{
    const struct block *last = s->blocks;
    size_t size = SMALL_BLOCK;

    if (last)
        size = last->size * 4;
    if (size > MOST_BLOCK)
        size = MOST_BLOCK;
    while (size < s->object_size + BLOCK_HEAD)
        size *= 2;
    return size;
}

static bool slab_grow(struct slab *s)
{
    size_t size = block_size(s);
    struct block *b = pages_map(size);

    if (b == NULL)
        return false;
    b->next = s->blocks;
    b->size = size;
    s->blocks = b;
    s->fresh = (uint8_t *)b + BLOCK_HEAD;
    s->fresh_end = s->fresh + (size - BLOCK_HEAD) / s->object_size * s->object_size;
    return true;
}

void *slab_take_block(struct slab *s)
{
    void *p;

    if (s->used >= s->cap) {
        s->refused++;
        return NULL;
    }
    if (s->fresh == s->fresh_end && !slab_grow(s)) {
        s->refused++;
        return NULL;
    }
    p = s->fresh;
    s->fresh += s->object_size;
    if (++s->used > s->peak)
        s->peak = s->used;
    return p;
}
