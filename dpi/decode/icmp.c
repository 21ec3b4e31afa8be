/* SPDX-License-Identifier: Apache-2.0
 *
 * ICMP (RFC 792) and ICMPv6 (RFC 4443).  0 type  1 code  2 checksum  4 identifier  6 sequence
 *
 * A request and its answer share a key: the asking end has the identifier as its port, the other
 * one the request's type (high byte) and code (low byte).
 */
#include "decode/decode.h"

#include "decode/protocols.h"

enum {
    ICMP_UNREACHABLE = 3,
    ICMP_QUENCH = 4,
    ICMP_REDIRECT = 5,
    ICMP_EXCEEDED = 11,
    ICMP_PARAMETER = 12
};
enum {
    ICMPV6_ERRORS_END = 5,
    ICMPV6_ECHO = 128,
    ICMPV6_ECHO_REPLY = 129,
    ICMPV6_ND_FIRST = 133,
    ICMPV6_ND_LAST = 137
};

/* The request that a reply type answers, or 0. */
static uint8_t request_of(uint8_t proto, uint8_t type)
{
    if (proto == PROTO_ICMPV6)
        return type == ICMPV6_ECHO_REPLY ? ICMPV6_ECHO : 0;
    switch (type) {
    case 0:
        return 8;
    case 14:
        return 13;
    case 16:
        return 15;
    case 18:
        return 17;
    default:
        return 0;
    }
}

static bool has_identifier(uint8_t proto, uint8_t type)
{
    if (proto == PROTO_ICMPV6)
        return type == ICMPV6_ECHO;
    return type == 8 || type == 13 || type == 15 || type == 17;
}

static bool is_error(uint8_t proto, uint8_t type)
{
    if (proto == PROTO_ICMPV6)
        return type >= 1 && type < ICMPV6_ERRORS_END;
    return type == ICMP_UNREACHABLE || type == ICMP_QUENCH || type == ICMP_REDIRECT ||
           type == ICMP_EXCEEDED || type == ICMP_PARAMETER;
}

void decode_icmp(struct decode *d)
{
    struct packet *p = d->p;
    const uint8_t *head = cur_take(&d->in, 8);

    if (head == NULL) {
        if (d->missing)
            decode_cut(d);
        else
            decode_bad(d, "ICMP header too short");
        return;
    }
    uint8_t type = head[0], asked = request_of(p->proto, type);
    uint16_t id = asked || has_identifier(p->proto, type) ? be16_at(head + 4) : 0;
    uint16_t what = (uint16_t)((asked ? asked : type) << 8 | head[1]);

    p->icmp_type = type;
    p->icmp_code = head[1];
    if (is_error(p->proto, type))
        p->flags |= PKT_ICMP_ERROR;
    if (p->proto == PROTO_ICMPV6 && type >= ICMPV6_ND_FIRST && type <= ICMPV6_ND_LAST)
        p->flags |= PKT_ND;
    if (asked)
        decode_set_ports(p, what, id);
    else
        decode_set_ports(p, id, what);
    p->payload = d->in.pos;
    p->payload_len = (uint32_t)cur_left(&d->in);
    p->kind = PACKET_IP;
    decode_verify(d, 2);
}

/* Ports of a quoted transport header: only its first eight bytes are sure to be there. */
static bool quoted_ports(struct packet *quoted, struct cursor *in)
{
    const uint8_t *head = cur_take(in, 8);

    switch (quoted->proto) {
    case PROTO_TCP:
    case PROTO_UDP:
    case PROTO_SCTP:
        if (head == NULL)
            return false;
        decode_set_ports(quoted, be16_at(head), be16_at(head + 2));
        return true;
    case PROTO_ICMP:
    case PROTO_ICMPV6: {
        if (head == NULL || is_error(quoted->proto, head[0]))
            return false;
        uint8_t asked = request_of(quoted->proto, head[0]);
        uint16_t what = (uint16_t)((asked ? asked : head[0]) << 8 | head[1]);

        decode_set_ports(quoted, asked ? what : be16_at(head + 4),
                         asked ? be16_at(head + 4) : what);
        return true;
    }
    default:
        decode_set_ports(quoted, 0, 0);
        return true;
    }
}

/* Skips the extension headers of a quoted IPv6 packet as far as they are quoted. */
static uint8_t quoted_transport(struct cursor *in, uint8_t next)
{
    while (next == 0 || next == 43 || next == 44 || next == 60) {
        const uint8_t *head = cur_take(in, 8);

        if (head == NULL)
            return next;
        if (next != 44)
            cur_skip(in, (size_t)head[1] * 8);
        next = head[0];
    }
    return next;
}

bool decode_embedded(const struct packet *p, struct session_key *key, uint8_t *side)
{
    struct cursor in = cur_of(span_of(p->payload, p->payload_len));
    struct packet quoted;

    if (!(p->flags & PKT_ICMP_ERROR))
        return false;
    quoted.key = p->key;
    quoted.l3 = in.pos;
    if (p->key.family == 4) {
        const uint8_t *ip = cur_take(&in, 20);

        if (ip == NULL || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
            return false;
        cur_skip(&in, (size_t)(ip[0] & 15) * 4 - 20);
        quoted.proto = ip[9];
    } else {
        const uint8_t *ip = cur_take(&in, 40);

        if (ip == NULL || ip[0] >> 4 != 6)
            return false;
        quoted.proto = quoted_transport(&in, ip[6]);
    }
    if (in.state != CUR_OK)
        return false;
    quoted.key.proto = quoted.proto;
    if (!quoted_ports(&quoted, &in))
        return false;
    *key = quoted.key;
    *side = quoted.side;
    return true;
}
