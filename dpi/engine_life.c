/* SPDX-License-Identifier: Apache-2.0
 *
 * An engine's beginning and end, and what others may ask it.
 */
#include "engine_state.h"

#include <stdlib.h>

#define MOST_SESSIONS (1u << 28)

static bool limits_check(const struct limits *l, struct err *err)
{
    if (l->sessions < 16 || l->sessions > MOST_SESSIONS)
        return err_set(err, "limits.sessions", "%u is not between 16 and %u", l->sessions,
                       MOST_SESSIONS);
    if (l->fragment_trains < 1 || l->fragments_per_train < 2)
        return err_set(err, "limits", "fragments need at least one train of two");
    if (l->meters < 1)
        return err_set(err, "limits.meters", "there is to be at least one");
    if (l->tunnel_depth > 16)
        return err_set(err, "limits.tunnel_depth", "%u is more than 16", l->tunnel_depth);
    return true;
}

struct engine *engine_new(const struct engine_config *config, struct err *err)
{
    const struct snapshot *s = config->snapshot;
    enum session_room own = config->ops.contribute != NULL ? SESSIONS_OWN : SESSIONS_BARE;
    struct engine *e;

    if (!limits_check(&s->limits, err))
        return NULL;
    e = calloc(1, sizeof *e);
    if (e == NULL) {
        err_set(err, "", "no memory for an engine");
        return NULL;
    }
    e->snapshot = e->next_snapshot = s;
    e->ops = config->ops;
    e->mode = config->mode;
    e->tracing = config->ops.trace != NULL;
    e->worker = config->worker;
    if (config->hash_key)
        e->hash_key = *config->hash_key;
    else
        hash_init(&e->hash_key);
    e->decode = (struct decode_env){.hash_key = &e->hash_key,
                                    .checksum = s->checksum,
                                    .tunnel_depth = s->limits.tunnel_depth,
                                    .device_in_key = s->device_in_key};
    e->traffic_count = snapshot_zones(s);
    e->traffic = calloc(e->traffic_count, sizeof *e->traffic);
    tcp_reasm_pool_init(&e->reasm, &s->limits, &e->app.memory);
    e->zones = calloc(e->traffic_count, sizeof *e->zones);
    if (!e->traffic || !e->zones || !session_table_init(&e->sessions, s, own) ||
        !meters_init(&e->meters, &e->hash_key, s->limits.meters) || !defrag_init(&e->defrag, s) ||
        !app_layer_init(&e->app, config->parsers, s, &config->ops)) {
        err_set(err, "limits", "no memory for tables of this size");
        engine_free(e);
        return NULL;
    }
    session_sweep_gone(e); /* nothing yet: the zones are noted */
    if (config->prefault)
        rcu_table_prefault(&e->sessions.table);
    return e;
}

void engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    e->ops.emit = NULL;
    e->ops.contribute = NULL;
    e->ops.named = NULL;
    e->ops.release = NULL;
    if (e->sessions.table.buckets && e->defrag.table.buckets)
        engine_flush(e);
    session_table_fini(&e->sessions);
    defrag_fini(&e->defrag);
    tcp_reasm_pool_fini(&e->reasm);
    app_layer_fini(&e->app);
    free(e->traffic);
    free(e->zones);
    app_map_fini(&e->ports);
    meters_fini(&e->meters);
    free(e);
}

void engine_configure(struct engine *e, const struct snapshot *s)
{
    __atomic_store_n(&e->next_snapshot, s, __ATOMIC_RELEASE);
}

uint32_t engine_generation(const struct engine *e)
{
    const struct snapshot *s = __atomic_load_n(&e->snapshot, __ATOMIC_ACQUIRE);

    return s->generation;
}

void engine_want(struct engine *e, struct engine_wants wants)
{
    e->app.wants_tx = wants.tx;
    e->tracing = wants.trace && e->ops.trace != NULL;
}

const struct counters *engine_counters(const struct engine *e)
{
    return &e->counters;
}

struct app_total engine_app_total(const struct engine *e, enum app app)
{
    return (struct app_total){
        .sessions = __atomic_load_n(&e->app_totals[app].sessions, __ATOMIC_RELAXED),
        .packets = __atomic_load_n(&e->app_totals[app].packets, __ATOMIC_RELAXED),
    };
}

void engine_usage(const struct engine *e, struct engine_usage *u)
{
    *u = (struct engine_usage){
        .sessions = e->sessions.table.count,
        .sessions_peak = e->sessions.peak,
        .sessions_limit = e->sessions.limit,
        .session_bytes = e->sessions.slab.object_size + 2 * sizeof(void *),
        .fragment_trains = e->defrag.table.count,
        .fragment_bytes = e->defrag.memory.used,
        .reassembly_bytes = tcp_reasm_pool_bytes(&e->reasm),
        .reassembly_peak = e->reasm.pages.peak * e->reasm.pages.object_size +
                           e->reasm.ahead.peak * e->reasm.ahead.object_size +
                           e->reasm.kept.peak * e->reasm.kept.object_size,
        .app_bytes = e->app.memory.used + e->app.apps.used * e->app.apps.object_size +
                     e->app.runs.used * e->app.runs.object_size,
        .app_peak = e->app.memory.peak + e->app.apps.peak * e->app.apps.object_size +
                    e->app.runs.peak * e->app.runs.object_size,
        .meter_bytes = e->meters.sets * METER_WAYS * METER_BYTES,
        .limbo = e->sessions.limbo.held,
    };
}

uint32_t engine_open_sessions(const struct engine *e, uint32_t zone, int ingress)
{
    return zone < e->traffic_count && (ingress == 0 || ingress == 1)
               ? e->traffic[zone].open[ingress]
               : 0;
}

uint64_t engine_now_us(const struct engine *e)
{
    return e->now_us;
}

const struct snapshot *engine_snapshot(const struct engine *e)
{
    return e->snapshot;
}

const struct workload *engine_workload(const struct engine *e, const struct session *s)
{
    return snapshot_workload(e->snapshot, session_zone(s));
}

bool engine_ports(const struct engine *e, size_t *at, size_t places, port_app_visit *visit,
                  void *arg)
{
    if (e->ports.entries == NULL)
        return false;
    for (; places > 0 && *at < APP_MAP_ENTRIES; places--, ++*at)
        if (e->ports.entries[*at].zone != 0)
            visit(arg, &e->ports.entries[*at]);
    return *at < APP_MAP_ENTRIES;
}

bool engine_meters(const struct engine *e, size_t *at, size_t places, meter_visit *visit, void *arg)
{
    struct meter_walk walk = {
        .at = *at, .places = places, .limits = &e->snapshot->meters, .now_s = e->now_s};
    bool more = meters_walk(&e->meters, &walk, visit, arg);

    *at = walk.at;
    return more;
}

bool engine_ports_changed(const struct engine *e)
{
    return e->ports.changed;
}

void engine_ports_told(struct engine *e)
{
    for (size_t i = 0; e->ports.changed && i < APP_MAP_ENTRIES; i++)
        e->ports.entries[i].changed = false;
    e->ports.changed = false;
}

/* Numbers from 2001 on are applications, the smaller ones protocols. */
enum { FIRST_APPLICATION = 2001 };

void engine_learn_port(struct engine *e, const struct session *s)
{
    uint16_t number = session_application(s), found = product_number(session_product(s));
    struct port_app p = {
        .zone = session_zone(s),
        .port = session_end_server(s).port,
        .proto = s->key.proto,
    };

    if (!(s->flags & SESSION_INGRESS) || p.zone == 0 || (s->key.zone & SESSION_ZONE_MESH))
        return;
    if (number >= FIRST_APPLICATION)
        p.application = number;
    else
        p.protocol = number;
    if (product_is_application(session_product(s)))
        p.application = found;
    else
        p.server = found;
    if ((p.protocol | p.server | p.application) != 0 && !app_map_learn(&e->ports, &e->hash_key, &p))
        engine_count(e, COUNTER_PORTS_OVER);
}

bool engine_traffic(const struct engine *e, uint32_t zone, int ingress, enum traffic_span span,
                    struct traffic_window *w)
{
    if (zone >= e->traffic_count || ingress < 0 || ingress > 1)
        return false;
    *w = traffic_sum(&e->traffic[zone], e->now_s, ingress, span);
    return true;
}
