/* SPDX-License-Identifier: Apache-2.0 */
#include "control/model.h"

#include "base/err.h"
#include "control/config_sensors.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum zone_state { ZONE_FREE, ZONE_USED, ZONE_LEAVING };

bool model_init(struct model *m, struct snapshot *s)
{
    *m = (struct model){.next = snapshot_copy(s)};
    if (m->next == NULL)
        return false;
    snapshot_free(s);
    m->zone_count = m->next->limits.workloads + 1;
    if (m->zone_count <= m->next->workload_count)
        m->zone_count = (uint32_t)m->next->workload_count + 1;
    m->zones = calloc(m->zone_count, sizeof *m->zones);
    m->zone_free_after = calloc(m->zone_count, sizeof *m->zone_free_after);
    if (m->zones == NULL || m->zone_free_after == NULL) {
        model_fini(m);
        return false;
    }
    m->zones[0] = ZONE_USED; /* nobody's */
    for (size_t i = 0; i < m->next->workload_count; i++)
        m->zones[m->next->workloads[i]->zone] = ZONE_USED;
    m->changed = true;
    return true;
}

void model_fini(struct model *m)
{
    snapshot_free(m->next);
    free(m->zones);
    free(m->zone_free_after);
    *m = (struct model){0};
}

/* ---- workloads ---- */

static bool is_named(const struct workload *w, const uint8_t mac[6])
{
    for (size_t i = 0; i < w->mac_count; i++)
        if (memcmp(w->macs[i], mac, 6) == 0)
            return true;
    return false;
}

struct workload *model_find(const struct model *m, const uint8_t mac[6])
{
    for (size_t i = 0; i < m->next->workload_count; i++) {
        struct workload *w = m->next->workloads[i];

        if (w->agents && is_named(w, mac))
            return w;
    }
    return NULL;
}

static struct workload **place_of(const struct model *m, const struct workload *w)
{
    size_t i = 0;

    while (m->next->workloads[i] != w)
        i++;
    return &m->next->workloads[i];
}

struct workload *model_edit(struct model *m, const struct workload *w)
{
    struct workload **place = place_of(m, w);
    struct workload *copy;

    m->changed = true;
    if (w->shared.holders == 1)
        return *place;
    copy = workload_copy(w);
    if (copy == NULL)
        return NULL;
    shared_drop(&(*place)->shared);
    *place = copy;
    return copy;
}

/* The next free one behind the last, so that one that was given up rests as long as possible. */
static uint32_t zone_take(struct model *m)
{
    for (uint32_t n = 0; n < m->zone_count; n++) {
        m->zone_last = (m->zone_last + 1) % m->zone_count;
        if (m->zones[m->zone_last] == ZONE_FREE) {
            m->zones[m->zone_last] = ZONE_USED;
            return m->zone_last;
        }
    }
    return 0;
}

struct workload *model_add(struct model *m, struct err *err)
{
    struct workload *w;
    uint32_t zone;

    if (!snapshot_room(m->next, m->next->workload_count + 1)) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    zone = zone_take(m);
    if (zone == 0) {
        err_set(err, NULL, "there are %u workloads already: raise limits.workloads",
                m->zone_count - 1);
        return NULL;
    }
    w = workload_new();
    if (w == NULL) {
        m->zones[zone] = ZONE_FREE;
        err_set(err, NULL, "no memory");
        return NULL;
    }
    w->zone = zone;
    w->agents = true;
    m->next->workloads[m->next->workload_count++] = w;
    m->changed = true;
    return w;
}

void model_remove(struct model *m, const struct workload *w)
{
    struct workload **place = place_of(m, w);
    uint32_t zone = w->zone;

    /* Workers end the sessions of a zone when they see it gone: until all have, nobody gets it. */
    m->zones[zone] = ZONE_LEAVING;
    m->zone_free_after[zone] = m->next->generation + 1;
    m->changed = true;
    shared_drop(&(*place)->shared);
    m->next->workload_count--;
    memmove(place, place + 1,
            (size_t)(m->next->workloads + m->next->workload_count - place) * sizeof *place);
}

/* ---- another document ---- */

static const struct workload *of_document(const struct snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->workload_count; i++)
        if (!s->workloads[i]->agents && !s->workloads[i]->attached &&
            s->workloads[i]->name != NULL && strcmp(s->workloads[i]->name, name) == 0)
            return s->workloads[i];
    return NULL;
}

/* Zones that were taken for nothing. */
static void zones_give_back(struct model *m, const struct snapshot *document, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (of_document(m->next, document->workloads[i]->name) == NULL)
            m->zones[document->workloads[i]->zone] = ZONE_FREE;
}

static bool zones_give(struct model *m, const struct snapshot *document, struct err *err)
{
    for (size_t i = 0; i < document->workload_count; i++) {
        struct workload *w = document->workloads[i];
        const struct workload *before = of_document(m->next, w->name);

        w->zone = before != NULL ? before->zone : zone_take(m);
        if (w->zone == 0) {
            zones_give_back(m, document, i);
            return err_set(err, "workloads",
                           "there is room for %u: raise limits.workloads and start again",
                           m->zone_count - 1);
        }
        if (w->policy != NULL)
            w->policy->version = model_policy_version(m);
    }
    return true;
}

/* The workloads of the agent, and those that are attached, go into the new one. */
static bool take_over(struct snapshot *to, const struct snapshot *from)
{
    if (!snapshot_room(to, to->workload_count + from->workload_count))
        return false;
    for (size_t i = 0; i < from->workload_count; i++)
        if (from->workloads[i]->agents || from->workloads[i]->attached) {
            to->workloads[to->workload_count++] = from->workloads[i];
            shared_hold(&from->workloads[i]->shared);
        }
    return true;
}

bool model_apply(struct model *m, struct snapshot *document, struct err *err)
{
    struct snapshot *next;

    if (!zones_give(m, document, err)) {
        snapshot_free(document);
        return false;
    }
    next = snapshot_copy(document);
    if (next == NULL || !take_over(next, m->next)) {
        zones_give_back(m, document, document->workload_count);
        snapshot_free(next);
        snapshot_free(document);
        return err_set(err, NULL, "no memory");
    }
    for (size_t i = 0; i < m->next->workload_count; i++) {
        const struct workload *w = m->next->workloads[i];

        if (w->agents || w->attached || of_document(document, w->name) != NULL)
            continue;
        m->zones[w->zone] = ZONE_LEAVING;
        m->zone_free_after[w->zone] = m->next->generation + 1;
    }
    next->generation = m->next->generation;
    snapshot_free(m->next);
    snapshot_free(document);
    m->next = next;
    m->changed = true;
    return true;
}

/* Of the document, without its sensors; ours alone. */
static bool bare(struct workload **place)
{
    struct workload *copy = workload_copy(*place);

    if (copy == NULL)
        return false;
    if (copy->base != NULL)
        shared_drop(&copy->base->shared);
    if (copy->sensors != NULL)
        shared_drop(&copy->sensors->shared);
    copy->base = NULL;
    copy->sensors = NULL;
    shared_drop(&(*place)->shared);
    *place = copy;
    return true;
}

bool model_apply_sensors(struct model *m, const json_t *sensors, struct err *err)
{
    const struct config_path path = {"sensors"};
    struct snapshot *next = snapshot_copy(m->next);
    bool ok = next != NULL;

    for (size_t i = 0; ok && i < next->workload_count; i++)
        ok = next->workloads[i]->agents || bare(&next->workloads[i]);
    if (!ok)
        err_set(err, NULL, "no memory");
    if (!ok || !config_sensors(next, sensors, &path, err)) {
        snapshot_free(next);
        return false;
    }
    snapshot_free(m->next);
    m->next = next;
    m->changed = true;
    return true;
}

void model_reached(struct model *m, uint32_t generation)
{
    for (uint32_t zone = 1; zone < m->zone_count; zone++)
        if (m->zones[zone] == ZONE_LEAVING && m->zone_free_after[zone] <= generation)
            m->zones[zone] = ZONE_FREE;
}

/* ---- networks and names ---- */

struct networks *model_edit_networks(struct model *m)
{
    struct networks *copy;

    m->changed = true;
    if (m->next->networks->shared.holders == 1)
        return m->next->networks;
    copy = networks_copy(m->next->networks);
    if (copy == NULL)
        return NULL;
    shared_drop(&m->next->networks->shared);
    m->next->networks = copy;
    return copy;
}

struct domain_names *model_edit_names(struct model *m)
{
    struct domain_names *copy;

    m->changed = true;
    if (m->next->names->shared.holders == 1)
        return m->next->names;
    copy = domain_names_copy(m->next->names);
    if (copy == NULL)
        return NULL;
    shared_drop(&m->next->names->shared);
    m->next->names = copy;
    return copy;
}

struct domain_name *model_name(const struct domain_names *n, const char *text)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcasecmp(n->names[i].text, text) == 0)
            return &n->names[i];
    return NULL;
}

struct domain_name *model_name_add(struct domain_names *n, const char *text, struct err *err)
{
    struct domain_name *name = model_name(n, text), *list;

    if (name != NULL)
        return name;
    if (n->count >= DOMAIN_NAMES_MOST) {
        err_set(err, NULL, "there are %d domain names already: '%s' is left out", DOMAIN_NAMES_MOST,
                text);
        return NULL;
    }
    list = realloc(n->names, (n->count + 1) * sizeof *list);
    if (list == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    n->names = list;
    name = &n->names[n->count];
    *name = (struct domain_name){.text = strndup(text, DOMAIN_NAME_MOST)};
    if (name->text == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    n->count++;
    return name;
}

bool model_name_address(struct domain_name *name, const struct ipaddr *a)
{
    struct ipaddr *list;

    for (size_t i = 0; i < name->addr_count; i++)
        if (ipaddr_equal(&name->addrs[i], a))
            return true;
    list = realloc(name->addrs, (name->addr_count + 1) * sizeof *list);
    if (list == NULL)
        return false;
    name->addrs = list;
    name->addrs[name->addr_count++] = *a;
    return true;
}

/* ---- the next snapshot ---- */

uint16_t model_policy_version(struct model *m)
{
    if (++m->policy_version == 0)
        m->policy_version = 1;
    return m->policy_version;
}

struct snapshot *model_publish(struct model *m)
{
    struct snapshot *s;

    if (!m->changed)
        return NULL;
    s = snapshot_copy(m->next);
    if (s == NULL)
        return NULL;
    s->generation = m->next->generation + 1;
    if (!snapshot_seal(s)) {
        snapshot_free(s);
        return NULL;
    }
    m->next->generation = s->generation;
    m->changed = false;
    return s;
}
