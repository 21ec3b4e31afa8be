/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/app_map.h"

#include <stdlib.h>

void app_map_fini(struct app_map *m)
{
    free(m->entries);
    *m = (struct app_map){0};
}

static size_t place_of(const struct hash_key *key, const struct port_app *p)
{
    uint32_t what[2] = {p->zone, (uint32_t)p->proto << 16 | p->port};

    return hash_bytes(key, what, sizeof what) % APP_MAP_ENTRIES;
}

/* Its entry, or the free one where it would stand. */
static struct port_app *find(const struct app_map *m, const struct hash_key *key,
                             const struct port_app *p)
{
    size_t at = place_of(key, p);

    while (m->entries[at].zone != 0 &&
           (m->entries[at].zone != p->zone || m->entries[at].port != p->port ||
            m->entries[at].proto != p->proto))
        at = (at + 1) % APP_MAP_ENTRIES;
    return &m->entries[at];
}

static bool take(uint16_t *number, uint16_t learned)
{
    if (learned == 0 || *number == learned)
        return false;
    *number = learned;
    return true;
}

bool app_map_learn(struct app_map *m, const struct hash_key *key, const struct port_app *p)
{
    struct port_app *e;
    bool changed;

    if (m->entries == NULL)
        m->entries = calloc(APP_MAP_ENTRIES, sizeof *m->entries);
    if (m->entries == NULL)
        return false;
    e = find(m, key, p);
    if (e->zone == 0) {
        if (m->count == APP_MAP_MOST)
            return false;
        m->count++;
        *e = (struct port_app){.zone = p->zone, .port = p->port, .proto = p->proto};
    }
    changed = take(&e->protocol, p->protocol);
    changed |= take(&e->server, p->server);
    changed |= take(&e->application, p->application);
    e->changed |= changed;
    m->changed |= changed;
    return true;
}

/* The table anew: an entry that goes may stand before others. */
void app_map_keep(struct app_map *m, const struct hash_key *key, const bool *there, size_t zones)
{
    struct port_app *old = m->entries;

    if (old == NULL)
        return;
    m->entries = calloc(APP_MAP_ENTRIES, sizeof *m->entries);
    if (m->entries == NULL) {
        m->entries = old; /* entries of nobody do no harm */
        return;
    }
    m->count = 0;
    for (size_t i = 0; i < APP_MAP_ENTRIES; i++) {
        if (old[i].zone == 0 || old[i].zone >= zones || !there[old[i].zone])
            continue;
        *find(m, key, &old[i]) = old[i];
        m->count++;
    }
    free(old);
}
