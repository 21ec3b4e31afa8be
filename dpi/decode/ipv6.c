/* SPDX-License-Identifier: Apache-2.0
 *
 * IPv6 (RFC 8200) with its extension headers.
 *
 *     0 version|class|flow  4 payload length  6 next header  7 hop limit  8 source  24 destination
 */
#include "decode/decode.h"

enum next_header {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_AUTH = 51,
    NEXT_OPTIONS = 60,
    NEXT_MOBILITY = 135,
    NEXT_HIP = 139,
    NEXT_SHIM6 = 140,
};

#define EXTENSION_HEADERS 16

/* Where the walk over the extension headers stands. */
struct walk {
    uint8_t next;
    uint16_t next_at; /* offset of the byte that named `next` */
    bool fragment;
    bool stop;
};

static void take_fragment(struct decode *d, struct walk *w, const uint8_t *head)
{
    struct packet *p = d->p;
    uint16_t offset_flags = be16_at(head + 2);

    w->next = head[0];
    /* RFC 6946: offset 0 and nothing more is a whole datagram. */
    if ((offset_flags & 0xfff9) == 0) {
        w->next_at = (uint16_t)(head - p->l3);
        return;
    }
    p->kind = PACKET_FRAGMENT;
    p->frag = (struct fragment_header){
        .id = be32_at(head + 4),
        .offset = offset_flags & 0xfff8,
        .more = offset_flags & 1,
        .header = p->l3,
        .header_len = (uint16_t)(head - p->l3),
        .next_at = w->next_at,
    };
    p->proto = head[0];
    w->stop = true;
}

/* One extension header. Returns what is wrong, or NULL. */
static const char *walk_extension(struct decode *d, struct walk *w)
{
    const uint8_t *head = cur_take(&d->in, 8);
    size_t length;

    if (head == NULL)
        return "IPv6 extension header too short";
    if (w->next == NEXT_FRAGMENT) {
        take_fragment(d, w, head);
        return NULL;
    }
    length = w->next == NEXT_AUTH ? ((size_t)head[1] + 2) * 4 : ((size_t)head[1] + 1) * 8;
    if (length < 8)
        return "IPv6 extension header too short";
    /* RFC 5095: the receiver of a type 0 routing header must not forward; nobody sends it. */
    if (w->next == NEXT_ROUTING && head[2] == 0 && head[3] != 0)
        return "source routing";
    cur_skip(&d->in, length - 8);
    if (d->in.state != CUR_OK)
        return "IPv6 extension header beyond the packet";
    w->next = head[0];
    w->next_at = (uint16_t)(head - d->p->l3);
    return NULL;
}

static bool is_extension(uint8_t next)
{
    switch (next) {
    case NEXT_HOP_BY_HOP:
    case NEXT_ROUTING:
    case NEXT_FRAGMENT:
    case NEXT_AUTH:
    case NEXT_OPTIONS:
    case NEXT_MOBILITY:
    case NEXT_HIP:
    case NEXT_SHIM6:
        return true;
    default:
        return false;
    }
}

static const char *walk_all(struct decode *d, struct walk *w)
{
    for (int i = 0; is_extension(w->next) && !w->stop; i++) {
        if (i == EXTENSION_HEADERS)
            return "too many IPv6 extension headers";
        if (i > 0 && w->next == NEXT_HOP_BY_HOP)
            return "IPv6 hop-by-hop header not first";

        const char *wrong = walk_extension(d, w);

        if (wrong)
            return wrong;
    }
    return NULL;
}

static bool take_length(struct decode *d, const uint8_t *ip)
{
    uint32_t length = be16_at(ip + 4);

    /* Zero: a jumbogram (RFC 2675) or segmentation offload, or really nothing behind the header. */
    if (length == 0 && (ip[6] == NEXT_HOP_BY_HOP || d->p->frame->gso || decode_wire_left(d) > 64))
        length = decode_wire_left(d);
    return decode_limit(d, length);
}

void decode_ipv6(struct decode *d)
{
    struct packet *p = d->p;
    const uint8_t *ip = cur_take(&d->in, 40);

    if (ip == NULL) {
        if (d->missing)
            decode_cut(d);
        else
            decode_bad(d, "IPv6 header too short");
        return;
    }
    if (ip[0] >> 4 != 6) {
        decode_bad(d, "IPv6 version is not 6");
        return;
    }
    if (!take_length(d, ip)) {
        decode_bad(d, "IPv6 payload length beyond the frame");
        return;
    }
    p->l3 = ip;
    p->l3_len = 40 + decode_wire_left(d);
    p->ttl = ip[7];
    p->key.family = 6;
    if (ip[8] == 0xff) {
        decode_bad(d, "multicast source");
        return;
    }
    if (ip[24] == 0xff)
        p->flags |= PKT_MULTICAST;

    struct walk w = {.next = ip[6], .next_at = 6};
    const char *wrong = walk_all(d, &w);

    if (wrong) {
        if (d->missing && d->in.state == CUR_SHORT)
            decode_cut(d);
        else
            decode_bad(d, wrong);
        return;
    }
    p->proto = p->key.proto = w.next;
    if (p->kind == PACKET_FRAGMENT) {
        decode_set_ports(p, 0, 0);
        p->payload = d->in.pos;
        p->payload_len = (uint32_t)cur_left(&d->in);
        p->payload_wire = decode_wire_left(d);
        return;
    }
    decode_transport(d, w.next);
}
