/* SPDX-License-Identifier: Apache-2.0
 *
 * Segments that reach us and that the receiver throws away. Whatever they carry in place of the
 * request must not be taken for it: on a tap the parser reads what the receiver reads, inline no
 * byte that the parser has not read may arrive.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define HANDSHAKE 3 /* frames */

/* As long as the request. */
static struct span harmless(void)
{
    static uint8_t bytes[512];

    memset(bytes, 'x', sizeof bytes);
    return span_of(bytes, recipe_request().n);
}

static void begin(struct tcp_script *s, struct frame_list *frames)
{
    *frames = (struct frame_list){0};
    tcp_script_init(s, frames);
    tcp_open(s);
}

/* What hides comes first, then the request; frame `request` carries it. */
static void expect_no_evasion(const struct frame_list *frames, size_t request)
{
    struct engine_fixture f;

    recipe_play(&f, frames, ENGINE_INLINE);
    if (!span_equal(sink_bytes(0, DIR_CLIENT), recipe_request()) && fixture_passed(&f, request))
        fail_msg("inline: the request arrives, and the parser has read %zu other bytes",
                 sink_bytes(0, DIR_CLIENT).n);
    recipe_close(&f);

    recipe_play(&f, frames, ENGINE_TAP);
    recipe_expect(0, DIR_CLIENT, recipe_request());
    recipe_close(&f);
}

static void play_lie(const struct tcp_segment *lie)
{
    struct tcp_script s;
    struct frame_list frames;

    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, lie);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_ack(&s, DIR_SERVER);
    expect_no_evasion(&frames, HANDSHAKE + 1);
    frame_list_free(&frames);
}

static void wrong_checksum(void **state)
{
    (void)state;
    play_lie(&(struct tcp_segment){.bytes = harmless(), .checksum = SUM_WRONG});
}

/* RFC 9293 3.10.7.4: without ACK a segment is dropped. */
static void without_acknowledgement(void **state)
{
    static const uint8_t flags[] = {TCP_PSH, TCP_FIN, TCP_FIN | TCP_PSH, TCP_URG,
                                    TCP_FIN | TCP_URG};

    (void)state;
    for (size_t i = 0; i < sizeof flags; i++)
        play_lie(&(struct tcp_segment){.bytes = harmless(), .flags = flags[i], .urgent = 300});
}

/* RFC 5961 5.2: an acknowledgement older than the largest window, or of the future. */
static void acknowledgement_of_the_far_past(void **state)
{
    (void)state;
    play_lie(&(struct tcp_segment){.bytes = harmless(), .ack_offset = -0x10000000});
}

static void acknowledgement_of_the_future(void **state)
{
    (void)state;
    play_lie(&(struct tcp_segment){.bytes = harmless(), .ack_offset = 0x10000000});
}

/* Data in a reset is text for people; a reset that is not in sequence has none either. */
static void data_in_a_reset(void **state)
{
    (void)state;
    play_lie(
        &(struct tcp_segment){.bytes = harmless(), .flags = TCP_RST | TCP_ACK, .seq_offset = 1});
}

static void data_in_a_syn(void **state)
{
    (void)state;
    play_lie(&(struct tcp_segment){.bytes = harmless(), .flags = TCP_SYN, .seq_offset = -1});
}

/* RFC 7323 3.2: nobody offered timestamps, so the receiver looks at none of them. */
static void timestamps_that_were_not_negotiated(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    s.timestamps = true;
    tcp_send(&s, DIR_CLIENT, span_first(recipe_request(), 10));
    tcp_ack(&s, DIR_SERVER);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = span_from(recipe_request(), 10), .ts_offset = -100000});
    tcp_advance(&s, DIR_CLIENT, recipe_request().n - 10);
    tcp_ack(&s, DIR_SERVER);
    expect_no_evasion(&frames, HANDSHAKE + 2);
    frame_list_free(&frames);
}

/* Only the client offered them. */
static void timestamps_that_were_refused(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    s.timestamps = true;
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
    s.ends[DIR_CLIENT].next++;
    tcp_emit(&s, DIR_SERVER,
             &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK, .no_timestamp = true});
    s.ends[DIR_SERVER].next++;
    tcp_ack(&s, DIR_CLIENT);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = recipe_request(), .ts_offset = -100000});
    tcp_advance(&s, DIR_CLIENT, recipe_request().n);
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.no_timestamp = true});
    expect_no_evasion(&frames, HANDSHAKE);
    frame_list_free(&frames);
}

/* The server does not do fast open: it acknowledges the SYN alone and has not kept its data. */
static void data_of_a_syn_that_the_server_did_not_keep(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .bytes = harmless()});
    s.ends[DIR_CLIENT].next++;
    tcp_emit(&s, DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK});
    s.ends[DIR_SERVER].next++;
    tcp_ack(&s, DIR_CLIENT);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_ack(&s, DIR_SERVER);
    expect_no_evasion(&frames, HANDSHAKE);
    frame_list_free(&frames);
}

/* A FIN that the server never got (its TTL was too small): the stream goes on in its place. */
static void fin_that_did_not_arrive(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK, .ttl = 2});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_ack(&s, DIR_SERVER);
    expect_no_evasion(&frames, HANDSHAKE + 1);
    frame_list_free(&frames);
}

/* A reset that the server never got. */
static void reset_that_did_not_arrive(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_RST, .ttl = 2});
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_ack(&s, DIR_SERVER);
    expect_no_evasion(&frames, HANDSHAKE + 1);
    frame_list_free(&frames);
}

/* First copies that did not arrive either, more of them than are kept for comparison. Inline no
 * second copy with other bytes may pass; the tap cannot know. */
static void more_than_is_kept_for_comparison(void **state)
{
    enum { TOTAL = 40000, PIECE = 1000 };
    uint8_t first[PIECE], second[PIECE];
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;
    size_t arrived = 0;

    (void)state;
    memset(first, 'x', sizeof first);
    memset(second, '#', sizeof second);
    begin(&s, &frames);
    tcp_ack(&s, DIR_SERVER);
    for (size_t at = 0; at < TOTAL; at += PIECE)
        tcp_emit(&s, DIR_CLIENT,
                 &(struct tcp_segment){
                     .bytes = span_of(first, PIECE), .seq_offset = (int32_t)at, .ttl = 2});
    for (size_t at = 0; at < TOTAL; at += PIECE)
        tcp_at(&s, DIR_CLIENT, (int32_t)at, span_of(second, PIECE));
    recipe_play(&f, &frames, ENGINE_INLINE);
    for (size_t i = HANDSHAKE + 1 + TOTAL / PIECE; i < frames.count; i++)
        arrived += fixture_passed(&f, i);
    if (arrived)
        fail_msg("%zu of %d pieces arrive with other bytes than the parser has read", arrived,
                 TOTAL / PIECE);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* Linux keeps queued segments as they are and reads the one that starts first: a later segment that
 * starts in front of a queued one, or covers it, wins. */
static void covering_segment_wins_as_in_linux(void **state)
{
    struct span request = recipe_request();
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_at(&s, DIR_CLIENT, 50, SPAN("##########"));
    tcp_at(&s, DIR_CLIENT, 40, span_from(request, 40));
    tcp_at(&s, DIR_CLIENT, 0, span_first(request, 40));
    tcp_advance(&s, DIR_CLIENT, request.n);
    tcp_ack(&s, DIR_SERVER);
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect(0, DIR_CLIENT, request);
    recipe_close(&f);
    expect_no_evasion(&frames, HANDSHAKE + 1);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_checksum),
        cmocka_unit_test(without_acknowledgement),
        cmocka_unit_test(acknowledgement_of_the_far_past),
        cmocka_unit_test(acknowledgement_of_the_future),
        cmocka_unit_test(data_in_a_reset),
        cmocka_unit_test(data_in_a_syn),
        cmocka_unit_test(timestamps_that_were_not_negotiated),
        cmocka_unit_test(timestamps_that_were_refused),
        cmocka_unit_test(data_of_a_syn_that_the_server_did_not_keep),
        cmocka_unit_test(fin_that_did_not_arrive),
        cmocka_unit_test(reset_that_did_not_arrive),
        cmocka_unit_test(more_than_is_kept_for_comparison),
        cmocka_unit_test(covering_segment_wins_as_in_linux),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
