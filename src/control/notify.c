/* SPDX-License-Identifier: Apache-2.0 */
#include "control/notify.h"

#include "base/log.h"
#include "report/encode_wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    BOOK_MOST = 65536, /* ports of all workloads */
    FOUND_ROOM = 4096, /* changes of one worker at a time */
    STEP_PLACES = 4096,
};

/* One worker's changes. */
struct part {
    struct worker_task task; /* first */
    size_t at;
    bool under_way;
    size_t count;
    struct port_app found[FOUND_ROOM];
};

struct notify {
    struct outbox *outbox;
    struct worker *const *workers;
    size_t worker_count;
    struct part *parts; /* one for each worker */
    uint64_t next_ms;
    /* What has been learned, sorted by zone, protocol and port. */
    struct port_app *book;
    size_t count, room;
};

/* ---- worker threads ---- */

static void note_changed(void *arg, const struct port_app *p)
{
    struct part *part = arg;

    if (p->changed && part->count < FOUND_ROOM)
        part->found[part->count++] = *p;
}

static enum task_state step_changed(struct worker_task *task, struct engine *e)
{
    struct part *p = (struct part *)task;

    if (p->at == 0 && !engine_ports_changed(e))
        return TASK_DONE;
    if (engine_ports(e, &p->at, STEP_PLACES, note_changed, p))
        return TASK_RUN;
    /* More than there is room for are told again when they change again, or are asked for. */
    engine_ports_told(e);
    return TASK_DONE;
}

/* ---- the book ---- */

static int by_port(const struct port_app *a, const struct port_app *b)
{
    if (a->zone != b->zone)
        return a->zone < b->zone ? -1 : 1;
    if (a->proto != b->proto)
        return a->proto < b->proto ? -1 : 1;
    return (int)a->port - (int)b->port;
}

/* Where it stands or would stand. */
static size_t place_of(const struct notify *n, const struct port_app *p)
{
    size_t low = 0, high = n->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_port(&n->book[middle], p) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_room(struct notify *n)
{
    size_t room = n->room ? n->room * 2 : 256;
    struct port_app *book;

    if (n->count < n->room)
        return true;
    if (n->count >= BOOK_MOST)
        return false;
    book = realloc(n->book, room * sizeof *book);
    if (book == NULL)
        return false;
    n->book = book;
    n->room = room;
    return true;
}

/* What another worker has learned of it stays unless this one knows better. */
static void book_take(struct notify *n, const struct port_app *p)
{
    size_t at = place_of(n, p);
    struct port_app *e;

    if (at == n->count || by_port(&n->book[at], p) != 0) {
        if (!make_room(n))
            return;
        memmove(&n->book[at + 1], &n->book[at], (n->count - at) * sizeof *n->book);
        n->book[at] = (struct port_app){.zone = p->zone, .proto = p->proto, .port = p->port};
        n->count++;
    }
    e = &n->book[at];
    e->protocol = p->protocol ? p->protocol : e->protocol;
    e->server = p->server ? p->server : e->server;
    e->application = p->application ? p->application : e->application;
    e->changed = true;
}

/* Those of workloads that are gone. */
static void book_clean(struct notify *n, const struct snapshot *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < n->count; i++)
        if (snapshot_workload(s, n->book[i].zone) != NULL)
            n->book[kept++] = n->book[i];
    n->count = kept;
}

/* ---- messages ---- */

struct table {
    struct message_app_entry list[MESSAGE_APPS_MOST];
    size_t count;
};

static void table_add(struct table *t, const struct port_app *p)
{
    if (t->count < MESSAGE_APPS_MOST)
        t->list[t->count++] = (struct message_app_entry){
            .port = p->port,
            .protocol = p->protocol,
            .server = p->server,
            .application = p->application,
            .ip_proto = p->proto,
        };
}

static bool is_learned(const struct notify *n, uint32_t zone, const struct listening_port *l)
{
    struct port_app p = {.zone = zone, .proto = l->proto, .port = l->port};
    size_t at = place_of(n, &p);

    return at < n->count && by_port(&n->book[at], &p) == 0;
}

/* Learned ones first, then those that only the agent has named. */
static void table_fill(const struct notify *n, const struct workload *w, struct table *t)
{
    t->count = 0;
    for (size_t at = place_of(n, &(struct port_app){.zone = w->zone});
         at < n->count && n->book[at].zone == w->zone; at++)
        table_add(t, &n->book[at]);
    for (size_t i = 0; i < w->port_count; i++) {
        const struct listening_port *l = &w->ports[i];

        if (!is_learned(n, w->zone, l))
            table_add(
                t, &(struct port_app){.port = l->port,
                                      .proto = l->proto,
                                      .protocol = l->application < 2001 ? l->application : 0,
                                      .server = l->server,
                                      .application = l->application >= 2001 ? l->application : 0});
    }
}

static void tell(struct notify *n, const struct workload *w)
{
    struct message_app_head head = {0};
    struct wire_datagram d;
    struct table t;

    table_fill(n, w, &t);
    if (t.count == 0 || !w->agents)
        return;
    memcpy(head.mac.bytes, w->id.mac, sizeof head.mac.bytes);
    head.count = (uint16_t)t.count;
    wire_begin(&d, MESSAGE_APP_UPDATE);
    wire_put_app_head(&d, &head);
    for (size_t i = 0; i < t.count; i++)
        wire_put_app_entry(&d, &t.list[i]);
    outbox_put(n->outbox, wire_end(&d, WIRE_LAST));
}

static void tell_changed(struct notify *n, const struct snapshot *s)
{
    for (size_t i = 0; i < n->count;) {
        uint32_t zone = n->book[i].zone;
        bool changed = false;

        for (; i < n->count && n->book[i].zone == zone; i++) {
            changed |= n->book[i].changed;
            n->book[i].changed = false;
        }
        if (changed && snapshot_workload(s, zone) != NULL)
            tell(n, snapshot_workload(s, zone));
    }
}

void notify_ports(struct notify *n, const struct snapshot *s)
{
    for (size_t i = 0; i < n->count; i++)
        n->book[i].changed = false;
    for (size_t i = 0; i < s->workload_count; i++)
        tell(n, s->workloads[i]);
}

/* ---- rounds ---- */

struct notify *notify_new(struct outbox *outbox, struct worker *const *workers, size_t count)
{
    struct notify *n = calloc(1, sizeof *n);

    if (n == NULL)
        return NULL;
    *n = (struct notify){.outbox = outbox, .workers = workers, .worker_count = count};
    n->parts = calloc(count, sizeof *n->parts);
    if (n->parts == NULL) {
        notify_free(n);
        return NULL;
    }
    return n;
}

void notify_free(struct notify *n)
{
    if (n == NULL)
        return;
    free(n->parts);
    free(n->book);
    free(n);
}

static void round_begin(struct notify *n)
{
    for (size_t i = 0; i < n->worker_count; i++) {
        struct part *p = &n->parts[i];

        if (p->under_way)
            continue;
        p->task.step = step_changed;
        p->at = p->count = 0;
        p->under_way = true;
        worker_post(n->workers[i], &p->task);
    }
}

/* True: something was taken in. */
static bool round_take(struct notify *n)
{
    bool any = false;

    for (size_t i = 0; i < n->worker_count; i++) {
        struct part *p = &n->parts[i];

        if (!p->under_way ||
            atomic_load_explicit(&p->task.state, memory_order_acquire) != TASK_DONE)
            continue;
        p->under_way = false;
        any |= p->count > 0;
        for (size_t k = 0; k < p->count; k++)
            book_take(n, &p->found[k]);
    }
    return any;
}

void notify_go_on(struct notify *n, const struct snapshot *s, uint64_t now_ms)
{
    if (round_take(n)) {
        book_clean(n, s);
        tell_changed(n, s);
    }
    if (now_ms < n->next_ms)
        return;
    n->next_ms = now_ms + NOTIFY_EVERY_MS;
    round_begin(n);
}
