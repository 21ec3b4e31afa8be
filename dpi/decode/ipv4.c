/* SPDX-License-Identifier: Apache-2.0
 *
 * IPv4 (RFC 791) with its options.
 *
 *     0 version|ihl  1 tos  2 total length  4 id  6 flags|offset  8 ttl  9 protocol
 *    10 checksum    12 source              16 destination        20 options
 */
#include "decode/decode.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_LSRR = 131, OPTION_SSRR = 137 };
enum { FLAG_MORE = 0x2000, OFFSET_MASK = 0x1fff };

/* NULL, or what is wrong. */
static const char *options_check(struct span options)
{
    struct cursor in = cur_of(options);

    while (cur_left(&in)) {
        uint8_t kind = cur_u8(&in);

        if (kind == OPTION_END)
            return NULL;
        if (kind == OPTION_NOP)
            continue;
        if (kind == OPTION_LSRR || kind == OPTION_SSRR)
            return "source routing";

        uint8_t length = cur_u8(&in);

        if (in.state != CUR_OK || length < 2)
            return "malformed IPv4 option";
        cur_skip(&in, (size_t)length - 2);
    }
    return in.state == CUR_OK ? NULL : "malformed IPv4 option";
}

/* A link layer without addresses, or all-zero ones, is the loopback interface. */
static bool on_loopback(const struct packet *p)
{
    static const uint8_t zero[12];

    return p->frame->link != LINK_ETHERNET || memcmp(p->frame->bytes, zero, sizeof zero) == 0;
}

/* NULL, or why nobody may send from this address to that one. */
static const char *addresses_check(const struct packet *p, const uint8_t *ip)
{
    const uint8_t *src = ip + 12, *dst = ip + 16;

    if (src[0] >= 224)
        return src[0] < 240                 ? "multicast source"
               : be32_at(src) == UINT32_MAX ? "broadcast source"
                                            : NULL;
    if (src[0] == 127 && dst[0] != 127 && !on_loopback(p) && !(p->flags & PKT_TUNNELLED))
        return "loopback source";
    return NULL;
}

/* The header's own checksum. Zero stands for "left to the hardware" in captures. */
static void header_verify(struct decode *d, const uint8_t *ip, size_t ihl)
{
    if (d->env->checksum == CHECKSUM_OFF)
        return;
    if ((ihl == 20 ? decode_sum_header(ip) : decode_sum(ip, ihl, 0)) == 0xffff)
        return;
    if (d->env->checksum == CHECKSUM_AUTO && ip[10] == 0 && ip[11] == 0)
        return;
    d->p->flags |= PKT_CSUM_BAD;
}

static bool take_length(struct decode *d, const uint8_t *ip, uint32_t ihl)
{
    uint32_t total = be16_at(ip + 2);
    uint32_t left = decode_wire_left(d);

    /* Segmentation offload: more than 16 bits can say, so the field is zero (Linux BIG TCP, and
     * captures on a sender). */
    if (total == 0)
        total = left + ihl;
    if (total < ihl) {
        decode_bad(d, "IPv4 total length below its header");
        return false;
    }
    if (!decode_limit(d, total - ihl)) {
        decode_bad(d, "IPv4 total length beyond the frame");
        return false;
    }
    return true;
}

static void take_fragment(struct decode *d, const uint8_t *ip, uint32_t ihl, uint16_t offset_flags)
{
    struct packet *p = d->p;

    p->kind = PACKET_FRAGMENT;
    p->frag = (struct fragment_header){
        .id = be16_at(ip + 4),
        .offset = (uint32_t)(offset_flags & OFFSET_MASK) * 8,
        .more = offset_flags & FLAG_MORE,
        .header = ip,
        .header_len = (uint16_t)ihl,
    };
    p->payload = d->in.pos;
    p->payload_len = (uint32_t)cur_left(&d->in);
    p->payload_wire = decode_wire_left(d);
}

void decode_ipv4(struct decode *d)
{
    struct packet *p = d->p;
    const uint8_t *ip = cur_take(&d->in, 20);

    if (ip == NULL) {
        if (d->missing)
            decode_cut(d);
        else
            decode_bad(d, "IPv4 header too short");
        return;
    }
    uint32_t ihl = (uint32_t)(ip[0] & 15) * 4;
    struct span options = {0};

    if (ip[0] >> 4 != 4 || ihl < 20) {
        decode_bad(d, ihl < 20 ? "IPv4 header length below 20" : "IPv4 version is not 4");
        return;
    }
    if (ihl > 20) {
        options = cur_span(&d->in, ihl - 20);
        if (d->in.state != CUR_OK) {
            decode_bad(d, "IPv4 options beyond the frame");
            return;
        }
    }
    if (!take_length(d, ip, ihl))
        return;

    p->l3 = ip;
    p->l3_len = ihl + decode_wire_left(d);
    p->ttl = ip[8];
    p->proto = ip[9];
    p->key.family = 4;
    p->key.proto = ip[9];
    header_verify(d, ip, ihl);
    p->bad = addresses_check(p, ip);
    if (p->bad == NULL && ihl > 20)
        p->bad = options_check(options);
    if (p->bad) {
        p->kind = PACKET_BAD;
        return;
    }
    if (ip[16] >= 224)
        p->flags |= PKT_MULTICAST;

    uint16_t offset_flags = be16_at(ip + 6);

    if (offset_flags & (FLAG_MORE | OFFSET_MASK)) {
        decode_set_ports(p, 0, 0);
        take_fragment(d, ip, ihl, offset_flags);
        return;
    }
    decode_transport(d, ip[9]);
}
