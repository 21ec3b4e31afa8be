/* SPDX-License-Identifier: Apache-2.0
 *
 * Floods against an engine: what is dropped, what is told, what still works meanwhile.
 */
#include "recipe.h"
#include "workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)
#define START  (UINT64_C(1700000000) * SECOND)

enum { CHUNK = 1000 };

static void workload_of(struct snapshot *s)
{
    static const char *const nets[] = {"10.1.1.2/32", "fd00::2/128"};

    workloads_add(s, "web", nets, 2);
}

static void monitored(struct snapshot *s)
{
    workload_of(s);
    s->workloads[0]->mode = MODE_MONITOR;
}

static void limited(struct snapshot *s)
{
    workload_of(s);
    snapshot_set_threat(s, THREAT_SESSION_LIMIT);
    s->meters.of[METER_SESSIONS] = (struct meter_limit){10, 10};
}

static void quiet(struct snapshot *s)
{
    workload_of(s);
    snapshot_set_threat(s, THREAT_NO_CLIENT_DATA);
}

static void off(struct snapshot *s)
{
    workload_of(s);
    snapshot_unset_threat(s, THREAT_SYN_FLOOD);
    snapshot_unset_threat(s, THREAT_ICMP_FLOOD);
}

static void open_engine(struct engine_fixture *f, enum engine_mode mode,
                        void (*adjust)(struct snapshot *))
{
    sink_reset();
    fixture_open(f,
                 &(struct fixture_options){.parsers = sink_table, .mode = mode, .adjust = adjust});
}

/* Feeds and forgets the frames; how many of them passed. */
static size_t feed(struct engine_fixture *f, struct frame_list *l)
{
    size_t first = f->frame_count, passed = 0;

    fixture_feed(f, l);
    for (size_t i = first; i < f->frame_count; i++)
        passed += fixture_passed(f, i);
    frame_list_free(l);
    return passed;
}

static const char *made_up(char text[32], uint32_t number)
{
    snprintf(text, 32, "11.%u.%u.%u", number >> 16 & 255, number >> 8 & 255, number & 255);
    return text;
}

static void add_syn(struct frame_list *l, const char *from, uint16_t port, uint64_t time_us)
{
    struct tcp_script s;

    tcp_script_init(&s, l);
    s.ends[DIR_CLIENT].addr = from;
    s.ends[DIR_CLIENT].port = port;
    s.time_us = time_us;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
}

/* So many SYNs of one source within the second. */
static size_t syns(struct engine_fixture *f, const char *from, uint32_t count, uint64_t time_us)
{
    struct frame_list l = {0};
    uint16_t port = (uint16_t)(1024 + time_us / SECOND % 50 * 1000);

    for (uint32_t i = 0; i < count; i++)
        add_syn(&l, from, (uint16_t)(port + i), time_us + i * SECOND / count);
    return feed(f, &l);
}

static size_t pings(struct engine_fixture *f, const char *from, uint32_t count, uint64_t time_us)
{
    static struct packet_builder b;
    struct frame_list l = {0};

    for (uint32_t i = 0; i < count; i++) {
        build_begin(&b);
        build_ethernet(&b);
        build_ip(&b, from, "10.1.1.2");
        build_icmp(&b, 8, 0, i);
        build_add(&b, &l, time_us + i * SECOND / count);
    }
    return feed(f, &l);
}

static struct engine_usage usage(const struct engine_fixture *f)
{
    struct engine_usage u;

    engine_usage(f->engine, &u);
    return u;
}

/* ---- SYNs ---- */

static void one_source_is_stopped_the_others_are_not(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, ENGINE_INLINE, workload_of);
    assert_int_equal(syns(&f, "10.9.9.9", 1000, START), 799);
    for (uint64_t s = 1; s < 10; s++) {
        assert_int_equal(syns(&f, "10.9.9.9", 1000, START + s * SECOND), 0);
        assert_int_equal(syns(&f, "10.9.9.8", 100, START + s * SECOND + SECOND / 2), 100);
    }
    assert_int_equal(fixture_threats(&f, THREAT_SYN_FLOOD), 1);
    assert_int_equal(fixture_counter(&f, COUNTER_METER_DROPS), 9201);
    /* Quiet for a while: it may again. */
    assert_int_equal(syns(&f, "10.9.9.9", 100, START + 60 * SECOND), 100);
    fixture_close(&f);
}

static void just_below_is_nothing(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, ENGINE_INLINE, workload_of);
    for (uint64_t s = 0; s < 20; s++)
        assert_int_equal(syns(&f, "10.9.9.9", 159, START + s * SECOND), 159);
    for (uint64_t s = 0; s < 20; s++)
        assert_int_equal(pings(&f, "10.9.9.9", 99, START + (40 + s) * SECOND), 99);
    assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
    fixture_close(&f);
}

static void told_where_nothing_is_stopped(void **state)
{
    static const struct {
        enum engine_mode mode;
        void (*adjust)(struct snapshot *);
    } cases[] = {{ENGINE_TAP, workload_of}, {ENGINE_INLINE, monitored}};
    struct engine_fixture f;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        open_engine(&f, cases[i].mode, cases[i].adjust);
        for (uint64_t s = 0; s < 31; s++)
            assert_int_equal(syns(&f, "10.9.9.9", 1000, START + s * SECOND), 1000);
        assert_int_equal(fixture_threats(&f, THREAT_SYN_FLOOD), 2);
        assert_string_equal(fixture_event(&f, EVENT_THREAT, 0)->text,
                            "SYNs of one source: 800, limit 600");
        assert_int_equal(fixture_counter(&f, COUNTER_METER_DROPS), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS), 799);
        fixture_close(&f);
    }
}

static void off_is_off(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, ENGINE_INLINE, off);
    assert_int_equal(syns(&f, "10.9.9.9", 3000, START), 3000);
    assert_int_equal(pings(&f, "10.9.9.9", 3000, START), 3000);
    assert_int_equal(fixture_counter(&f, COUNTER_METERS), 0);
    fixture_close(&f);
    /* Nobody's traffic is not metered either. */
    open_engine(&f, ENGINE_INLINE, NULL);
    assert_int_equal(syns(&f, "10.9.9.9", 3000, START), 3000);
    fixture_close(&f);
}

/* A million sources, each with one SYN, over ten seconds; a quarter of them answered. */
static void a_million_sources(void **state)
{
    struct engine_fixture f;
    struct frame_list l = {0};
    struct tcp_script live, late;
    char name[32];

    (void)state;
    open_engine(&f, ENGINE_INLINE, workload_of);
    tcp_script_init(&live, &l);
    live.time_us = START;
    live.step_us = 0;
    tcp_open(&live);
    feed(&f, &l);
    for (uint32_t i = 0; i < 1000000; i += CHUNK) {
        uint64_t now_us = START + (uint64_t)i * 10;

        for (uint32_t k = i; k < i + CHUNK; k++) {
            add_syn(&l, made_up(name, k), 1024, now_us + k - i);
            if (k % 4 == 0) {
                struct tcp_script s;

                tcp_script_init(&s, &l);
                s.ends[DIR_CLIENT].addr = name;
                s.ends[DIR_CLIENT].port = 1024;
                s.time_us = now_us + k - i;
                tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK});
            }
        }
        assert_int_equal(feed(&f, &l), CHUNK + CHUNK / 4);
        fixture_forget(&f);
        assert_true(usage(&f).sessions < 4010);
    }
    assert_true(fixture_counter(&f, COUNTER_METER_STATELESS) > 1200000);
    assert_int_equal(usage(&f).meter_bytes, 16384 * 64);
    assert_int_equal(fixture_counter(&f, COUNTER_METER_DROPS), 0);
    /* A session from before goes on, */
    live.time_us = START + 10 * SECOND;
    tcp_send(&live, DIR_CLIENT, SPAN("before"));
    feed(&f, &l);
    /* and a connection made meanwhile is inspected from its first bytes on. */
    tcp_script_init(&late, &l);
    late.ends[DIR_CLIENT].port = 50;
    late.ends[DIR_SERVER].port = 40080;
    late.time_us = START + 10 * SECOND;
    tcp_open(&late);
    tcp_send(&late, DIR_CLIENT, SPAN("meanwhile"));
    assert_int_equal(feed(&f, &l), 4);
    recipe_expect_whole(0, DIR_CLIENT, SPAN("before"));
    recipe_expect_whole(1, DIR_CLIENT, SPAN("meanwhile"));
    assert_int_equal(sink_session(1)->client_port, 50);
    fixture_flush(&f);
    fixture_close(&f);
}

/* ---- ICMP ---- */

static void icmp_of_one_peer_and_of_all(void **state)
{
    struct engine_fixture f;
    char name[32];
    size_t passed = 0;

    (void)state;
    open_engine(&f, ENGINE_INLINE, workload_of);
    assert_int_equal(pings(&f, "10.9.9.9", 300, START), 99);
    assert_int_equal(pings(&f, "10.9.9.9", 300, START + SECOND), 0);
    for (uint32_t i = 0; i < 300; i++)
        passed += pings(&f, made_up(name, i), 1, START + 60 * SECOND + i);
    assert_int_equal(passed, 99);
    assert_int_equal(fixture_threats(&f, THREAT_ICMP_FLOOD), 2);
    assert_int_equal(fixture_counter(&f, COUNTER_METER_DROPS), 201 + 300 + 201);
    fixture_close(&f);
}

static void what_networks_need_is_not_counted(void **state)
{
    static const uint8_t types[][3] = {{6, 135, 0}, {6, 136, 0}, {6, 2, 0}, {6, 129, 0},
                                       {4, 0, 0},   {4, 3, 4},   {4, 14, 0}};
    static struct packet_builder b;
    struct engine_fixture f;

    (void)state;
    open_engine(&f, ENGINE_INLINE, workload_of);
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        struct frame_list l = {0};

        for (uint32_t i = 0; i < 500; i++) {
            build_begin(&b);
            build_ethernet(&b);
            if (types[t][0] == 6) {
                build_ip(&b, "fd00::9", "fd00::2");
                build_icmpv6(&b, types[t][1], types[t][2], i);
                build_fill(&b, 1, 16);
            } else {
                build_ip(&b, "10.9.9.9", "10.1.1.2");
                build_icmp(&b, types[t][1], types[t][2], i);
            }
            build_add(&b, &l, START + i);
        }
        (void)feed(&f, &l);
    }
    assert_int_equal(fixture_threats(&f, THREAT_ICMP_FLOOD), 0);
    assert_int_equal(fixture_counter(&f, COUNTER_METER_DROPS), 0);
    fixture_close(&f);
}

/* ---- sessions ---- */

static void so_many_sessions_of_a_source(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, ENGINE_INLINE, limited);
    assert_int_equal(syns(&f, "10.9.9.9", 15, START), 9);
    assert_int_equal(usage(&f).sessions, 9);
    assert_int_equal(syns(&f, "10.9.9.8", 5, START), 5);
    assert_int_equal(fixture_threats(&f, THREAT_SESSION_LIMIT), 1);
    /* They have ended: there is room again. */
    fixture_tick(&f, START + 60 * SECOND);
    assert_int_equal(usage(&f).sessions, 0);
    assert_int_equal(syns(&f, "10.9.9.9", 9, START + 61 * SECOND), 9);
    fixture_close(&f);

    open_engine(&f, ENGINE_TAP, limited);
    assert_int_equal(syns(&f, "10.9.9.9", 15, START), 15);
    assert_int_equal(usage(&f).sessions, 15);
    assert_int_equal(fixture_threats(&f, THREAT_SESSION_LIMIT), 1);
    fixture_close(&f);
}

static void clients(struct engine_fixture *f, uint16_t port, unsigned count, struct span says)
{
    struct frame_list l = {0};

    for (unsigned i = 0; i < count; i++) {
        struct tcp_script s;

        tcp_script_init(&s, &l);
        s.ends[DIR_CLIENT].port = (uint16_t)(port + i);
        s.time_us = START;
        s.step_us = 0;
        tcp_open(&s);
        if (says.n > 0)
            tcp_send(&s, DIR_CLIENT, says);
    }
    feed(f, &l);
}

static void clients_that_say_nothing(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, ENGINE_INLINE, quiet);
    clients(&f, 30000, 50, SPAN("hello"));
    clients(&f, 40000, 12, SPAN(""));
    fixture_tick(&f, START + 29 * SECOND);
    assert_int_equal(fixture_threats(&f, THREAT_NO_CLIENT_DATA), 0);
    fixture_tick(&f, START + 32 * SECOND);
    assert_int_equal(fixture_threats(&f, THREAT_NO_CLIENT_DATA), 3);
    fixture_tick(&f, START + 100 * SECOND);
    assert_int_equal(fixture_threats(&f, THREAT_NO_CLIENT_DATA), 3);
    assert_int_equal(usage(&f).sessions, 59); /* the three were blocked, and have gone */
    fixture_close(&f);
    /* Nine are no attack; and by default nobody looks. */
    open_engine(&f, ENGINE_INLINE, quiet);
    clients(&f, 40000, 9, SPAN(""));
    fixture_tick(&f, START + 100 * SECOND);
    assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
    fixture_close(&f);
    open_engine(&f, ENGINE_INLINE, workload_of);
    clients(&f, 40000, 50, SPAN(""));
    fixture_tick(&f, START + 100 * SECOND);
    assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
    fixture_close(&f);
}

static void the_end_of_an_input_forgets(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, ENGINE_INLINE, workload_of);
    assert_int_equal(syns(&f, "10.9.9.9", 1000, START), 799);
    fixture_flush(&f);
    assert_int_equal(syns(&f, "10.9.9.9", 100, START + SECOND), 100);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_source_is_stopped_the_others_are_not),
        cmocka_unit_test(just_below_is_nothing),
        cmocka_unit_test(told_where_nothing_is_stopped),
        cmocka_unit_test(off_is_off),
        cmocka_unit_test(a_million_sources),
        cmocka_unit_test(icmp_of_one_peer_and_of_all),
        cmocka_unit_test(what_networks_need_is_not_counted),
        cmocka_unit_test(so_many_sessions_of_a_source),
        cmocka_unit_test(clients_that_say_nothing),
        cmocka_unit_test(the_end_of_an_input_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
