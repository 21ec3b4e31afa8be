/* SPDX-License-Identifier: Apache-2.0 */
#include "tcp/tcp_reset.h"

#include "engine_state.h"

#define LINK_MAX  64
#define RESET_MAX (LINK_MAX + 40 + 20)
#define RESET_TTL 255

static void put16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
    put16(at, v >> 16);
    put16(at + 2, v);
}

/* RFC 2516 4: six bytes whose last two are the length of what follows, then the PPP protocol. */
static bool is_pppoe(const struct packet *p)
{
    size_t plain = 14 + 4 * (size_t)p->vlans, n = (size_t)(p->l3 - p->frame->bytes);

    return p->frame->link == LINK_ETHERNET && n == plain + 8 &&
           be16_at(p->frame->bytes + plain - 2) == 0x8864;
}

/* The link header of the packet; turned round when the reset goes against its direction. */
static size_t put_link(uint8_t *out, const struct packet *p, unsigned from)
{
    size_t n = (size_t)(p->l3 - p->frame->bytes);

    memcpy(out, p->frame->bytes, n);
    if (p->frame->link == LINK_ETHERNET && from != p->side) {
        memcpy(out, p->frame->bytes + 6, 6);
        memcpy(out + 6, p->frame->bytes, 6);
    }
    return n;
}

static size_t put_ip(uint8_t *ip, const struct session_key *k, unsigned from)
{
    if (k->family == 4) {
        memset(ip, 0, 20);
        ip[0] = 0x45;
        put16(ip + 2, 40);
        ip[6] = 0x40; /* do not fragment */
        ip[8] = RESET_TTL;
        ip[9] = 6;
        memcpy(ip + 12, k->addr.v4[from], 4);
        memcpy(ip + 16, k->addr.v4[1 - from], 4);
        uint16_t sum = (uint16_t)~decode_sum(ip, 20, 0);

        memcpy(ip + 10, &sum, sizeof sum);
        return 20;
    }
    memset(ip, 0, 40);
    ip[0] = 0x60;
    put16(ip + 4, 20);
    ip[6] = 6;
    ip[7] = RESET_TTL;
    memcpy(ip + 8, k->addr.v6[from], 16);
    memcpy(ip + 24, k->addr.v6[1 - from], 16);
    return 40;
}

/* RFC 5961 3.2: only a reset at exactly the next expected byte counts, and that is what the
 * receiver has acknowledged last. Without an acknowledgement: the next byte it was given. */
static void put_tcp(uint8_t *tcp, const struct session *s, unsigned from)
{
    const struct session_side *sender = &s->sides[from], *receiver = &s->sides[1 - from];
    uint32_t seq = receiver->flags & SIDE_ACKED ? receiver->acked : sender->next;
    uint32_t ack = sender->flags & SIDE_ACKED ? sender->acked : receiver->next;

    memset(tcp, 0, 20);
    put16(tcp, s->key.port[from]);
    put16(tcp + 2, s->key.port[1 - from]);
    put32(tcp + 4, seq);
    put32(tcp + 8, ack);
    tcp[12] = 5 << 4;
    tcp[13] = TCP_RST | TCP_ACK;
}

static void reset_from(struct engine *e, const struct packet *p, const struct session *s,
                       unsigned from)
{
    uint8_t frame[RESET_MAX];
    size_t link = put_link(frame, p, from);
    size_t ip = put_ip(frame + link, &s->key, from);
    uint8_t *tcp = frame + link + ip;
    struct packet view = {.l3 = frame + link, .proto = 6, .key = {.family = s->key.family}};

    put_tcp(tcp, s, from);
    if (is_pppoe(p))
        put16(frame + link - 4, (uint32_t)(2 + ip + 20));
    uint16_t sum = (uint16_t)~decode_sum(tcp, 20, decode_pseudo_sum(&view, 20));

    memcpy(tcp + 16, &sum, sizeof sum);
    engine_count(e, COUNTER_RESETS);
    e->ops.inject(e->ops.arg, frame, link + ip + 20, p->frame->device,
                  (enum link_type)p->frame->link);
}

/* Other link headers that say how long the packet is (802.3) or name its way (MPLS). */
static bool link_is_usable(const struct packet *p)
{
    size_t plain = 14 + 4 * (size_t)p->vlans, n = (size_t)(p->l3 - p->frame->bytes);

    return p->frame->link != LINK_ETHERNET || n == plain || is_pppoe(p);
}

void tcp_reset_both(struct engine *e, const struct packet *p, const struct session *s)
{
    /* Inside a tunnel, out of fragments or in a mesh there is no link header to answer on. */
    if (e->ops.inject == NULL || (p->flags & (PKT_TUNNELLED | PKT_REASSEMBLED)) ||
        (s->key.zone & SESSION_ZONE_MESH) || !link_is_usable(p) ||
        (size_t)(p->l3 - p->frame->bytes) > LINK_MAX)
        return;
    reset_from(e, p, s, 0);
    reset_from(e, p, s, 1);
}
