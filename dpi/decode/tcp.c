/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP header (RFC 9293 3.1) and options.
 *
 *     0 source port  2 destination port  4 sequence  8 acknowledgement
 *    12 offset|0    13 flags            14 window   16 checksum  18 urgent pointer  20 options
 */
#include "decode/decode.h"

enum tcp_option {
    OPT_END = 0,
    OPT_NOP = 1,
    OPT_MSS = 2,
    OPT_WSCALE = 3,
    OPT_SACK_OK = 4,
    OPT_SACK = 5,
    OPT_TIMESTAMP = 8,
};

/* Flag combinations no TCP sends and stacks answer differently or not at all. All others but SYN
 * and RST carry ACK (RFC 9293 3.10.7.4: without it the segment is dropped). */
static const char *flags_check(uint8_t flags)
{
    flags &= 0x3f;
    if ((flags & TCP_SYN) && (flags & (TCP_FIN | TCP_RST)))
        return "bad TCP flags";
    if (!(flags & (TCP_SYN | TCP_RST | TCP_ACK)))
        return "bad TCP flags";
    return NULL;
}

/* Lengths of the options that have one length only; 0 = any. */
static uint8_t option_length(uint8_t kind)
{
    static const uint8_t lengths[20] = {
        [OPT_MSS] = 4, [OPT_WSCALE] = 3, [OPT_SACK_OK] = 2,
        [6] = 6,       [7] = 6,          [OPT_TIMESTAMP] = 10,
        [9] = 2,       [10] = 3,         [11] = 6,
        [12] = 6,      [13] = 6,         [14] = 3,
        [18] = 3,      [19] = 18,
    };

    return kind < sizeof lengths ? lengths[kind] : 0;
}

static const char *take_timestamp(struct packet *p, const uint8_t *value)
{
    p->tcp.ts_value = be32_at(value);
    p->flags |= PKT_TS;
    if (p->tcp.ts_value == 0 && be32_at(value + 4) == 0 && (p->tcp.flags & TCP_ACK) &&
        !(p->tcp.flags & TCP_SYN))
        return "TCP timestamp and echo are zero";
    return NULL;
}

static const char *take_option(struct packet *p, uint8_t kind, struct span value)
{
    switch (kind) {
    case OPT_MSS:
        p->tcp.mss = be16_at(value.p);
        return NULL;
    case OPT_WSCALE:
        p->tcp.wscale = value.p[0] > 14 ? 14 : value.p[0];
        return NULL;
    case OPT_TIMESTAMP:
        return take_timestamp(p, value.p);
    default:
        return NULL;
    }
}

static const char *options_walk(struct packet *p, struct span options)
{
    struct cursor in = cur_of(options);

    while (cur_left(&in)) {
        uint8_t kind = cur_u8(&in);

        if (kind == OPT_END)
            return NULL;
        if (kind == OPT_NOP)
            continue;
        if (cur_left(&in) == 0)
            return "TCP option without length";

        uint8_t length = cur_u8(&in);
        uint8_t fixed = option_length(kind);

        if (length < 2 || (fixed && length != fixed))
            return "TCP option with wrong length";

        struct span value = cur_span(&in, (size_t)length - 2);

        if (in.state != CUR_OK) /* an unknown one: stacks stop reading here, and so do we */
            return fixed ? "TCP option beyond the header" : NULL;
        if (kind == OPT_SACK && length == 2 && cur_left(&in) >= 2 && be16_at(in.pos) == 0)
            return "TCP option with wrong length";

        const char *wrong = take_option(p, kind, value);

        if (wrong)
            return wrong;
    }
    return NULL;
}

/* Nearly every segment carries exactly NOP NOP timestamp. */
static const char *options_take(struct packet *p, struct span options)
{
    static const uint8_t usual[4] = {OPT_NOP, OPT_NOP, OPT_TIMESTAMP, 10};

    if (options.n == 12 && memcmp(options.p, usual, sizeof usual) == 0)
        return take_timestamp(p, options.p + 4);
    return options_walk(p, options);
}

/* RFC 793 era attack: a SYN from a host to itself. */
static const char *land_check(const struct packet *p, uint16_t from, uint16_t to)
{
    size_t n = p->key.family == 4 ? 4 : 16;
    const uint8_t *src = p->l3 + (p->key.family == 4 ? 12 : 8);

    if (from != to || !(p->tcp.flags & TCP_SYN) || memcmp(src, src + n, n) != 0)
        return NULL;
    return "land attack";
}

void decode_tcp(struct decode *d)
{
    struct packet *p = d->p;
    const uint8_t *head = cur_take(&d->in, 20);

    if (head == NULL) {
        if (d->missing)
            decode_cut(d);
        else
            decode_bad(d, "TCP header too short");
        return;
    }
    uint32_t offset = (uint32_t)(head[12] >> 4) * 4;

    if (offset < 20 || offset - 20 > decode_wire_left(d)) {
        decode_bad(d, "TCP data offset outside the segment");
        return;
    }
    p->tcp = (struct tcp_header){
        .seq = be32_at(head + 4),
        .ack = be32_at(head + 8),
        .flags = head[13] & 0x3f,
        .window = be16_at(head + 14),
        .urgent = be16_at(head + 18),
        .wscale = 0xff,
    };
    p->bad = flags_check(head[13]);
    if (p->bad == NULL && offset > 20) {
        struct span options = cur_span(&d->in, offset - 20);

        if (d->in.state != CUR_OK) { /* cut by the capture: what is there is enough */
            d->in = cur_of(span_of(head + 20, 0));
            options.n = 0;
        }
        p->bad = options_take(p, options);
    }
    if (p->bad == NULL)
        p->bad = land_check(p, be16_at(head), be16_at(head + 2));
    decode_set_ports(p, be16_at(head), be16_at(head + 2));
    p->payload = d->in.pos;
    p->payload_len = (uint32_t)cur_left(&d->in);
    p->kind = p->bad ? PACKET_BAD : PACKET_IP;
    if (p->kind == PACKET_IP)
        decode_verify(d, 16);
}
