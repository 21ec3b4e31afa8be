/* SPDX-License-Identifier: Apache-2.0 */
#include "session/datagram_track.h"

#include "app/app_layer.h"
#include "engine_state.h"
#include "meter/meter_stage.h"
#include "session/session_report.h"

#define PING_DEATH_BYTES 32000

enum port {
    PORT_DNS = 53,
    PORT_DHCP_SERVER = 67,
    PORT_MDNS = 5353,
    PORT_WELL_KNOWN_END = 1024,
};

static bool asks(uint16_t port)
{
    return port == PORT_DNS || port == PORT_DHCP_SERVER || port == PORT_MDNS;
}

/* The first packet comes from the client, unless the ports say clearly that it is an answer. The
 * workload is not taken for the client just because it is the workload: a rule that denies must
 * hold whichever way the session is read. */
static enum dir udp_sender(const struct packet *p)
{
    uint16_t from = p->key.port[p->side], to = p->key.port[1 - p->side];

    if (asks(to))
        return DIR_CLIENT;
    if (asks(from))
        return DIR_SERVER;
    return from < PORT_WELL_KNOWN_END && to >= PORT_WELL_KNOWN_END ? DIR_SERVER : DIR_CLIENT;
}

struct session *udp_session(struct engine *e, struct packet *p, struct session *s)
{
    if (s == NULL) {
        struct expected x = session_expected(e, p);

        s = session_new(e, p, x.parser ? x.sender : udp_sender(p));
        if (s && x.parser)
            app_expect(e, s, x.app, x.parser);
        return s;
    }
    if (s->state == SESSION_NEW && s->sides[1 - p->side].packets)
        s->state = SESSION_ESTABLISHED;
    return s;
}

void udp_track(struct engine *e, struct packet *p, struct session *s)
{
    if (p->payload_wire == 0)
        return;
    s->flags |= SESSION_PAYLOAD;
    if ((s->stages & STAGE_APP) && p->payload_len)
        app_datagram(e, p, s, p->side == s->client ? DIR_CLIENT : DIR_SERVER,
                     span_of(p->payload, p->payload_len));
}

/* An error speaks about the packet it quotes: it belongs to that packet's session, and its sender
 * need not be an end of it. */
static struct session *related(struct engine *e, const struct packet *p)
{
    struct session_key key;
    struct session *s;
    uint8_t side;

    if (!decode_embedded(p, &key, &side))
        return NULL;
    s = session_find(&e->sessions, &key, session_key_hash(&e->hash_key, &key));
    /* Only what was really sent can be quoted. */
    return s && s->sides[side].packets ? s : NULL;
}

static bool is_reply(const struct packet *p)
{
    if (p->proto == 58)
        return p->icmp_type == 129;
    return p->icmp_type == 0 || p->icmp_type == 14 || p->icmp_type == 16 || p->icmp_type == 18;
}

struct session *icmp_session(struct engine *e, struct packet *p, struct session *s)
{
    if (!meter_icmp(e, p))
        return NULL;
    if (p->flags & PKT_ICMP_ERROR) {
        struct session *about = related(e, p);

        if (about) {
            engine_count(e, COUNTER_ICMP_RELATED);
            engine_trace(e, p, "session", "error about session %llu",
                         (unsigned long long)about->id);
            p->session = about;
            return NULL;
        }
    }
    if (s == NULL) {
        s = session_new(e, p, is_reply(p) ? DIR_SERVER : DIR_CLIENT);
        if (s)
            s->stages = 0;
    } else if (s->state == SESSION_NEW && s->sides[1 - p->side].packets)
        s->state = SESSION_ESTABLISHED;
    return s;
}

void icmp_track(struct engine *e, struct packet *p, struct session *s)
{
    if (s->state == SESSION_ESTABLISHED && !(s->flags & SESSION_TOLD))
        session_report_begin(e, s);
    if (p->payload_wire)
        s->flags |= SESSION_PAYLOAD;
    if (p->side == s->client && p->payload_wire > PING_DEATH_BYTES)
        engine_threat(e, p, s, THREAT_PING_DEATH, "oversized ICMP message");
}

struct session *other_session(struct engine *e, struct packet *p, struct session *s)
{
    if (s == NULL) {
        s = session_new(e, p, DIR_CLIENT);
        if (s)
            s->stages = 0;
    } else if (s->state == SESSION_NEW && s->sides[1 - p->side].packets)
        s->state = SESSION_ESTABLISHED;
    if (s && p->payload_wire)
        s->flags |= SESSION_PAYLOAD;
    return s;
}
