/* SPDX-License-Identifier: Apache-2.0
 *
 * Threats on their way to the agent: when, how many, and with what.
 */
#include "report/threat_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW (UINT64_C(1700000000) * 1000000)

enum { SECOND = 1000000, MOST = 16 };

static const uint8_t own_mac[6] = {2, 0, 0, 0, 0, 1}, alias[6] = {0x4e, 0x65, 0x75, 0x56, 0, 1};

/* One event's world. */
struct case_of {
    struct workload workload;
    struct frame frame;
    struct packet packet;
    struct event event;
    uint8_t bytes[3000];
};

static struct case_of raised(enum threat threat, uint8_t peer)
{
    struct case_of c = {
        .workload = {.agents = true},
        .packet = {.kind = PACKET_IP, .proto = 6, .ingress = 1},
        .event = {.type = EVENT_THREAT, .time_us = NOW},
    };

    memcpy(c.workload.id.mac, own_mac, 6);
    memcpy(c.workload.id.unicast, alias, 6);
    memcpy(c.bytes, alias, 6);
    c.bytes[12] = 8;
    c.bytes[14] = 0x45;
    c.packet.key = (struct session_key){.family = 4, .proto = 6, .port = {40000, 80}};
    memcpy(c.packet.key.addr.v4[0], (uint8_t[]){10, 0, 0, peer}, 4);
    memcpy(c.packet.key.addr.v4[1], (uint8_t[]){10, 0, 1, 1}, 4);
    c.event.threat.threat = threat;
    c.event.threat.text = "what was seen";
    c.event.threat.verdict = VERDICT_DROP;
    return c;
}

static bool add_at(struct threat_book *b, struct case_of *c, uint64_t time_us)
{
    c->event.time_us = time_us;
    c->event.workload = NULL;
    c->packet.workload = &c->workload;
    c->packet.frame = &c->frame;
    c->frame.bytes = c->bytes;
    c->frame.link = LINK_ETHERNET;
    c->event.packet = &c->packet;
    return threat_book_add(b, &c->event);
}

static struct wire_datagram out[MOST];

static size_t take(struct threat_book *b, uint64_t now_us)
{
    return threat_book_take(b, now_us, out, MOST);
}

static uint32_t u32(const struct wire_datagram *d, size_t at)
{
    const uint8_t *p = d->bytes + 4 + at;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t u16(const struct wire_datagram *d, size_t at)
{
    return u32(d, at) >> 16;
}

static struct threat_book book;

static int open_book(void **state)
{
    (void)state;
    threat_book_init(&book);
    return 0;
}

static int close_book(void **state)
{
    (void)state;
    threat_book_fini(&book);
    return 0;
}

static void the_first_at_once_the_others_together(void **state)
{
    struct case_of c = raised(THREAT_BAD_PACKET, 9);

    (void)state;
    assert_true(add_at(&book, &c, NOW));
    assert_false(add_at(&book, &c, NOW + 1)); /* before anybody has taken the first */
    assert_int_equal(take(&book, NOW + 2), 1);
    assert_int_equal(u32(&out[0], 0), 2001);
    assert_int_equal(u32(&out[0], 8), 1);
    assert_int_equal(take(&book, NOW + 3), 0);
    for (uint64_t i = 1; i < 10; i++)
        assert_false(add_at(&book, &c, NOW + i * SECOND));
    assert_int_equal(take(&book, NOW + 9 * SECOND), 0);
    assert_true(add_at(&book, &c, NOW + 10 * SECOND));
    assert_int_equal(take(&book, NOW + 10 * SECOND), 1);
    assert_int_equal(u32(&out[0], 8), 11);
    assert_int_equal(u32(&out[0], 4), 1700000010);
}

/* Meters add up and wait themselves; of a packet among many only who sent it is told. */
static void meters_are_told_as_they_come(void **state)
{
    struct case_of c = raised(THREAT_SYN_FLOOD, 9);

    (void)state;
    c.frame.captured = 60;
    c.event.threat.count = 700;
    assert_true(add_at(&book, &c, NOW));
    assert_int_equal(take(&book, NOW), 1);
    assert_int_equal(u32(&out[0], 0), 1001);
    assert_int_equal(u32(&out[0], 8), 700);
    assert_int_equal(out[0].bytes[4 + 12], 2);      /* drop */
    assert_int_equal(u32(&out[0], 64), 0);          /* no packet, */
    assert_int_equal(u32(&out[0], 24), 0x0a000009); /* but who it was */
    c.event.threat.count = 30;
    assert_true(add_at(&book, &c, NOW + 5 * SECOND));
    assert_true(add_at(&book, &c, NOW + 6 * SECOND));
    assert_int_equal(take(&book, NOW + 6 * SECOND), 1);
    assert_int_equal(u32(&out[0], 8), 60);
}

static void what_is_left_is_told_when_it_is_quiet(void **state)
{
    struct case_of c = raised(THREAT_BAD_PACKET, 9);

    (void)state;
    add_at(&book, &c, NOW);
    assert_int_equal(take(&book, NOW), 1);
    add_at(&book, &c, NOW + SECOND);
    add_at(&book, &c, NOW + 2 * SECOND);
    assert_int_equal(take(&book, NOW + 6 * SECOND), 0);
    assert_int_equal(take(&book, NOW + 7 * SECOND), 1);
    assert_int_equal(u32(&out[0], 8), 2);
    assert_int_equal(book.count, 0); /* forgotten: the next one is the first again */
    assert_true(add_at(&book, &c, NOW + 8 * SECOND));
    assert_int_equal(take(&book, NOW + 8 * SECOND), 1);
    assert_int_equal(u32(&out[0], 8), 1);
}

static void a_burst_of_large_pings(void **state)
{
    struct case_of c = raised(THREAT_PING_DEATH, 9);

    (void)state;
    assert_true(add_at(&book, &c, NOW));
    assert_int_equal(take(&book, NOW), 1);
    for (uint64_t i = 1; i <= 30; i++)
        assert_false(add_at(&book, &c, NOW + i * SECOND));
    assert_int_equal(take(&book, NOW + 34 * SECOND), 0);
    assert_int_equal(take(&book, NOW + 35 * SECOND), 1);
    assert_int_equal(u32(&out[0], 8), 30);
}

static void different_ones_are_never_one(void **state)
{
    struct case_of a = raised(THREAT_BAD_PACKET, 9), b = raised(THREAT_STRUTS, 9),
                   peer = raised(THREAT_BAD_PACKET, 10), tap = raised(THREAT_BAD_PACKET, 9),
                   other = raised(THREAT_BAD_PACKET, 9), out_of = raised(THREAT_BAD_PACKET, 9);

    (void)state;
    tap.workload.tap = true;
    other.workload.id.mac[5] = 2;
    out_of.packet.ingress = 0;
    assert_true(add_at(&book, &a, NOW));
    assert_true(add_at(&book, &b, NOW));
    assert_true(add_at(&book, &peer, NOW));
    assert_true(add_at(&book, &tap, NOW));
    assert_true(add_at(&book, &other, NOW));
    assert_true(add_at(&book, &out_of, NOW));
    assert_int_equal(take(&book, NOW), 6);
    assert_int_equal(u32(&out[0], 0), 2001);
    assert_int_equal(u32(&out[1], 0), 2023);
    assert_int_equal(out[0].bytes[4 + 15], 1);
    assert_int_equal(out[3].bytes[4 + 15], 1 | 4);
    assert_int_equal(out[5].bytes[4 + 15], 0);
}

static void its_packet(void **state)
{
    struct case_of c = raised(THREAT_BAD_PACKET, 9);

    (void)state;
    c.frame.captured = c.frame.length = 3000;
    memset(c.bytes + 100, 0xab, 2900);
    add_at(&book, &c, NOW);
    memset(c.bytes, 0, sizeof c.bytes); /* it was borrowed */
    assert_int_equal(take(&book, NOW), 1);
    assert_int_equal(out[0].n, 2188);
    assert_int_equal(u16(&out[0], 64), 2048);
    assert_int_equal(u16(&out[0], 66), 3000);
    assert_memory_equal(out[0].bytes + 4 + 132, own_mac, 6);
    assert_int_equal(out[0].bytes[4 + 132 + 2047], 0xab);
    assert_int_equal(u32(&out[0], 2180), 0);
    assert_string_equal((char *)out[0].bytes + 4 + 68, "what was seen");
    assert_int_equal(out[0].bytes[4 + 12], 2); /* drop */
    assert_int_equal(out[0].bytes[4 + 13], 3);
    assert_int_equal(u16(&out[0], 22), 0x0800);
    assert_int_equal(u32(&out[0], 24), 0x0a000009);
    assert_int_equal(u32(&out[0], 40), 0x0a000101);
    assert_int_equal(u16(&out[0], 56), 40000);
    assert_int_equal(u16(&out[0], 58), 80);
}

static void a_packet_of_a_queue_gets_a_header(void **state)
{
    struct case_of c = raised(THREAT_BAD_PACKET, 9);

    (void)state;
    c.frame.captured = c.frame.length = 40;
    c.bytes[0] = 0x45;
    add_at(&book, &c, NOW);
    c.frame.link = LINK_RAW_IP;
    c.event.time_us = NOW + 11 * SECOND;
    assert_true(threat_book_add(&book, &c.event));
    assert_int_equal(take(&book, NOW), 1);
    assert_int_equal(u16(&out[0], 64), 54);
    assert_memory_equal(out[0].bytes + 4 + 132, own_mac, 6);
    assert_int_equal(u16(&out[0], 132 + 12), 0x0800);
    assert_int_equal(out[0].bytes[4 + 132 + 14], 0x45);
}

static void made_up_peers_are_one(void **state)
{
    struct case_of c = raised(THREAT_BAD_PACKET, 0);
    size_t told = 0, n;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        c.packet.key.addr.v4[0][1] = (uint8_t)(i >> 16);
        c.packet.key.addr.v4[0][2] = (uint8_t)(i >> 8);
        c.packet.key.addr.v4[0][3] = (uint8_t)i;
        add_at(&book, &c, NOW);
    }
    c.event.threat.threat = THREAT_STRUTS; /* has its place all the same */
    assert_true(add_at(&book, &c, NOW));
    assert_in_range(book.count, 2, THREAT_BOOK_MOST);
    assert_int_equal(book.lost, 0);
    for (uint64_t now = NOW; now <= NOW + 5 * SECOND; now += 5 * SECOND)
        while ((n = take(&book, now)) > 0)
            for (size_t i = 0; i < n; i++)
                told += u32(&out[i], 8);
    assert_int_equal(told, 100001);
    assert_int_equal(book.count, 0);
}

static void others_are_not_for_the_agent(void **state)
{
    struct case_of c = raised(THREAT_BAD_PACKET, 9);

    (void)state;
    c.workload.agents = false;
    assert_false(add_at(&book, &c, NOW));
    c.event.packet = NULL;
    assert_false(threat_book_add(&book, &c.event));
    assert_int_equal(take(&book, NOW), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_book, close_book)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_at_once_the_others_together), TEST(meters_are_told_as_they_come),
        TEST(what_is_left_is_told_when_it_is_quiet), TEST(a_burst_of_large_pings),
        TEST(different_ones_are_never_one),          TEST(its_packet),
        TEST(a_packet_of_a_queue_gets_a_header),     TEST(made_up_peers_are_one),
        TEST(others_are_not_for_the_agent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
