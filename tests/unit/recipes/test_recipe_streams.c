/* SPDX-License-Identifier: Apache-2.0
 *
 * Recipes that hide a request inside one TCP session: acknowledgements of nothing, holes, overlaps,
 * bytes from before the start, wrong checksums, urgent bytes, VLAN tags. The parser gets exactly
 * what the server will read.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define HANDSHAKE 3 /* frames */

static void begin(struct tcp_script *s, struct frame_list *frames)
{
    *frames = (struct frame_list){0};
    tcp_script_init(s, frames);
    tcp_open(s);
}

/* The piece [from, to) of the request, at its own place. */
static void send_piece(struct tcp_script *s, size_t from, size_t to)
{
    struct span piece = span_of(recipe_request().p + from, to - from);

    tcp_at(s, DIR_CLIENT, (int32_t)from, piece);
}

static void r2_ack_of_unseen_data(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.ack_offset = 5000});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_ack(&s, DIR_CLIENT);
    recipe_check(&frames, 0, recipe_request());

    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, HANDSHAKE, 1, VERDICT_DROP);
    assert_int_equal(f.fates[HANDSHAKE].reason, REASON_UNSEEN_ACK);
    recipe_expect_verdicts(&f, HANDSHAKE + 1, 3, VERDICT_PASS);
    recipe_expect_whole(0, DIR_SERVER, recipe_answer());
    recipe_close(&f);
    frame_list_free(&frames);
}

/* On a tap the lie cannot be dropped: it must not cost the server's half of the session either. */
static void r2_lie_does_not_blind_the_tap(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.ack_offset = 5000});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_ack(&s, DIR_CLIENT);
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect(0, DIR_SERVER, recipe_answer());
    recipe_close(&f);
    frame_list_free(&frames);
}

static void carry_vlan(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x8100, 100);
}

static void carry_qinq(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x88a8, 100);
    build_vlan(b, 0x8100, 200);
}

static void r3_inside_vlans(void **state)
{
    void (*const carriers[])(struct packet_builder *) = {carry_vlan, carry_qinq};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct frame_list frames = {0};
        struct tcp_script s;

        tcp_script_init(&s, &frames);
        s.carry = carriers[i];
        tcp_open(&s);
        tcp_send(&s, DIR_CLIENT, recipe_request());
        tcp_close(&s, DIR_CLIENT);
        recipe_check(&frames, 0, recipe_request());
        frame_list_free(&frames);
    }
}

static void r4_much_out_of_order(void **state)
{
    enum { PIECES = 60, PIECE = 1400 };
    struct span request = recipe_request();
    size_t total = request.n + PIECES * PIECE;
    uint8_t *stream = malloc(total);
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    assert_non_null(stream);
    memcpy(stream, request.p, request.n);
    memset(stream + request.n, 'A', PIECES * PIECE);
    begin(&s, &frames);
    tcp_ack(&s, DIR_SERVER); /* its first scaled window: wide enough for all of it */
    for (size_t i = 0; i < PIECES; i++) {
        size_t at = request.n + i * PIECE;

        tcp_at(&s, DIR_CLIENT, (int32_t)at, span_of(stream + at, PIECE));
    }
    tcp_send(&s, DIR_CLIENT, request);
    recipe_check(&frames, 0, span_of(stream, total));
    frame_list_free(&frames);
    free(stream);
}

static void r5_junk_over_queued_data(void **state)
{
    struct span request = recipe_request();
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    send_piece(&s, 50, request.n);
    tcp_at(&s, DIR_CLIENT, 50, SPAN("##########"));
    send_piece(&s, 0, 50);
    tcp_advance(&s, DIR_CLIENT, request.n);
    tcp_ack(&s, DIR_SERVER);
    tcp_at(&s, DIR_CLIENT, -(int32_t)request.n, request);
    recipe_check(&frames, 0, request);

    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, HANDSHAKE, 1, VERDICT_PASS);
    recipe_expect_verdicts(&f, HANDSHAKE + 1, 1, VERDICT_DROP);
    assert_int_equal(f.fates[HANDSHAKE + 1].reason, REASON_OVERLAP);
    recipe_expect_verdicts(&f, HANDSHAKE + 2, 3, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* Inline the segment with the junk is dropped as a whole; its good end comes again. */
static void r6_partial_overlap(void **state)
{
    struct span request = recipe_request();
    uint8_t tail[40];
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    memset(tail, '#', 20);
    memcpy(tail + 20, request.p + request.n - 20, 20);
    begin(&s, &frames);
    send_piece(&s, 50, request.n - 20);
    tcp_at(&s, DIR_CLIENT, (int32_t)request.n - 40, span_of(tail, sizeof tail));
    send_piece(&s, 0, 50);
    send_piece(&s, request.n - 20, request.n);
    recipe_check(&frames, 0, request);

    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, HANDSHAKE + 1, 1, VERDICT_DROP);
    assert_int_equal(f.fates[HANDSHAKE + 1].reason, REASON_OVERLAP);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* Without the repetition the tap must already have it as Linux reads it. */
static void r6_partial_overlap_as_linux_reads_it(void **state)
{
    struct span request = recipe_request();
    uint8_t tail[40];
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    memset(tail, '#', 20);
    memcpy(tail + 20, request.p + request.n - 20, 20);
    begin(&s, &frames);
    send_piece(&s, 50, request.n - 20);
    tcp_at(&s, DIR_CLIENT, (int32_t)request.n - 40, span_of(tail, sizeof tail));
    send_piece(&s, 0, 50);
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect_whole(0, DIR_CLIENT, request);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* The server cuts the ten bytes off and reads the rest. An inline engine may as well drop the
 * segment and wait for a clean one. */
static void r7_bytes_from_before_the_start(void **state)
{
    struct span request = recipe_request();
    uint8_t *bytes = calloc(1, request.n + 10);
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes + 10, request.p, request.n);
    begin(&s, &frames);
    tcp_at(&s, DIR_CLIENT, -10, span_of(bytes, request.n + 10));
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect_whole(0, DIR_CLIENT, request);
    recipe_close(&f);
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_whole(0, DIR_CLIENT, fixture_passed(&f, HANDSHAKE) ? request : SPAN(""));
    recipe_close(&f);

    tcp_send(&s, DIR_CLIENT, request);
    recipe_check(&frames, 0, request);
    frame_list_free(&frames);
    free(bytes);
}

static void r8_reset_and_syn_with_bad_checksums(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_RST, .checksum = SUM_WRONG});
    tcp_emit(
        &s, DIR_CLIENT,
        &(struct tcp_segment){.flags = TCP_SYN, .seq_offset = 0x01234567, .checksum = SUM_WRONG});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    recipe_check(&frames, 0, recipe_request());

    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, HANDSHAKE, 2, VERDICT_DROP);
    assert_int_equal(f.fates[HANDSHAKE].reason, REASON_BAD_CHECKSUM);
    assert_int_equal(f.fates[HANDSHAKE + 1].reason, REASON_BAD_CHECKSUM);
    recipe_expect_verdicts(&f, HANDSHAKE + 2, 2, VERDICT_PASS);
    recipe_expect_whole(0, DIR_SERVER, recipe_answer());
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void r9_urgent_byte(void **state)
{
    struct span request = recipe_request();
    uint8_t *bytes = malloc(request.n + 1);
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    assert_non_null(bytes);
    bytes[0] = 'X';
    memcpy(bytes + 1, request.p, request.n);
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = span_of(bytes, request.n + 1),
                                   .flags = TCP_ACK | TCP_PSH | TCP_URG,
                                   .urgent = 1});
    recipe_check(&frames, 0, request);
    frame_list_free(&frames);
    free(bytes);
}

static void r11_benign_segment_with_bad_checksum(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;
    uint8_t *benign = malloc(recipe_request().n);

    (void)state;
    assert_non_null(benign);
    memset(benign, 'x', recipe_request().n);
    begin(&s, &frames);
    tcp_emit(
        &s, DIR_CLIENT,
        &(struct tcp_segment){.bytes = span_of(benign, recipe_request().n), .checksum = SUM_WRONG});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    recipe_check(&frames, 0, recipe_request());

    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, HANDSHAKE, 1, VERDICT_DROP);
    recipe_expect_verdicts(&f, HANDSHAKE + 1, 1, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
    free(benign);
}

static void r12_chunked_body(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_send(&s, DIR_CLIENT,
             SPAN("POST / HTTP/1.1\r\nHost: shop.example.org\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\n<map>\r\n6\r\n</map>\r\n0\r\n\r\n"));
    fixture_open(&f, &(struct fixture_options){.mode = ENGINE_INLINE});
    fixture_feed(&f, &frames);
    fixture_flush(&f);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.app, APP_HTTP);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    fixture_close(&f);
    frame_list_free(&frames);
}

static void r13_joined_in_mid_stream(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    recipe_check(&frames, 0, recipe_request());

    recipe_play(&f, &frames, ENGINE_TAP);
    assert_true(sink_session(0)->midstream);
    assert_int_equal(sink_session(0)->server_port, 80);
    recipe_expect_whole(0, DIR_SERVER, recipe_answer());
    assert_true(fixture_event(&f, EVENT_FLOW, 0)->session.flags & SESSION_MIDSTREAM);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void plain_request_needs_no_tricks(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_close(&s, DIR_CLIENT);
    recipe_check(&frames, 0, recipe_request());

    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    recipe_expect_whole(0, DIR_SERVER, recipe_answer());
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_request_needs_no_tricks),
        cmocka_unit_test(r2_ack_of_unseen_data),
        cmocka_unit_test(r2_lie_does_not_blind_the_tap),
        cmocka_unit_test(r3_inside_vlans),
        cmocka_unit_test(r4_much_out_of_order),
        cmocka_unit_test(r5_junk_over_queued_data),
        cmocka_unit_test(r6_partial_overlap),
        cmocka_unit_test(r6_partial_overlap_as_linux_reads_it),
        cmocka_unit_test(r7_bytes_from_before_the_start),
        cmocka_unit_test(r8_reset_and_syn_with_bad_checksums),
        cmocka_unit_test(r9_urgent_byte),
        cmocka_unit_test(r11_benign_segment_with_bad_checksum),
        cmocka_unit_test(r12_chunked_body),
        cmocka_unit_test(r13_joined_in_mid_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
