/* SPDX-License-Identifier: Apache-2.0
 *
 * Netlink messages of a queue: what the kernel says, whole and broken, and what it is told.
 */
#include "capture/nfqueue_message.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A packet as the kernel sends it. */
static size_t packet(uint8_t *to, uint32_t info, const char *payload)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(to);
    struct nfgenmsg *g;
    struct nfqnl_msg_packet_hdr head = {.packet_id = htonl(4711), .hw_protocol = htons(0x0800)};

    h->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET;
    g = mnl_nlmsg_put_extra_header(h, sizeof *g);
    g->res_id = htons(1);
    mnl_attr_put(h, NFQA_PACKET_HDR, sizeof head, &head);
    mnl_attr_put_u32(h, NFQA_MARK, htonl(77));
    mnl_attr_put_u32(h, NFQA_SKB_INFO, htonl(info));
    mnl_attr_put_u32(h, NFQA_CAP_LEN, htonl(9000));
    mnl_attr_put(h, NFQA_PAYLOAD, strlen(payload), payload);
    return h->nlmsg_len;
}

static void a_packet(void **state)
{
    uint8_t bytes[512] __attribute__((aligned(8)));
    size_t n = packet(bytes, NFQA_SKB_CSUMNOTREADY | NFQA_SKB_GSO, "the packet");
    struct queued_packet p;

    (void)state;
    assert_true(queued_packet_read(bytes, n, &p));
    assert_int_equal(p.id, 4711);
    assert_int_equal(p.mark, 77);
    assert_int_equal(p.length, 9000);
    assert_true(p.partial && p.gso && !p.unverified);
    assert_true(span_equal(p.payload, SPAN("the packet")));
    n = packet(bytes, NFQA_SKB_CSUM_NOTVERIFIED, "x");
    assert_true(queued_packet_read(bytes, n, &p));
    assert_true(!p.partial && !p.gso && p.unverified);
}

/* Cut anywhere, and with every byte wrong in some way: never beyond what came. */
static void broken_ones(void **state)
{
    uint8_t bytes[512] __attribute__((aligned(8)));
    size_t n = packet(bytes, 0, "the packet");
    struct queued_packet p;

    (void)state;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut + 1);

        memcpy(exact, bytes, cut);
        assert_false(queued_packet_read(exact, cut, &p)); /* the header announces more */
        free(exact);
    }
    for (size_t at = 0; at < n; at++)
        for (int bit = 0; bit < 8; bit++) {
            uint8_t *exact = malloc(n);

            memcpy(exact, bytes, n);
            exact[at] ^= (uint8_t)(1 << bit);
            if (queued_packet_read(exact, n, &p))
                assert_true(p.payload.p >= exact && p.payload.p + p.payload.n <= exact + n);
            free(exact);
        }
}

static void other_messages(void **state)
{
    uint8_t bytes[512] __attribute__((aligned(8)));
    size_t n = packet(bytes, 0, "x");
    struct queued_packet p;

    (void)state;
    ((struct nlmsghdr *)(void *)bytes)->nlmsg_type = NLMSG_ERROR;
    assert_false(queued_packet_read(bytes, n, &p));
    assert_int_equal(queue_answer(bytes, 3), -1);
    n = packet(bytes, 0, "x");
    assert_int_equal(queue_answer(bytes, n), -1);
}

static void the_kernels_answer(void **state)
{
    uint8_t bytes[512] __attribute__((aligned(8)));
    struct nlmsghdr *h = mnl_nlmsg_put_header(bytes);
    struct nlmsgerr *e = mnl_nlmsg_put_extra_header(h, sizeof *e);

    (void)state;
    h->nlmsg_type = NLMSG_ERROR;
    assert_int_equal(queue_answer(bytes, h->nlmsg_len), 0);
    e->error = -16;
    assert_int_equal(queue_answer(bytes, h->nlmsg_len), 16);
}

static void verdicts(void **state)
{
    struct queue_messages m = {.queue = 9};
    struct queue_settings settings = {.length = 1000};
    const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)m.bytes;
    const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
    const struct nlattr *a;
    const struct nfqnl_msg_verdict_hdr *v;
    size_t one;

    (void)state;
    queue_verdict(&m, 4711, QUEUE_DROP);
    one = m.n;
    assert_int_equal(h->nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT);
    assert_int_equal(ntohs(g->res_id), 9);
    a = mnl_nlmsg_get_payload_offset(h, sizeof *g);
    v = mnl_attr_get_payload(a);
    assert_int_equal(ntohl(v->id), 4711);
    assert_int_equal(ntohl(v->verdict), 0);
    queue_verdict_up_to(&m, 4800, QUEUE_ACCEPT);
    assert_int_equal(m.n, 2 * one);
    h = (const struct nlmsghdr *)(const void *)(m.bytes + one);
    assert_int_equal(h->nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT_BATCH);
    while (!queue_messages_full(&m))
        queue_verdict(&m, 1, QUEUE_ACCEPT);
    queue_put_settings(&m, &settings); /* there still is room for each kind */
    assert_true(m.n <= sizeof m.bytes);
}

struct looking {
    uint16_t type;
    const struct nlattr *found;
};

static int look(const struct nlattr *a, void *arg)
{
    struct looking *l = arg;

    if (mnl_attr_get_type(a) == l->type)
        l->found = a;
    return MNL_CB_OK;
}

/* What stands in the first message, by attribute; and it is one message. */
static uint32_t number(const struct queue_messages *m, uint16_t type)
{
    const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)m->bytes;
    struct looking l = {.type = type};

    assert_int_equal(h->nlmsg_type, NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_CONFIG);
    assert_int_equal(m->n, NLMSG_ALIGN(h->nlmsg_len));
    assert_int_equal(mnl_attr_parse(h, sizeof(struct nfgenmsg), look, &l), MNL_CB_OK);
    assert_non_null(l.found);
    return ntohl(mnl_attr_get_u32(l.found));
}

static void what_is_set(void **state)
{
    struct queue_settings s = {.length = 4096, .conntrack = true};
    struct queue_messages m = {.queue = 9};

    (void)state;
    queue_put_settings(&m, &s);
    assert_int_equal(number(&m, NFQA_CFG_QUEUE_MAXLEN), 4096);
    assert_int_equal(number(&m, NFQA_CFG_FLAGS), NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN);
    assert_int_equal(number(&m, NFQA_CFG_MASK), NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN);
    m.n = 0;
    s.drop_when_full = true;
    queue_put_settings(&m, &s);
    assert_int_equal(number(&m, NFQA_CFG_FLAGS), NFQA_CFG_F_GSO);
    assert_int_equal(number(&m, NFQA_CFG_MASK), NFQA_CFG_F_GSO | NFQA_CFG_F_FAIL_OPEN);
    m.n = 0;
    queue_put_conntrack(&m, &s);
    assert_int_equal(number(&m, NFQA_CFG_FLAGS), NFQA_CFG_F_CONNTRACK);
    assert_int_equal(number(&m, NFQA_CFG_MASK), NFQA_CFG_F_CONNTRACK);
    m.n = 0;
    s.conntrack = false;
    queue_put_conntrack(&m, &s);
    assert_int_equal(number(&m, NFQA_CFG_FLAGS), 0);
    assert_int_equal(number(&m, NFQA_CFG_MASK), NFQA_CFG_F_CONNTRACK);
}

/* The kernel's own connection, among much else that it says about it. */
static void a_connection(void **state)
{
    uint8_t bytes[512] __attribute__((aligned(8)));
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)bytes;
    struct queued_packet p;
    struct nlattr *nest;

    (void)state;
    packet(bytes, 0, "x");
    nest = mnl_attr_nest_start(h, NFQA_CT);
    mnl_attr_put_u32(h, CTA_STATUS, htonl(5));
    mnl_attr_put_u32(h, CTA_ID, htonl(0x12345678));
    mnl_attr_put_u32(h, CTA_MARK, htonl(9));
    mnl_attr_nest_end(h, nest);
    assert_true(queued_packet_read(bytes, h->nlmsg_len, &p));
    assert_int_equal(p.conntrack, 0x12345678);
    assert_int_equal(p.mark, 77);
    packet(bytes, 0, "x");
    nest = mnl_attr_nest_start(h, NFQA_CT);
    mnl_attr_put(h, CTA_ID, 2, "ab"); /* too short */
    mnl_attr_nest_end(h, nest);
    assert_true(queued_packet_read(bytes, h->nlmsg_len, &p));
    assert_int_equal(p.conntrack, 0);
}

/* One that came before its queue was told to copy bytes. */
static void without_bytes(void **state)
{
    uint8_t bytes[512] __attribute__((aligned(8)));
    struct nlmsghdr *h = mnl_nlmsg_put_header(bytes);
    struct nfqnl_msg_packet_hdr head = {.packet_id = htonl(4711)};
    struct queued_packet p;

    (void)state;
    h->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET;
    mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
    mnl_attr_put(h, NFQA_PACKET_HDR, sizeof head, &head);
    assert_false(queued_packet_read(bytes, h->nlmsg_len, &p));
    assert_int_equal(p.id, 4711);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet),       cmocka_unit_test(broken_ones),
        cmocka_unit_test(other_messages), cmocka_unit_test(the_kernels_answer),
        cmocka_unit_test(verdicts),       cmocka_unit_test(what_is_set),
        cmocka_unit_test(a_connection),   cmocka_unit_test(without_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
