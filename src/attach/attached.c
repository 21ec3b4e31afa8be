/* SPDX-License-Identifier: Apache-2.0 */
#include "attach/attached.h"

#include "attach/record.h"
#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    struct attachment what;
    uint32_t zone;   /* of its workload */
    unsigned missed; /* looks at which its namespace was not there */
};

struct attached {
    struct entry *list;
    struct control *control;
    struct ports *ports;
    char folder[PATH_MAX];
};

struct attached *attached_new(struct control *control, struct ports *ports, const char *folder)
{
    struct attached *set = calloc(1, sizeof *set);

    if (set == NULL)
        return NULL;
    set->control = control;
    set->ports = ports;
    if (text_copy(set->folder, sizeof set->folder, folder))
        return set;
    free(set);
    return NULL;
}

void attached_free(struct attached *set)
{
    if (set == NULL)
        return;
    while (set->list != NULL) {
        struct entry *next = set->list->next;

        free(set->list);
        set->list = next;
    }
    free(set);
}

static struct entry **place_of(struct attached *set, const char *name)
{
    struct entry **place = &set->list;

    while (*place != NULL && strcmp((*place)->what.name, name) != 0)
        place = &(*place)->next;
    return place;
}

/* ---- ports ---- */

static struct port_spec port_of(const struct attachment *a, size_t i)
{
    struct port_spec spec = {
        .kind = a->mode == ATTACH_TAP ? PORT_TAP : PORT_QUEUE,
        .queue = a->interfaces[i].queue,
        .queue_count = a->queues,
    };

    /* They were as long in what was read. */
    (void)text_copy(spec.netns, sizeof spec.netns, a->netns);
    (void)text_copy(spec.interface, sizeof spec.interface, a->interfaces[i].name);
    memcpy(spec.mac, a->interfaces[i].mac, sizeof spec.mac);
    return spec;
}

static void ports_close(struct attached *set, const struct attachment *a, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct port_spec spec = port_of(a, i);

        ports_remove(set->ports, &spec);
    }
}

static bool ports_open(struct attached *set, const struct attachment *a, struct err *err)
{
    for (size_t i = 0; i < a->interface_count; i++) {
        struct port_spec spec = port_of(a, i);

        if (!ports_add(set->ports, &spec, err)) {
            ports_close(set, a, i);
            return false;
        }
    }
    return true;
}

/* ---- workloads ---- */

static const struct workload *workload_of(const struct attached *set, uint32_t zone)
{
    const struct snapshot *s = set->control->model.next;

    for (size_t i = 0; i < s->workload_count; i++)
        if (s->workloads[i]->zone == zone)
            return s->workloads[i];
    return NULL;
}

static bool has_mac(const struct workload *w, const struct attachment *a)
{
    for (size_t i = 0; i < w->mac_count; i++)
        for (size_t k = 0; k < a->interface_count; k++)
            if (memcmp(w->macs[i], a->interfaces[k].mac, 6) == 0)
                return true;
    return false;
}

/* Two workloads cannot be told apart by one name, or one address. */
static bool is_free(const struct attached *set, const struct attachment *a, struct err *err)
{
    const struct snapshot *s = set->control->model.next;

    for (size_t i = 0; i < s->workload_count; i++) {
        const struct workload *w = s->workloads[i];

        if (strcmp(w->name, a->name) == 0)
            return err_set(err, a->name,
                           "is the name of a workload already: give another one "
                           "with --name");
        if (has_mac(w, a))
            return err_set(err, a->name, "has a MAC address of workload '%s'", w->name);
    }
    return true;
}

static bool define(struct workload *w, const struct attachment *a)
{
    uint8_t(*macs)[6] = calloc(a->interface_count, sizeof *macs);

    w->name = strdup(a->name);
    w->addrs = calloc(a->address_count + 1, sizeof *w->addrs);
    w->macs = macs;
    if (w->name == NULL || w->addrs == NULL || macs == NULL)
        return false;
    w->agents = false;
    w->attached = true;
    w->tap = a->mode == ATTACH_TAP;
    w->mode = a->mode == ATTACH_TAP ? MODE_MONITOR : MODE_PROTECT;
    memcpy(w->id.mac, a->interfaces[0].mac, sizeof w->id.mac);
    memcpy(w->interface, a->interfaces[0].name, sizeof w->interface);
    for (size_t i = 0; i < a->interface_count; i++)
        memcpy(macs[w->mac_count++], a->interfaces[i].mac, sizeof *macs);
    memcpy(w->addrs, a->addresses, a->address_count * sizeof *w->addrs);
    w->addr_count = a->address_count;
    return true;
}

/* 0 and err: it cannot be had. */
static uint32_t workload_make(struct attached *set, const struct attachment *a, struct err *err)
{
    struct model *m = &set->control->model;
    struct workload *w = model_add(m, err);

    if (w == NULL)
        return 0;
    if (define(w, a))
        return w->zone;
    model_remove(m, w);
    err_set(err, NULL, "no memory");
    return 0;
}

static void workload_drop(struct attached *set, uint32_t zone)
{
    const struct workload *w = workload_of(set, zone);

    if (w != NULL)
        model_remove(&set->control->model, w);
}

/* ---- both ---- */

static bool is_same(const struct attachment *a, const struct attachment *b)
{
    json_t *one = attachment_value(a), *other = attachment_value(b);
    bool same = json_equal(one, other);

    json_decref(one);
    json_decref(other);
    return same;
}

bool attached_add(struct attached *set, const struct attachment *a, struct err *err)
{
    struct entry *e = *place_of(set, a->name);

    if (e != NULL && is_same(&e->what, a))
        return true;
    if (e != NULL)
        return err_set(err, a->name, "is attached already: sluicectl detach %s first", a->name);
    if (!attachment_is_there(a))
        return err_set(err, a->netns, "is not the namespace any more that was meant");
    if (!is_free(set, a, err))
        return false;
    e = calloc(1, sizeof *e);
    if (e == NULL)
        return err_set(err, NULL, "no memory");
    e->what = *a;
    e->zone = workload_make(set, a, err);
    if (e->zone == 0 || !ports_open(set, a, err)) {
        if (e->zone != 0)
            workload_drop(set, e->zone);
        free(e);
        control_publish(set->control);
        return false;
    }
    e->next = set->list;
    set->list = e;
    control_publish(set->control);
    log_info("attached: %s (%s, %s)", a->name, attach_mode_name(a->mode), a->netns);
    return true;
}

static void let_go(struct attached *set, struct entry **place)
{
    struct entry *e = *place;

    ports_close(set, &e->what, e->what.interface_count);
    workload_drop(set, e->zone);
    control_publish(set->control);
    log_info("detached: %s", e->what.name);
    *place = e->next;
    free(e);
}

bool attached_remove(struct attached *set, const char *name)
{
    struct entry **place = place_of(set, name);

    if (*place == NULL)
        return false;
    let_go(set, place);
    return true;
}

/* ---- records ---- */

static void forget(const struct attached *set, const char *name)
{
    struct err err = {0};

    if (!record_remove(set->folder, name, &err))
        log_warn("%s: %s", err.path, err.text);
}

static bool resume(void *arg, const struct attachment *a, const struct err *why)
{
    struct attached *set = arg;
    struct err err = {0};

    if (a == NULL) {
        log_warn("%s: %s: not attached again", why->path, why->text);
    } else if (!attachment_is_there(a)) {
        log_info("%s is gone: %s is not attached again", a->netns, a->name);
        forget(set, a->name);
    } else if (!attached_add(set, a, &err)) {
        log_warn("%s is not attached again: %s%s%s", a->name, err.path, err.path[0] ? ": " : "",
                 err.text);
    }
    return true;
}

void attached_resume(struct attached *set)
{
    record_each(set->folder, resume, set);
}

/* Twice, because the file may be replaced. */
void attached_look_after(struct attached *set)
{
    struct entry **place = &set->list;

    while (*place != NULL) {
        struct entry *e = *place;

        e->missed = attachment_is_there(&e->what) ? 0 : e->missed + 1;
        if (e->missed < 2) {
            place = &e->next;
            continue;
        }
        log_info("%s is gone", e->what.netns);
        forget(set, e->what.name);
        let_go(set, place);
    }
}

void attached_each(const struct attached *set, attached_visit *visit, void *arg)
{
    for (const struct entry *e = set->list; e != NULL; e = e->next)
        visit(arg, &e->what);
}
