/* SPDX-License-Identifier: Apache-2.0
 *
 * Resets of our own: both ends get one that they must believe, over every kind of link, and the
 * session stays blocked.
 */
#include "recipe.h"

#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define HANDSHAKE 3 /* frames */

static void overlaps_reset(struct snapshot *s)
{
    s->exceptions[EXCEPTION_OVERLAP] = VERDICT_RESET;
}

static void strict_checksums(struct snapshot *s)
{
    s->checksum = CHECKSUM_STRICT;
}

static void carry_tagged(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x8100, 9);
}

static void carry_raw(struct packet_builder *b)
{
    build_link(b, LINK_RAW_IP);
}

static void carry_pppoe(struct packet_builder *b)
{
    build_ethernet(b);
    build_pppoe(b, 17);
}

static void (*const carriers[])(struct packet_builder *) = {build_ethernet, carry_tagged, carry_raw,
                                                            carry_pppoe};

/* A request, an answer that is acknowledged, half a request, the same again with other bytes. */
static void write_contradiction(struct tcp_script *s, struct frame_list *frames, size_t carrier,
                                bool ipv6)
{
    tcp_script_init(s, frames);
    s->carry = carriers[carrier];
    if (ipv6) {
        s->ends[DIR_CLIENT].addr = "2001:db8::1";
        s->ends[DIR_SERVER].addr = "2001:db8::2";
    }
    tcp_open(s);
    tcp_send(s, DIR_CLIENT, SPAN("first"));
    tcp_send(s, DIR_SERVER, SPAN("answer"));
    tcp_ack(s, DIR_CLIENT);
    tcp_at(s, DIR_CLIENT, 0, SPAN("second"));
    tcp_at(s, DIR_CLIENT, 0, SPAN("SECOND"));
}

/* Would the ends believe them? An engine that follows the same session must. */
static void expect_believed(const struct frame_list *before, size_t count,
                            const struct frame_list *resets)
{
    for (size_t i = 0; i < resets->count; i++) {
        struct frame_list frames = {0};
        struct engine_fixture f;

        frame_list_add_all(&frames, before);
        while (frames.count > count)
            free(frames.frames[--frames.count].bytes);
        frame_list_add(&frames, resets->frames[i].bytes, resets->frames[i].n,
                       resets->frames[i].time_us)
            ->link = resets->frames[i].link;
        sink_reset();
        fixture_open(&f, &(struct fixture_options){.parsers = sink_table,
                                                   .mode = ENGINE_INLINE,
                                                   .adjust = strict_checksums});
        fixture_feed(&f, &frames);
        fixture_flush(&f);
        assert_int_equal(fixture_counter(&f, COUNTER_CSUM_BAD), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_INVALID), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_BAD_RST), 0);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.state, SESSION_CLOSED);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

static void both_ends_get_a_reset_they_believe(void **state)
{
    (void)state;
    for (size_t carrier = 0; carrier < sizeof carriers / sizeof carriers[0]; carrier++) {
        for (int ipv6 = 0; ipv6 < 2; ipv6++) {
            struct frame_list frames = {0};
            struct tcp_script s;
            struct engine_fixture f;

            write_contradiction(&s, &frames, carrier, ipv6);
            sink_reset();
            fixture_open(&f, &(struct fixture_options){.parsers = sink_table,
                                                       .mode = ENGINE_INLINE,
                                                       .adjust = overlaps_reset});
            fixture_feed(&f, &frames);
            recipe_expect_verdicts(&f, frames.count - 1, 1, VERDICT_DROP);
            assert_int_equal(f.injected.count, 2);
            assert_int_equal(fixture_counter(&f, COUNTER_RESETS), 2);
            expect_believed(&frames, frames.count - 2, &f.injected);
            recipe_close(&f);
            frame_list_free(&frames);
        }
    }
}

/* One goes each way, and the addresses of the link with it. */
static void each_goes_its_own_way(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    size_t to_client = 0, to_server = 0;

    (void)state;
    write_contradiction(&s, &frames, 0, false);
    sink_reset();
    fixture_open(&f, &(struct fixture_options){
                         .parsers = sink_table, .mode = ENGINE_INLINE, .adjust = overlaps_reset});
    fixture_feed(&f, &frames);
    for (size_t i = 0; i < f.injected.count; i++) {
        const uint8_t *b = f.injected.frames[i].bytes,
                      *last = frames.frames[frames.count - 1].bytes;
        bool reply = be16_at(b + 14 + 20) == 80;

        assert_int_equal(f.injected.frames[i].n, 54);
        assert_memory_equal(b, reply ? last + 6 : last, 6);
        assert_memory_equal(b + 6, reply ? last : last + 6, 6);
        to_client += reply;
        to_server += !reply;
    }
    assert_int_equal(to_client, 1);
    assert_int_equal(to_server, 1);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void the_session_stays_blocked(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    size_t reset;

    (void)state;
    write_contradiction(&s, &frames, 0, false);
    reset = frames.count - 1;
    tcp_advance(&s, DIR_CLIENT, 6);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    sink_reset();
    fixture_open(&f, &(struct fixture_options){
                         .parsers = sink_table, .mode = ENGINE_INLINE, .adjust = overlaps_reset});
    fixture_feed(&f, &frames);
    fixture_flush(&f);
    recipe_expect_verdicts(&f, 0, reset, VERDICT_PASS);
    recipe_expect_verdicts(&f, reset, 3, VERDICT_DROP);
    assert_int_equal(f.injected.count, 2);
    recipe_expect(0, DIR_CLIENT, SPAN("firstsecond"));
    assert_true(fixture_event(&f, EVENT_FLOW, 0)->session.flags & SESSION_BLOCKED);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void a_tap_sends_nothing(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    write_contradiction(&s, &frames, 0, false);
    sink_reset();
    fixture_open(&f, &(struct fixture_options){
                         .parsers = sink_table, .mode = ENGINE_TAP, .adjust = overlaps_reset});
    fixture_feed(&f, &frames);
    fixture_flush(&f);
    assert_int_equal(f.injected.count, 0);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_get_a_reset_they_believe),
        cmocka_unit_test(each_goes_its_own_way),
        cmocka_unit_test(the_session_stays_blocked),
        cmocka_unit_test(a_tap_sends_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
