/* SPDX-License-Identifier: Apache-2.0
 *
 * One function per top-level key, in a table; settings that are plain numbers stand in tables too.
 */
#include "control/config.h"

#include "control/config_json.h"
#include "control/config_network.h"
#include "control/config_rules.h"
#include "control/config_sensors.h"
#include "control/config_workload.h"
#include "parser/parser.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bool config_part(struct snapshot *, const json_t *, const struct config_path *,
                         struct err *);

/* A number of 4 or 8 bytes inside a struct. */
struct setting {
    const char *name;
    size_t offset, size;
    uint64_t least, most;
};

#define SETTING(type, name, least, most)                                                           \
    {                                                                                              \
#name, offsetof(struct type, name), sizeof(((struct type *)NULL)->name), (least), (most)   \
    }

enum { SETTINGS_MOST = 20, QUEUE_LENGTH_MOST = 1 << 20 };

static const struct setting limits[] = {
    SETTING(limits, sessions, 16, 1 << 28),
    SETTING(limits, workloads, 1, 65536),
    SETTING(limits, sessions_per_workload, 0, 1 << 28),
    SETTING(limits, sessions_per_source, 0, 1 << 28),
    SETTING(limits, fragment_bytes, 1 << 16, INT64_C(1) << 40),
    SETTING(limits, fragment_trains, 1, 1 << 24),
    SETTING(limits, fragments_per_train, 2, 8192),
    SETTING(limits, reassembly_bytes, 1 << 16, INT64_C(1) << 40),
    SETTING(limits, reassembly_side_bytes, 1 << 12, 1 << 30),
    SETTING(limits, reassembly_segments, 1, 1 << 16),
    SETTING(limits, retain_bytes, 0, 1 << 20),
    SETTING(limits, app_bytes, 1 << 16, INT64_C(1) << 40),
    SETTING(limits, decide_bytes, 64, 1 << 30),
    SETTING(limits, decide_packets, 1, 1 << 20),
    SETTING(limits, decide_seconds, 1, 3600),
    SETTING(limits, tunnel_depth, 0, 16),
    SETTING(limits, expectations, 1, 1 << 20),
    SETTING(limits, tx_per_session, 0, UINT32_MAX),
    SETTING(limits, meters, 64, 1 << 24),
};

static const struct setting timeouts[] = {
    SETTING(timeouts, tcp_new, 1, 65535),
    SETTING(timeouts, tcp_no_data, 1, 65535),
    SETTING(timeouts, tcp_established, 1, 65535),
    SETTING(timeouts, tcp_half_closed, 1, 65535),
    SETTING(timeouts, tcp_closed, 1, 65535),
    SETTING(timeouts, tcp_closed_most, 1, 65535),
    SETTING(timeouts, blocked, 1, 65535),
    SETTING(timeouts, udp, 1, 65535),
    SETTING(timeouts, icmp, 1, 65535),
    SETTING(timeouts, other, 1, 65535),
    SETTING(timeouts, fragment, 1, 65535),
    SETTING(timeouts, expectation, 1, 65535),
};

static bool settings_read(void *into, const struct setting *settings, size_t count,
                          const json_t *value, const struct config_path *path, struct err *err)
{
    const char *names[SETTINGS_MOST + 1] = {NULL};

    for (size_t i = 0; i < count; i++)
        names[i] = settings[i].name;
    if (!config_object(value, path, names, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct setting *s = &settings[i];
        const json_t *member = json_object_get(value, s->name);
        struct config_path at = config_path_key(path, s->name);
        uint64_t number;
        uint32_t small;

        if (member == NULL)
            continue;
        if (!config_uint(member, &at, s->least, s->most, &number, err))
            return false;
        small = (uint32_t)number;
        memcpy((char *)into + s->offset, s->size == sizeof small ? (void *)&small : &number,
               s->size);
    }
    return true;
}

static bool read_limits(struct snapshot *s, const json_t *value, const struct config_path *path,
                        struct err *err)
{
    return settings_read(&s->limits, limits, sizeof limits / sizeof limits[0], value, path, err);
}

static bool read_timeouts(struct snapshot *s, const json_t *value, const struct config_path *path,
                          struct err *err)
{
    return settings_read(&s->timeouts, timeouts, sizeof timeouts / sizeof timeouts[0], value, path,
                         err);
}

/* Counts of one second end at 65535: the most that a span of seconds can hold. */
static uint64_t meter_most(enum meter_kind kind)
{
    static const uint64_t most[METER_KINDS] = {
        [METER_SYN_SOURCE] = 300000, [METER_SYN] = 300000,       [METER_ICMP_SOURCE] = 65535,
        [METER_ICMP] = 65535,        [METER_SESSIONS] = 1 << 28, [METER_CLIENT_QUIET] = 600000,
    };

    return most[kind];
}

static bool read_meter(struct meter_limit *limit, enum meter_kind kind, const json_t *value,
                       const struct config_path *path, struct err *err)
{
    const struct setting settings[] = {SETTING(meter_limit, upper, 1, meter_most(kind)),
                                       SETTING(meter_limit, lower, 1, meter_most(kind))};
    struct config_path at = config_path_key(path, "lower");

    if (!settings_read(limit, settings, 2, value, path, err))
        return false;
    if (limit->lower > limit->upper && json_object_get(value, "lower") == NULL)
        limit->lower = limit->upper;
    if (limit->lower > limit->upper)
        return err_set(err, at.text, "%u is more than upper, which is %u", limit->lower,
                       limit->upper);
    return true;
}

static bool read_meters(struct snapshot *s, const json_t *value, const struct config_path *path,
                        struct err *err)
{
    const char *keys[METER_KINDS + 1] = {NULL};

    for (enum meter_kind k = 0; k < METER_KINDS; k++)
        keys[k] = meter_name(k);
    if (!config_object(value, path, keys, err))
        return false;
    for (enum meter_kind k = 0; k < METER_KINDS; k++) {
        const json_t *member = json_object_get(value, keys[k]);
        struct config_path at = config_path_key(path, keys[k]);

        if (member != NULL && !read_meter(&s->meters.of[k], k, member, &at, err))
            return false;
    }
    return true;
}

static bool read_exceptions(struct snapshot *s, const json_t *value, const struct config_path *path,
                            struct err *err)
{
    static const char *const actions[] = {"pass", "drop", "bypass", NULL};
    static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_DROP, VERDICT_BYPASS};
    const char *keys[EXCEPTION_COUNT + 1] = {NULL};

    for (enum exception e = 0; e < EXCEPTION_COUNT; e++)
        keys[e] = exception_key(e);
    if (!config_object(value, path, keys, err))
        return false;
    for (enum exception e = 0; e < EXCEPTION_COUNT; e++) {
        const json_t *member = json_object_get(value, keys[e]);
        struct config_path at = config_path_key(path, keys[e]);
        size_t action;

        if (member == NULL)
            continue;
        if (!config_choice(member, &at, actions, &action, err))
            return false;
        s->exceptions[e] = verdicts[action];
    }
    return true;
}

/* By the names of events: {"SSL.TLS1.0": true}, {"HTTP.Request.Smuggling": {"action": "reset"}} */
static bool read_threat(struct snapshot *s, const json_t *value, const struct config_path *path,
                        enum threat threat, struct err *err)
{
    static const char *const keys[] = {"enabled", "action", NULL};
    static const char *const actions[] = {"allow", "drop", "reset", "block", NULL};
    static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_DROP, VERDICT_RESET,
                                            VERDICT_BLOCK};
    const json_t *enabled = json_is_boolean(value) ? value : json_object_get(value, "enabled");
    const json_t *action = json_object_get(value, "action");
    struct config_path enabled_at = config_path_key(path, "enabled"),
                       action_at = config_path_key(path, "action");
    bool on = true;
    size_t index;

    if (!json_is_boolean(value) && !config_object(value, path, keys, err))
        return false;
    if (enabled != NULL && !config_bool(enabled, &enabled_at, &on, err))
        return false;
    if (enabled != NULL)
        (on ? snapshot_set_threat : snapshot_unset_threat)(s, threat);
    if (action == NULL)
        return true;
    if (!config_choice(action, &action_at, actions, &index, err))
        return false;
    s->threat_verdicts[threat] = (uint8_t)verdicts[index];
    return true;
}

static bool read_threats(struct snapshot *s, const json_t *value, const struct config_path *path,
                         struct err *err)
{
    const char *keys[THREAT_COUNT + 1] = {NULL};

    for (int t = THREAT_NONE + 1; t < THREAT_COUNT; t++)
        keys[t - 1] = threat_name((enum threat)t);
    if (!config_object(value, path, keys, err))
        return false;
    for (int t = THREAT_NONE + 1; t < THREAT_COUNT; t++) {
        const json_t *member = json_object_get(value, keys[t - 1]);
        struct config_path at = config_path_key(path, keys[t - 1]);

        if (member != NULL && !read_threat(s, member, &at, (enum threat)t, err))
            return false;
    }
    return true;
}

static bool read_checksum(struct snapshot *s, const json_t *value, const struct config_path *path,
                          struct err *err)
{
    static const char *const names[] = {
        [CHECKSUM_AUTO] = "auto", [CHECKSUM_STRICT] = "strict", [CHECKSUM_OFF] = "off", NULL};
    size_t mode;

    if (!config_choice(value, path, names, &mode, err))
        return false;
    s->checksum = (enum checksum_mode)mode;
    return true;
}

static bool read_queue(struct snapshot *s, const json_t *value, const struct config_path *path,
                       struct err *err)
{
    static const char *const keys[] = {"when_full", "length", "conntrack", NULL};
    static const char *const fates[] = {"pass", "drop", NULL};
    struct config_path at[] = {config_path_key(path, keys[0]), config_path_key(path, keys[1]),
                               config_path_key(path, keys[2])};
    const json_t *member;
    uint64_t length = s->queue.length;
    size_t fate = s->queue.drop_when_full;

    if (!config_object(value, path, keys, err))
        return false;
    if ((member = json_object_get(value, keys[0])) != NULL &&
        !config_choice(member, &at[0], fates, &fate, err))
        return false;
    if ((member = json_object_get(value, keys[1])) != NULL &&
        !config_uint(member, &at[1], 1, QUEUE_LENGTH_MOST, &length, err))
        return false;
    if ((member = json_object_get(value, keys[2])) != NULL &&
        !config_bool(member, &at[2], &s->queue.conntrack, err))
        return false;
    s->queue.drop_when_full = fate != 0;
    s->queue.length = (uint32_t)length;
    return true;
}

static bool read_device_in_key(struct snapshot *s, const json_t *value,
                               const struct config_path *path, struct err *err)
{
    return config_bool(value, path, &s->device_in_key, err);
}

static bool read_quic_as_tls(struct snapshot *s, const json_t *value,
                             const struct config_path *path, struct err *err)
{
    return config_bool(value, path, &s->quic_as_tls, err);
}

static bool read_smuggling_strict(struct snapshot *s, const json_t *value,
                                  const struct config_path *path, struct err *err)
{
    return config_bool(value, path, &s->smuggling_strict, err);
}

static bool read_http2_attacks_stop(struct snapshot *s, const json_t *value,
                                    const struct config_path *path, struct err *err)
{
    return config_bool(value, path, &s->http.stop_attacks, err);
}

static bool read_http_product_in_session(struct snapshot *s, const json_t *value,
                                         const struct config_path *path, struct err *err)
{
    return config_bool(value, path, &s->http_product_in_session, err);
}

static bool read_xff_trust(struct snapshot *s, const json_t *value, const struct config_path *path,
                           struct err *err)
{
    return config_prefixes(value, path, &s->http.trusted, &s->http.trusted_count, err);
}

static bool read_xff_client_ip(struct snapshot *s, const json_t *value,
                               const struct config_path *path, struct err *err)
{
    return config_bool(value, path, &s->http.client_ip, err);
}

static bool read_http_headers(struct snapshot *s, const json_t *value,
                              const struct config_path *path, struct err *err)
{
    static const char *const names[] = {"none", "request", "response", "both", NULL};
    size_t index;

    if (!config_choice(value, path, names, &index, err))
        return false;
    s->http.headers = (uint8_t)index; /* as bits: 1 << DIR_CLIENT, 1 << DIR_SERVER */
    return true;
}

static bool read_http_request_body(struct snapshot *s, const json_t *value,
                                   const struct config_path *path, struct err *err)
{
    return config_bool(value, path, &s->http.body, err);
}

/* By name or by number. */
static bool read_protocol(const json_t *value, const struct config_path *path, uint8_t *proto,
                          struct err *err)
{
    static const char *const names[] = {"tcp", "udp", "icmp", "icmp6", "sctp", NULL};
    static const uint8_t numbers[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6,
                                      IPPROTO_SCTP};
    uint64_t number;
    size_t index;

    if (json_is_integer(value)) {
        if (!config_uint(value, path, 1, 255, &number, err))
            return false;
        *proto = (uint8_t)number;
        return true;
    }
    if (!config_choice(value, path, names, &index, err))
        return false;
    *proto = numbers[index];
    return true;
}

static bool read_bypass_rule(struct bypass_rule *rule, const json_t *value,
                             const struct config_path *path, struct err *err)
{
    static const char *const keys[] = {"prefix", "port", "protocol", NULL};
    const json_t *prefix = json_object_get(value, "prefix");
    const json_t *port = json_object_get(value, "port");
    const json_t *protocol = json_object_get(value, "protocol");
    struct config_path at = config_path_key(path, "prefix");
    uint64_t number;

    if (!config_object(value, path, keys, err))
        return false;
    if (json_object_size(value) == 0)
        return err_set(err, path->text, "would bypass everything: name a prefix, port or protocol");
    if (prefix != NULL && !config_prefix(prefix, &at, &rule->net, err))
        return false;
    at = config_path_key(path, "protocol");
    if (protocol != NULL && !read_protocol(protocol, &at, &rule->proto, err))
        return false;
    at = config_path_key(path, "port");
    if (port == NULL)
        return true;
    if (!config_uint(port, &at, 1, UINT16_MAX, &number, err))
        return false;
    rule->port = (uint16_t)number;
    return true;
}

static bool read_bypass(struct snapshot *s, const json_t *value, const struct config_path *path,
                        struct err *err)
{
    const json_t *item;
    size_t i;

    if (!config_list(value, path, err))
        return false;
    s->bypass = calloc(json_array_size(value) + 1, sizeof *s->bypass);
    if (s->bypass == NULL)
        return err_set(err, path->text, "no memory");
    s->bypass_count = json_array_size(value);
    json_array_foreach(value, i, item)
    {
        struct config_path at = config_path_index(path, i);

        if (!read_bypass_rule(&s->bypass[i], item, &at, err))
            return false;
    }
    return true;
}

static const char *event_name(const struct parser *parser)
{
    return parser->event ? parser->event : parser->name;
}

/* {"dns": false}: no transactions of that type. */
static bool read_events(struct snapshot *s, const json_t *value, const struct config_path *path,
                        struct err *err)
{
    const char *keys[APP_COUNT + 1] = {NULL};

    for (size_t i = 0; parser_registry[i] && i < APP_COUNT; i++)
        keys[i] = event_name(parser_registry[i]);
    if (!config_object(value, path, keys, err))
        return false;
    for (size_t i = 0; keys[i]; i++) {
        const json_t *member = json_object_get(value, keys[i]);
        struct config_path at = config_path_key(path, keys[i]);
        bool on = true;

        if (member != NULL && !config_bool(member, &at, &on, err))
            return false;
        if (!on)
            snapshot_set_event_off(s, parser_registry[i]->app);
    }
    return true;
}

static bool read_schema(struct snapshot *s, const json_t *value, const struct config_path *path,
                        struct err *err)
{
    const char *ignored; /* for editors */

    (void)s;
    return config_text(value, path, 1024, &ignored, err);
}

static const struct {
    const char *key;
    config_part *read;
} parts[] = {
    {"workloads", config_workloads},
    {"networks", config_networks},
    {"rules", config_rules},
    {"sensors", config_sensors},
    {"threats", read_threats},
    {"limits", read_limits},
    {"meters", read_meters},
    {"timeouts", read_timeouts},
    {"exceptions", read_exceptions},
    {"checksum", read_checksum},
    {"queue", read_queue},
    {"bypass", read_bypass},
    {"device_in_key", read_device_in_key},
    {"quic_as_tls", read_quic_as_tls},
    {"events", read_events},
    {"smuggling_strict", read_smuggling_strict},
    {"http2_attacks_stop", read_http2_attacks_stop},
    {"http_product_in_session", read_http_product_in_session},
    {"http_headers", read_http_headers},
    {"http_request_body", read_http_request_body},
    {"xff_trust", read_xff_trust},
    {"xff_client_ip", read_xff_client_ip},
    {"$schema", read_schema},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

static bool document_read(struct snapshot *s, const json_t *document, struct err *err)
{
    const struct config_path root = {""};
    const char *keys[PARTS + 1] = {NULL};

    for (size_t i = 0; i < PARTS; i++)
        keys[i] = parts[i].key;
    if (!config_object(document, &root, keys, err))
        return false;
    for (size_t i = 0; i < PARTS; i++) {
        const json_t *value = json_object_get(document, parts[i].key);
        struct config_path path = config_path_key(&root, parts[i].key);

        if (value != NULL && !parts[i].read(s, value, &path, err))
            return false;
    }
    return true;
}

static struct snapshot *document_take(json_t *document, const json_error_t *error, struct err *err)
{
    struct snapshot *s;
    char place[64];

    if (document == NULL) {
        snprintf(place, sizeof place, "line %d, column %d", error->line, error->column);
        err_set(err, place, "is no JSON: %s", error->text);
        return NULL;
    }
    s = snapshot_new();
    if (s == NULL) {
        err_set(err, NULL, "no memory");
    } else if (!document_read(s, document, err)) {
        snapshot_free(s);
        s = NULL;
    } else if (!snapshot_seal(s)) {
        err_set(err, NULL, "no memory");
        snapshot_free(s);
        s = NULL;
    }
    json_decref(document);
    return s;
}

struct snapshot *config_read(json_t *document, struct err *err)
{
    return document_take(json_incref(document), NULL, err);
}

struct snapshot *config_parse(const char *text, size_t n, struct err *err)
{
    json_error_t error;

    return document_take(json_loadb(text, n, JSON_REJECT_DUPLICATES, &error), &error, err);
}

struct snapshot *config_load(const char *file, struct err *err)
{
    json_error_t error;
    FILE *f = fopen(file, "re");
    json_t *document;

    if (f == NULL) {
        err_set(err, NULL, "cannot be opened (%s): check the path and its permissions",
                strerror(errno));
        return NULL;
    }
    document = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
    fclose(f);
    return document_take(document, &error, err);
}
