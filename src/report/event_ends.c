/* SPDX-License-Identifier: Apache-2.0 */
#include "report/event_ends.h"

#include <netinet/in.h>

static struct session_end key_end(const struct session_key *k, unsigned end)
{
    return (struct session_end){
        .addr = k->family == 4 ? ipaddr_v4(k->addr.v4[end]) : ipaddr_v6(k->addr.v6[end]),
        .port = k->port[end],
    };
}

static struct event_ends ends_reverse(struct event_ends e)
{
    struct session_end source = e.source;

    e.source = e.dest;
    e.dest = source;
    return e;
}

static struct event_ends session_ends(const struct session *s)
{
    struct event_ends e = {
        .source = session_end_client(s),
        .dest = session_end_server(s),
        .proto = s->key.proto,
        .vlan = s->key.vlan,
    };

    /* In the key of an ICMP session the asked end's port is made of the request's type and code. */
    e.icmp_type = (uint8_t)(e.dest.port >> 8);
    e.icmp_code = (uint8_t)e.dest.port;
    return e;
}

enum dir event_sender(const struct event *ev)
{
    const struct packet *p = ev->packet;

    if (p == NULL || p->session != ev->session)
        return DIR_CLIENT;
    return p->side == ev->session->client ? DIR_CLIENT : DIR_SERVER;
}

bool event_ends(const struct event *ev, struct event_ends *e)
{
    const struct packet *p = ev->packet;

    if (ev->session != NULL) {
        *e = session_ends(ev->session);
        if (ev->type == EVENT_THREAT && event_sender(ev) == DIR_SERVER)
            *e = ends_reverse(*e);
    } else if (p != NULL && p->key.family != 0 &&
               (p->kind == PACKET_IP || p->kind == PACKET_FRAGMENT)) {
        *e = (struct event_ends){
            .source = key_end(&p->key, p->side),
            .dest = key_end(&p->key, 1u - p->side),
            .proto = p->key.proto,
            .vlan = p->key.vlan,
        };
    } else {
        return false;
    }
    if (p != NULL && (e->proto == IPPROTO_ICMP || e->proto == IPPROTO_ICMPV6)) {
        e->icmp_type = p->icmp_type;
        e->icmp_code = p->icmp_code;
    }
    return true;
}
