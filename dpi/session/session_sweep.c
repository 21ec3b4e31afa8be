/* SPDX-License-Identifier: Apache-2.0
 *
 * Ends many sessions without a stop: a part of the table with each batch.
 */
#include "engine_state.h"

static void sweep_begin(struct engine *e)
{
    e->sessions.sweep.on = true;
    e->sessions.sweep.at = 0; /* what is under way is found again */
}

/* Notes whose zones are there; true: one is not any more. */
static bool zones_lost(struct engine *e)
{
    bool lost = false;

    for (uint32_t zone = 1; zone < e->traffic_count; zone++) {
        bool there = snapshot_workload(e->snapshot, zone) != NULL;

        lost |= e->zones[zone] && !there;
        e->zones[zone] = there;
    }
    return lost;
}

void session_sweep_gone(struct engine *e)
{
    if (!zones_lost(e))
        return;
    app_map_keep(&e->ports, &e->hash_key, e->zones, e->traffic_count);
    sweep_begin(e);
    e->sessions.sweep.gone = true;
}

void session_sweep_all(struct engine *e)
{
    sweep_begin(e);
    e->sessions.sweep.before_id = e->next_id + 1;
}

/* Ids count up within a worker. */
static bool is_older(const struct engine *e, const struct session *s)
{
    return (s->id & SESSION_ID_COUNT) < e->sessions.sweep.before_id;
}

static bool sweep_one(void *arg, struct rcu_node *n)
{
    struct session *s = session_of_node(n);
    struct engine *e = arg;

    if (is_older(e, s) || (e->sessions.sweep.gone && session_zone(s) != 0 &&
                           snapshot_workload(e->snapshot, session_zone(s)) == NULL))
        session_end(e, s, REASON_CLEARED);
    return true;
}

void session_sweep_some(struct engine *e, size_t buckets)
{
    struct session_sweep *sweep = &e->sessions.sweep;

    if (!rcu_table_walk_from(&e->sessions.table, &sweep->at, buckets, sweep_one, e))
        *sweep = (struct session_sweep){0};
}

void engine_clear(struct engine *e)
{
    session_sweep_all(e);
}

void engine_clear_one(struct engine *e, uint32_t hash, uint64_t id)
{
    struct rcu_node *n = rcu_table_first(&e->sessions.table, hash);

    while (n && session_of_node(n)->id != id)
        n = rcu_table_next(n);
    if (n)
        session_end(e, session_of_node(n), REASON_CLEARED);
}
