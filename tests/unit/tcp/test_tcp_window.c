/* SPDX-License-Identifier: Apache-2.0
 *
 * What the receiver would not take, the parser does not get: data outside the window, timestamps of
 * the past, probes; and urgent bytes, which Linux takes out of the stream.
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

/* ---- probes ---- */

static void keep_alives_are_no_data(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    tcp_send(&s, DIR_CLIENT, span_first(recipe_request(), 30));
    tcp_ack(&s, DIR_SERVER);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.seq_offset = -1});
    tcp_ack(&s, DIR_SERVER);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.seq_offset = -1, .bytes = SPAN("\0")});
    tcp_ack(&s, DIR_SERVER);
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.seq_offset = -1});
    tcp_ack(&s, DIR_CLIENT);
    tcp_send(&s, DIR_CLIENT, span_from(recipe_request(), 30));
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_KEEPALIVE), 1); /* with a byte */
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* The receiver has room for 100 bytes and gets them. */
static void fill_receiver(struct tcp_script *s, struct frame_list *frames)
{
    *frames = (struct frame_list){0};
    tcp_script_init(s, frames);
    s->ends[DIR_SERVER].wscale = 0;
    s->ends[DIR_SERVER].window = 100;
    tcp_open(s);
    tcp_send(s, DIR_CLIENT, span_first(recipe_request(), 100));
    tcp_emit(s, DIR_SERVER, &(struct tcp_segment){.window_closed = true});
}

static void room_again(struct tcp_script *s)
{
    s->ends[DIR_SERVER].window = 1000;
    tcp_ack(s, DIR_SERVER);
    tcp_send(s, DIR_CLIENT, span_from(recipe_request(), 100));
}

/* It answers a byte of new data and throws it away. */
static void zero_window_probe_comes_again(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    fill_receiver(&s, &frames);
    tcp_at(&s, DIR_CLIENT, 0, span_first(span_from(recipe_request(), 100), 1));
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.window_closed = true});
    room_again(&s);
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_KEEPALIVE), 1);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* ... so that byte can be a lie. A tap must read what the receiver reads; inline one of the two
 * copies must not arrive. */
static void zero_window_probe_that_lies(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;
    struct span got;

    (void)state;
    fill_receiver(&s, &frames);
    tcp_at(&s, DIR_CLIENT, 0, SPAN("#"));
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.window_closed = true});
    room_again(&s);
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect_whole(0, DIR_CLIENT, recipe_request());
    recipe_close(&f);

    recipe_play(&f, &frames, ENGINE_INLINE);
    got = sink_bytes(0, DIR_CLIENT);
    if (got.n > 100 && got.p[100] == '#')
        assert_false(fixture_passed(&f, frames.count - 1));
    else
        recipe_expect_whole(0, DIR_CLIENT, recipe_request());
    recipe_close(&f);
    frame_list_free(&frames);
}

/* ---- windows ---- */

static void data_far_outside_is_not_taken(void **state)
{
    static const int32_t offsets[] = {0x08000000, 0x40000000, 0x7fff0000, -0x00100000, -0x40000000};
    enum { AHEAD = 3 }; /* so many of them; the others are old and change nothing anyway */

    (void)state;
    for (size_t k = 0; k < sizeof offsets / sizeof offsets[0]; k++) {
        struct tcp_script s;
        struct frame_list frames;

        begin(&s, &frames);
        tcp_at(&s, DIR_CLIENT, offsets[k], SPAN("##########"));
        tcp_send(&s, DIR_CLIENT, recipe_request());
        tcp_ack(&s, DIR_SERVER);
        recipe_check(&frames, 0, recipe_request());
        for (size_t i = 0; i < 2; i++) {
            struct engine_fixture f;

            recipe_play(&f, &frames, modes[i]);
            assert_int_equal(fixture_counter(&f, COUNTER_TCP_OUT_OF_WINDOW), k < AHEAD);
            if (modes[i] == ENGINE_INLINE && k < AHEAD)
                recipe_expect_verdicts(&f, HANDSHAKE, 1, VERDICT_DROP);
            recipe_close(&f);
        }
        frame_list_free(&frames);
    }
}

/* Without scaling, and the receiver's word is known: the first byte beyond is not taken. */
static void the_windows_edge_inline(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    uint8_t bytes[1000];

    (void)state;
    memset(bytes, 'a', sizeof bytes);
    tcp_script_init(&s, &frames);
    for (int i = 0; i < 2; i++) {
        s.ends[i].wscale = 0;
        s.ends[i].window = 1000;
    }
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, span_of(bytes, 1000));
    tcp_ack(&s, DIR_SERVER);
    tcp_at(&s, DIR_CLIENT, 1001, SPAN("#"));
    tcp_send(&s, DIR_CLIENT, span_of(bytes, 1000));
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 2000);
    recipe_expect_verdicts(&f, HANDSHAKE + 2, 1, VERDICT_DROP);
    assert_int_equal(f.fates[HANDSHAKE + 2].reason, REASON_OUT_OF_WINDOW);
    recipe_expect_verdicts(&f, HANDSHAKE + 3, 1, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* The window of the SYN itself is never scaled, later ones are, by the sender's own offer; and only
 * when both have offered. */
static void scaling_follows_the_handshake(void **state)
{
    static const struct {
        uint8_t client, server;
        uint32_t reach; /* of the client's data, with 1000 in the server's header */
    } cases[] = {{7, 7, 128000}, {1, 7, 128000}, {7, 1, 2000}, {0, 7, 1000}, {7, 0, 1000}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct frame_list frames = {0};
        struct tcp_script s;
        struct engine_fixture f;

        tcp_script_init(&s, &frames);
        s.ends[DIR_CLIENT].wscale = cases[k].client;
        s.ends[DIR_SERVER].wscale = cases[k].server;
        s.ends[DIR_SERVER].window = 1000;
        tcp_open(&s);
        tcp_ack(&s, DIR_SERVER);
        tcp_at(&s, DIR_CLIENT, (int32_t)cases[k].reach - 1, SPAN("x"));
        tcp_at(&s, DIR_CLIENT, (int32_t)cases[k].reach + 1, SPAN("y"));
        recipe_play(&f, &frames, ENGINE_INLINE);
        recipe_expect_verdicts(&f, HANDSHAKE + 1, 1, VERDICT_PASS);
        recipe_expect_verdicts(&f, HANDSHAKE + 2, 1, VERDICT_DROP);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* ---- timestamps ---- */

static void timestamp_of_the_past_is_not_taken(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    s.timestamps = true;
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, span_first(recipe_request(), 30));
    tcp_ack(&s, DIR_SERVER);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = SPAN("##########"), .ts_offset = -100000});
    tcp_send(&s, DIR_CLIENT, span_from(recipe_request(), 30));
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_OLD_TS), 1);
        if (modes[i] == ENGINE_INLINE)
            recipe_expect_verdicts(&f, HANDSHAKE + 2, 1, VERDICT_DROP);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* A segment that the receiver throws away must not set the clock forward for the good ones. */
static void timestamps_of_rejected_segments_do_not_count(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    s.timestamps = true;
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, span_first(recipe_request(), 30));
    tcp_ack(&s, DIR_SERVER);
    tcp_emit(
        &s, DIR_CLIENT,
        &(struct tcp_segment){.bytes = SPAN("#"), .ts_offset = 0x40000000, .checksum = SUM_WRONG});
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){
                 .bytes = SPAN("#"), .ts_offset = 0x40000000, .seq_offset = 0x20000000});
    /* This one it keeps; but RFC 7323 4.3 (2) lets only a segment at its place set the clock. */
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = span_from(recipe_request(), 200),
                                   .ts_offset = 0x40000000,
                                   .seq_offset = 170});
    tcp_send(&s, DIR_CLIENT, span_from(recipe_request(), 30));
    recipe_check(&frames, 0, recipe_request());
    frame_list_free(&frames);
}

/* RFC 7323 5.5: after a long silence the old value says nothing; and values wrap. */
static void timestamps_wrap(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    s.timestamps = true;
    s.time_us = UINT64_C(0x100000000) * 1000 - 5000;
    tcp_open(&s);
    for (size_t i = 0; i < recipe_request().n; i += 20)
        tcp_send(&s, DIR_CLIENT, span_first(span_from(recipe_request(), i), 20));
    recipe_check(&frames, 0, recipe_request());
    frame_list_free(&frames);
}

/* ---- urgent bytes ---- */

struct urgent_case {
    const char *name;
    const char *first, *second; /* segments */
    uint16_t pointer;           /* in the first, counted from 1 as Linux reads it */
    const char *stream;
};

static void urgent_bytes_leave_the_stream(void **state)
{
    static const struct urgent_case cases[] = {
        {"at the start", "Xabc", "def", 1, "abcdef"},
        {"in the middle", "abXc", "def", 3, "abcdef"},
        {"at the end", "abcX", "def", 4, "abcdef"},
        {"in the next segment", "abc", "Xdef", 4, "abcdef"},
        {"pointer zero means the first byte", "Xabc", "def", 0, "abcdef"},
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const struct urgent_case *c = &cases[k];

        for (size_t i = 0; i < 2; i++) {
            struct tcp_script s;
            struct frame_list frames;
            struct engine_fixture f;

            begin(&s, &frames);
            tcp_emit(&s, DIR_CLIENT,
                     &(struct tcp_segment){.bytes = span_text(c->first),
                                           .flags = TCP_ACK | TCP_PSH | TCP_URG,
                                           .urgent = c->pointer});
            tcp_advance(&s, DIR_CLIENT, strlen(c->first));
            tcp_send(&s, DIR_CLIENT, span_text(c->second));
            recipe_play(&f, &frames, modes[i]);
            if (!span_equal(sink_bytes(0, DIR_CLIENT), span_text(c->stream)))
                fail_msg("%s: %.*s", c->name, (int)sink_bytes(0, DIR_CLIENT).n,
                         (const char *)sink_bytes(0, DIR_CLIENT).p);
            assert_int_equal(fixture_counter(&f, COUNTER_TCP_URGENT), 1);
            recipe_close(&f);
            frame_list_free(&frames);
        }
    }
}

/* Sent again without the flag, the byte stays out: the receiver's place is behind it. */
static void urgent_byte_sent_again(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){
                 .bytes = SPAN("abXc"), .flags = TCP_ACK | TCP_PSH | TCP_URG, .urgent = 3});
    tcp_at(&s, DIR_CLIENT, 0, SPAN("abXcdef"));
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect(0, DIR_CLIENT, SPAN("abcdef"));
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_alives_are_no_data),
        cmocka_unit_test(zero_window_probe_comes_again),
        cmocka_unit_test(zero_window_probe_that_lies),
        cmocka_unit_test(data_far_outside_is_not_taken),
        cmocka_unit_test(the_windows_edge_inline),
        cmocka_unit_test(scaling_follows_the_handshake),
        cmocka_unit_test(timestamp_of_the_past_is_not_taken),
        cmocka_unit_test(timestamps_of_rejected_segments_do_not_count),
        cmocka_unit_test(timestamps_wrap),
        cmocka_unit_test(urgent_bytes_leave_the_stream),
        cmocka_unit_test(urgent_byte_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
