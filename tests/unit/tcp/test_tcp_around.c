/* SPDX-License-Identifier: Apache-2.0
 *
 * Inline, and yet segments have passed around us: a queue was full, or nobody read it for a while.
 * The session goes on and is inspected again; and nobody gets anything past us by claiming that.
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
    s->timestamps = true;
    tcp_open(s);
    tcp_send(s, DIR_CLIENT, SPAN("question"));
    tcp_send(s, DIR_SERVER, SPAN("answer"));
    tcp_ack(s, DIR_CLIENT);
}

/* The sender's next bytes, three times, as its timer does it. */
static void insist(struct tcp_script *s, enum dir from, struct span bytes)
{
    for (int i = 0; i < 3; i++) {
        tcp_at(s, from, 0, bytes);
        tcp_wait(s, (uint64_t)200 << i);
    }
    tcp_advance(s, from, bytes.n);
}

static void both_are_ahead(void **state)
{
    static const size_t distances[] = {1, 100, 60000, 100000, 3000000};
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++)
        for (enum dir d = DIR_CLIENT; d <= DIR_SERVER; d++) {
            enum dir peer = d == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;
            size_t first;

            begin(&s, &frames);
            tcp_advance(&s, DIR_CLIENT, distances[i]);
            tcp_advance(&s, DIR_SERVER, distances[i] * 2);
            first = frames.count;
            insist(&s, d, SPAN("unread"));
            tcp_send(&s, peer, SPAN("read"));
            tcp_send(&s, d, SPAN("and more"));
            tcp_send(&s, peer, SPAN(" as ever"));
            recipe_play(&f, &frames, ENGINE_INLINE);
            recipe_expect_verdicts(&f, 0, first, VERDICT_PASS);
            recipe_expect_verdicts(&f, first, 2, VERDICT_DROP);
            recipe_expect_verdicts(&f, first + 2, 4, VERDICT_PASS);
            recipe_expect(0, d,
                          d == DIR_CLIENT ? SPAN("questionand more") : SPAN("answerand more"));
            recipe_expect(0, peer,
                          d == DIR_CLIENT ? SPAN("answerread as ever")
                                          : SPAN("questionread as ever"));
            assert_int_equal(fixture_counter(&f, COUNTER_TCP_RESUMED), 1);
            assert_int_equal(fixture_counter(&f, COUNTER_TCP_GAPS), 2);
            recipe_close(&f);
            frame_list_free(&frames);
        }
}

/* Only what one of them sent went another way. */
static void one_is_ahead(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    /* Its next bytes stand behind a hole that their receiver acknowledges. */
    begin(&s, &frames);
    tcp_advance(&s, DIR_SERVER, 5000);
    tcp_send(&s, DIR_SERVER, SPAN("behind"));
    tcp_ack(&s, DIR_CLIENT);
    tcp_send(&s, DIR_SERVER, SPAN(" and on"));
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    recipe_expect(0, DIR_SERVER, SPAN("answerbehind and on"));
    recipe_close(&f);
    frame_list_free(&frames);
    /* Their receiver speaks first. */
    begin(&s, &frames);
    tcp_advance(&s, DIR_SERVER, 5000);
    size_t first = frames.count;
    insist(&s, DIR_CLIENT, SPAN("unread"));
    tcp_send(&s, DIR_SERVER, SPAN("behind"));
    tcp_send(&s, DIR_CLIENT, SPAN("more"));
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, first + 2, 3, VERDICT_PASS);
    recipe_expect(0, DIR_SERVER, SPAN("answerbehind"));
    recipe_expect(0, DIR_CLIENT, SPAN("questionmore"));
    recipe_close(&f);
    frame_list_free(&frames);
}

/* A client that claims to have what was never sent: the server throws that away, goes on where it
 * was, and every byte it sends is read. */
static void a_claim_changes_nothing(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    begin(&s, &frames);
    for (int i = 0; i < 5; i++)
        tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.bytes = SPAN("forged"), .ack_offset = 500});
    tcp_send(&s, DIR_SERVER, SPAN(" is read"));
    tcp_send(&s, DIR_CLIENT, SPAN(" as well"));
    tcp_send(&s, DIR_SERVER, SPAN(" wholly"));
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_whole(0, DIR_SERVER, SPAN("answer is read wholly"));
    recipe_expect_whole(0, DIR_CLIENT, SPAN("question as well"));
    assert_int_equal(fixture_counter(&f, COUNTER_TCP_RESUMED), 0);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* An answer from another place than was claimed proves nothing. */
static void answers_that_do_not_fit(void **state)
{
    static const int32_t offsets[] = {-1, 1, 499, 501};
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;

    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        begin(&s, &frames);
        for (int k = 0; k < 4; k++)
            tcp_emit(
                &s, DIR_CLIENT,
                &(struct tcp_segment){.bytes = SPAN("x"), .seq_offset = 300, .ack_offset = 500});
        tcp_emit(
            &s, DIR_SERVER,
            &(struct tcp_segment){.bytes = SPAN("y"), .seq_offset = offsets[i], .ack_offset = 301});
        recipe_play(&f, &frames, ENGINE_INLINE);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_RESUMED), 0);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* A segment that comes but twice, or each time claims something else, never gets through. */
static void without_insisting(void **state)
{
    struct tcp_script s;
    struct frame_list frames;
    struct engine_fixture f;
    size_t first;

    (void)state;
    begin(&s, &frames);
    first = frames.count;
    for (int i = 0; i < 20; i++)
        tcp_emit(&s, DIR_CLIENT,
                 &(struct tcp_segment){.bytes = SPAN("x"), .ack_offset = 500 + (i / 2)});
    recipe_play(&f, &frames, ENGINE_INLINE);
    recipe_expect_verdicts(&f, first, 20, VERDICT_DROP);
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_are_ahead),          cmocka_unit_test(one_is_ahead),
        cmocka_unit_test(a_claim_changes_nothing), cmocka_unit_test(answers_that_do_not_fit),
        cmocka_unit_test(without_insisting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
