/* SPDX-License-Identifier: Apache-2.0
 *
 * The same bytes sent twice: identical ones are repetition, different ones a contradiction. Inline
 * the first copy is the only one that may arrive.
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

static void plain_retransmission_passes(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    for (int i = 0; i < 3; i++)
        tcp_at(&s, DIR_CLIENT, 0, recipe_request());
    tcp_advance(&s, DIR_CLIENT, recipe_request().n);
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_at(&s, DIR_CLIENT, -(int32_t)recipe_request().n, recipe_request());
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_RETRANSMIT), 3);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_OVERLAP_DIFFERS), 0);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* In order, handed on, not yet acknowledged: the receiver may have lost the first copy, so the
 * second one must not arrive. */
static void other_bytes_before_the_acknowledgement(void **state)
{
    struct span request = recipe_request();
    uint8_t *other = malloc(request.n);
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    assert_non_null(other);
    memcpy(other, request.p, request.n);
    other[request.n / 2] ^= 0x20;
    begin(&s, &frames);
    tcp_at(&s, DIR_CLIENT, 0, request);
    tcp_at(&s, DIR_CLIENT, 0, span_of(other, request.n));
    tcp_advance(&s, DIR_CLIENT, request.n);
    tcp_ack(&s, DIR_SERVER);
    recipe_check(&frames, 0, request);
    for (size_t i = 0; i < 2; i++) {
        recipe_play(&f, &frames, modes[i]);
        assert_in_range(fixture_counter(&f, COUNTER_TCP_OVERLAP_DIFFERS), 1, request.n);
        assert_int_equal(fixture_threats(&f, THREAT_BAD_PACKET), 1);
        if (modes[i] == ENGINE_INLINE) {
            recipe_expect_verdicts(&f, HANDSHAKE + 1, 1, VERDICT_DROP);
            assert_int_equal(f.fates[HANDSHAKE + 1].reason, REASON_OVERLAP);
        }
        recipe_close(&f);
    }
    frame_list_free(&frames);
    free(other);
}

/* A second copy with a different beginning and something new behind it. */
static void new_bytes_do_not_excuse_different_old_ones(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    tcp_at(&s, DIR_CLIENT, 0, SPAN("GET /a"));
    tcp_at(&s, DIR_CLIENT, 0, SPAN("GET /b HTTP"));
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, HANDSHAKE + 1, 1, VERDICT_DROP);
    recipe_expect(0, DIR_CLIENT, SPAN("GET /a"));
    recipe_close(&f);
    recipe_play(&f, &frames, ENGINE_TAP);
    recipe_expect(0, DIR_CLIENT, SPAN("GET /a HTTP"));
    recipe_close(&f);
    frame_list_free(&frames);
}

static void old_bytes_and_new_ones_together_pass(void **state)
{
    struct tcp_script s;
    struct frame_list frames;

    (void)state;
    begin(&s, &frames);
    for (size_t n = 10; n < recipe_request().n; n += 17)
        tcp_at(&s, DIR_CLIENT, 0, span_first(recipe_request(), n));
    tcp_at(&s, DIR_CLIENT, 0, recipe_request());
    recipe_check(&frames, 0, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* Segments in every overlapping arrangement, all telling the truth. */
static void truthful_overlaps_in_any_order(void **state)
{
    uint32_t random = 7;

    (void)state;
    for (size_t round = 0; round < 200; round++) {
        struct span request = recipe_request();
        struct tcp_script s;
        struct frame_list frames;

        begin(&s, &frames);
        for (size_t i = 0; i < 40; i++) {
            size_t from, n;

            random = random * 1664525u + 1013904223u;
            from = (random >> 8) % request.n;
            n = 1 + (random >> 20) % 60;
            tcp_at(&s, DIR_CLIENT, (int32_t)from, span_first(span_from(request, from), n));
        }
        for (size_t at = 0; at < request.n; at += 50)
            tcp_at(&s, DIR_CLIENT, (int32_t)at, span_first(span_from(request, at), 50));
        for (size_t i = 0; i < 2; i++) {
            struct engine_fixture f;

            recipe_play(&f, &frames, modes[i]);
            recipe_expect_whole(0, DIR_CLIENT, request);
            assert_int_equal(fixture_counter(&f, COUNTER_TCP_OVERLAP_DIFFERS), 0);
            recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
            recipe_close(&f);
        }
        frame_list_free(&frames);
    }
}

/* The model of a receiver: takes segments that passed, keeps the copy that came first, or last. */
struct receiver {
    uint8_t bytes[256];
    bool have[256];
    size_t next;
};

static void receive(struct receiver *r, size_t at, struct span bytes, bool last_wins)
{
    for (size_t i = 0; i < bytes.n; i++) {
        size_t place = at + i;

        if (place < r->next || (r->have[place] && !last_wins))
            continue;
        r->bytes[place] = bytes.p[i];
        r->have[place] = true;
    }
    while (r->next < sizeof r->bytes && r->have[r->next])
        r->next++;
}

/* Random lies. Inline, whatever the receiver prefers, what it reads is what the parser has read. */
static void lies_do_not_arrive_inline(void **state)
{
    uint32_t random = 99;

    (void)state;
    for (size_t round = 0; round < 300; round++) {
        struct receiver first = {0}, last = {0};
        size_t ats[30], sizes[30];
        uint8_t bytes[30][40];
        struct tcp_script s;
        struct frame_list frames;
        struct engine_fixture f;
        struct span got;

        begin(&s, &frames);
        for (size_t i = 0; i < 30; i++) {
            random = random * 1664525u + 1013904223u;
            ats[i] = (random >> 8) % 120;
            sizes[i] = 1 + (random >> 20) % 39;
            memset(bytes[i], 'a' + (int)((random >> 28) % 3), sizes[i]);
            tcp_at(&s, DIR_CLIENT, (int32_t)ats[i], span_of(bytes[i], sizes[i]));
        }
        recipe_play(&f, &frames, ENGINE_INLINE);
        for (size_t i = 0; i < 30; i++) {
            if (!fixture_passed(&f, HANDSHAKE + i))
                continue;
            receive(&first, ats[i], span_of(bytes[i], sizes[i]), false);
            receive(&last, ats[i], span_of(bytes[i], sizes[i]), true);
        }
        got = sink_bytes(0, DIR_CLIENT);
        if (got.n < first.next || memcmp(got.p, first.bytes, first.next) != 0)
            fail_msg("round %zu: first copy wins, and the parser has read something else", round);
        if (got.n < last.next || memcmp(got.p, last.bytes, last.next) != 0)
            fail_msg("round %zu: last copy wins, and the parser has read something else", round);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_retransmission_passes),
        cmocka_unit_test(other_bytes_before_the_acknowledgement),
        cmocka_unit_test(new_bytes_do_not_excuse_different_old_ones),
        cmocka_unit_test(old_bytes_and_new_ones_together_pass),
        cmocka_unit_test(truthful_overlaps_in_any_order),
        cmocka_unit_test(lies_do_not_arrive_inline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
