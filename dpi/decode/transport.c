/* SPDX-License-Identifier: Apache-2.0
 *
 * From IP to the transport: TCP, UDP, ICMP, SCTP ports; anything else is tracked by addresses.
 */
#include "decode/decode.h"

#include "decode/protocols.h"

/* IPv4: both addresses and ports fit two comparisons. */
static void set_ports_v4(struct packet *p, uint16_t from, uint16_t to)
{
    struct session_key *k = &p->key;
    uint32_t src = be32_at(p->l3 + 12), dst = be32_at(p->l3 + 16);
    unsigned side = src > dst || (src == dst && from > to);

    p->side = (uint8_t)side;
    k->port[side] = from;
    k->port[1 - side] = to;
    memcpy(k->addr.v4[side], p->l3 + 12, 4);
    memcpy(k->addr.v4[1 - side], p->l3 + 16, 4);
}

static void set_ports_v6(struct packet *p, uint16_t from, uint16_t to)
{
    struct session_key *k = &p->key;
    const uint8_t *src = p->l3 + 8, *dst = p->l3 + 24;
    int order = memcmp(src, dst, 16);
    unsigned side = order > 0 || (order == 0 && from > to);

    p->side = (uint8_t)side;
    k->port[side] = from;
    k->port[1 - side] = to;
    memcpy(k->addr.v6[side], src, 16);
    memcpy(k->addr.v6[1 - side], dst, 16);
}

void decode_set_ports(struct packet *p, uint16_t from, uint16_t to)
{
    if (p->key.family == 4)
        set_ports_v4(p, from, to);
    else
        set_ports_v6(p, from, to);
}

/* RFC 9260 3.1: ports; the rest is not followed. */
static void decode_sctp(struct decode *d)
{
    struct packet *p = d->p;
    const uint8_t *head = cur_take(&d->in, 12);

    if (head == NULL) {
        if (d->missing)
            decode_cut(d);
        else
            decode_bad(d, "SCTP header too short");
        return;
    }
    decode_set_ports(p, be16_at(head), be16_at(head + 2));
    p->payload = d->in.pos;
    p->payload_len = (uint32_t)cur_left(&d->in);
    p->kind = PACKET_IP;
}

static void decode_other(struct decode *d)
{
    struct packet *p = d->p;

    decode_set_ports(p, 0, 0);
    p->payload = d->in.pos;
    p->payload_len = (uint32_t)cur_left(&d->in);
    p->kind = PACKET_IP;
}

void decode_transport(struct decode *d, uint8_t proto)
{
    struct packet *p = d->p;

    p->l4 = d->in.pos;
    p->l4_len = (uint32_t)cur_left(&d->in);
    switch (proto) {
    case PROTO_TCP:
        decode_tcp(d);
        break;
    case PROTO_UDP:
        decode_udp(d);
        break;
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        decode_icmp(d);
        break;
    case PROTO_SCTP:
        decode_sctp(d);
        break;
    case PROTO_IPIP:
    case PROTO_IPV6:
    case PROTO_GRE:
        if (!decode_ip_tunnel(d, proto))
            decode_other(d);
        break;
    default:
        decode_other(d);
        break;
    }
    p->payload_wire = p->payload_len + (p->payload ? d->missing : 0);
}
