/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring of lines: whole lines in their order, losses counted, one writer and one reader at once.
 */
#include "report/event_ring.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINES = 200000 };

static void test_lines_in_order(void **state)
{
    struct event_ring *r = event_ring_new(64);
    char got[64];

    (void)state;
    assert_non_null(r);
    assert_int_equal(event_ring_take(r, got, sizeof got), 0);
    assert_int_equal(event_ring_put(r, span_text("one\n")), RING_TAKEN);
    assert_int_equal(event_ring_put(r, span_text("two\n")), RING_TAKEN);
    assert_int_equal(event_ring_take(r, got, sizeof got), 8);
    assert_memory_equal(got, "one\ntwo\n", 8);
    assert_int_equal(event_ring_take(r, got, sizeof got), 0);
    event_ring_free(r);
    event_ring_free(NULL);
}

/* The end of the memory is in the middle of a line, at every place of it. */
static void test_goes_round(void **state)
{
    struct event_ring *r = event_ring_new(16);
    char got[16];

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_not_equal(event_ring_put(r, span_text("abcdef\n")), RING_LOST);
        assert_int_equal(event_ring_take(r, got, sizeof got), 7);
        assert_memory_equal(got, "abcdef\n", 7);
    }
    event_ring_free(r);
}

static void test_full(void **state)
{
    struct event_ring *r = event_ring_new(16);
    char got[16];

    (void)state;
    assert_int_equal(event_ring_put(r, span_text("1234567\n")), RING_HALF);
    assert_int_equal(event_ring_put(r, span_text("123456789\n")), RING_LOST);
    assert_int_equal(event_ring_put(r, span_text("7654321\n")), RING_TAKEN);
    assert_int_equal(event_ring_put(r, span_text("\n")), RING_LOST);
    assert_int_equal(event_ring_lost(r), 2);
    assert_int_equal(event_ring_take(r, got, sizeof got), 16);
    assert_memory_equal(got, "1234567\n7654321\n", 16);
    assert_int_equal(event_ring_put(r, span_text("seventeen bytes!\n")), RING_LOST);
    event_ring_free(r);
}

static void test_takes_whole_lines(void **state)
{
    struct event_ring *r = event_ring_new(64);
    char got[64];

    (void)state;
    event_ring_put(r, span_text("first\n"));
    event_ring_put(r, span_text("second\n"));
    assert_int_equal(event_ring_take(r, got, 3), 0);
    assert_int_equal(event_ring_take(r, got, 12), 6);
    assert_int_equal(event_ring_take(r, got, 12), 7);
    assert_memory_equal(got, "second\n", 7);
    event_ring_free(r);
}

static void *write_lines(void *arg)
{
    struct event_ring *r = arg;
    char line[32];

    for (unsigned i = 0; i < LINES; i++) {
        int n = snprintf(line, sizeof line, "%u\n", i);

        event_ring_put(r, span_of(line, (size_t)n));
    }
    return NULL;
}

/* Every line is there once and in order, or counted as lost. */
static void test_two_threads(void **state)
{
    struct event_ring *r = event_ring_new(4096);
    unsigned seen = 0;
    long last = -1;
    char got[1024];
    pthread_t writer;
    size_t n;

    (void)state;
    assert_int_equal(pthread_create(&writer, NULL, write_lines, r), 0);
    while (last != LINES - 1 && seen + event_ring_lost(r) < LINES) {
        n = event_ring_take(r, got, sizeof got - 1);
        got[n] = '\0';
        for (char *at = got; *at != '\0'; seen++) {
            long number = strtol(at, &at, 10);

            assert_true(number > last);
            last = number;
            assert_int_equal(*at++, '\n');
        }
    }
    pthread_join(writer, NULL);
    while ((n = event_ring_take(r, got, sizeof got)) > 0)
        for (size_t i = 0; i < n; i++)
            seen += got[i] == '\n';
    assert_int_equal(seen + event_ring_lost(r), LINES);
    event_ring_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_in_order), cmocka_unit_test(test_goes_round),
        cmocka_unit_test(test_full),           cmocka_unit_test(test_takes_whole_lines),
        cmocka_unit_test(test_two_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
