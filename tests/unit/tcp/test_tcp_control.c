/* SPDX-License-Identifier: Apache-2.0
 *
 * SYN, RST and FIN: those of the two ends are followed, those of a third party are not (RFC 5961).
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const enum engine_mode modes[] = {ENGINE_TAP, ENGINE_INLINE};

static void begin(struct tcp_script *s, struct frame_list *frames)
{
    *frames = (struct frame_list){0};
    tcp_script_init(s, frames);
    tcp_open(s);
}

/* ---- resets ---- */

static void expect_reset(enum dir from)
{
    struct tcp_script s;
    struct frame_list frames;

    begin(&s, &frames);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_ack(&s, DIR_SERVER);
    tcp_reset(&s, from);
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.state, SESSION_CLOSED);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_BAD_RST), 0);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

static void reset_in_sequence_ends_the_session(void **state)
{
    (void)state;
    expect_reset(DIR_CLIENT);
    expect_reset(DIR_SERVER);
}

static void reset_answers_a_syn(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    s.ends[DIR_CLIENT].next++;
    s.ends[DIR_SERVER].next = 0;
    tcp_reset(&s, DIR_SERVER);
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.state, SESSION_CLOSED);
    recipe_expect_verdicts(&f, 0, 2, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* One that acknowledges something else than the SYN is a guess. */
static void wrong_reset_does_not_answer_a_syn(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
    tcp_emit(&s, DIR_SERVER,
             &(struct tcp_segment){.flags = TCP_RST | TCP_ACK, .ack_offset = 77777});
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    assert_int_equal(fixture_counter(&f, COUNTER_TCP_BAD_RST), 1);
    recipe_expect_whole(0, DIR_CLIENT, recipe_request());
    recipe_close(&f);
    frame_list_free(&frames);
}

static void reset_out_of_sequence_changes_nothing(void **state)
{
    static const int32_t offsets[] = {1, 100, 30000, -1, -100, 0x20000000, -0x20000000};

    (void)state;
    for (size_t k = 0; k < 2 * sizeof offsets / sizeof offsets[0]; k++) {
        enum dir from = k % 2 ? DIR_SERVER : DIR_CLIENT;
        struct tcp_script s;
        struct frame_list frames;

        begin(&s, &frames);
        tcp_emit(&s, from, &(struct tcp_segment){.flags = TCP_RST, .seq_offset = offsets[k / 2]});
        tcp_send(&s, DIR_CLIENT, recipe_request());
        tcp_send(&s, DIR_SERVER, recipe_answer());
        recipe_check(&frames, 0, recipe_request());
        for (size_t i = 0; i < 2; i++) {
            struct engine_fixture f;

            recipe_play(&f, &frames, modes[i]);
            assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
            assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.state, SESSION_ESTABLISHED);
            assert_int_equal(fixture_counter(&f, COUNTER_TCP_BAD_RST), 1);
            recipe_expect_whole(0, DIR_SERVER, recipe_answer());
            recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
            recipe_close(&f);
        }
        frame_list_free(&frames);
    }
}

/* After bytes that wait behind a hole, the receiver's place is in front of the hole. */
static void reset_is_judged_at_the_receivers_place(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_at(&s, DIR_CLIENT, 10, SPAN("later"));
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_RST, .seq_offset = 15});
    tcp_send(&s, DIR_CLIENT, SPAN("0123456789"));
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_whole(0, DIR_CLIENT, SPAN("0123456789later"));
    assert_int_equal(fixture_counter(&f, COUNTER_TCP_BAD_RST), 1);
    assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.state, SESSION_ESTABLISHED);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void reset_of_no_session_makes_none(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_reset(&s, DIR_SERVER);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK});
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(fixture_counter(&f, COUNTER_TCP_NO_SESSION), 2);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS), 0);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* ---- SYNs ---- */

static void syn_inside_a_session_changes_nothing(void **state)
{
    static const int32_t offsets[] = {0, 1000, 0x10000000, -0x10000000};

    (void)state;
    for (size_t k = 0; k < 2 * sizeof offsets / sizeof offsets[0]; k++) {
        enum dir from = k % 2 ? DIR_SERVER : DIR_CLIENT;
        struct tcp_script s;
        struct frame_list frames;

        begin(&s, &frames);
        tcp_send(&s, DIR_CLIENT, span_first(recipe_request(), 10));
        tcp_ack(&s, DIR_SERVER);
        tcp_emit(&s, from, &(struct tcp_segment){.flags = TCP_SYN, .seq_offset = offsets[k / 2]});
        tcp_send(&s, DIR_CLIENT, span_from(recipe_request(), 10));
        tcp_send(&s, DIR_SERVER, recipe_answer());
        recipe_check(&frames, 0, recipe_request());
        for (size_t i = 0; i < 2; i++) {
            struct engine_fixture f;

            recipe_play(&f, &frames, modes[i]);
            assert_int_equal(sink_count(), 1);
            assert_int_equal(fixture_counter(&f, COUNTER_TCP_BAD_SYN), 1);
            assert_int_equal(fixture_counter(&f, COUNTER_PORT_REUSED), 0);
            recipe_expect_whole(0, DIR_SERVER, recipe_answer());
            recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
            recipe_close(&f);
        }
        frame_list_free(&frames);
    }
}

static void syn_data_begins_the_stream(void **state)
{
    struct span request = recipe_request();
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.flags = TCP_SYN, .bytes = span_first(request, 40)});
    s.ends[DIR_CLIENT].next += 41;
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK});
    s.ends[DIR_SERVER].next++;
    tcp_send(&s, DIR_CLIENT, span_from(request, 40));
    recipe_check(&frames, 0, request);
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_SYN_DATA), 1);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* The server took the SYN and not its data: the client sends them again. */
static void syn_data_that_the_server_ignored(void **state)
{
    struct span request = recipe_request();
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.flags = TCP_SYN, .bytes = span_first(request, 40)});
    s.ends[DIR_CLIENT].next++;
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK});
    s.ends[DIR_SERVER].next++;
    tcp_ack(&s, DIR_CLIENT);
    tcp_send(&s, DIR_CLIENT, request);
    recipe_check(&frames, 0, request);
    frame_list_free(&frames);
}

static void simultaneous_open(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN});
    s.ends[DIR_CLIENT].next++;
    s.ends[DIR_SERVER].next++;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK, .seq_offset = -1});
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK, .seq_offset = -1});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        recipe_expect_whole(0, DIR_SERVER, recipe_answer());
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* The server asks back with a SYN of its own instead of SYN and ACK together. Some write a bare ACK
 * in front of it. */
static void split_handshake(bool with_ack)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    s.ends[DIR_CLIENT].next++;
    if (with_ack)
        tcp_ack(&s, DIR_SERVER);
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN});
    s.ends[DIR_SERVER].next++;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK, .seq_offset = -1});
    tcp_ack(&s, DIR_SERVER);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_threats(&f, THREAT_SPLIT_HANDSHAKE), 1);
        recipe_expect_whole(0, DIR_SERVER, recipe_answer());
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

static void split_handshake_is_a_threat_and_followed(void **state)
{
    (void)state;
    split_handshake(false);
}

static void split_handshake_in_five_steps(void **state)
{
    (void)state;
    split_handshake(true);
}

static void sequence_numbers_wrap(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    s.ends[DIR_CLIENT].isn = s.ends[DIR_CLIENT].next = 0xfffffff0;
    s.ends[DIR_SERVER].isn = s.ends[DIR_SERVER].next = 0xffffffff;
    tcp_open(&s);
    tcp_at(&s, DIR_CLIENT, 100, span_from(recipe_request(), 100));
    tcp_at(&s, DIR_CLIENT, 0, span_first(recipe_request(), 100));
    tcp_advance(&s, DIR_CLIENT, recipe_request().n);
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_close(&s, DIR_SERVER);
    recipe_check(&frames, 0, recipe_request());
    frame_list_free(&frames);
}

/* ---- FINs ---- */

static void fin_ahead_of_missing_data_waits(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK | TCP_PSH,
                                   .seq_offset = 20,
                                   .bytes = span_from(recipe_request(), 20)});
    tcp_send(&s, DIR_CLIENT, span_first(recipe_request(), 20));
    s.ends[DIR_CLIENT].next += (uint32_t)(recipe_request().n - 20 + 1);
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK});
    s.ends[DIR_SERVER].next++;
    tcp_ack(&s, DIR_CLIENT);
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.state, SESSION_CLOSED);
        recipe_expect_whole(0, DIR_SERVER, recipe_answer());
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* A FIN out of window, or one behind data that never was, closes nothing. */
static void forged_fin_does_not_end_inspection(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK, .seq_offset = 0x20000000});
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK, .seq_offset = -1});
    tcp_emit(&s, DIR_SERVER,
             &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK, .seq_offset = 0x20000000});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    recipe_check(&frames, 0, recipe_request());
    frame_list_free(&frames);
}

static void half_closed_sessions_go_on(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK});
    s.ends[DIR_CLIENT].next++;
    tcp_ack(&s, DIR_SERVER);
    tcp_send(&s, DIR_SERVER, recipe_answer());
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_whole(0, DIR_SERVER, recipe_answer());
    assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.state, SESSION_ESTABLISHED);
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reset_in_sequence_ends_the_session),
        cmocka_unit_test(reset_answers_a_syn),
        cmocka_unit_test(wrong_reset_does_not_answer_a_syn),
        cmocka_unit_test(reset_out_of_sequence_changes_nothing),
        cmocka_unit_test(reset_is_judged_at_the_receivers_place),
        cmocka_unit_test(reset_of_no_session_makes_none),
        cmocka_unit_test(syn_inside_a_session_changes_nothing),
        cmocka_unit_test(syn_data_begins_the_stream),
        cmocka_unit_test(syn_data_that_the_server_ignored),
        cmocka_unit_test(simultaneous_open),
        cmocka_unit_test(split_handshake_is_a_threat_and_followed),
        cmocka_unit_test(split_handshake_in_five_steps),
        cmocka_unit_test(sequence_numbers_wrap),
        cmocka_unit_test(fin_ahead_of_missing_data_waits),
        cmocka_unit_test(forged_fin_does_not_end_inspection),
        cmocka_unit_test(half_closed_sessions_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
