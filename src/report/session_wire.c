/* SPDX-License-Identifier: Apache-2.0 */
#include "report/session_wire.h"

#include <string.h>

enum {
    FLAG_INGRESS = 0x0001,
    FLAG_TAP = 0x0002,
    FLAG_MIDSTREAM = 0x0004,
    FLAG_EXTERNAL = 0x0008,
    FLAG_FORWARDED = 0x0010,
    FLAG_MESH_TO_SERVER = 0x0040,
    FLAG_LINK_LOCAL = 0x0080,
};

enum { ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, APPLICATION_NONE = 0xffff };

/* Of our id: the worker's number above 44 bits, a count below. */
uint32_t session_wire_id(const struct session *s)
{
    return (uint32_t)(s->id >> 44) << 28 | (uint32_t)(s->id & 0x0fffffff);
}

static bool is_link_local(const struct ipaddr *a)
{
    return a->family == 4 && a->bytes[0] == 169 && a->bytes[1] == 254;
}

static uint16_t flags_of(const struct engine *e, const struct session *s, const struct workload *w,
                         const struct message_session_entry *m)
{
    bool ingress = (s->flags & SESSION_INGRESS) != 0;
    unsigned flags = ingress ? FLAG_INGRESS : 0;

    if (w != NULL && w->tap)
        flags |= FLAG_TAP;
    if (s->flags & SESSION_MIDSTREAM)
        flags |= FLAG_MIDSTREAM;
    if (s->key.family != 4)
        return (uint16_t)flags;
    if (!networks_internal(engine_snapshot(e)->networks, ingress ? &m->client_ip : &m->server_ip))
        flags |= FLAG_EXTERNAL;
    if (session_forwarded(s) != NULL)
        flags |= FLAG_FORWARDED;
    if (s->flags & SESSION_MESH_TO_SERVER)
        flags |= FLAG_MESH_TO_SERVER;
    if (is_link_local(&m->client_ip) || is_link_local(&m->server_ip))
        flags |= FLAG_LINK_LOCAL;
    return (uint16_t)flags;
}

static void put_ends(const struct session *s, const struct workload *w,
                     struct message_session_entry *m)
{
    struct session_end client = session_end_client(s), server = session_end_server(s);
    bool ingress = (s->flags & SESSION_INGRESS) != 0,
         ports = s->key.proto == 6 || s->key.proto == 17;
    struct wire_mac mine = {0}, peer;

    if (w != NULL)
        memcpy(mine.bytes, w->id.mac, sizeof mine.bytes);
    memcpy(peer.bytes, s->peer_mac, sizeof peer.bytes);
    m->mac = mine;
    m->client_mac = ingress ? peer : mine;
    m->server_mac = ingress ? mine : peer;
    m->client_ip = client.addr;
    m->server_ip = server.addr;
    m->client_port = ports ? client.port : 0;
    m->server_port = ports ? server.port : 0;
    if (s->key.proto == 1 || s->key.proto == 58) { /* what was asked stands in place of a port */
        m->icmp_type = (uint8_t)(server.port >> 8);
        m->icmp_code = (uint8_t)server.port;
    }
}

static uint16_t seconds16(uint64_t seconds)
{
    return seconds > UINT16_MAX ? UINT16_MAX : (uint16_t)seconds;
}

static void put_time(const struct engine *e, const struct session *s,
                     struct message_session_entry *m)
{
    uint64_t now = engine_now_us(e), idle = now > s->last_us ? (now - s->last_us) / 1000000 : 0;

    m->idle = seconds16(idle);
    m->age = now > s->created_us ? (uint32_t)((now - s->created_us) / 1000000) : 0;
    m->life = idle < s->timeout ? (uint16_t)(s->timeout - idle) : 0;
}

static void put_decided(const struct engine *e, const struct session *s,
                        struct message_session_entry *m)
{
    const struct session_own *own = engine_session_own(e, s);

    if (own == NULL)
        return;
    m->policy = own->rule;
    m->policy_action = own->action;
    if (own->threat == THREAT_NONE)
        return;
    m->threat = threat_number((enum threat)own->threat);
    m->severity = threat_severity((enum threat)own->threat);
}

static void put_forwarded(const struct session *s, struct message_session_entry *m)
{
    const struct session_forwarded *f = session_forwarded(s);

    if (f == NULL)
        return;
    m->xff_ip = f->addr;
    m->xff_port = f->port;
    m->xff_application = f->application ? f->application : APPLICATION_NONE;
}

void session_wire(const struct engine *e, const struct session *s, struct message_session_entry *m)
{
    const struct workload *w = engine_workload(e, s);
    const struct session_side *client = &s->sides[s->client], *server = &s->sides[1 - s->client];

    *m = (struct message_session_entry){
        .id = session_wire_id(s),
        .ether_type = s->key.family == 6 ? ETHER_IPV6 : ETHER_IPV4,
        .ip_proto = s->key.proto,
        .client_packets = (uint32_t)client->packets,
        .server_packets = (uint32_t)server->packets,
        .client_bytes = (uint32_t)client->bytes,
        .server_bytes = (uint32_t)server->bytes,
        .client_state = client->state,
        .server_state = server->state,
        .application = session_application(s),
    };
    session_held(s, s->client, &m->client_held_packets, &m->client_held_bytes);
    session_held(s, 1u - s->client, &m->server_held_packets, &m->server_held_bytes);
    put_ends(s, w, m);
    put_time(e, s, m);
    put_decided(e, s, m);
    put_forwarded(s, m);
    m->flags = flags_of(e, s, w, m);
}
