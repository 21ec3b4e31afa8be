/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include "base/rcu.h"
#include "report/encode_json.h"
#include "report/event_file.h"
#include "report/event_line.h"
#include "report/event_ring.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    RING_BYTES = 4 << 20,
    WATCH_BYTES = 1 << 20,
    TAKE_BYTES = 1 << 18, /* of one worker in one turn */
    WAITS_MOST = 100,     /* milliseconds, of one worker that ends */
    LAST_TRIES = 100,     /* milliseconds, of the last lines */
    MARK = 2,             /* hexadecimal digits in front of lines for watchers: who they are */
};

_Static_assert(EVENTS_WATCHERS == 4 * MARK, "a bit for each");

struct watcher {
    struct rcu_retired retired; /* first */
    enum watch_kind kind;
    struct filter filter;
};

/* What an engine is to tell. */
struct want_task {
    struct worker_task task; /* first */
    struct engine_wants wants;
    bool under_way;
};

/* One worker's. */
struct teller {
    struct events *events;
    struct event_ring *ring;  /* for the file; NULL: there is none */
    struct event_ring *watch; /* for watchers, each line marked */
    struct encode_json *json; /* for the file unless that is text, and for watchers */
    bool to_file;             /* the line at hand is */
    unsigned places;          /* of watchers that get it */
    unsigned waited;
    struct want_task want; /* the control thread's */
};

struct events {
    struct event_file *file; /* NULL: there is none */
    enum events_style style;
    int wake;
    _Atomic bool ending;
    _Atomic bool watched; /* somebody does */
    struct watcher *_Atomic watchers[EVENTS_WATCHERS];
    struct rcu_limbo limbo;
    struct engine_wants wants;
    char *taken; /* TAKE_BYTES */
    struct worker *const *workers;
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
    char mark[MARK + 1];

    if (t->to_file && event_ring_put(t->ring, line) != RING_TAKEN)
        wake(t->events);
    if (t->places == 0 || line.n > TAKE_BYTES - MARK)
        return;
    snprintf(mark, sizeof mark, "%02x", t->places & 0xff);
    if (event_ring_put_marked(t->watch, span_of(mark, MARK), line) != RING_TAKEN)
        wake(t->events);
}

/* Half empty, or nobody reads. */
static void wait_for_reader(struct teller *t)
{
    while (t->ring != NULL && event_ring_used(t->ring) > RING_BYTES / 2 && t->waited < WAITS_MOST) {
        wake(t->events);
        poll(NULL, 0, 1);
        t->waited++;
    }
}

static bool is_meant(const struct filter *f, const struct event *ev)
{
    if (ev->session != NULL)
        return filter_session(f, ev->session, ev->workload);
    return ev->packet != NULL && filter_matches(f, ev->packet);
}

static unsigned places_of(const struct events *e, const struct event *ev)
{
    unsigned places = 0;

    if (!atomic_load_explicit(&e->watched, memory_order_relaxed))
        return 0;
    for (int i = 0; i < EVENTS_WATCHERS; i++) {
        const struct watcher *w = atomic_load_explicit(&e->watchers[i], memory_order_acquire);

        if (w != NULL && w->kind == WATCH_EVENTS && is_meant(&w->filter, ev))
            places |= 1u << i;
    }
    return places;
}

static void on_event(void *arg, const struct event *ev)
{
    struct teller *t = arg;
    bool text = t->ring != NULL && t->events->style == EVENTS_TEXT;
    char line[EVENT_LINE_MOST];
    size_t n;

    t->places = places_of(t->events, ev);
    t->to_file = t->ring != NULL && !text;
    if (atomic_load_explicit(&t->events->ending, memory_order_relaxed))
        wait_for_reader(t);
    if (t->to_file || t->places != 0)
        encode_json_event(t->json, ev);
    n = text ? event_line(ev, line) : 0;
    t->to_file = text;
    t->places = 0;
    if (n > 0)
        put(t, span_of(line, n));
}

/* Who watches this packet? */
static unsigned packet_places(const struct events *e, const struct packet *p)
{
    unsigned places = 0;

    for (int i = 0; i < EVENTS_WATCHERS; i++) {
        const struct watcher *w = atomic_load_explicit(&e->watchers[i], memory_order_acquire);

        if (w != NULL && w->kind == WATCH_PACKETS && filter_matches(&w->filter, p))
            places |= 1u << i;
    }
    return places;
}

static bool on_trace_wants(void *arg, const struct packet *p)
{
    const struct teller *t = arg;

    return packet_places(t->events, p) != 0;
}

static void on_trace(void *arg, const struct packet *p, const char *stage, const char *text)
{
    struct teller *t = arg;

    t->to_file = false;
    t->places = packet_places(t->events, p);
    encode_json_trace(t->json, p, stage, text);
    t->places = 0;
}

static enum task_state step_want(struct worker_task *task, struct engine *e)
{
    const struct want_task *w = (const struct want_task *)task;

    engine_want(e, w->wants);
    return TASK_DONE;
}

/* ---- control thread: birth and death ---- */

static bool teller_init(struct events *e, struct teller *t, struct err *err)
{
    t->events = e;
    t->want.task.step = step_want;
    t->watch = event_ring_new(WATCH_BYTES);
    if (e->file != NULL)
        t->ring = event_ring_new(RING_BYTES);
    t->json = encode_json_new_sink(put, t, err);
    if (t->watch == NULL || (e->file != NULL && t->ring == NULL))
        return err_set(err, NULL, "no memory");
    return t->json != NULL;
}

static void release(void *owner, struct rcu_retired *r)
{
    (void)owner;
    free(r);
}

struct events *events_new(const struct events_setup *s, struct err *err)
{
    struct events *e = calloc(1, sizeof *e + s->count * sizeof e->tellers[0]);
    bool ok = true;

    if (e == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    rcu_limbo_init(&e->limbo, release, e);
    e->taken = malloc(TAKE_BYTES);
    ok = e->taken != NULL || err_set(err, NULL, "no memory");
    e->wake = s->wake;
    e->style = s->style;
    e->workers = s->workers;
    if (ok && s->path != NULL) {
        e->file = event_file_new(s->path, RING_BYTES, err);
        ok = e->file != NULL;
        e->wants.tx = s->style == EVENTS_JSON;
    }
    while (ok && e->count < s->count)
        ok = teller_init(e, &e->tellers[e->count++], err);
    if (ok)
        return e;
    events_free(e);
    return NULL;
}

static bool drain(struct events *e)
{
    bool more = false;

    for (size_t i = 0; e->file != NULL && i < e->count && !more; i++)
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
        event_ring_free(e->tellers[i].watch);
    }
    for (int i = 0; i < EVENTS_WATCHERS; i++)
        free(atomic_load(&e->watchers[i]));
    rcu_reader_online();
    rcu_limbo_fini(&e->limbo);
    rcu_reader_offline();
    event_file_free(e->file);
    free(e->taken);
    free(e);
}

void events_ops(struct events *e, size_t worker, struct engine_ops *ops)
{
    ops->arg = &e->tellers[worker];
    ops->emit = on_event;
    ops->trace = on_trace;
    ops->trace_wants = on_trace_wants;
    ops->wants_tx = e->wants.tx;
}

/* ---- control thread: the file ---- */

void events_drain(struct events *e)
{
    (void)drain(e);
}

void events_ending(struct events *e)
{
    atomic_store(&e->ending, true);
}

void events_stats(struct events *e, const struct stats_line *line)
{
    struct teller *t = &e->tellers[0];

    if (e->file == NULL || e->style != EVENTS_JSON)
        return;
    t->to_file = true;
    t->places = 0;
    encode_json_stats(t->json, line);
}

uint64_t events_lost(const struct events *e)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < e->count; i++)
        if (e->tellers[i].ring != NULL)
            lost += event_ring_lost(e->tellers[i].ring);
    return lost;
}

/* ---- control thread: watching ---- */

static void post_wants(struct events *e)
{
    for (size_t i = 0; i < e->count; i++) {
        struct want_task *w = &e->tellers[i].want;

        if (w->under_way && atomic_load_explicit(&w->task.state, memory_order_acquire) != TASK_DONE)
            continue; /* seen to the next time */
        w->under_way = false;
        if (w->wants.tx == e->wants.tx && w->wants.trace == e->wants.trace)
            continue;
        w->wants = e->wants;
        w->under_way = true;
        worker_post(e->workers[i], &w->task);
    }
}

static void wants_set(struct events *e)
{
    bool events = false, packets = false;

    for (int i = 0; i < EVENTS_WATCHERS; i++) {
        const struct watcher *w = atomic_load_explicit(&e->watchers[i], memory_order_relaxed);

        events |= w != NULL && w->kind == WATCH_EVENTS;
        packets |= w != NULL && w->kind == WATCH_PACKETS;
    }
    atomic_store_explicit(&e->watched, events, memory_order_relaxed);
    e->wants.tx = events || (e->file != NULL && e->style == EVENTS_JSON);
    e->wants.trace = packets;
    post_wants(e);
}

int events_watch(struct events *e, enum watch_kind kind, const struct filter *filter)
{
    for (int i = 0; i < EVENTS_WATCHERS; i++) {
        struct watcher *w;

        if (atomic_load_explicit(&e->watchers[i], memory_order_relaxed) != NULL)
            continue;
        w = malloc(sizeof *w);
        if (w == NULL)
            return -1;
        w->kind = kind;
        w->filter = *filter;
        atomic_store_explicit(&e->watchers[i], w, memory_order_release);
        wants_set(e);
        return i;
    }
    return -1;
}

void events_unwatch(struct events *e, int place)
{
    struct watcher *w = atomic_exchange(&e->watchers[place], NULL);

    if (w == NULL)
        return;
    rcu_reader_online(); /* who asks for a grace period must be */
    rcu_limbo_retire(&e->limbo, &w->retired);
    rcu_reader_offline();
    wants_set(e);
}

static unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

void events_take(struct events *e, events_line *each, void *arg)
{
    static const size_t mark = MARK;

    for (size_t i = 0; i < e->count; i++) {
        size_t n = event_ring_take(e->tellers[i].watch, e->taken, TAKE_BYTES);
        char *at = e->taken, *end;

        for (; (end = memchr(at, '\n', n - (size_t)(at - e->taken))) != NULL; at = end + 1)
            each(arg, hex_digit(at[0]) << 4 | hex_digit(at[1]),
                 span_of(at + mark, (size_t)(end + 1 - at) - mark));
    }
    post_wants(e);
    rcu_reader_online();
    rcu_limbo_poll(&e->limbo, RCU_POLL_FLUSH);
    rcu_reader_offline();
}

uint64_t events_unwatched(const struct events *e)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < e->count; i++)
        lost += event_ring_lost(e->tellers[i].watch);
    return lost;
}
