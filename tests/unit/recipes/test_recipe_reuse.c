/* SPDX-License-Identifier: Apache-2.0
 *
 * R10 and its relatives: a second connection between the same ports, soon after the first.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char first_words[] = "GET /first HTTP/1.1\r\nHost: shop.example.org\r\n\r\n";

static void begin_again(struct tcp_script *s)
{
    for (int i = 0; i < 2; i++) {
        s->ends[i].isn += 0x02000000;
        s->ends[i].next = s->ends[i].isn;
    }
    tcp_open(s);
}

static void expect_two_sessions(const struct frame_list *frames)
{
    static const enum engine_mode modes[] = {ENGINE_TAP, ENGINE_INLINE};

    recipe_check(frames, 1, recipe_request());
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, frames, modes[i]);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 2);
        assert_int_equal(fixture_counter(&f, COUNTER_PORT_REUSED), 1);
        recipe_expect_whole(0, DIR_CLIENT, SPAN(first_words));
        recipe_expect_whole(1, DIR_SERVER, recipe_answer());
        recipe_expect_verdicts(&f, 0, frames->count, VERDICT_PASS);
        recipe_close(&f);
    }
}

static void r10_after_an_orderly_close(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN(first_words));
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_close(&s, DIR_CLIENT);
    tcp_wait(&s, 2000);
    begin_again(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    expect_two_sessions(&frames);
    frame_list_free(&frames);
}

static void after_the_server_closed_first(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN(first_words));
    tcp_close(&s, DIR_SERVER);
    tcp_wait(&s, 2000);
    begin_again(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    expect_two_sessions(&frames);
    frame_list_free(&frames);
}

static void after_a_reset(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN(first_words));
    tcp_reset(&s, DIR_SERVER);
    tcp_wait(&s, 10);
    begin_again(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    expect_two_sessions(&frames);
    frame_list_free(&frames);
}

/* The first one stays unanswered; the client tries again with another start. */
static void a_new_attempt_without_an_answer_to_the_first(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    tcp_wait(&s, 3000);
    begin_again(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(sink_count(), 1);
    recipe_expect_whole(0, DIR_CLIENT, recipe_request());
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* A SYN of the old connection that comes late opens nothing. */
static void a_repeated_syn_is_the_same_session(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    recipe_expect_whole(0, DIR_CLIENT, recipe_request());
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r10_after_an_orderly_close),
        cmocka_unit_test(after_the_server_closed_first),
        cmocka_unit_test(after_a_reset),
        cmocka_unit_test(a_new_attempt_without_an_answer_to_the_first),
        cmocka_unit_test(a_repeated_syn_is_the_same_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
