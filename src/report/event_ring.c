/* SPDX-License-Identifier: Apache-2.0 */
#include "report/event_ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { CACHE_LINE = 64 };

/* Both ends count bytes for ever; what is between them waits, and is always whole lines. */
struct event_ring {
    _Alignas(CACHE_LINE) _Atomic uint64_t head; /* the writer's */
    _Atomic uint64_t lost;
    _Alignas(CACHE_LINE) _Atomic uint64_t tail; /* the reader's */
    size_t room;
    char *bytes;
};

struct event_ring *event_ring_new(size_t bytes)
{
    struct event_ring *r = aligned_alloc(CACHE_LINE, sizeof *r);

    assert(bytes > 0 && (bytes & (bytes - 1)) == 0);
    if (r == NULL)
        return NULL;
    *r = (struct event_ring){.room = bytes, .bytes = malloc(bytes)};
    if (r->bytes != NULL)
        return r;
    free(r);
    return NULL;
}

void event_ring_free(struct event_ring *r)
{
    if (r == NULL)
        return;
    free(r->bytes);
    free(r);
}

static void copy_in(struct event_ring *r, uint64_t to, struct span bytes)
{
    size_t at = to & (r->room - 1), first = r->room - at;

    if (first > bytes.n)
        first = bytes.n;
    if (bytes.n == 0)
        return;
    memcpy(r->bytes + at, bytes.p, first);
    memcpy(r->bytes, bytes.p + first, bytes.n - first);
}

enum ring_put event_ring_put_marked(struct event_ring *r, struct span mark, struct span line)
{
    uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    uint64_t waiting = head - atomic_load_explicit(&r->tail, memory_order_acquire);
    size_t n = mark.n + line.n;

    if (n > r->room - waiting) {
        atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
        return RING_LOST;
    }
    copy_in(r, head, mark);
    copy_in(r, head + mark.n, line);
    atomic_store_explicit(&r->head, head + n, memory_order_release);
    return waiting < r->room / 2 && waiting + n >= r->room / 2 ? RING_HALF : RING_TAKEN;
}

enum ring_put event_ring_put(struct event_ring *r, struct span line)
{
    return event_ring_put_marked(r, span_of("", 0), line);
}

static void copy_out(const struct event_ring *r, uint64_t from, char *to, size_t n)
{
    size_t at = from & (r->room - 1), first = r->room - at;

    if (first > n)
        first = n;
    memcpy(to, r->bytes + at, first);
    memcpy(to + first, r->bytes, n - first);
}

size_t event_ring_take(struct event_ring *r, char *to, size_t room)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint64_t waiting = atomic_load_explicit(&r->head, memory_order_acquire) - tail;
    size_t n = waiting < room ? waiting : room;

    copy_out(r, tail, to, n);
    while (n < waiting && n > 0 && to[n - 1] != '\n')
        n--;
    atomic_store_explicit(&r->tail, tail + n, memory_order_release);
    return n;
}

size_t event_ring_used(const struct event_ring *r)
{
    uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);

    return atomic_load_explicit(&r->head, memory_order_acquire) - tail;
}

uint64_t event_ring_lost(const struct event_ring *r)
{
    return atomic_load_explicit(&r->lost, memory_order_relaxed);
}
