/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/nfqueue_message.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <string.h>

enum { COPY_RANGE = 0xffff };

_Static_assert(QUEUE_DROP == NF_DROP && QUEUE_ACCEPT == NF_ACCEPT, "the kernel's numbers");

/* ---- packets ---- */

static int connection_attribute(const struct nlattr *a, void *arg)
{
    struct queued_packet *p = arg;

    if (mnl_attr_get_type(a) == CTA_ID && mnl_attr_get_payload_len(a) >= sizeof p->conntrack)
        p->conntrack = ntohl(mnl_attr_get_u32(a));
    return MNL_CB_OK;
}

static int attribute(const struct nlattr *a, void *arg)
{
    struct queued_packet *p = arg;
    uint16_t bytes = mnl_attr_get_payload_len(a);
    struct nfqnl_msg_packet_hdr head;
    uint32_t flags;

    switch (mnl_attr_get_type(a)) {
    case NFQA_PACKET_HDR:
        if (bytes < sizeof head)
            return MNL_CB_ERROR;
        memcpy(&head, mnl_attr_get_payload(a), sizeof head);
        p->id = ntohl(head.packet_id);
        break;
    case NFQA_PAYLOAD:
        p->payload = span_of(mnl_attr_get_payload(a), bytes);
        break;
    case NFQA_CT:
        return mnl_attr_parse_nested(a, connection_attribute, p);
    case NFQA_MARK:
    case NFQA_CAP_LEN:
    case NFQA_SKB_INFO:
        if (bytes < sizeof flags)
            return MNL_CB_ERROR;
        flags = ntohl(mnl_attr_get_u32(a));
        if (mnl_attr_get_type(a) == NFQA_MARK) {
            p->mark = flags;
        } else if (mnl_attr_get_type(a) == NFQA_CAP_LEN) {
            p->length = flags;
        } else {
            p->partial = (flags & NFQA_SKB_CSUMNOTREADY) != 0;
            p->gso = (flags & NFQA_SKB_GSO) != 0;
            p->unverified = (flags & NFQA_SKB_CSUM_NOTVERIFIED) != 0;
        }
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

bool queued_packet_read(const void *datagram, size_t n, struct queued_packet *p)
{
    const struct nlmsghdr *h = datagram;

    *p = (struct queued_packet){0};
    if (n > INT32_MAX || !mnl_nlmsg_ok(h, (int)n) ||
        h->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
        mnl_nlmsg_get_payload_len(h) < sizeof(struct nfgenmsg) ||
        mnl_attr_parse(h, sizeof(struct nfgenmsg), attribute, p) != MNL_CB_OK ||
        p->payload.p == NULL)
        return false;
    if (p->length < p->payload.n)
        p->length = (uint32_t)p->payload.n;
    return true;
}

int queue_answer(const void *datagram, size_t n)
{
    const struct nlmsghdr *h = datagram;
    struct nlmsgerr e;

    if (n > INT32_MAX || !mnl_nlmsg_ok(h, (int)n) || h->nlmsg_type != NLMSG_ERROR ||
        mnl_nlmsg_get_payload_len(h) < sizeof e)
        return -1;
    memcpy(&e, mnl_nlmsg_get_payload(h), sizeof e);
    return -e.error;
}

/* ---- verdicts and settings ---- */

static struct nlmsghdr *begin(struct queue_messages *m, uint16_t type)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(m->bytes + m->n);
    struct nfgenmsg *g;

    h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
    h->nlmsg_flags = NLM_F_REQUEST;
    g = mnl_nlmsg_put_extra_header(h, sizeof *g);
    *g = (struct nfgenmsg){.version = NFNETLINK_V0, .res_id = htons(m->queue)};
    return h;
}

static void end(struct queue_messages *m, const struct nlmsghdr *h)
{
    m->n += NLMSG_ALIGN(h->nlmsg_len);
}

static void verdict(struct queue_messages *m, uint16_t type, uint32_t id, enum queue_fate fate)
{
    struct nlmsghdr *h = begin(m, type);
    struct nfqnl_msg_verdict_hdr v = {.verdict = htonl((uint32_t)fate), .id = htonl(id)};

    mnl_attr_put(h, NFQA_VERDICT_HDR, sizeof v, &v);
    end(m, h);
}

void queue_verdict(struct queue_messages *m, uint32_t id, enum queue_fate fate)
{
    verdict(m, NFQNL_MSG_VERDICT, id, fate);
}

void queue_verdict_up_to(struct queue_messages *m, uint32_t id, enum queue_fate fate)
{
    verdict(m, NFQNL_MSG_VERDICT_BATCH, id, fate);
}

static void command(struct queue_messages *m, uint8_t what)
{
    struct nlmsghdr *h = begin(m, NFQNL_MSG_CONFIG);
    struct nfqnl_msg_config_cmd c = {.command = what};

    if (what == NFQNL_CFG_CMD_BIND)
        h->nlmsg_flags |= NLM_F_ACK;
    mnl_attr_put(h, NFQA_CFG_CMD, sizeof c, &c);
    end(m, h);
}

void queue_bind(struct queue_messages *m)
{
    command(m, NFQNL_CFG_CMD_BIND);
}

void queue_unbind(struct queue_messages *m)
{
    command(m, NFQNL_CFG_CMD_UNBIND);
}

static void put_flags(struct nlmsghdr *h, uint32_t flags, uint32_t known)
{
    mnl_attr_put_u32(h, NFQA_CFG_FLAGS, htonl(flags));
    mnl_attr_put_u32(h, NFQA_CFG_MASK, htonl(known));
}

void queue_put_settings(struct queue_messages *m, const struct queue_settings *s)
{
    struct nlmsghdr *h = begin(m, NFQNL_MSG_CONFIG);
    struct nfqnl_msg_config_params params = {.copy_range = htonl(COPY_RANGE),
                                             .copy_mode = NFQNL_COPY_PACKET};

    mnl_attr_put(h, NFQA_CFG_PARAMS, sizeof params, &params);
    mnl_attr_put_u32(h, NFQA_CFG_QUEUE_MAXLEN, htonl(s->length));
    put_flags(h, NFQA_CFG_F_GSO | (s->drop_when_full ? 0 : NFQA_CFG_F_FAIL_OPEN),
              NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN);
    end(m, h);
}

void queue_put_conntrack(struct queue_messages *m, const struct queue_settings *s)
{
    struct nlmsghdr *h = begin(m, NFQNL_MSG_CONFIG);

    h->nlmsg_flags |= NLM_F_ACK;
    put_flags(h, s->conntrack ? NFQA_CFG_F_CONNTRACK : 0, NFQA_CFG_F_CONNTRACK);
    end(m, h);
}
