/* SPDX-License-Identifier: Apache-2.0
 *
 * Link layers: Ethernet with VLAN tags, LLC/SNAP, PPPoE and MPLS; Linux cooked; null; PPP; raw IP.
 */
#include "decode/decode.h"

#define MPLS_LABELS 8

enum ethertype {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE = 0x8864,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_QINQ_OLD = 0x9100,
    ETHERTYPE_LENGTH_MAX = 1500, /* up to here it is an 802.3 length */
};

enum ppp_protocol { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057 };

void decode_bad(struct decode *d, const char *why)
{
    d->p->kind = PACKET_BAD;
    d->p->bad = why;
}

void decode_cut(struct decode *d)
{
    d->p->kind = PACKET_OTHER;
    d->p->flags |= PKT_SNAPPED;
}

/* Headers that end too early: the capture's doing, or malformed. */
static void decode_short(struct decode *d, const char *why)
{
    if (d->missing)
        decode_cut(d);
    else
        decode_bad(d, why);
}

bool decode_limit(struct decode *d, uint32_t n)
{
    uint32_t have = (uint32_t)cur_left(&d->in);

    if (n > have + d->missing)
        return false;
    if (n <= have) {
        d->in.end = d->in.pos + n;
        d->missing = 0;
    } else {
        d->missing = n - have;
        d->p->flags |= PKT_SNAPPED;
    }
    return true;
}

static void decode_ppp(struct decode *d)
{
    uint16_t proto = cur_u8(&d->in);

    /* RFC 1661 2: a protocol field may be compressed to its odd second byte. */
    if (!(proto & 1))
        proto = (uint16_t)(proto << 8 | cur_u8(&d->in));
    if (d->in.state != CUR_OK)
        decode_short(d, "PPP header too short");
    else if (proto == PPP_IPV4 || proto == PPP_IPV6)
        decode_ip(d);
}

/* RFC 2516 4 */
static void decode_pppoe(struct decode *d)
{
    uint8_t version_type = cur_u8(&d->in);
    uint8_t code = cur_u8(&d->in);

    cur_skip(&d->in, 2);
    uint16_t length = cur_be16(&d->in);

    if (d->in.state != CUR_OK)
        decode_short(d, "PPPoE header too short");
    else if (version_type != 0x11 || code != 0)
        return;
    else if (!decode_limit(d, length))
        decode_bad(d, "PPPoE length beyond the frame");
    else
        decode_ppp(d);
}

/* RFC 3032 2.1; behind the bottom label the first nibble tells IP from a pseudo-wire (RFC 4385). */
static void decode_mpls(struct decode *d)
{
    uint32_t label = 0;

    for (int i = 0; i < MPLS_LABELS && !(label & 0x100); i++)
        label = cur_be32(&d->in);
    if (d->in.state != CUR_OK)
        decode_short(d, "MPLS label stack too short");
    else if (!(label & 0x100))
        decode_bad(d, "MPLS label stack too deep");
    else if (cur_peek(&d->in) >> 4 == 0) {
        cur_skip(&d->in, 4);
        decode_ethernet(d);
    } else
        decode_ip(d);
}

/* IEEE 802.2: only SNAP with an Ethernet type inside is of interest. */
static void decode_llc(struct decode *d)
{
    struct span snap = cur_span(&d->in, 6);

    if (!span_equal(snap, SPAN("\xaa\xaa\x03\0\0\0")))
        return;
    decode_ethertype(d, cur_be16(&d->in));
}

static void decode_vlan(struct decode *d)
{
    struct packet *p = d->p;
    uint16_t tag = cur_be16(&d->in) & 0x0fff;
    uint16_t type = cur_be16(&d->in);

    if (d->in.state != CUR_OK) {
        decode_short(d, "VLAN tag too short");
        return;
    }
    if (p->vlans >= 2)
        return;
    p->key.vlan[p->vlans++] = tag;
    decode_ethertype(d, type);
}

void decode_ethertype(struct decode *d, uint16_t type)
{
    switch (type) {
    case ETHERTYPE_IPV4:
        decode_ipv4(d);
        break;
    case ETHERTYPE_IPV6:
        decode_ipv6(d);
        break;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_QINQ:
    case ETHERTYPE_QINQ_OLD:
        decode_vlan(d);
        break;
    case ETHERTYPE_PPPOE:
        decode_pppoe(d);
        break;
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
        decode_mpls(d);
        break;
    default:
        if (type <= ETHERTYPE_LENGTH_MAX)
            decode_llc(d);
        break;
    }
}

void decode_ethernet(struct decode *d)
{
    const uint8_t *eth = cur_take(&d->in, 14);

    if (eth == NULL)
        decode_short(d, "Ethernet header too short");
    else
        decode_ethertype(d, be16_at(eth + 12));
}

/* https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and ..._SLL2.html */
static void decode_cooked(struct decode *d, enum link_type link)
{
    const uint8_t *head = cur_take(&d->in, link == LINK_COOKED ? 16 : 20);

    if (head == NULL)
        decode_short(d, "cooked header too short");
    else
        decode_ethertype(d, be16_at(link == LINK_COOKED ? head + 14 : head));
}

/* A four-byte address family whose byte order and values differ between systems: IP says itself
 * which version it is. */
static void decode_null(struct decode *d)
{
    const uint8_t *family = cur_take(&d->in, 4);

    if (family == NULL)
        decode_short(d, "loopback header too short");
    else
        decode_ip(d);
}

void decode_ip(struct decode *d)
{
    switch (cur_peek(&d->in) >> 4) {
    case 4:
        decode_ipv4(d);
        break;
    case 6:
        decode_ipv6(d);
        break;
    default:
        if (cur_left(&d->in) == 0)
            decode_short(d, "no IP header");
        break;
    }
}

static void decode_link(struct decode *d)
{
    switch ((enum link_type)d->p->frame->link) {
    case LINK_ETHERNET:
        decode_ethernet(d);
        break;
    case LINK_RAW_IP:
        decode_ip(d);
        break;
    case LINK_COOKED:
    case LINK_COOKED2:
        decode_cooked(d, (enum link_type)d->p->frame->link);
        break;
    case LINK_NULL:
    case LINK_LOOP:
        decode_null(d);
        break;
    case LINK_PPP:
        if (cur_left(&d->in) >= 2 && d->in.pos[0] == 0xff && d->in.pos[1] == 0x03)
            cur_skip(&d->in, 2);
        decode_ppp(d);
        break;
    case LINK_UNKNOWN:
        break;
    }
}

static void packet_begin(const struct decode_env *env, struct packet *p, struct frame *frame)
{
    p->frame = frame;
    p->l3 = p->l4 = p->payload = NULL;
    p->l3_len = p->l4_len = p->payload_len = p->payload_wire = 0;
    p->flags = 0;
    p->kind = PACKET_OTHER;
    p->proto = 0;
    p->tunnels = 0;
    p->vlans = 0;
    p->verdict = VERDICT_PASS;
    p->reason = REASON_NONE;
    p->threat = THREAT_NONE;
    p->ingress = 1;
    p->bad = NULL;
    p->session = NULL;
    p->workload = NULL;
    p->train = NULL;
    memset(&p->key, 0, offsetof(struct session_key, addr));
    if (env->device_in_key)
        p->key.device = (uint16_t)(frame->device + 1);
}

void decode_frame(const struct decode_env *env, struct packet *p, struct frame *frame)
{
    struct decode d = {.env = env, .p = p, .in = cur_of(span_of(frame->bytes, frame->captured))};

    packet_begin(env, p, frame);
    if (decode_fast(env, p, frame))
        return;
    p->flags = 0;
    if (frame->length > frame->captured) {
        d.missing = frame->length - frame->captured;
        p->flags |= PKT_SNAPPED;
    }
    decode_link(&d);
}

void decode_datagram(const struct decode_env *env, struct packet *p, const uint8_t *ip, uint32_t n)
{
    struct decode d = {.env = env, .p = p, .in = cur_of(span_of(ip, n))};

    p->kind = PACKET_OTHER;
    p->flags =
        (uint16_t)((p->flags & ~(PKT_SNAPPED | PKT_CSUM_BAD | PKT_CSUM_GOOD)) | PKT_REASSEMBLED);
    decode_ip(&d);
}
