/* SPDX-License-Identifier: Apache-2.0
 *
 * Tunnels: VXLAN (RFC 7348), Geneve (RFC 8926), GRE (RFC 2784, 2890, 2637), IP in IP (RFC 2003),
 * 6in4 (RFC 4213), GTP-U (3GPP TS 29.281), Teredo (RFC 4380). What is inside is the packet from
 * then on; its key carries a digest of the tunnel, so that equal addresses in two tunnels are two
 * sessions.
 */
#include "decode/decode.h"

#include "decode/protocols.h"

enum tunnel_kind {
    TUNNEL_VXLAN = 1,
    TUNNEL_GENEVE,
    TUNNEL_GRE,
    TUNNEL_IPIP,
    TUNNEL_6IN4,
    TUNNEL_GTPU,
    TUNNEL_TEREDO,
};

enum tunnel_port { PORT_GTPU = 2152, PORT_TEREDO = 3544, PORT_VXLAN = 4789, PORT_GENEVE = 6081 };

enum { TYPE_ETHERNET_BRIDGING = 0x6558, TYPE_PPP = 0x880b };

/* Both directions of a tunnel must give the same digest: the outer addresses in canonical order,
 * and the network id where it is the same both ways (a GTP or PPTP id is not). */
static void enter(struct decode *d, enum tunnel_kind kind, uint32_t network)
{
    struct packet *p = d->p;
    struct {
        uint64_t before;
        uint32_t kind;
        uint32_t network;
        struct session_key key;
    } outer = {.before = p->key.tunnel, .kind = kind, .network = network};

    decode_set_ports(p, 0, 0);
    memcpy(&outer.key.addr, &p->key.addr, p->key.family == 4 ? 8 : 32);
    outer.key.family = p->key.family;
    p->key.tunnel = hash_bytes(d->env->hash_key, &outer, sizeof outer);
    p->outer_kind = (uint8_t)kind;
    p->tunnels++;
    p->flags |= PKT_TUNNELLED;
    p->flags &= (uint16_t) ~(PKT_CSUM_GOOD | PKT_MULTICAST);
}

/* One more level? Counting happens here so that every kind obeys it. */
static bool too_deep(struct decode *d)
{
    if (d->p->tunnels < d->env->tunnel_depth)
        return false;
    d->p->kind = PACKET_OTHER;
    d->p->reason = REASON_TUNNEL_DEPTH;
    return true;
}

static bool looks_like_ip(const struct cursor *in)
{
    uint8_t version = cur_peek(in) >> 4;

    return (version == 4 && cur_left(in) >= 20) || (version == 6 && cur_left(in) >= 40);
}

static void go_inside(struct decode *d, uint16_t type)
{
    if (type == TYPE_ETHERNET_BRIDGING)
        decode_ethernet(d);
    else
        decode_ethertype(d, type);
}

static bool tunnel_vxlan(struct decode *d)
{
    struct cursor in = d->in;
    const uint8_t *head = cur_take(&in, 8);

    if (head == NULL || !(head[0] & 0x08) || cur_left(&in) < 14)
        return false;
    if (too_deep(d))
        return true;
    enter(d, TUNNEL_VXLAN, be32_at(head + 4) >> 8);
    d->in = in;
    decode_ethernet(d);
    return true;
}

static bool tunnel_geneve(struct decode *d)
{
    struct cursor in = d->in;
    const uint8_t *head = cur_take(&in, 8);

    if (head == NULL || head[0] >> 6 != 0)
        return false;

    uint16_t type = be16_at(head + 2);

    cur_skip(&in, (size_t)(head[0] & 0x3f) * 4);
    if (in.state != CUR_OK || cur_left(&in) == 0)
        return false;
    if (type != TYPE_ETHERNET_BRIDGING && type != 0x0800 && type != 0x86dd)
        return false;
    if (too_deep(d))
        return true;
    enter(d, TUNNEL_GENEVE, be32_at(head + 4) >> 8);
    d->in = in;
    go_inside(d, type);
    return true;
}

/* Optional sequence number, N-PDU number and extension headers follow when any of E, S, PN is set.
 */
static bool gtpu_skip_options(struct cursor *in, uint8_t flags)
{
    if (!(flags & 0x07))
        return true;
    cur_skip(in, 3);

    uint8_t next = cur_u8(in);

    while (next != 0 && (flags & 0x04)) {
        uint8_t units = cur_u8(in);

        if (in->state != CUR_OK || units == 0)
            return false;
        cur_skip(in, (size_t)units * 4 - 2);
        next = cur_u8(in);
    }
    return in->state == CUR_OK;
}

static bool tunnel_gtpu(struct decode *d)
{
    struct cursor in = d->in;
    const uint8_t *head = cur_take(&in, 8);

    /* version 1, protocol type GTP, message G-PDU */
    if (head == NULL || (head[0] & 0xf0) != 0x30 || head[1] != 0xff)
        return false;
    if (!gtpu_skip_options(&in, head[0]) || !looks_like_ip(&in))
        return false;
    if (too_deep(d))
        return true;
    enter(d, TUNNEL_GTPU, 0);
    d->in = in;
    decode_ip(d);
    return true;
}

/* RFC 4380 5.1.1: authentication and origin indications may stand before the IPv6 packet. */
static bool tunnel_teredo(struct decode *d)
{
    struct cursor in = d->in;

    if (cur_left(&in) >= 4 && be16_at(in.pos) == 1) {
        cur_skip(&in, 2);
        uint8_t client = cur_u8(&in), auth = cur_u8(&in);

        cur_skip(&in, (size_t)client + auth + 9);
    }
    if (cur_left(&in) >= 8 && be16_at(in.pos) == 0)
        cur_skip(&in, 8);
    if (cur_left(&in) < 40 || cur_peek(&in) >> 4 != 6)
        return false;
    if (be16_at(in.pos + 4) + 40u > cur_left(&in) + d->missing)
        return false;
    if (too_deep(d))
        return true;
    enter(d, TUNNEL_TEREDO, 0);
    d->in = in;
    decode_ipv6(d);
    return true;
}

bool decode_is_tunnel_port(uint16_t from, uint16_t to)
{
    return to == PORT_VXLAN || to == PORT_GENEVE || to == PORT_GTPU || from == PORT_GTPU ||
           to == PORT_TEREDO || from == PORT_TEREDO;
}

bool decode_udp_tunnel(struct decode *d, uint16_t from, uint16_t to)
{
    if (to == PORT_VXLAN)
        return tunnel_vxlan(d);
    if (to == PORT_GENEVE)
        return tunnel_geneve(d);
    if (to == PORT_GTPU || from == PORT_GTPU)
        return tunnel_gtpu(d);
    if (to == PORT_TEREDO || from == PORT_TEREDO)
        return tunnel_teredo(d);
    return false;
}

/* RFC 2637 4.1: version 1 carries PPP and has its own flags. */
static bool gre_inside(struct decode *d, struct cursor in, uint16_t flags, uint16_t type,
                       uint32_t key)
{
    if ((flags & 7) == 1 && type == TYPE_PPP) {
        if (cur_left(&in) >= 2 && in.pos[0] == 0xff && in.pos[1] == 0x03)
            cur_skip(&in, 2);
        if (cur_left(&in) >= 2 && in.pos[0] == 0)
            cur_skip(&in, 1);

        uint8_t proto = cur_u8(&in);

        if ((proto != 0x21 && proto != 0x57) || !looks_like_ip(&in))
            return false;
        type = proto == 0x21 ? 0x0800 : 0x86dd;
        key = 0;
    } else if ((flags & 7) != 0)
        return false;
    if (too_deep(d))
        return true;
    enter(d, TUNNEL_GRE, key);
    d->in = in;
    go_inside(d, type);
    return true;
}

static bool tunnel_gre(struct decode *d)
{
    struct cursor in = d->in;
    uint16_t flags = cur_be16(&in);
    uint16_t type = cur_be16(&in);
    uint32_t key = 0;

    if (flags & 0x4000) /* source routing, RFC 1701: obsolete */
        return false;
    if (flags & 0x8000)
        cur_skip(&in, 4);
    if (flags & 0x2000)
        key = cur_be32(&in);
    if (flags & 0x1000)
        cur_skip(&in, 4);
    if ((flags & 7) == 1 && (flags & 0x0080))
        cur_skip(&in, 4);
    if (in.state != CUR_OK || cur_left(&in) == 0)
        return false;
    return gre_inside(d, in, flags, type, key);
}

bool decode_ip_tunnel(struct decode *d, uint8_t proto)
{
    if (proto == PROTO_GRE)
        return tunnel_gre(d);
    if (!looks_like_ip(&d->in) || cur_peek(&d->in) >> 4 != (proto == PROTO_IPIP ? 4 : 6))
        return false;
    if (too_deep(d))
        return true;
    enter(d, proto == PROTO_IPIP ? TUNNEL_IPIP : TUNNEL_6IN4, 0);
    decode_ip(d);
    return true;
}
