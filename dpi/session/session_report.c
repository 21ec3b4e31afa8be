/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_report.h"

#include "engine/policy.h"

enum {
    EVERY_SECONDS = 60,
    EVERY_SECONDS_DNS = 15,
    DNS_PORT = 53,
    MUCH_DNS = 800, /* bytes of a client between two tellings */
};

enum first { FIRST, AGAIN };

static bool is_dns(const struct session *s)
{
    return s->key.proto == 17 && (session_end_server(s).port == DNS_PORT || s->app_id == APP_DNS);
}

static bool is_violation(uint8_t action)
{
    return action >= POLICY_VIOLATE;
}

static bool is_link_local(const struct ipaddr *a)
{
    return a->family == 4 && a->bytes[0] == 169 && a->bytes[1] == 254;
}

static uint16_t flags_of(const struct engine *e, const struct session *s,
                         const struct contribution *c)
{
    bool ingress = (s->flags & SESSION_INGRESS) != 0;
    unsigned flags = ingress ? CONTRIBUTION_INGRESS : 0;

    if (!networks_internal(e->snapshot->networks, ingress ? &c->client : &c->server))
        flags |= CONTRIBUTION_EXTERNAL;
    if (s->flags & SESSION_MESH_TO_SERVER)
        flags |= CONTRIBUTION_MESH_TO_SERVER;
    if (is_link_local(&c->client) || is_link_local(&c->server))
        flags |= CONTRIBUTION_LINK_LOCAL;
    return (uint16_t)flags;
}

static void put_workload(const struct engine *e, struct contribution *c)
{
    struct traffic_window w = {0};

    (void)engine_traffic(e, c->zone, 1, TRAFFIC_MINUTE, &w);
    c->workload_open = engine_open_sessions(e, c->zone, 1);
    c->workload_sessions = (uint32_t)w.sessions;
    c->workload_bytes = w.bytes;
}

/* A port in the table, and what was asked in place of it, is none of ICMP's. */
static uint16_t port_of(const struct session *s, uint16_t port)
{
    return s->key.proto == 6 || s->key.proto == 17 ? port : 0;
}

/* Told once more in the name of the one who stands behind a proxy. */
static void tell_forwarded(struct engine *e, const struct session *s, struct contribution *c)
{
    const struct session_forwarded *f = session_forwarded(s);

    if (!e->snapshot->switches.forwarded || f == NULL || !(s->flags & SESSION_INGRESS) ||
        ipaddr_equal(&f->addr, &c->client))
        return;
    c->client = f->addr;
    if (f->port)
        c->server_port = f->port;
    if (f->application)
        c->application = f->application;
    c->flags |= CONTRIBUTION_FORWARDED;
    (void)e->ops.contribute(e->ops.arg, c);
}

static void tell(struct engine *e, struct session *s, enum first first)
{
    struct session_own *own = session_own(s);
    struct session_end client = session_end_client(s), server = session_end_server(s);
    uint32_t bytes[2] = {(uint32_t)s->sides[0].bytes, (uint32_t)s->sides[1].bytes};
    struct contribution c = {
        .zone = session_zone(s),
        .rule = own->rule,
        .client = client.addr,
        .server = server.addr,
        .server_port = port_of(s, server.port),
        .application = session_application(s),
        .proto = s->key.proto,
        .action = own->action,
        .threat = own->threat,
        .bytes = bytes[0] - own->told[0] + bytes[1] - own->told[1],
        .sessions = first == FIRST,
        .violates =
            is_violation(own->action) && (first == FIRST || own->action != own->told_action),
        .last_us = s->last_us,
    };

    if (is_dns(s) && bytes[s->client] - own->told[s->client] > MUCH_DNS)
        c.client_port = client.port;
    c.flags = flags_of(e, s, &c);
    put_workload(e, &c);
    if (!e->ops.contribute(e->ops.arg, &c))
        return;
    s->flags |= SESSION_TOLD;
    own->told[0] = bytes[0];
    own->told[1] = bytes[1];
    own->told_s = e->now_s;
    own->told_rule = own->rule;
    own->told_action = own->action;
    own->told_threat = own->threat;
    tell_forwarded(e, s, &c);
}

static bool reports(const struct engine *e, const struct session *s)
{
    return e->sessions.own && e->ops.contribute != NULL && session_zone(s) != 0;
}

void session_report_begin(struct engine *e, struct session *s)
{
    bool asks_proxy = (s->key.zone & SESSION_ZONE_MESH) && !(s->flags & SESSION_INGRESS);

    if (!reports(e, s) || (s->flags & SESSION_TOLD))
        return;
    /* The proxy takes every connection, also of what is not there. */
    if (asks_proxy && session_server(s)->packets == 0)
        return;
    tell(e, s, FIRST);
}

static bool has_changed(const struct session_own *own)
{
    return own->rule != own->told_rule || own->action != own->told_action ||
           threat_is_worse((enum threat)own->threat, (enum threat)own->told_threat);
}

void session_report_later(struct engine *e, struct session *s)
{
    const struct session_own *own = session_own(s);
    uint32_t every = is_dns(s) ? EVERY_SECONDS_DNS : EVERY_SECONDS;

    if (!reports(e, s))
        return;
    if (s->flags & SESSION_TOLD) {
        if (has_changed(own) || e->now_s - own->told_s >= every)
            tell(e, s, AGAIN);
    } else if (s->flags & SESSION_APP_READY) {
        session_report_begin(e, s);
    }
}

void session_report_threat(struct engine *e, struct session *s, enum threat threat)
{
    struct session_own *own = session_own(s);

    if (!e->sessions.own || !threat_is_worse(threat, (enum threat)own->threat))
        return;
    own->threat = (uint8_t)threat;
    if (reports(e, s) && (s->flags & SESSION_TOLD))
        tell(e, s, AGAIN);
}

/* Nobody has answered it: a scan, unless it is an attack or was refused. */
static bool was_answered(const struct session *s)
{
    const struct session_side *server = &s->sides[1 - s->client];

    return s->key.proto == 6 ? (s->flags & SESSION_WAS_ESTABLISHED) != 0 : server->packets > 0;
}

void session_report_end(struct engine *e, struct session *s)
{
    const struct session_own *own = session_own(s);

    if (!reports(e, s))
        return;
    if (s->flags & SESSION_TOLD) {
        if (own->told[0] != (uint32_t)s->sides[0].bytes ||
            own->told[1] != (uint32_t)s->sides[1].bytes || has_changed(own))
            tell(e, s, AGAIN);
    } else if (was_answered(s) || own->threat != THREAT_NONE || is_violation(own->action)) {
        tell(e, s, FIRST);
    }
}
