/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame that nine of ten packets look like: Ethernet, IPv4 without options, not a fragment, TCP
 * with no options or only a timestamp, or UDP. It is decoded here in one piece with its bounds
 * checked once. Whatever is in the least unusual goes the long way, which alone decides what is
 * wrong: decode_fast() never rejects anything. Both ways must give the same packet (see its test).
 */
#include "decode/decode.h"

#include "decode/protocols.h"

enum {
    ETH = 14,
    IP = 20,
    TCP_PLAIN = 20,
    TCP_STAMPED = 32,
    UDP = 8,
};

/* ETH and IP and the smallest transport header were captured; the fixed bytes are as expected. */
static bool is_usual(const struct frame *f)
{
    const uint8_t *b = f->bytes;

    return f->link == LINK_ETHERNET && f->captured == f->length &&
           f->captured >= ETH + IP + TCP_PLAIN && b[12] == 0x08 && b[13] == 0x00 && b[14] == 0x45 &&
           (be16_at(b + 20) & 0x3fff) == 0;
}

/* Addresses that need no second look: no loopback, no multicast, no broadcast. */
static bool addresses_usual(const uint8_t *ip)
{
    return ip[12] < 224 && ip[12] != 127 && ip[16] < 224;
}

static void fill_key(struct packet *p, const uint8_t *ip, uint16_t from, uint16_t to)
{
    struct session_key *k = &p->key;
    uint32_t src = be32_at(ip + 12), dst = be32_at(ip + 16);
    unsigned side = src > dst || (src == dst && from > to);

    k->family = 4;
    k->proto = p->proto;
    p->side = (uint8_t)side;
    k->port[side] = from;
    k->port[1 - side] = to;
    memcpy(k->addr.v4[side], ip + 12, 4);
    memcpy(k->addr.v4[1 - side], ip + 16, 4);
}

static bool fast_tcp(struct packet *p, const uint8_t *tcp, uint32_t length)
{
    static const uint8_t stamp[4] = {1, 1, 8, 10};
    uint8_t flags = tcp[13] & 0x3f;
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    uint16_t from = be16_at(tcp), to = be16_at(tcp + 2);

    if ((flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK || length < header)
        return false;
    if (header == TCP_STAMPED) {
        if (memcmp(tcp + 20, stamp, sizeof stamp) != 0 || be32_at(tcp + 24) == 0)
            return false;
        p->tcp.ts_value = be32_at(tcp + 24);
        p->flags |= PKT_TS;
    } else if (header != TCP_PLAIN)
        return false;
    p->tcp.seq = be32_at(tcp + 4);
    p->tcp.ack = be32_at(tcp + 8);
    p->tcp.flags = flags;
    p->tcp.window = be16_at(tcp + 14);
    p->tcp.urgent = be16_at(tcp + 18);
    p->tcp.mss = 0;
    p->tcp.wscale = 0xff;
    p->payload = tcp + header;
    p->payload_len = p->payload_wire = length - header;
    fill_key(p, p->l3, from, to);
    return true;
}

static bool fast_udp(struct packet *p, const uint8_t *udp, uint32_t length)
{
    uint16_t from = be16_at(udp), to = be16_at(udp + 2);

    if (length < UDP || be16_at(udp + 4) != length || decode_is_tunnel_port(from, to))
        return false;
    p->payload = udp + UDP;
    p->payload_len = p->payload_wire = length - UDP;
    fill_key(p, p->l3, from, to);
    return true;
}

bool decode_fast(const struct decode_env *env, struct packet *p, const struct frame *f)
{
    const uint8_t *ip = f->bytes + ETH;
    uint32_t total;

    if (!is_usual(f))
        return false;
    total = be16_at(ip + 2);
    if (total < IP || total > f->captured - ETH || !addresses_usual(ip))
        return false;
    if (env->checksum != CHECKSUM_OFF && decode_sum_header(ip) != 0xffff)
        return false;
    p->l3 = ip;
    p->l3_len = total;
    p->l4 = ip + IP;
    p->l4_len = total - IP;
    p->ttl = ip[8];
    p->proto = ip[9];
    if (p->proto == PROTO_TCP ? total < IP + TCP_PLAIN || !fast_tcp(p, p->l4, p->l4_len)
                              : p->proto != PROTO_UDP || !fast_udp(p, p->l4, p->l4_len))
        return false;
    p->kind = PACKET_IP;
    if (f->checksum == CSUM_UNCHECKED && env->checksum != CHECKSUM_OFF &&
        (p->proto == PROTO_TCP || ip[IP + 6] | ip[IP + 7]))
        decode_verify_v4(env, p, p->proto == PROTO_TCP ? 16 : 6);
    return true;
}
