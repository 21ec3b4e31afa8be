/* SPDX-License-Identifier: Apache-2.0
 *
 * R21: two different threats soon after each other are two events. R22: no request line that never
 * ends keeps a session undecided.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const enum engine_mode modes[] = {ENGINE_TAP, ENGINE_INLINE};

static void r21_bad_flags_then_small_mss(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN | TCP_FIN});
    tcp_wait(&s, 2000);
    s.ends[DIR_CLIENT].port++;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .mss = 48});
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_threats(&f, THREAT_BAD_PACKET), 1);
        assert_int_equal(fixture_threats(&f, THREAT_SMALL_MSS), 1);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 2);
        if (modes[i] == ENGINE_INLINE)
            recipe_expect_verdicts(&f, 0, 2, VERDICT_DROP);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

struct decided {
    bool ready;
    size_t sessions;
};

static bool look_at_session(void *arg, const struct session *s)
{
    struct decided *d = arg;

    d->ready = s->flags & SESSION_APP_READY;
    d->sessions++;
    return true;
}

/* 70 KiB of a request line: known as HTTP or decided to be unknown, but decided. */
static void r22_endless_request_line(void **state)
{
    enum { PIECES = 50, PIECE = 1400 };
    uint8_t piece[PIECE];
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    struct decided d = {0};

    (void)state;
    memset(piece, 'A', sizeof piece);
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN("GET /"));
    for (size_t i = 0; i < PIECES; i++) {
        tcp_send(&s, DIR_CLIENT, span_of(piece, PIECE));
        tcp_ack(&s, DIR_SERVER);
    }
    fixture_open(&f, &(struct fixture_options){.mode = ENGINE_INLINE});
    fixture_feed(&f, &frames);
    engine_sessions(f.engine, look_at_session, &d);
    assert_int_equal(d.sessions, 1);
    assert_true(d.ready);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    fixture_flush(&f);
    fixture_close(&f);
    frame_list_free(&frames);
}

/* Two bytes and then silence: decided when the time is over. */
static void r22_two_bytes_and_silence(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    struct decided d = {0};

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN("GE"));
    tcp_wait(&s, 1000);
    fixture_open(&f, &(struct fixture_options){.mode = ENGINE_INLINE});
    fixture_feed(&f, &frames);
    engine_sessions(f.engine, look_at_session, &d);
    assert_false(d.ready);
    for (uint64_t second = 1; second <= 15; second++)
        fixture_tick(&f, s.time_us + second * 1000000);
    engine_sessions(f.engine, look_at_session, &d);
    assert_int_equal(d.sessions, 2);
    assert_true(d.ready);
    fixture_flush(&f);
    fixture_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r21_bad_flags_then_small_mss),
        cmocka_unit_test(r22_endless_request_line),
        cmocka_unit_test(r22_two_bytes_and_silence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
