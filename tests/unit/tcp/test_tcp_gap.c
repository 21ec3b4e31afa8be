/* SPDX-License-Identifier: Apache-2.0
 *
 * Data that the capture does not hold: losses behind an acknowledgement, one-sided captures, and
 * memory that is not enough. Inspection goes on behind the gap.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define HANDSHAKE 3 /* frames */

static const enum engine_mode modes[] = {ENGINE_TAP, ENGINE_INLINE};

static void begin(struct tcp_script *s, struct frame_list *frames)
{
    *frames = (struct frame_list){0};
    tcp_script_init(s, frames);
    tcp_open(s);
}

static void expect_one_gap(enum dir d, size_t at, uint64_t missing)
{
    const struct sink_session *s = sink_session(0);

    assert_non_null(s);
    assert_int_equal(s->streams[d].gap_count, 1);
    assert_int_equal(s->streams[d].gaps[0].at, at);
    assert_true(s->streams[d].gaps[0].missing == missing);
}

static void acknowledged_and_never_seen(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    for (int k = 0; k < 2; k++) {
        enum dir d = k ? DIR_SERVER : DIR_CLIENT, peer = k ? DIR_CLIENT : DIR_SERVER;

        begin(&s, &frames);
        tcp_send(&s, d, SPAN("before"));
        tcp_advance(&s, d, 100);
        tcp_send(&s, d, SPAN("behind"));
        tcp_ack(&s, peer);
        tcp_send(&s, d, SPAN("more"));
        recipe_play(&f, &frames, ENGINE_TAP);
        recipe_expect(0, d, SPAN("beforebehindmore"));
        expect_one_gap(d, 6, 100);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_GAPS), 1);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_GAP_BYTES), 100);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* The acknowledgement is all there is: nothing of the lost bytes comes later. */
static void acknowledged_and_nothing_behind(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_send(&s, DIR_CLIENT, SPAN("before"));
    tcp_advance(&s, DIR_CLIENT, 100);
    tcp_ack(&s, DIR_SERVER);
    tcp_send(&s, DIR_CLIENT, SPAN("behind"));
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect(0, DIR_CLIENT, SPAN("beforebehind"));
    expect_one_gap(DIR_CLIENT, 6, 100);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void end_of_input_hands_on_what_waits(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    tcp_send(&s, DIR_CLIENT, SPAN("before"));
    tcp_advance(&s, DIR_CLIENT, 100);
    tcp_send(&s, DIR_CLIENT, SPAN("behind"));
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        recipe_expect(0, DIR_CLIENT, SPAN("beforebehind"));
        expect_one_gap(DIR_CLIENT, 6, 100);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* The first segment is the lost one: a parser meets the stream as one joined in the middle. */
static void gap_at_the_very_start(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_advance(&s, DIR_CLIENT, 50);
    tcp_send(&s, DIR_CLIENT, SPAN("behind"));
    tcp_ack(&s, DIR_SERVER);
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect(0, DIR_CLIENT, SPAN("behind"));
    assert_true(sink_session(0)->midstream);
    assert_int_equal(fixture_counter(&f, COUNTER_TCP_GAP_BYTES), 50);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void a_lost_handshake_is_no_gap(void **state)
{
    struct frame_list frames = {0}, but_synack = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    for (size_t lost = 0; lost < HANDSHAKE; lost++) {
        for (size_t i = 0; i < frames.count; i++)
            if (i != lost)
                frame_list_add(&but_synack, frames.frames[i].bytes, frames.frames[i].n,
                               frames.frames[i].time_us);
        recipe_play(&f, &but_synack, ENGINE_TAP);
        recipe_expect_whole(0, DIR_CLIENT, recipe_request());
        recipe_expect_whole(0, DIR_SERVER, recipe_answer());
        assert_int_equal(sink_session(0)->server_port, 80);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        recipe_close(&f);
        frame_list_free(&but_synack);
    }
    frame_list_free(&frames);
}

/* ---- one side only ---- */

static void only(const struct frame_list *all, enum dir d, struct frame_list *out)
{
    /* The client has the lower address: its last byte tells the sender. */
    for (size_t i = 0; i < all->count; i++)
        if (all->frames[i].bytes[14 + 15] == (d == DIR_CLIENT ? 1 : 2))
            frame_list_add(out, all->frames[i].bytes, all->frames[i].n, all->frames[i].time_us);
}

static void one_side_is_enough(void **state)
{
    struct frame_list all, half = {0};
    struct tcp_script s;

    (void)state;
    begin(&s, &all);
    tcp_send(&s, DIR_CLIENT, span_first(recipe_request(), 50));
    tcp_send(&s, DIR_CLIENT, span_from(recipe_request(), 50));
    tcp_send(&s, DIR_SERVER, span_first(recipe_answer(), 10));
    tcp_send(&s, DIR_SERVER, span_from(recipe_answer(), 10));
    tcp_close(&s, DIR_CLIENT);
    for (int k = 0; k < 2; k++) {
        enum dir d = k ? DIR_SERVER : DIR_CLIENT;
        struct engine_fixture f;

        only(&all, d, &half);
        recipe_play(&f, &half, ENGINE_TAP);
        recipe_expect_whole(0, d, d == DIR_CLIENT ? recipe_request() : recipe_answer());
        assert_int_equal(sink_session(0)->server_port, 80);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        recipe_close(&f);
        frame_list_free(&half);
    }
    frame_list_free(&all);
}

/* Nobody acknowledges: a hole has to be given up for room, not for an ACK. */
static void one_sided_capture_with_a_loss_goes_on(void **state)
{
    enum { PIECES = 400, PIECE = 1400 };
    uint8_t piece[PIECE];
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    size_t before;

    (void)state;
    memset(piece, 'a', sizeof piece);
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    s.ends[DIR_CLIENT].next++;
    tcp_send(&s, DIR_CLIENT, SPAN("before"));
    tcp_advance(&s, DIR_CLIENT, 100);
    for (size_t i = 0; i < PIECES; i++)
        tcp_send(&s, DIR_CLIENT, span_of(piece, PIECE));
    sink_reset();
    fixture_open(&f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_TAP});
    fixture_feed(&f, &frames);
    before = sink_bytes(0, DIR_CLIENT).n;
    assert_in_range(before, PIECES * PIECE / 2, PIECES * PIECE + 6);
    fixture_flush(&f);
    assert_int_equal(sink_bytes(0, DIR_CLIENT).n, PIECES * PIECE + 6);
    expect_one_gap(DIR_CLIENT, 6, 100);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* ---- memory ---- */

static void little_room(struct snapshot *s)
{
    s->limits.reassembly_side_bytes = 8192;
}

static void few_segments(struct snapshot *s)
{
    s->limits.reassembly_segments = 8;
}

static void little_room_for_all(struct snapshot *s)
{
    s->limits.reassembly_bytes = 8192;
}

static void (*const adjustments[])(struct snapshot *) = {little_room, few_segments,
                                                         little_room_for_all};

/* A hole, 20 separate pieces of a kilobyte behind it, then the whole again from the hole on. */
static void write_more_than_fits(struct tcp_script *s, const uint8_t *stream)
{
    tcp_send(s, DIR_CLIENT, span_of(stream, 100));
    for (size_t i = 0; i < 20; i++)
        tcp_at(s, DIR_CLIENT, (int32_t)(200 + i * 1100), span_of(stream + 300 + i * 1100, 1000));
}

static void budget_exhausted_on_a_tap_is_a_gap(void **state)
{
    enum { TOTAL = 300 + 20 * 1100 };
    uint8_t stream[TOTAL];

    (void)state;
    for (size_t i = 0; i < TOTAL; i++)
        stream[i] = (uint8_t)(i * 3 + i / 256);
    for (size_t k = 0; k < 3; k++) {
        struct tcp_script s;
        struct frame_list frames;
        struct engine_fixture f;
        const struct sink_session *sink;

        begin(&s, &frames);
        write_more_than_fits(&s, stream);
        sink_reset();
        fixture_open(&f, &(struct fixture_options){
                             .parsers = sink_table, .mode = ENGINE_TAP, .adjust = adjustments[k]});
        fixture_feed(&f, &frames);
        fixture_flush(&f);
        sink = sink_session(0);
        assert_non_null(sink);
        assert_in_range(fixture_counter(&f, COUNTER_TCP_GAPS), 1, 100);
        assert_in_range(fixture_counter(&f, COUNTER_TCP_BUDGET), 1, 100);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSION_BYPASSED), 0);
        assert_in_range(sink->streams[DIR_CLIENT].gap_count, 1, 100);
        /* The last piece is there, and every piece that is, is what it was. */
        assert_in_range(sink->streams[DIR_CLIENT].n, 1100, TOTAL);
        assert_memory_equal(sink->streams[DIR_CLIENT].bytes + sink->streams[DIR_CLIENT].n - 1000,
                            stream + TOTAL - 1100, 1000);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

static void budget_exhausted_inline_drops_and_never_bypasses(void **state)
{
    enum { TOTAL = 300 + 20 * 1100 };
    uint8_t stream[TOTAL];

    (void)state;
    for (size_t i = 0; i < TOTAL; i++)
        stream[i] = (uint8_t)(i * 3 + i / 256);
    for (size_t k = 0; k < 3; k++) {
        struct tcp_script s;
        struct frame_list frames;
        struct engine_fixture f;
        size_t dropped = 0;

        begin(&s, &frames);
        write_more_than_fits(&s, stream);
        for (size_t i = 100; i < TOTAL; i += 500)
            tcp_at(&s, DIR_CLIENT, (int32_t)i - 100,
                   span_of(stream + i, TOTAL - i < 500 ? TOTAL - i : 500));
        sink_reset();
        fixture_open(&f, &(struct fixture_options){.parsers = sink_table,
                                                   .mode = ENGINE_INLINE,
                                                   .adjust = adjustments[k]});
        fixture_feed(&f, &frames);
        for (size_t i = HANDSHAKE + 1; i < HANDSHAKE + 21; i++) {
            if (fixture_passed(&f, i))
                continue;
            dropped++;
            assert_int_equal(f.fates[i].verdict, VERDICT_DROP);
            assert_int_equal(f.fates[i].reason, REASON_REASSEMBLY_BUDGET);
        }
        assert_in_range(dropped, 10, 20);
        recipe_expect_whole(0, DIR_CLIENT, span_of(stream, TOTAL));
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_GAPS), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSION_BYPASSED), 0);
        fixture_flush(&f);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* One greedy session must not leave the budget charged behind. */
static void memory_comes_back(void **state)
{
    enum { TOTAL = 300 + 20 * 1100 };
    static const uint8_t stream[TOTAL];
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;
    struct engine_usage usage;

    (void)state;
    begin(&s, &frames);
    write_more_than_fits(&s, stream);
    tcp_reset(&s, DIR_SERVER);
    sink_reset();
    fixture_open(&f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_TAP});
    fixture_feed(&f, &frames);
    for (uint64_t second = 1; second < 100; second++)
        fixture_tick(&f, s.time_us + second * 1000000);
    engine_usage(f.engine, &usage);
    assert_int_equal(usage.sessions, 0);
    assert_int_equal(usage.reassembly_bytes, 0);
    assert_int_equal(usage.app_bytes, 0);
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_and_never_seen),
        cmocka_unit_test(acknowledged_and_nothing_behind),
        cmocka_unit_test(end_of_input_hands_on_what_waits),
        cmocka_unit_test(gap_at_the_very_start),
        cmocka_unit_test(a_lost_handshake_is_no_gap),
        cmocka_unit_test(one_side_is_enough),
        cmocka_unit_test(one_sided_capture_with_a_loss_goes_on),
        cmocka_unit_test(budget_exhausted_on_a_tap_is_a_gap),
        cmocka_unit_test(budget_exhausted_inline_drops_and_never_bypasses),
        cmocka_unit_test(memory_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
