/* SPDX-License-Identifier: Apache-2.0 */
#include "control/reports.h"

#include "base/log.h"
#include "report/connection_book.h"
#include "report/event_ring.h"
#include "report/threat_book.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    THREATS_AT_ONCE = 16,
    NAMES_BYTES = 1 << 16, /* that wait */
    NAME_LINE = 384,
    NAMES_AT_ONCE = 2048, /* bytes */
    NAMES_KNOWN = 1024,   /* places of those that were told a moment ago */
    NAME_AGAIN_S = 60,
};

/* Connections are given in a book, an empty one takes its place. */
struct connections_task {
    struct worker_task task; /* first */
    struct teller *teller;
    struct connection_book *spare; /* ours while no task is under way: then it is what was given */
    bool under_way;
};

struct threats_task {
    struct worker_task task; /* first */
    struct teller *teller;
    bool under_way;
    size_t count, kinds;
    uint64_t lost;
    struct wire_datagram told[THREATS_AT_ONCE];
};

/* A name and address that went into the ring: answers repeat themselves. */
struct known_name {
    uint32_t mark, second;
};

/* One worker's. */
struct teller {
    struct reports *reports;
    _Atomic bool urgent; /* a threat is to be told at once */
    /* the worker's */
    struct connection_book *book;
    struct threat_book threats;
    struct known_name known[NAMES_KNOWN];
    struct event_ring *names; /* lines "ADDRESS NAME" */
    /* the control thread's */
    struct connection_book books[2];
    struct connections_task connections;
    struct threats_task threat_task;
};

struct reports {
    struct outbox *outbox;
    struct worker *const *workers;
    int wake;
    uint64_t connections_ms, threats_ms; /* when they are due */
    struct hash_key hash_key;
    bool collecting;
    struct connection_book sum; /* of all workers, while collecting */
    size_t entry_count;
    struct message_connection_entry entries[MESSAGE_CONNECTIONS_MOST]; /* of one datagram */
    struct reports_counts counts;
    size_t count;
    struct teller tellers[];
};

/* ---- worker threads ---- */

static bool on_contribution(void *arg, const struct contribution *c)
{
    struct teller *t = arg;

    return connection_book_add(t->book, c);
}

static void on_event(void *arg, const struct event *ev)
{
    struct teller *t = arg;
    uint64_t one = 1;

    if (ev->type != EVENT_THREAT || ev->threat.threat == THREAT_NONE ||
        !threat_book_add(&t->threats, ev) ||
        atomic_exchange_explicit(&t->urgent, true, memory_order_acq_rel))
        return;
    if (write(t->reports->wake, &one, sizeof one) < 0)
        return; /* full: it is awake already */
}

static bool is_known(struct teller *t, struct span line, uint32_t second)
{
    uint64_t mark = hash_bytes(&t->reports->hash_key, line.p, line.n);
    struct known_name *k = &t->known[mark % NAMES_KNOWN];

    if (k->mark == (uint32_t)(mark >> 32) && second - k->second < NAME_AGAIN_S)
        return true;
    *k = (struct known_name){(uint32_t)(mark >> 32), second};
    return false;
}

/* A name holds neither blanks nor line ends: the parser has seen to that. */
static void on_named(void *arg, const struct named_address *n)
{
    struct teller *t = arg;
    char line[NAME_LINE];
    size_t used = ipaddr_text(&n->addr, line);

    if (used + n->name.n + 2 > sizeof line)
        return;
    line[used++] = ' ';
    memcpy(line + used, n->name.p, n->name.n);
    used += n->name.n;
    line[used++] = '\n';
    if (!is_known(t, span_of(line, used), (uint32_t)(n->time_us / 1000000)))
        (void)event_ring_put(t->names, span_of(line, used));
}

static enum task_state step_connections(struct worker_task *task, struct engine *e)
{
    struct connections_task *ct = (struct connections_task *)task;
    struct connection_book *full = ct->teller->book;

    (void)e;
    ct->spare->window_us = full->window_us;
    ct->spare->in_window = full->in_window;
    ct->teller->book = ct->spare;
    ct->spare = full;
    return TASK_DONE;
}

static enum task_state step_threats(struct worker_task *task, struct engine *e)
{
    struct threats_task *tt = (struct threats_task *)task;
    struct threat_book *b = &tt->teller->threats;

    tt->count = threat_book_take(b, engine_now_us(e), tt->told, THREATS_AT_ONCE);
    tt->kinds = b->count;
    tt->lost += b->lost;
    b->lost = 0;
    return tt->count == THREATS_AT_ONCE ? TASK_FULL : TASK_DONE;
}

/* ---- telling ---- */

static void tell_entries(struct reports *r)
{
    struct wire_datagram d;

    if (r->entry_count == 0)
        return;
    wire_begin(&d, MESSAGE_CONNECTIONS);
    wire_put_list_head(&d, &(struct message_list_head){.count = (uint16_t)r->entry_count});
    for (size_t i = 0; i < r->entry_count; i++)
        wire_put_connection_entry(&d, &r->entries[i]);
    outbox_put(r->outbox, wire_end(&d, WIRE_LAST));
    r->entry_count = 0;
}

/* Of workloads that the agent knows; what it has taken away it does not ask after. */
static void tell_connections(struct reports *r, const struct snapshot *s)
{
    for (size_t i = 0; i < r->sum.count; i++) {
        const struct workload *w = snapshot_workload(s, r->sum.list[i].sum.zone);
        struct wire_mac mac;

        if (w == NULL || !w->agents)
            continue;
        memcpy(mac.bytes, w->id.mac, sizeof mac.bytes);
        r->entries[r->entry_count++] = connection_wire(&r->sum.list[i], mac);
        if (r->entry_count == MESSAGE_CONNECTIONS_MOST)
            tell_entries(r);
    }
    tell_entries(r);
    connection_book_clear(&r->sum);
}

/* What one worker has summed up goes into the sum of all. */
static void take_book(struct reports *r, struct connection_book *b, const struct snapshot *s)
{
    for (size_t i = 0; i < b->count; i++)
        if (!connection_book_merge(&r->sum, &b->list[i])) {
            tell_connections(r, s);
            (void)connection_book_merge(&r->sum, &b->list[i]); /* it is empty now */
        }
    r->counts.connections += b->passed;
    r->counts.connections_limited += b->limited;
    b->passed = b->limited = 0;
    connection_book_clear(b);
}

static void take_threats(struct reports *r, struct threats_task *t)
{
    for (size_t i = 0; i < t->count; i++)
        outbox_put(r->outbox, span_of(t->told[i].bytes, t->told[i].n));
    r->counts.threats += t->count;
    r->counts.threats_lost += t->lost;
    t->count = t->lost = 0;
}

static void tell_name(char *line, reports_name *each, void *arg)
{
    char *name = strchr(line, ' ');
    struct ipaddr addr;

    if (name == NULL)
        return;
    *name++ = '\0';
    if (ipaddr_parse(line, &addr))
        each(arg, name, &addr);
}

size_t reports_names(struct reports *r, reports_name *each, void *arg)
{
    size_t told = 0;

    for (size_t i = 0; i < r->count; i++) {
        char text[NAMES_AT_ONCE], *line = text, *end;
        size_t n = event_ring_take(r->tellers[i].names, text, sizeof text);

        for (; (end = memchr(line, '\n', n - (size_t)(line - text))) != NULL; line = end + 1) {
            *end = '\0';
            tell_name(line, each, arg);
            told++;
        }
    }
    return told;
}

/* ---- rounds ---- */

static void connections_go_on(struct reports *r, const struct snapshot *s, uint64_t now_ms)
{
    bool all = true;

    for (size_t i = 0; i < r->count; i++) {
        struct connections_task *t = &r->tellers[i].connections;

        if (!t->under_way)
            continue;
        if (atomic_load_explicit(&t->task.state, memory_order_acquire) != TASK_DONE) {
            all = false;
            continue;
        }
        t->under_way = false;
        take_book(r, t->spare, s);
    }
    if (r->collecting && all) {
        tell_connections(r, s);
        r->collecting = false;
    }
    if (r->collecting || now_ms < r->connections_ms)
        return;
    r->connections_ms = now_ms + REPORTS_CONNECTIONS_MS;
    r->collecting = true;
    for (size_t i = 0; i < r->count; i++) {
        r->tellers[i].connections.under_way = true;
        worker_post(r->workers[i], &r->tellers[i].connections.task);
    }
}

static void threats_go_on(struct reports *r, struct threats_task *t, struct worker *w)
{
    int state;

    if (!t->under_way)
        return;
    state = atomic_load_explicit(&t->task.state, memory_order_acquire);
    if (state == TASK_RUN)
        return;
    take_threats(r, t);
    if (state == TASK_FULL)
        worker_resume(w, &t->task);
    else
        t->under_way = false;
}

void reports_go_on(struct reports *r, const struct snapshot *s, uint64_t now_ms)
{
    bool round = now_ms >= r->threats_ms;

    if (round)
        r->threats_ms = now_ms + REPORTS_THREATS_MS;
    for (size_t i = 0; i < r->count; i++) {
        struct teller *t = &r->tellers[i];

        threats_go_on(r, &t->threat_task, r->workers[i]);
        if (t->threat_task.under_way)
            continue;
        if (atomic_exchange_explicit(&t->urgent, false, memory_order_acq_rel) || round) {
            t->threat_task.under_way = true;
            worker_post(r->workers[i], &t->threat_task.task);
        }
    }
    connections_go_on(r, s, now_ms);
}

static void flush_threats(struct reports *r, struct teller *t, uint64_t now_us)
{
    struct threats_task *task = &t->threat_task;
    size_t n;

    take_threats(r, task);
    do {
        n = threat_book_take(&t->threats, now_us + THREAT_QUIET_US, task->told, THREATS_AT_ONCE);
        task->count = n;
        take_threats(r, task);
    } while (n == THREATS_AT_ONCE);
}

void reports_flush(struct reports *r, const struct snapshot *s, uint64_t now_us)
{
    for (size_t i = 0; i < r->count; i++) {
        flush_threats(r, &r->tellers[i], now_us);
        for (size_t k = 0; k < 2; k++)
            take_book(r, &r->tellers[i].books[k], s);
    }
    tell_connections(r, s);
}

struct reports_counts reports_counts(const struct reports *r)
{
    struct reports_counts c = r->counts;

    for (size_t i = 0; i < r->count; i++) {
        c.threat_kinds += r->tellers[i].threat_task.kinds;
        c.names_lost += event_ring_lost(r->tellers[i].names);
    }
    return c;
}

/* ---- birth and death ---- */

static bool teller_init(struct teller *t, struct reports *r)
{
    t->reports = r;
    t->connections = (struct connections_task){
        .task.step = step_connections, .teller = t, .spare = &t->books[1]};
    t->threat_task.task.step = step_threats;
    t->threat_task.teller = t;
    t->book = &t->books[0];
    threat_book_init(&t->threats);
    t->names = event_ring_new(NAMES_BYTES);
    return t->names != NULL && connection_book_init(&t->books[0]) &&
           connection_book_init(&t->books[1]);
}

struct reports *reports_new(const struct reports_setup *s)
{
    struct reports *r = calloc(1, sizeof *r + s->count * sizeof r->tellers[0]);
    bool ok;

    if (r == NULL)
        return NULL;
    r->outbox = s->outbox;
    r->workers = s->workers;
    r->wake = s->wake;
    hash_init(&r->hash_key);
    ok = connection_book_init(&r->sum);
    while (ok && r->count < s->count)
        ok = teller_init(&r->tellers[r->count++], r);
    if (ok)
        return r;
    reports_free(r);
    return NULL;
}

void reports_free(struct reports *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++) {
        connection_book_fini(&r->tellers[i].books[0]);
        connection_book_fini(&r->tellers[i].books[1]);
        threat_book_fini(&r->tellers[i].threats);
        event_ring_free(r->tellers[i].names);
    }
    connection_book_fini(&r->sum);
    free(r);
}

void reports_ops(struct reports *r, size_t worker, struct engine_ops *ops)
{
    ops->arg = &r->tellers[worker];
    ops->emit = on_event;
    ops->contribute = on_contribution;
    ops->named = on_named;
}
