/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"

#include "base/log.h"
#include "capture/afpacket.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

enum { PORTS_MOST = 4096 };

struct port {
    struct port *next;
    struct port_spec spec;
    struct worker *worker;
    struct capture *captures[2]; /* NULL: gone */
    size_t capture_count;
    unsigned index; /* of the interface, when it was opened */
};

struct ports {
    struct port *list;
    size_t count;
    uint16_t device; /* given out last */
    size_t turn;     /* which worker gets the next */
    struct worker *const *workers;
    size_t worker_count;
    struct capture_counts before; /* of those that are gone */
};

struct ports *ports_new(struct worker *const *workers, size_t count)
{
    struct ports *ps = calloc(1, sizeof *ps);

    if (ps != NULL)
        *ps = (struct ports){.workers = workers, .worker_count = count};
    return ps;
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

/* ---- kinds ---- */

/* Fills captures and their count. */
typedef bool port_open(struct port *, struct err *);

static bool open_tap(struct port *p, struct err *err)
{
    struct afpacket_place at = {p->spec.netns, p->spec.interface};

    p->captures[0] = afpacket_tap(&at, err);
    p->capture_count = 1;
    return p->captures[0] != NULL;
}

static bool open_service(struct port *p, struct err *err)
{
    struct afpacket_place at = {NULL, p->spec.interface};

    p->captures[0] = afpacket_service(&at, err);
    p->capture_count = 1;
    p->index = if_nametoindex(p->spec.interface);
    return p->captures[0] != NULL;
}

static bool open_pair(struct port *p, struct err *err)
{
    struct afpacket_place outer = {NULL, p->spec.interface}, inner = {NULL, p->spec.inner};

    if (!afpacket_pair(&outer, &inner, p->spec.mac, p->captures, err))
        return false;
    p->capture_count = 2;
    for (int i = 0; i < 2; i++)
        afpacket_quarantine(p->captures[i], p->spec.quarantine ? QUARANTINE_ON : QUARANTINE_OFF);
    return true;
}

static bool open_queue(struct port *p, struct err *err)
{
    return err_set(err, p->spec.interface, "queue %u: this build reads no NFQUEUE", p->spec.queue);
}

static port_open *const kinds[] = {
    [PORT_SERVICE] = open_service,
    [PORT_TAP] = open_tap,
    [PORT_PAIR] = open_pair,
    [PORT_QUEUE] = open_queue,
};

/* ---- all of them ---- */

/* Ports are spread over the workers in turn; both directions of one stay together. */
static void hand_over(struct ports *ps, struct port *p)
{
    if (p->worker == NULL)
        p->worker = ps->workers[ps->turn++ % ps->worker_count];
    for (size_t i = 0; i < p->capture_count; i++) {
        p->captures[i]->device = ++ps->device != 0 ? ps->device : ++ps->device;
        worker_add(p->worker, p->captures[i]);
    }
}

static void take_back(struct port *p)
{
    for (size_t i = 0; i < p->capture_count; i++)
        if (p->captures[i] != NULL)
            worker_remove(p->worker, p->captures[i]);
    p->captures[0] = p->captures[1] = NULL;
}

static bool is_whole(const struct port *p)
{
    for (size_t i = 0; i < p->capture_count; i++)
        if (p->captures[i] == NULL)
            return false;
    return true;
}

/* It is there already. */
static bool renew(struct ports *ps, struct port *p, const struct port_spec *spec, struct err *err)
{
    if (spec->kind != PORT_PAIR)
        memcpy(p->spec.mac, spec->mac, sizeof p->spec.mac);
    p->spec.quarantine = spec->quarantine;
    if (is_whole(p)) {
        for (size_t i = 0; spec->kind == PORT_PAIR && i < 2; i++)
            afpacket_quarantine(p->captures[i], spec->quarantine ? QUARANTINE_ON : QUARANTINE_OFF);
        return true;
    }
    take_back(p); /* one half has gone: both are made anew, or none is there */
    if (!kinds[spec->kind](p, err)) {
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
    if (!kinds[spec->kind](p, err)) {
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

void ports_remove(struct ports *ps, const struct port_spec *spec)
{
    struct port **place = find(ps, spec), *p = *place;

    if (p == NULL)
        return;
    take_back(p);
    *place = p->next;
    ps->count--;
    log_info("port closed: %s %s", p->spec.netns[0] ? p->spec.netns : "here", p->spec.interface);
    free(p);
}

static void counts_add(struct capture_counts *sum, const struct capture_counts *c)
{
    sum->received += c->received;
    sum->lost += c->lost;
    sum->sent += c->sent;
    sum->not_sent += c->not_sent;
}

/* Its counts stay, the port does not unless it will come back. */
static void on_gone(void *arg, struct capture *c)
{
    struct ports *ps = arg;
    struct port **place = &ps->list;

    counts_add(&ps->before, &c->counts);
    for (; *place != NULL; place = &(*place)->next) {
        struct port *p = *place;

        for (size_t i = 0; i < p->capture_count; i++) {
            if (p->captures[i] != c)
                continue;
            p->captures[i] = NULL;
            if (p->spec.kind == PORT_SERVICE || p->spec.kind == PORT_PAIR)
                return;
            log_info("port has gone: %s %s", p->spec.netns, p->spec.interface);
            *place = p->next;
            ps->count--;
            free(p);
            return;
        }
    }
}

void ports_reap(struct ports *ps)
{
    for (size_t i = 0; i < ps->worker_count; i++)
        worker_reap(ps->workers[i], on_gone, ps);
}

void ports_look_after(struct ports *ps)
{
    for (struct port *p = ps->list; p != NULL; p = p->next) {
        struct err err;

        if (p->spec.kind != PORT_SERVICE)
            continue;
        if (p->captures[0] != NULL && p->index == if_nametoindex(p->spec.interface))
            continue;
        if (if_nametoindex(p->spec.interface) == 0)
            continue; /* not yet */
        take_back(p);
        if (open_service(p, &err))
            hand_over(ps, p);
        else
            p->captures[0] = NULL;
    }
}

void ports_each(const struct ports *ps, ports_visit *visit, void *arg)
{
    for (const struct port *p = ps->list; p != NULL; p = p->next) {
        struct capture_counts sum = {0};

        for (size_t i = 0; i < p->capture_count; i++)
            if (p->captures[i] != NULL)
                counts_add(&sum, &p->captures[i]->counts);
        visit(arg, &p->spec, &sum);
    }
}

void ports_counts(const struct ports *ps, struct capture_counts *sum)
{
    *sum = ps->before;
    for (const struct port *p = ps->list; p != NULL; p = p->next)
        for (size_t i = 0; i < p->capture_count; i++)
            if (p->captures[i] != NULL)
                counts_add(sum, &p->captures[i]->counts);
}
