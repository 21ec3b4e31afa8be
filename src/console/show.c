/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon is and has: status, workloads, counters, statistics.
 */
#include "console/client.h"
#include "console/values.h"
#include "options.h"

#include "base/log.h"
#include "engine/policy.h"
#include "engine/sensor.h"

#include <time.h>
#include <unistd.h>

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void console_version(struct client *c, const json_t *request)
{
    (void)request;
    client_done(c, json_pack("{s:s, s:i}", "version", options_version_number(), "protocol",
                             CONSOLE_PROTOCOL));
}

/* ---- status ---- */

static json_t *worker_values(const struct client *c)
{
    const struct console_setup *s = client_setup(c);
    json_t *list = json_array();

    for (size_t i = 0; i < s->worker_count; i++) {
        const struct engine *e = worker_engine(s->workers[i]);
        const struct counters *k = engine_counters(e);
        json_t *w = json_object();

        put_uint(w, "worker", i);
        put_uint(w, "generation", engine_generation(e));
        put_uint(w, "sessions", k->value[COUNTER_SESSIONS] - k->value[COUNTER_SESSIONS_ENDED]);
        put_uint(w, "packets", k->value[COUNTER_PACKETS]);
        put_uint(w, "bytes", k->value[COUNTER_BYTES]);
        json_array_append_new(list, w);
    }
    return list;
}

static void add_port(void *arg, const struct port_spec *spec, const struct capture_counts *counts)
{
    static const char *const kinds[] = {"service", "tap", "pair", "nfqueue"};
    json_t *port = json_object();

    json_object_set_new(port, "kind", json_string(kinds[spec->kind]));
    json_object_set_new(port, "interface", json_string(spec->interface));
    if (spec->netns[0] != '\0')
        json_object_set_new(port, "netns", json_string(spec->netns));
    put_uint(port, "received", counts->received);
    put_uint(port, "lost", counts->lost);
    put_uint(port, "sent", counts->sent);
    put_uint(port, "not_sent", counts->not_sent);
    json_array_append_new(arg, port);
}

void console_status(struct client *c, const json_t *request)
{
    const struct console_setup *s = client_setup(c);
    const struct snapshot *config = *s->snapshot;
    struct outbox_counts out = outbox_counts(s->outbox);
    struct reports_counts reports = reports_counts(s->reports);
    json_t *status = json_object(), *ports = json_array(), *agent = json_object(),
           *lost = json_object();

    (void)request;
    ports_each(s->ports, add_port, ports);
    json_object_set_new(status, "version", json_string(options_version_number()));
    put_uint(status, "pid", (uint64_t)getpid());
    put_uint(status, "uptime", (now_ms() - s->began_ms) / 1000);
    put_uint(status, "generation", config->generation);
    put_uint(status, "workloads", config->workload_count);
    json_object_set_new(status, "workers", worker_values(c));
    json_object_set_new(status, "ports", ports);
    put_uint(agent, "requests", s->control->requests);
    put_uint(agent, "refused", s->control->refused);
    put_uint(agent, "skipped", s->control->skipped);
    put_uint(agent, "told", out.sent);
    put_uint(agent, "waiting", out.kept);
    put_uint(agent, "lost", out.lost);
    json_object_set_new(status, "agent", agent);
    put_uint(lost, "events", events_lost(s->events));
    put_uint(lost, "watched", events_unwatched(s->events));
    put_uint(lost, "threats", reports.threats_lost);
    put_uint(lost, "names", reports.names_lost);
    json_object_set_new(status, "lost", lost);
    client_done(c, status);
}

/* ---- workloads ---- */

static json_t *workload_value(const struct workload *w)
{
    json_t *v = json_object(), *macs = json_array(), *prefixes = json_array();
    char text[32];

    put_name(v, "name", w);
    json_object_set_new(v, "by",
                        json_string(w->agents     ? "agent"
                                    : w->attached ? "person"
                                                  : "file"));
    json_object_set_new(v, "mode", json_string(mode_name(w)));
    for (size_t i = 0; i < w->mac_count; i++)
        json_array_append_new(macs, json_string(mac_text(w->macs[i], text)));
    for (size_t i = 0; i < w->prefix_count; i++)
        json_array_append_new(prefixes, prefix_value(&w->prefixes[i]));
    json_object_set_new(v, "macs", macs);
    json_object_set_new(v, "prefixes", prefixes);
    if (w->interface[0] != '\0')
        json_object_set_new(v, "interface", json_string(w->interface));
    json_object_set_new(v, "mesh", json_boolean(w->mesh));
    put_uint(v, "ports", w->port_count);
    put_uint(v, "rules", w->policy != NULL ? w->policy->rule_count : 0);
    put_uint(v, "sensor_rules", w->base != NULL ? w->base->rule_count : 0);
    return v;
}

void console_workloads(struct client *c, const json_t *request)
{
    const struct snapshot *s = *client_setup(c)->snapshot;
    json_t *list = json_array();

    (void)request;
    for (size_t i = 0; i < s->workload_count; i++)
        json_array_append_new(list, workload_value(s->workloads[i]));
    client_done(c, list);
}

/* ---- counters and statistics ---- */

void console_counters(struct client *c, const json_t *request)
{
    const struct console_setup *s = client_setup(c);
    json_t *all = json_object();
    struct capture_counts frames;

    (void)request;
    for (enum counter k = 0; k < COUNTER_COUNT; k++) {
        uint64_t sum = 0;

        for (size_t i = 0; i < s->worker_count; i++)
            sum += engine_counters(worker_engine(s->workers[i]))->value[k];
        put_uint(all, counter_key(k), sum);
    }
    ports_counts(s->ports, &frames);
    put_uint(all, "capture.kernel_packets", frames.received);
    put_uint(all, "capture.kernel_drops", frames.lost);
    put_uint(all, "capture.sent", frames.sent);
    put_uint(all, "capture.not_sent", frames.not_sent);
    client_done(c, all);
}

/* A workload's, or (NULL) of everything: both directions, three windows and the total. */
static json_t *traffic_value(const struct console_setup *s, const struct workload *w)
{
    static const struct {
        const char *name;
        enum traffic_span span;
    } spans[] = {{"5s", TRAFFIC_SLOT},
                 {"1m", TRAFFIC_MINUTE},
                 {"5m", TRAFFIC_5_MINUTES},
                 {"total", TRAFFIC_TOTAL}};
    static const char *const directions[] = {"egress", "ingress"};
    json_t *v = json_object();

    if (w != NULL)
        put_name(v, "workload", w);
    for (int ingress = 1; ingress >= 0; ingress--) {
        json_t *way = json_object();

        for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
            json_t *window = json_object();
            struct traffic_window sum = {0}, one;

            for (size_t k = 0; k < s->worker_count; k++)
                if (engine_traffic(worker_engine(s->workers[k]), w != NULL ? w->zone : 0, ingress,
                                   spans[i].span, &one)) {
                    sum.sessions += one.sessions;
                    sum.packets += one.packets;
                    sum.bytes += one.bytes;
                }
            put_uint(window, "sessions", sum.sessions);
            put_uint(window, "packets", sum.packets);
            put_uint(window, "bytes", sum.bytes);
            json_object_set_new(way, spans[i].name, window);
        }
        json_object_set_new(v, directions[ingress], way);
    }
    return v;
}

void console_stats(struct client *c, const json_t *request)
{
    const struct console_setup *s = client_setup(c);
    const struct snapshot *config = *s->snapshot;
    json_t *all = json_object(), *list = json_array();

    (void)request;
    for (size_t i = 0; i < config->workload_count; i++)
        json_array_append_new(list, traffic_value(s, config->workloads[i]));
    json_object_set_new(all, "device", traffic_value(s, NULL));
    json_object_set_new(all, "workloads", list);
    client_done(c, all);
}

/* ---- debug ---- */

void console_debug(struct client *c, const json_t *request)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    const json_t *level = json_object_get(request, "level");
    struct err err = {0};

    for (size_t i = 0; level != NULL && i <= sizeof names / sizeof names[0]; i++) {
        if (i == sizeof names / sizeof names[0]) {
            err_set(&err, "level", "is none of: error, warn, info, debug");
            client_error(c, "level", NULL, &err);
            return;
        }
        if (json_is_string(level) && strcmp(json_string_value(level), names[i]) == 0) {
            log_set_level((enum log_level)i);
            break;
        }
    }
    client_done(c, json_pack("{s:s}", "level", names[log_get_level()]));
}
