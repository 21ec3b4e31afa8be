/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include "report/encode_json.h"
#include "report/event_file.h"
#include "report/event_line.h"
#include "report/event_ring.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    RING_BYTES = 4 << 20,
    WAITS_MOST = 100, /* milliseconds, of one worker that ends */
    LAST_TRIES = 100, /* milliseconds, of the last lines */
};

/* One worker's. */
struct teller {
    struct events *events;
    struct event_ring *ring;
    struct encode_json *json; /* NULL: text */
    unsigned waited;
};

struct events {
    struct event_file *file;
    int wake;
    _Atomic bool ending;
    size_t count;
    struct teller tellers[];
};

/* ---- worker ---- */

static void wake(const struct events *e)
{
    uint64_t one = 1;
    ssize_t n = write(e->wake, &one, sizeof one);

    (void)n; /* full: it is awake already */
}

static void put(void *arg, struct span line)
{
    struct teller *t = arg;
    enum ring_put result = event_ring_put(t->ring, line);

    if (result != RING_TAKEN)
        wake(t->events);
}

/* Half empty, or nobody reads. */
static void wait_for_reader(struct teller *t)
{
    while (event_ring_used(t->ring) > RING_BYTES / 2 && t->waited < WAITS_MOST) {
        wake(t->events);
        poll(NULL, 0, 1);
        t->waited++;
    }
}

static void on_event(void *arg, const struct event *ev)
{
    struct teller *t = arg;
    char text[EVENT_LINE_MOST];
    size_t n;

    if (atomic_load_explicit(&t->events->ending, memory_order_relaxed))
        wait_for_reader(t);
    if (t->json != NULL) {
        encode_json_event(t->json, ev);
        return;
    }
    n = event_line(ev, text);
    if (n > 0)
        put(t, span_of(text, n));
}

/* ---- control thread ---- */

static bool teller_init(struct events *e, struct teller *t, enum events_style style,
                        struct err *err)
{
    t->events = e;
    t->ring = event_ring_new(RING_BYTES);
    if (t->ring == NULL)
        return err_set(err, NULL, "no memory");
    if (style == EVENTS_JSON)
        t->json = encode_json_new_sink(put, t, err);
    return style != EVENTS_JSON || t->json != NULL;
}

struct events *events_new(const struct events_setup *s, struct err *err)
{
    struct events *e = calloc(1, sizeof *e + s->workers * sizeof e->tellers[0]);
    bool ok;

    if (e == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    e->wake = s->wake;
    e->file = event_file_new(s->path, RING_BYTES, err);
    ok = e->file != NULL;
    while (ok && e->count < s->workers)
        ok = teller_init(e, &e->tellers[e->count++], s->style, err);
    if (ok)
        return e;
    events_free(e);
    return NULL;
}

static bool drain(struct events *e)
{
    bool more = false;

    for (size_t i = 0; i < e->count && !more; i++)
        if (e->tellers[i].ring != NULL)
            more = event_file_drain(e->file, e->tellers[i].ring);
    return more;
}

void events_free(struct events *e)
{
    if (e == NULL)
        return;
    for (int i = 0; e->file != NULL && drain(e) && i < LAST_TRIES; i++)
        poll(NULL, 0, 1);
    for (size_t i = 0; i < e->count; i++) {
        encode_json_free(e->tellers[i].json);
        event_ring_free(e->tellers[i].ring);
    }
    event_file_free(e->file);
    free(e);
}

void events_ops(struct events *e, size_t worker, struct engine_ops *ops)
{
    struct teller *t = &e->tellers[worker];

    ops->arg = t;
    ops->emit = on_event;
    ops->wants_tx = t->json != NULL;
}

void events_drain(struct events *e)
{
    (void)drain(e);
}

void events_ending(struct events *e)
{
    atomic_store(&e->ending, true);
}

void events_stats(struct events *e, const struct counters *c, uint64_t time_us, uint64_t uptime_s)
{
    if (e->tellers[0].json != NULL)
        encode_json_stats(e->tellers[0].json, c, time_us, uptime_s);
}

uint64_t events_lost(const struct events *e)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < e->count; i++)
        lost += event_ring_lost(e->tellers[i].ring);
    return lost;
}
