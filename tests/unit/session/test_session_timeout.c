/* SPDX-License-Identifier: Apache-2.0
 *
 * Idle timeouts: how long each kind of session lives without traffic, and what time itself may do.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)
#define START  (UINT64_C(1700000000) * SECOND)
#define DAY    (86400 * SECOND)

static void open_engine(struct engine_fixture *f)
{
    sink_reset();
    fixture_open(f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_INLINE});
}

static void feed(struct engine_fixture *f, struct frame_list *l)
{
    fixture_feed(f, l);
    frame_list_free(l);
}

static size_t live(const struct engine_fixture *f)
{
    struct engine_usage u;

    engine_usage(f->engine, &u);
    return u.sessions;
}

/* All in one moment, so that seconds can be counted from it. */
static void script(struct tcp_script *s, struct frame_list *l, uint64_t time_us)
{
    tcp_script_init(s, l);
    s->time_us = time_us;
    s->step_us = 0;
}

static void plain(struct frame_list *l, uint8_t proto, uint16_t port, uint64_t time_us)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip_spec(&b, &(struct ip_spec){.src = "10.1.1.1", .dst = "10.1.1.2", .proto = proto});
    if (proto == 17)
        build_udp(&b, port, 5000);
    else if (proto == 1)
        build_icmp(&b, 8, 0, 7u << 16);
    build_bytes(&b, "content.", 8);
    build_add(&b, l, time_us);
}

/* The session is there `seconds` after START, and not a second later. */
static void expect_lifetime(struct engine_fixture *f, const char *what, uint64_t seconds,
                            enum reason why)
{
    fixture_tick(f, START + seconds * SECOND);
    if (live(f) != 1)
        fail_msg("%s: gone after %llu seconds", what, (unsigned long long)seconds);
    fixture_tick(f, START + (seconds + 1) * SECOND);
    if (live(f) != 0)
        fail_msg("%s: still there after %llu seconds", what, (unsigned long long)seconds + 1);
    assert_int_equal(fixture_event(f, EVENT_FLOW, 0)->session.end_reason, why);
}

/* ---- each state has its time ---- */

enum stage_of_life { SYN_ONLY, SYN_ACK, HANDSHAKE, DATA, HALF_CLOSED, CLOSED, RESET, JOINED };

static void play(struct tcp_script *s, enum stage_of_life stage)
{
    if (stage == JOINED) {
        tcp_send(s, DIR_CLIENT, SPAN("data"));
        return;
    }
    if (stage <= SYN_ACK) {
        tcp_emit(s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
        s->ends[DIR_CLIENT].next++;
        if (stage == SYN_ACK)
            tcp_emit(s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK});
        return;
    }
    tcp_open(s);
    if (stage == HANDSHAKE)
        return;
    tcp_send(s, DIR_CLIENT, SPAN("data"));
    tcp_ack(s, DIR_SERVER);
    if (stage == CLOSED)
        tcp_close(s, DIR_CLIENT);
    else if (stage == RESET)
        tcp_reset(s, DIR_SERVER);
    else if (stage == HALF_CLOSED) {
        tcp_emit(s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK});
        s->ends[DIR_CLIENT].next++;
        tcp_ack(s, DIR_SERVER);
    }
}

static void tcp_states(void **state)
{
    static const struct {
        const char *what;
        enum stage_of_life stage;
        uint64_t seconds;
        enum reason why;
    } rows[] = {
        {"SYN", SYN_ONLY, 20, REASON_TIMEOUT},
        {"SYN/ACK", SYN_ACK, 20, REASON_TIMEOUT},
        {"handshake", HANDSHAKE, 1230, REASON_TIMEOUT},
        {"data", DATA, 1200, REASON_TIMEOUT},
        {"half closed", HALF_CLOSED, 90, REASON_TIMEOUT},
        {"closed", CLOSED, 15, REASON_CLOSED},
        {"reset", RESET, 15, REASON_RESET_SEEN},
        {"joined", JOINED, 1200, REASON_TIMEOUT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame_list l = {0};
        struct engine_fixture f;
        struct tcp_script s;

        open_engine(&f);
        script(&s, &l, START);
        play(&s, rows[i].stage);
        feed(&f, &l);
        expect_lifetime(&f, rows[i].what, rows[i].seconds, rows[i].why);
        recipe_close(&f);
    }
}

static void other_protocols(void **state)
{
    static const struct {
        const char *what;
        uint8_t proto;
        uint64_t seconds;
    } rows[] = {{"UDP", 17, 30}, {"ICMP", 1, 5}, {"ESP", 50, 15}, {"a protocol", 253, 15}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame_list l = {0};
        struct engine_fixture f;

        open_engine(&f);
        plain(&l, rows[i].proto, 40000, START);
        feed(&f, &l);
        expect_lifetime(&f, rows[i].what, rows[i].seconds, REASON_TIMEOUT);
        recipe_close(&f);
    }
}

/* Too small a segment size is a threat: its session is blocked, if there is one already. */
static void blocked_sessions(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct tcp_script s;

    (void)state;
    open_engine(&f);
    script(&s, &l, START);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN("data"));
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = SPAN("more"), .options = SPAN("\2\4\0\100")});
    tcp_send(&s, DIR_CLIENT, SPAN("more"));
    feed(&f, &l);
    assert_int_equal(f.fates[3].verdict, VERDICT_PASS);
    assert_int_equal(f.fates[4].verdict, VERDICT_DROP);
    assert_int_equal(f.fates[5].verdict, VERDICT_DROP);
    expect_lifetime(&f, "blocked", 60, REASON_TIMEOUT);
    recipe_close(&f);
}

/* ---- refreshing ---- */

static void traffic_keeps_a_session(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;

    (void)state;
    open_engine(&f);
    for (unsigned i = 0; i < 20; i++)
        plain(&l, 17, 40000, START + i * 30 * SECOND);
    feed(&f, &l);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS), 1);
    fixture_tick(&f, START + (19 * 30 + 30) * SECOND);
    assert_int_equal(live(&f), 1);
    fixture_tick(&f, START + (19 * 30 + 31) * SECOND);
    assert_int_equal(live(&f), 0);
    recipe_close(&f);
}

/* Whoever holds on to a closed connection does not keep it longer than a minute. */
static void a_closed_session_cannot_be_kept(void **state)
{
    (void)state;
    for (enum stage_of_life stage = CLOSED; stage <= RESET; stage++) {
        struct frame_list l = {0};
        struct engine_fixture f;
        struct tcp_script s;

        open_engine(&f);
        script(&s, &l, START);
        play(&s, stage);
        feed(&f, &l);
        for (uint64_t second = 1; second <= 59; second += 2) {
            script(&s, &l, START + second * SECOND);
            s.ends[DIR_CLIENT].next += 6;
            s.ends[DIR_SERVER].next += 2;
            tcp_ack(&s, DIR_CLIENT);
            feed(&f, &l);
            fixture_tick(&f, START + second * SECOND);
            assert_int_equal(live(&f), 1);
        }
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 0);
        fixture_tick(&f, START + 60 * SECOND);
        assert_int_equal(live(&f), 1);
        fixture_tick(&f, START + 61 * SECOND);
        assert_int_equal(live(&f), 0);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        recipe_close(&f);
    }
}

/* Nobody has looked at the timers yet: the packet itself finds that the session is over. */
static void a_late_packet_opens_a_new_session(void **state)
{
    (void)state;
    for (uint64_t seconds = 30; seconds <= 31; seconds++) {
        struct frame_list l = {0};
        struct engine_fixture f;

        open_engine(&f);
        /* The clock of a batch is its first frame's: the later one is in the same. */
        plain(&l, 17, 40000, START);
        plain(&l, 17, 40000, START + seconds * SECOND);
        feed(&f, &l);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS), seconds == 31 ? 2 : 1);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_TIMEOUT), seconds == 31);
        assert_int_equal(live(&f), 1);
        fixture_flush(&f);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), seconds == 31 ? 2 : 1);
        assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.client_side.packets,
                         seconds == 31 ? 1 : 2);
        recipe_close(&f);
    }
}

/* ---- time itself ---- */

static void days_go_by(void **state)
{
    static const uint64_t jumps[] = {3599 * SECOND, 3600 * SECOND, 3601 * SECOND, DAY, 400 * DAY};

    (void)state;
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        struct frame_list l = {0};
        struct engine_fixture f;

        open_engine(&f);
        for (uint16_t port = 0; port < 10; port++)
            plain(&l, 17, (uint16_t)(40000 + port), START + port * SECOND);
        feed(&f, &l);
        plain(&l, 17, 41000, START + jumps[i]);
        feed(&f, &l);
        assert_int_equal(live(&f), 11 - fixture_count(&f, EVENT_FLOW));
        fixture_tick(&f, START + jumps[i] + SECOND);
        assert_int_equal(live(&f), 1);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_TIMEOUT), 10);
        fixture_tick(&f, START + jumps[i] + 30 * SECOND);
        assert_int_equal(live(&f), 1);
        fixture_tick(&f, START + jumps[i] + 31 * SECOND);
        assert_int_equal(live(&f), 0);
        recipe_close(&f);
    }
}

static void time_goes_back_and_nothing_ends(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;

    (void)state;
    open_engine(&f);
    plain(&l, 17, 40000, START);
    plain(&l, 17, 40000, START - 3 * DAY);
    plain(&l, 17, 40001, START - 2 * DAY);
    plain(&l, 17, 40000, 0);
    feed(&f, &l);
    fixture_tick(&f, START - DAY);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS), 2);
    assert_int_equal(live(&f), 2);
    fixture_tick(&f, START + 30 * SECOND);
    assert_int_equal(live(&f), 2);
    fixture_tick(&f, START + 31 * SECOND);
    assert_int_equal(live(&f), 0);
    recipe_close(&f);
}

static void a_new_input_may_begin_anywhere(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;

    (void)state;
    open_engine(&f);
    plain(&l, 17, 40000, START);
    feed(&f, &l);
    fixture_flush(&f);
    plain(&l, 17, 40000, START - 100 * DAY);
    feed(&f, &l);
    assert_int_equal(live(&f), 1);
    fixture_tick(&f, START - 100 * DAY + 30 * SECOND);
    assert_int_equal(live(&f), 1);
    fixture_tick(&f, START - 100 * DAY + 31 * SECOND);
    assert_int_equal(live(&f), 0);
    recipe_close(&f);
}

/* ---- many at once ---- */

#define MANY 5000

static void many_end_a_few_at_a_time(void **state)
{
    uint64_t later = START + 100 * SECOND;
    struct frame_list l = {0};
    struct engine_fixture f;

    (void)state;
    open_engine(&f);
    for (uint16_t i = 0; i < MANY; i++)
        plain(&l, 17, (uint16_t)(10000 + i), START);
    feed(&f, &l);
    assert_int_equal(live(&f), MANY);
    for (uint16_t i = 0; i < 10; i++) {
        size_t before = fixture_count(&f, EVENT_FLOW), ended;

        plain(&l, 17, 9000, later);
        feed(&f, &l);
        ended = fixture_count(&f, EVENT_FLOW) - before;
        assert_in_range(ended, 1, 8); /* work of a packet is bounded */
    }
    assert_true(live(&f) > MANY - 100);
    fixture_tick(&f, later);
    assert_int_equal(live(&f), 1);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_TIMEOUT), MANY);
    recipe_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_states),
        cmocka_unit_test(other_protocols),
        cmocka_unit_test(blocked_sessions),
        cmocka_unit_test(traffic_keeps_a_session),
        cmocka_unit_test(a_closed_session_cannot_be_kept),
        cmocka_unit_test(a_late_packet_opens_a_new_session),
        cmocka_unit_test(days_go_by),
        cmocka_unit_test(time_goes_back_and_nothing_ends),
        cmocka_unit_test(a_new_input_may_begin_anywhere),
        cmocka_unit_test(many_end_a_few_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
