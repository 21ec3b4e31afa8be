/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"

#include "base/log.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PORTS_MOST = 4096 };

/* Memory of the kernel for what waits in taps: of all together (or a part of the machine's, where
 * that is less), and of each. */
#define RINGS_BYTES ((size_t)256 << 20)
#define RINGS_PART  32
#define RING_MOST   ((size_t)16 << 20)
#define RING_LEAST  ((size_t)2 << 20)

struct port {
    struct port *next;
    struct port_spec spec;
    struct worker *worker; /* unless it is spread */
    struct port_captures captures;
    unsigned index;  /* of a service port's interface, when it was opened */
    ino_t namespace; /* 0: not known */
    bool away;       /* it has gone, and was told of */
    unsigned missed; /* looks at which its namespace was not there */
};

struct ports {
    struct port *list;
    size_t count;
    uint16_t device; /* given out last */
    size_t turn;     /* which worker gets the next */
    const struct port_backend *backends;
    struct worker *const *workers;
    size_t worker_count;
    struct closer *closer;
    struct queue_settings queue;
    size_t rings;                 /* bytes, for those of all taps */
    struct capture_counts before; /* of those that are gone */
};

static size_t memory_for_rings(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    size_t part = pages > 0 && size > 0 ? (size_t)pages * (size_t)size / RINGS_PART : RINGS_BYTES;

    return part < RINGS_BYTES ? part : RINGS_BYTES;
}

struct ports *ports_new(struct worker *const *workers, size_t count,
                        const struct port_backend *backends)
{
    struct ports *ps = calloc(1, sizeof *ps);

    if (ps == NULL)
        return NULL;
    *ps = (struct ports){.workers = workers, .worker_count = count, .backends = backends};
    ps->rings = memory_for_rings();
    ps->closer = closer_new();
    if (ps->closer != NULL)
        return ps;
    free(ps);
    return NULL;
}

void ports_free(struct ports *ps)
{
    if (ps == NULL)
        return;
    while (ps->list != NULL) {
        struct port *next = ps->list->next;

        free(ps->list);
        ps->list = next;
    }
    closer_free(ps->closer);
    free(ps);
}

static bool same(const struct port_spec *a, const struct port_spec *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case PORT_SERVICE:
        return true;
    case PORT_PAIR:
        return strcmp(a->interface, b->interface) == 0 && strcmp(a->inner, b->inner) == 0;
    default:
        return strcmp(a->netns, b->netns) == 0 && strcmp(a->interface, b->interface) == 0;
    }
}

static struct port **find(struct ports *ps, const struct port_spec *spec)
{
    struct port **place = &ps->list;

    while (*place != NULL && !same(&(*place)->spec, spec))
        place = &(*place)->next;
    return place;
}

static bool is_gone(const struct capture *c)
{
    return c->ops->is_gone != NULL && c->ops->is_gone(c);
}

/* The more there are, the less the next one gets. */
static size_t ring_of_next(const struct ports *ps)
{
    size_t left = ps->rings, ring = RING_MOST;

    for (const struct port *p = ps->list; p != NULL; p = p->next)
        for (size_t i = 0; i < p->captures.count; i++)
            if (p->captures.list[i] != NULL)
                left -= left < p->captures.list[i]->memory ? left : p->captures.list[i]->memory;
    while (ring > RING_LEAST && ring > left / 16)
        ring /= 2;
    return ring;
}

static bool open_spec(const struct ports *ps, const struct port_spec *spec,
                      struct port_captures *captures, struct err *err)
{
    struct port_means means = {
        .queue = &ps->queue,
        .workers = ps->worker_count < PORT_CAPTURES ? ps->worker_count : PORT_CAPTURES,
        .memory = ring_of_next(ps),
    };

    *captures = (struct port_captures){.count = 0};
    return ps->backends[spec->kind].open(spec, &means, captures, err);
}

static struct worker *worker_of(const struct ports *ps, const struct port *p, size_t i)
{
    return p->captures.spread ? ps->workers[i % ps->worker_count] : p->worker;
}

static ino_t namespace_of(const struct port_spec *spec)
{
    struct stat st;

    return spec->netns[0] != '\0' && stat(spec->netns, &st) == 0 ? st.st_ino : 0;
}

/* Ports are dealt to the workers in turn; both directions of one stay together. */
static void hand_over(struct ports *ps, struct port *p)
{
    struct port_captures *c = &p->captures;

    if (p->worker == NULL && !c->spread)
        p->worker = ps->workers[ps->turn++ % ps->worker_count];
    p->index = if_nametoindex(p->spec.interface);
    p->namespace = namespace_of(&p->spec);
    p->missed = 0;
    p->away = false;
    for (size_t i = 0; i < c->count; i++) {
        capture_own(c->list[i], p->spec.mac);
        c->list[i]->closer = ps->closer;
        c->list[i]->known_only = !p->spec.anyone;
        c->list[i]->device = ++ps->device != 0 ? ps->device : ++ps->device;
        worker_add(worker_of(ps, p, i), c->list[i]);
    }
}

static void take_back(const struct ports *ps, struct port *p)
{
    for (size_t i = 0; i < p->captures.count; i++) {
        if (p->captures.list[i] != NULL)
            worker_remove(worker_of(ps, p, i), p->captures.list[i]);
        p->captures.list[i] = NULL;
    }
}

static bool is_whole(const struct port *p)
{
    for (size_t i = 0; i < p->captures.count; i++)
        if (p->captures.list[i] == NULL || is_gone(p->captures.list[i]))
            return false;
    return p->captures.count > 0;
}

/* Nothing of it is left. */
static bool is_bare(const struct port *p)
{
    for (size_t i = 0; i < p->captures.count; i++)
        if (p->captures.list[i] != NULL)
            return false;
    return true;
}

/* It is there already. The workload of a pair does not change. */
static bool renew(struct ports *ps, struct port *p, const struct port_spec *spec, struct err *err)
{
    const struct port_backend *backend = &ps->backends[spec->kind];

    if (spec->kind != PORT_PAIR)
        memcpy(p->spec.mac, spec->mac, sizeof p->spec.mac);
    p->spec.quarantine = spec->quarantine;
    if (is_whole(p)) {
        for (size_t i = 0; i < p->captures.count; i++) {
            capture_own(p->captures.list[i], p->spec.mac);
            if (backend->change != NULL)
                backend->change(p->captures.list[i], &p->spec);
        }
        return true;
    }
    take_back(ps, p); /* a part has gone: all are made anew, or none is there */
    if (!open_spec(ps, &p->spec, &p->captures, err)) {
        ports_remove(ps, spec);
        return false;
    }
    hand_over(ps, p);
    return true;
}

bool ports_add(struct ports *ps, const struct port_spec *spec, struct err *err)
{
    struct port *p = *find(ps, spec);

    if (p != NULL)
        return renew(ps, p, spec, err);
    if (ps->count >= PORTS_MOST)
        return err_set(err, spec->interface, "there are %d ports already", PORTS_MOST);
    p = calloc(1, sizeof *p);
    if (p == NULL)
        return err_set(err, NULL, "no memory");
    p->spec = *spec;
    if (!open_spec(ps, spec, &p->captures, err)) {
        free(p);
        return false;
    }
    p->next = ps->list;
    ps->list = p;
    ps->count++;
    hand_over(ps, p);
    log_info("port opened: %s %s%s%s", spec->netns[0] ? spec->netns : "here", spec->interface,
             spec->inner[0] ? " and " : "", spec->inner);
    return true;
}

void ports_configure(struct ports *ps, const struct queue_settings *queue)
{
    if (queue->length == ps->queue.length && queue->conntrack == ps->queue.conntrack &&
        queue->drop_when_full == ps->queue.drop_when_full)
        return;
    ps->queue = *queue;
    for (const struct port *p = ps->list; p != NULL; p = p->next)
        for (size_t i = 0; i < p->captures.count; i++)
            if (p->captures.list[i] != NULL && ps->backends[p->spec.kind].configure != NULL)
                ps->backends[p->spec.kind].configure(p->captures.list[i], queue);
}

void ports_remove(struct ports *ps, const struct port_spec *spec)
{
    struct port **place = find(ps, spec), *p = *place;

    if (p == NULL)
        return;
    take_back(ps, p);
    *place = p->next;
    ps->count--;
    log_info("port closed: %s %s", p->spec.netns[0] ? p->spec.netns : "here", p->spec.interface);
    free(p);
}

static uint64_t count_of(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

static void counts_add(struct capture_counts *sum, const struct capture_counts *c)
{
    sum->received += count_of(&c->received);
    sum->lost += count_of(&c->lost);
    sum->sent += count_of(&c->sent);
    sum->not_sent += count_of(&c->not_sent);
}

static void captures_add(struct capture_counts *sum, const struct port_captures *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i] != NULL)
            counts_add(sum, &c->list[i]->counts);
}

static void forget(struct ports *ps, struct port **place)
{
    struct port *p = *place;

    *place = p->next;
    ps->count--;
    free(p);
}

/* A worker has let go of it. Its counts stay; ports_look_after() sees to the rest. */
static void on_let_go(void *arg, struct capture *c)
{
    struct ports *ps = arg;

    counts_add(&ps->before, &c->counts);
    for (struct port *p = ps->list; p != NULL; p = p->next)
        for (size_t i = 0; i < p->captures.count; i++)
            if (p->captures.list[i] == c)
                p->captures.list[i] = NULL;
}

void ports_reap(struct ports *ps)
{
    for (size_t i = 0; i < ps->worker_count; i++)
        worker_reap(ps->workers[i], on_let_go, ps);
}

/* A socket keeps its namespace alive: that the workload has left shows only in the namespace's
 * file. Twice, because the file may be replaced. */
static bool namespace_left(struct port *p)
{
    if (p->namespace == 0 || namespace_of(&p->spec) == p->namespace)
        p->missed = 0;
    else
        p->missed++;
    return p->missed >= 2;
}

static const char *place_name(const struct port *p)
{
    return p->spec.netns[0] != '\0' ? p->spec.netns : "here";
}

/* Its interface was removed, and may have been made anew. */
static bool is_another(const struct port *p)
{
    return p->spec.kind == PORT_SERVICE && if_nametoindex(p->spec.interface) != p->index;
}

/* What has gone lets go of all it has, is told of once, and is looked for from then on. */
static void look_after(struct ports *ps, struct port *p)
{
    struct err err;

    if (is_whole(p) && !is_another(p))
        return;
    take_back(ps, p);
    if (!p->away)
        log_info("port has gone: %s %s", place_name(p), p->spec.interface);
    p->away = true;
    if (!open_spec(ps, &p->spec, &p->captures, &err))
        return;
    hand_over(ps, p);
    log_info("port opened again: %s %s", place_name(p), p->spec.interface);
}

void ports_look_after(struct ports *ps)
{
    struct port **place = &ps->list;

    while (*place != NULL) {
        struct port *p = *place;

        if (!namespace_left(p)) {
            if (p->missed == 0)
                look_after(ps, p);
            place = &p->next;
            continue;
        }
        take_back(ps, p);
        log_info("port is given up with its namespace: %s %s", place_name(p), p->spec.interface);
        forget(ps, place);
    }
}

void ports_each(const struct ports *ps, ports_visit *visit, void *arg)
{
    for (const struct port *p = ps->list; p != NULL; p = p->next) {
        struct capture_counts sum = {0};

        captures_add(&sum, &p->captures);
        if (!is_bare(p))
            visit(arg, &p->spec, &sum);
    }
}

void ports_counts(const struct ports *ps, struct capture_counts *sum)
{
    *sum = ps->before;
    for (const struct port *p = ps->list; p != NULL; p = p->next)
        captures_add(sum, &p->captures);
}
