/* SPDX-License-Identifier: Apache-2.0
 *
 * app_map: what runs behind the ports of workloads, as their sessions have shown it. A hash table
 * of fixed size; who finds no room is counted and not learned. The worker's.
 */
#ifndef WORKLOAD_APP_MAP_H
#define WORKLOAD_APP_MAP_H

#include "base/hash.h"
#include "engine/engine.h"

enum { APP_MAP_ENTRIES = 16384, APP_MAP_MOST = APP_MAP_ENTRIES * 3 / 4 };

struct app_map {
    struct port_app *entries; /* zone 0: free. NULL until the first is learned */
    size_t count;
    bool changed; /* some entry is */
};

void app_map_fini(struct app_map *);

/* Numbers that are 0 say nothing. False: there is no room. */
bool app_map_learn(struct app_map *, const struct hash_key *, const struct port_app *);
/* Forgets those of zones that `there` does not have (a bool for each, `zones` of them). */
void app_map_keep(struct app_map *, const struct hash_key *, const bool *there, size_t zones);

#endif
