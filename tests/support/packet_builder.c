/* SPDX-License-Identifier: Apache-2.0
 *
 * Layers are appended with zeros where something depends on what follows; build_finish() walks them
 * from the innermost outwards and fills the zeros.
 */
#include "packet_builder.h"

#include "base/cursor.h"

#include <assert.h>

void build_put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

void build_put32(uint8_t *p, uint32_t v)
{
    build_put16(p, v >> 16);
    build_put16(p + 2, v);
}

static uint8_t *grow(struct packet_builder *b, size_t n)
{
    uint8_t *p = b->bytes + b->n;

    assert(n <= sizeof b->bytes - b->n);
    memset(p, 0, n);
    b->n += n;
    return p;
}

static uint8_t *layer(struct packet_builder *b, enum build_layer_kind kind, uint16_t type, size_t n)
{
    assert(b->layer_count < BUILD_LAYERS);
    b->layers[b->layer_count++] =
        (struct build_layer){.kind = (uint8_t)kind, .type = type, .at = b->n};
    return grow(b, n);
}

void build_begin(struct packet_builder *b)
{
    b->n = 0;
    b->layer_count = 0;
    b->link = LINK_RAW_IP;
}

void build_ethernet_macs(struct packet_builder *b, const uint8_t dst[6], const uint8_t src[6])
{
    uint8_t *p = layer(b, LAYER_ETHERNET, 0x6558, 14);

    if (b->layer_count == 1)
        b->link = LINK_ETHERNET;
    memcpy(p, dst, 6);
    memcpy(p + 6, src, 6);
}

void build_ethernet(struct packet_builder *b)
{
    static const uint8_t dst[6] = {2, 0, 0, 0, 0, 2}, src[6] = {2, 0, 0, 0, 0, 1};

    build_ethernet_macs(b, dst, src);
}

void build_link(struct packet_builder *b, enum link_type link)
{
    uint8_t *p;

    b->link = (uint8_t)link;
    switch (link) {
    case LINK_ETHERNET:
        build_ethernet(b);
        break;
    case LINK_COOKED:
        p = layer(b, LAYER_COOKED, 0, 16);
        p[3] = 1; /* ARPHRD_ETHER */
        p[5] = 6;
        break;
    case LINK_COOKED2:
        p = layer(b, LAYER_COOKED2, 0, 20);
        p[9] = 1;
        p[11] = 6;
        break;
    case LINK_NULL:
    case LINK_LOOP:
        layer(b, LAYER_LOOPBACK, 0, 4);
        break;
    case LINK_PPP:
        p = layer(b, LAYER_PPP, 0, 4);
        p[0] = 0xff;
        p[1] = 0x03;
        break;
    case LINK_RAW_IP:
    case LINK_UNKNOWN:
        break;
    }
}

void build_vlan(struct packet_builder *b, uint16_t ether_type, uint16_t id)
{
    build_put16(layer(b, LAYER_VLAN, ether_type, 4), id);
}

void build_pppoe(struct packet_builder *b, uint16_t session)
{
    uint8_t *p = layer(b, LAYER_PPPOE, 0x8864, 8);

    p[0] = 0x11;
    build_put16(p + 2, session);
}

void build_mpls(struct packet_builder *b, uint32_t label)
{
    build_put32(layer(b, LAYER_MPLS, 0x8847, 4), label << 12 | 64);
}

static void build_ipv6(struct packet_builder *b, const struct ip_spec *s,
                       const struct ipaddr ends[2])
{
    uint8_t *p = layer(b, LAYER_IPV6, 41, 40);

    p[0] = 0x60;
    p[6] = s->proto;
    p[7] = s->ttl ? s->ttl : 64;
    memcpy(p + 8, ends[0].bytes, 16);
    memcpy(p + 24, ends[1].bytes, 16);
}

void build_ip_spec(struct packet_builder *b, const struct ip_spec *s)
{
    struct ipaddr ends[2];
    size_t options = (s->options.n + 3) / 4 * 4;
    uint8_t *p;
    bool good = ipaddr_parse(s->src, &ends[0]) && ipaddr_parse(s->dst, &ends[1]);

    assert(good && ends[0].family == ends[1].family);
    if (ends[0].family == 6) {
        build_ipv6(b, s, ends);
        return;
    }
    p = layer(b, LAYER_IPV4, 4, 20 + options);
    p[0] = (uint8_t)(0x40 | (20 + options) / 4);
    build_put16(p + 4, s->id);
    build_put16(p + 6, s->flags);
    p[8] = s->ttl ? s->ttl : 64;
    p[9] = s->proto;
    memcpy(p + 12, ends[0].bytes, 4);
    memcpy(p + 16, ends[1].bytes, 4);
    if (s->options.n)
        memcpy(p + 20, s->options.p, s->options.n);
}

void build_ip(struct packet_builder *b, const char *src, const char *dst)
{
    build_ip_spec(b, &(struct ip_spec){.src = src, .dst = dst});
}

void build_ipv6_extension(struct packet_builder *b, uint8_t type, struct span body)
{
    size_t n = (2 + body.n + 7) / 8 * 8;
    uint8_t *p = layer(b, LAYER_EXTENSION, type, n);

    p[1] = type == 44 ? 0 : (uint8_t)(type == 51 ? n / 4 - 2 : n / 8 - 1);
    if (body.n)
        memcpy(p + 2, body.p, body.n);
}

static size_t tcp_options_size(const struct tcp_spec *s)
{
    size_t n = s->options.n;

    n += s->mss ? 4 : 0;
    n += s->wscale ? 3 : 0;
    n += s->timestamps ? 10 : 0;
    return (n + 3) / 4 * 4;
}

static void tcp_options_write(uint8_t *p, const struct tcp_spec *s)
{
    if (s->mss) {
        build_put32(p, 0x02040000u | s->mss);
        p += 4;
    }
    if (s->wscale) {
        build_put16(p, 0x0303);
        p[2] = s->wscale;
        p += 3;
    }
    if (s->timestamps) {
        build_put16(p, 0x080a);
        build_put32(p + 2, s->ts_value);
        build_put32(p + 6, s->ts_echo);
        p += 10;
    }
    if (s->options.n)
        memcpy(p, s->options.p, s->options.n);
}

void build_tcp(struct packet_builder *b, const struct tcp_spec *s)
{
    size_t n = 20 + tcp_options_size(s);
    uint8_t *p = layer(b, LAYER_TCP, 6, n);

    build_put16(p, s->sport);
    build_put16(p + 2, s->dport);
    build_put32(p + 4, s->seq);
    build_put32(p + 8, s->ack);
    p[12] = (uint8_t)(n / 4 << 4);
    p[13] = s->flags;
    build_put16(p + 14, s->window);
    build_put16(p + 18, s->urgent);
    tcp_options_write(p + 20, s);
}

void build_udp(struct packet_builder *b, uint16_t sport, uint16_t dport)
{
    uint8_t *p = layer(b, LAYER_UDP, 17, 8);

    build_put16(p, sport);
    build_put16(p + 2, dport);
}

static void build_icmp_kind(struct packet_builder *b, enum build_layer_kind kind, uint16_t proto,
                            uint32_t type_code, uint32_t rest)
{
    uint8_t *p = layer(b, kind, proto, 8);

    build_put16(p, type_code);
    build_put32(p + 4, rest);
}

void build_icmp(struct packet_builder *b, uint8_t type, uint8_t code, uint32_t rest)
{
    build_icmp_kind(b, LAYER_ICMP, 1, (uint32_t)type << 8 | code, rest);
}

void build_icmpv6(struct packet_builder *b, uint8_t type, uint8_t code, uint32_t rest)
{
    build_icmp_kind(b, LAYER_ICMPV6, 58, (uint32_t)type << 8 | code, rest);
}

void build_sctp(struct packet_builder *b, uint16_t sport, uint16_t dport, uint8_t chunk)
{
    uint8_t *p = layer(b, LAYER_SCTP, 132, 16);

    build_put16(p, sport);
    build_put16(p + 2, dport);
    build_put32(p + 4, 0x01020304);
    p[12] = chunk;
}

void build_gre(struct packet_builder *b, uint32_t key)
{
    uint8_t *p = layer(b, LAYER_GRE, 47, key ? 8 : 4);

    if (key == 0)
        return;
    p[0] = 0x20;
    build_put32(p + 4, key);
}

void build_vxlan(struct packet_builder *b, uint32_t vni)
{
    uint8_t *p;

    build_udp(b, 49152, 4789);
    p = layer(b, LAYER_VXLAN, 0, 8);
    p[0] = 0x08;
    build_put32(p + 4, vni << 8);
}

void build_geneve(struct packet_builder *b, uint32_t vni)
{
    build_udp(b, 49152, 6081);
    build_put32(layer(b, LAYER_GENEVE, 0, 8) + 4, vni << 8);
}

void build_gtpu(struct packet_builder *b, uint32_t teid)
{
    uint8_t *p;

    build_udp(b, 2152, 2152);
    p = layer(b, LAYER_GTPU, 0, 8);
    p[0] = 0x30;
    p[1] = 0xff; /* G-PDU */
    build_put32(p + 4, teid);
}

void build_teredo(struct packet_builder *b)
{
    build_udp(b, 50000, 3544);
}

void build_bytes(struct packet_builder *b, const void *bytes, size_t n)
{
    uint8_t *p = grow(b, n);

    if (n)
        memcpy(p, bytes, n);
}

void build_fill(struct packet_builder *b, uint8_t byte, size_t n)
{
    memset(grow(b, n), byte, n);
}

void build_trailer(struct packet_builder *b, size_t n)
{
    grow(b, n);
}

void build_checksum(struct packet_builder *b, enum build_checksum how)
{
    assert(b->layer_count);
    b->layers[b->layer_count - 1].checksum = (uint8_t)how;
}

uint8_t *build_last(struct packet_builder *b)
{
    assert(b->layer_count);
    return b->bytes + b->layers[b->layer_count - 1].at;
}

/* ---- finishing ---- */

uint16_t build_sum(struct span s, uint32_t start)
{
    uint64_t sum = start;

    for (size_t i = 0; i + 1 < s.n; i += 2)
        sum += be16_at(s.p + i);
    if (s.n & 1)
        sum += (uint32_t)s.p[s.n - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* RFC 9260 appendix A: the CRC is sent with its low byte first. */
static void sctp_checksum(uint8_t *p, size_t n, bool wrong)
{
    uint32_t crc = ~0u;

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    crc = ~crc ^ (wrong ? 1 : 0);
    for (int k = 0; k < 4; k++)
        p[8 + k] = (uint8_t)(crc >> (8 * k));
}

static const struct build_layer *next_layer(const struct packet_builder *b, size_t i)
{
    return i + 1 < b->layer_count ? &b->layers[i + 1] : NULL;
}

static uint16_t ether_type_of(const struct build_layer *next)
{
    if (next == NULL)
        return 0;
    if (next->kind == LAYER_IPV4)
        return 0x0800;
    return next->kind == LAYER_IPV6 ? 0x86dd : next->type;
}

static uint16_t ppp_type_of(const struct build_layer *next)
{
    if (next == NULL)
        return 0;
    return next->kind == LAYER_IPV4 ? 0x0021 : 0x0057;
}

static void put16_if_zero(uint8_t *p, size_t v)
{
    if (be16_at(p) == 0)
        build_put16(p, (uint32_t)v);
}

static void put8_if_zero(uint8_t *p, uint16_t v)
{
    if (*p == 0)
        *p = (uint8_t)v;
}

/* The sum over the pseudo header of the IP layer in front. */
static uint32_t pseudo_sum(const struct packet_builder *b, size_t i, uint32_t proto, size_t n)
{
    uint32_t start = proto + (uint32_t)(n >> 16) + (uint32_t)(n & 0xffff);

    while (i > 0) {
        const struct build_layer *l = &b->layers[--i];

        if (l->kind == LAYER_IPV4)
            return start + (uint16_t)~build_sum(span_of(b->bytes + l->at + 12, 8), 0);
        if (l->kind == LAYER_IPV6)
            return start + (uint16_t)~build_sum(span_of(b->bytes + l->at + 8, 32), 0);
    }
    return start;
}

static void checksum(struct packet_builder *b, size_t i, size_t field, uint32_t start, size_t n)
{
    const struct build_layer *l = &b->layers[i];
    uint8_t *p = b->bytes + l->at;
    uint16_t sum;

    if (l->checksum == SUM_NONE || be16_at(p + field) != 0)
        return;
    sum = build_sum(span_of(p, n), start);
    if (l->checksum == SUM_WRONG)
        sum = sum == 0x1234 ? 0x4321 : 0x1234;
    if (sum == 0 && l->kind == LAYER_UDP)
        sum = 0xffff;
    build_put16(p + field, sum);
}

static void finish_ipv4(struct packet_builder *b, size_t i)
{
    uint8_t *p = b->bytes + b->layers[i].at;
    const struct build_layer *next = next_layer(b, i);

    put16_if_zero(p + 2, b->n - b->layers[i].at);
    put8_if_zero(p + 9, next ? next->type : 0);
    checksum(b, i, 10, 0, (size_t)(p[0] & 15) * 4);
}

static void finish_loopback(struct packet_builder *b, size_t i)
{
    uint8_t *p = b->bytes + b->layers[i].at;
    const struct build_layer *next = next_layer(b, i);
    uint32_t family = next && next->kind == LAYER_IPV6 ? 30 : 2;

    if (b->link == LINK_LOOP)
        build_put32(p, family);
    else
        memcpy(p, &family, sizeof family);
}

static void finish_link(struct packet_builder *b, size_t i)
{
    uint8_t *p = b->bytes + b->layers[i].at;
    const struct build_layer *next = next_layer(b, i);

    switch ((enum build_layer_kind)b->layers[i].kind) {
    case LAYER_ETHERNET:
        put16_if_zero(p + 12, ether_type_of(next));
        break;
    case LAYER_COOKED:
        put16_if_zero(p + 14, ether_type_of(next));
        break;
    case LAYER_COOKED2:
        put16_if_zero(p, ether_type_of(next));
        break;
    case LAYER_LOOPBACK:
        finish_loopback(b, i);
        break;
    case LAYER_PPP:
        put16_if_zero(p + 2, ppp_type_of(next));
        break;
    case LAYER_VLAN:
    case LAYER_GRE:
        put16_if_zero(p + 2, ether_type_of(next));
        break;
    case LAYER_GENEVE:
        put16_if_zero(p + 2, ether_type_of(next));
        break;
    case LAYER_PPPOE:
        put16_if_zero(p + 4, b->n - b->layers[i].at - 6);
        put16_if_zero(p + 6, ppp_type_of(next));
        break;
    case LAYER_MPLS:
        p[2] = (uint8_t)(p[2] | (next && next->kind == LAYER_MPLS ? 0 : 1));
        break;
    default:
        break;
    }
}

static void finish_layer(struct packet_builder *b, size_t i)
{
    const struct build_layer *l = &b->layers[i];
    const struct build_layer *next = next_layer(b, i);
    uint8_t *p = b->bytes + l->at;
    size_t n = b->n - l->at;

    switch ((enum build_layer_kind)l->kind) {
    case LAYER_IPV4:
        finish_ipv4(b, i);
        break;
    case LAYER_IPV6:
        put16_if_zero(p + 4, n - 40);
        put8_if_zero(p + 6, next ? next->type : 59);
        break;
    case LAYER_EXTENSION:
        put8_if_zero(p, next ? next->type : 59);
        break;
    case LAYER_TCP:
        checksum(b, i, 16, pseudo_sum(b, i, 6, n), n);
        break;
    case LAYER_UDP:
        put16_if_zero(p + 4, n);
        checksum(b, i, 6, pseudo_sum(b, i, 17, n), n);
        break;
    case LAYER_ICMP:
        checksum(b, i, 2, 0, n);
        break;
    case LAYER_ICMPV6:
        checksum(b, i, 2, pseudo_sum(b, i, 58, n), n);
        break;
    case LAYER_SCTP:
        put16_if_zero(p + 14, n - 12);
        if (l->checksum != SUM_NONE)
            sctp_checksum(p, n, l->checksum == SUM_WRONG);
        break;
    case LAYER_GTPU:
        put16_if_zero(p + 2, n - 8);
        break;
    default:
        finish_link(b, i);
        break;
    }
}

void build_finish(struct packet_builder *b)
{
    for (size_t i = b->layer_count; i > 0; i--)
        finish_layer(b, i - 1);
}

struct listed_frame *build_add(struct packet_builder *b, struct frame_list *l, uint64_t time_us)
{
    struct listed_frame *f;

    build_finish(b);
    f = frame_list_add(l, b->bytes, b->n, time_us);
    f->link = b->link;
    return f;
}
