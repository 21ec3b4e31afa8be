/* SPDX-License-Identifier: Apache-2.0
 *
 * More sessions than there is room for: who has to go, who is not let in, and what is given back.
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
#define LIMIT  16

static void open_engine(struct engine_fixture *f, void (*adjust)(struct snapshot *))
{
    sink_reset();
    fixture_open(f, &(struct fixture_options){
                        .parsers = sink_table, .mode = ENGINE_INLINE, .adjust = adjust});
}

static void small(struct snapshot *s)
{
    s->limits.sessions = LIMIT;
}

static void feed(struct engine_fixture *f, struct frame_list *l)
{
    struct frame_list all = *l;

    /* One at a time: nothing of the order may depend on batches. */
    for (size_t i = 0; i < all.count; i++)
        fixture_feed(f, &(struct frame_list){.frames = &all.frames[i], .count = 1});
    frame_list_free(l);
}

static struct engine_usage usage(const struct engine_fixture *f)
{
    struct engine_usage u;

    engine_usage(f->engine, &u);
    return u;
}

/* ---- sessions of each kind, told apart by the client's port ---- */

static void script(struct tcp_script *s, struct frame_list *l, uint16_t port, uint64_t time_us)
{
    tcp_script_init(s, l);
    s->ends[DIR_CLIENT].port = port;
    s->time_us = time_us;
    s->step_us = 0;
}

static void syn(struct engine_fixture *f, uint16_t port, uint64_t time_us)
{
    struct frame_list l = {0};
    struct tcp_script s;

    script(&s, &l, port, time_us);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    feed(f, &l);
}

static void midstream(struct engine_fixture *f, uint16_t port, uint64_t time_us)
{
    struct frame_list l = {0};
    struct tcp_script s;

    script(&s, &l, port, time_us);
    tcp_send(&s, DIR_CLIENT, SPAN("data"));
    feed(f, &l);
}

static void closed(struct engine_fixture *f, uint16_t port, uint64_t time_us)
{
    struct frame_list l = {0};
    struct tcp_script s;

    script(&s, &l, port, time_us);
    tcp_open(&s);
    tcp_close(&s, DIR_CLIENT);
    feed(f, &l);
}

static void datagram(struct engine_fixture *f, const char *from, uint16_t port, uint64_t time_us)
{
    struct frame_list l = {0};
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, from, strchr(from, ':') ? "2001:db8::53" : "10.1.1.2");
    build_udp(&b, port, 5000);
    build_bytes(&b, "question", 8);
    build_add(&b, &l, time_us);
    feed(f, &l);
}

/* The port of the session that ended last. */
static unsigned last_ended(const struct engine_fixture *f)
{
    size_t n = fixture_count(f, EVENT_FLOW);

    assert_true(n > 0);
    assert_int_equal(fixture_event(f, EVENT_FLOW, n - 1)->session.end_reason, REASON_EVICTED);
    return fixture_event(f, EVENT_FLOW, n - 1)->session.client.port;
}

/* ---- who goes ---- */

static void the_least_worth_goes_first(void **state)
{
    static const uint16_t order[LIMIT] = {10000, 10001, 10002, 10003, 11000, 11001, 11002, 11003,
                                          12000, 12001, 12002, 12003, 13000, 13001, 13002, 13003};
    struct engine_fixture f;
    uint64_t later = START + 5 * SECOND;

    (void)state;
    open_engine(&f, small);
    for (uint16_t i = 0; i < 4; i++) { /* the other way round than they will go */
        midstream(&f, (uint16_t)(13000 + i), START);
        closed(&f, (uint16_t)(12000 + i), START);
        datagram(&f, "10.1.1.1", (uint16_t)(11000 + i), START);
        syn(&f, (uint16_t)(10000 + i), START);
    }
    assert_int_equal(usage(&f).sessions, LIMIT);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 0);
    for (uint16_t i = 0; i < LIMIT; i++) {
        midstream(&f, (uint16_t)(20000 + i), later);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), i + 1);
        assert_int_equal(last_ended(&f), order[i]);
        assert_int_equal(usage(&f).sessions, LIMIT);
    }
    assert_int_equal(fixture_counter(&f, COUNTER_EVICT_UNREPLIED), 4);
    assert_int_equal(fixture_counter(&f, COUNTER_EVICT_CONNECTIONLESS), 4);
    assert_int_equal(fixture_counter(&f, COUNTER_EVICT_CLOSED), 4);
    assert_int_equal(fixture_counter(&f, COUNTER_EVICT_OTHER), 4);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSION_REFUSED), 0);
    recipe_close(&f);
}

static void who_is_active_is_passed_over(void **state)
{
    uint64_t later = START + 10 * SECOND;
    struct engine_fixture f;

    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        open_engine(&f, small);
        for (uint16_t i = 0; i < LIMIT; i++) {
            if (tcp)
                midstream(&f, (uint16_t)(10000 + i), START + i);
            else
                datagram(&f, "10.1.1.1", (uint16_t)(10000 + i), START + i);
        }
        for (uint16_t i = 0; i < 2; i++) { /* the two oldest speak again */
            if (tcp)
                midstream(&f, (uint16_t)(10000 + i), later);
            else
                datagram(&f, "10.1.1.1", (uint16_t)(10000 + i), later);
        }
        datagram(&f, "10.1.1.1", 20000, later + 1000);
        assert_int_equal(last_ended(&f), 10002);
        recipe_close(&f);
    }
}

/* A flood cannot hold the door by being active: after some tries the choice falls on one. */
static void all_are_active(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, small);
    for (uint16_t i = 0; i < 100; i++)
        datagram(&f, "10.1.1.1", (uint16_t)(10000 + i), START + i);
    assert_int_equal(usage(&f).sessions, LIMIT);
    assert_int_equal(fixture_counter(&f, COUNTER_EVICT_CONNECTIONLESS), 100 - LIMIT);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSION_REFUSED), 0);
    for (uint16_t i = 0; i < 100; i++)
        assert_true(fixture_passed(&f, i));
    recipe_close(&f);
}

/* SYNs of a flood go before any connection that was answered. */
static void a_syn_flood_does_not_end_connections(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, small);
    for (uint16_t i = 0; i < LIMIT - 1; i++)
        midstream(&f, (uint16_t)(10000 + i), START);
    for (uint16_t i = 0; i < 200; i++)
        syn(&f, (uint16_t)(20000 + i), START + 5 * SECOND + i);
    assert_int_equal(fixture_counter(&f, COUNTER_EVICT_UNREPLIED), 199);
    assert_int_equal(fixture_counter(&f, COUNTER_EVICT_OTHER), 0);
    recipe_close(&f);
}

/* ---- shares ---- */

static void shared(struct snapshot *s)
{
    s->limits.sessions = LIMIT;
    s->limits.sessions_per_source = 3;
}

static void shared_and_dropped(struct snapshot *s)
{
    shared(s);
    s->exceptions[EXCEPTION_SESSION_BUDGET] = VERDICT_DROP;
}

/* Half of the table is free for all; then a source has its share. */
static void fill_by_source(struct engine_fixture *f)
{
    for (uint16_t i = 0; i < LIMIT / 2; i++)
        datagram(f, "10.1.1.1", (uint16_t)(10000 + i), START + i);
    assert_int_equal(usage(f).sessions, LIMIT / 2);
    assert_int_equal(fixture_counter(f, COUNTER_SESSION_REFUSED), 0);
    for (uint16_t i = 0; i < 5; i++)
        datagram(f, "10.1.1.1", (uint16_t)(20000 + i), START + 100);
    assert_int_equal(usage(f).sessions, LIMIT / 2);
    assert_int_equal(fixture_counter(f, COUNTER_SESSION_REFUSED), 5);
    for (uint16_t i = 0; i < 5; i++) {
        datagram(f, "10.1.1.77", (uint16_t)(20000 + i), START + 200);
        datagram(f, "2001:db8::77", (uint16_t)(20000 + i), START + 200);
    }
    assert_int_equal(usage(f).sessions, LIMIT / 2 + 6);
    assert_int_equal(fixture_counter(f, COUNTER_SESSION_REFUSED), 9);
    assert_int_equal(fixture_count(f, EVENT_FLOW), 0);
}

static void one_source_gets_its_share(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, shared);
    fill_by_source(&f);
    for (size_t i = 0; i < f.frame_count; i++)
        assert_true(fixture_passed(&f, i));
    /* What ended no longer counts. */
    fixture_tick(&f, START + 60 * SECOND);
    assert_int_equal(usage(&f).sessions, 0);
    for (uint16_t i = 0; i < LIMIT / 2; i++)
        datagram(&f, "10.9.9.9", (uint16_t)(10000 + i), START + 60 * SECOND);
    for (uint16_t i = 0; i < 3; i++)
        datagram(&f, "10.1.1.1", (uint16_t)(30000 + i), START + 61 * SECOND);
    assert_int_equal(usage(&f).sessions, LIMIT / 2 + 3);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSION_REFUSED), 9);
    recipe_close(&f);
}

static void who_is_refused_is_dropped_when_set(void **state)
{
    struct engine_fixture f;
    size_t first = LIMIT / 2;

    (void)state;
    open_engine(&f, shared_and_dropped);
    fill_by_source(&f);
    recipe_expect_verdicts(&f, 0, first, VERDICT_PASS);
    recipe_expect_verdicts(&f, first, 5, VERDICT_DROP);
    for (size_t i = first; i < first + 5; i++)
        assert_int_equal(f.fates[i].reason, REASON_SESSION_BUDGET);
    recipe_expect_verdicts(&f, first + 5, 6, VERDICT_PASS);
    recipe_expect_verdicts(&f, first + 11, 4, VERDICT_DROP);
    recipe_close(&f);
}

static void workloads(struct snapshot *s)
{
    static const char *const nets[] = {"10.1.1.2/32", "2001:db8::53/128"};

    s->limits.sessions_per_workload = 5;
    s->exceptions[EXCEPTION_SESSION_BUDGET] = VERDICT_DROP;
    for (size_t i = 0; i < 2; i++)
        workloads_add(s, "w", nets + i, 1);
}

static void one_workload_gets_its_share(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, workloads);
    for (uint16_t i = 0; i < 8; i++)
        datagram(&f, "10.7.7.7", (uint16_t)(10000 + i), START);
    assert_int_equal(usage(&f).sessions, 5);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSION_REFUSED), 3);
    recipe_expect_verdicts(&f, 0, 5, VERDICT_PASS);
    recipe_expect_verdicts(&f, 5, 3, VERDICT_DROP);
    for (uint16_t i = 0; i < 5; i++) /* the other one is not concerned */
        datagram(&f, "2001:db8::1", (uint16_t)(10000 + i), START);
    assert_int_equal(usage(&f).sessions, 10);
    fixture_tick(&f, START + 60 * SECOND);
    assert_int_equal(usage(&f).sessions, 0);
    for (uint16_t i = 0; i < 5; i++)
        datagram(&f, "10.7.7.7", (uint16_t)(20000 + i), START + 60 * SECOND);
    assert_int_equal(usage(&f).sessions, 5);
    recipe_close(&f);
}

/* ---- memory ---- */

static void memory_comes_back(void **state)
{
    struct engine_fixture f;

    (void)state;
    open_engine(&f, small);
    for (uint16_t i = 0; i < 20000; i++) {
        midstream(&f, (uint16_t)(10000 + i), START + i);
        assert_true(usage(&f).sessions <= LIMIT);
        assert_true(usage(&f).limbo <= LIMIT + LIMIT / 8 + 4096);
    }
    assert_int_equal(usage(&f).sessions_peak, LIMIT);
    assert_int_equal(
        fixture_counter(&f, COUNTER_SESSIONS) - fixture_counter(&f, COUNTER_SESSIONS_ENDED), LIMIT);
    assert_true(usage(&f).app_bytes > 0);
    fixture_flush(&f);
    assert_int_equal(usage(&f).sessions, 0);
    assert_int_equal(usage(&f).app_bytes, 0);
    assert_int_equal(usage(&f).reassembly_bytes, 0);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), fixture_counter(&f, COUNTER_SESSIONS));
    recipe_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_worth_goes_first),
        cmocka_unit_test(who_is_active_is_passed_over),
        cmocka_unit_test(all_are_active),
        cmocka_unit_test(a_syn_flood_does_not_end_connections),
        cmocka_unit_test(one_source_gets_its_share),
        cmocka_unit_test(who_is_refused_is_dropped_when_set),
        cmocka_unit_test(one_workload_gets_its_share),
        cmocka_unit_test(memory_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
