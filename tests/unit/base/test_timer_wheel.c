/* SPDX-License-Identifier: Apache-2.0
 *
 * The timer wheel: fires at the second asked for, whatever the distance, the jump of the clock or
 * what the callback does.
 */
#include "base/timer_wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALL SIZE_MAX

/* What the callbacks write down. */
struct fired {
    struct timer_wheel *wheel;
    struct timer *timers[64];
    size_t count;
    uint32_t again_after; /* != 0: the callback sets its timer again */
    struct timer *clear;  /* the callback clears this one */
};

static struct timer_wheel *wheel_new(uint32_t now)
{
    struct timer_wheel *w = malloc(sizeof *w);

    assert_non_null(w);
    timer_wheel_init(w, now);
    return w;
}

static void note(void *owner, struct timer *t)
{
    struct fired *f = owner;

    assert_false(timer_is_set(t));
    if (f->count < 64)
        f->timers[f->count] = t;
    f->count++;
    if (f->clear)
        timer_clear(f->wheel, f->clear);
    if (f->again_after)
        timer_set(f->wheel, t, f->wheel->target + f->again_after);
}

static void fires_at_its_second(void **state)
{
    struct timer_wheel *w = wheel_new(1000);
    struct fired f = {.wheel = w};
    struct timer t = {0};

    (void)state;
    timer_set(w, &t, 1005);
    assert_true(timer_is_set(&t));
    assert_false(timer_wheel_advance(w, 1004, ALL, note, &f));
    assert_int_equal(f.count, 0);
    assert_false(timer_wheel_advance(w, 1005, ALL, note, &f));
    assert_int_equal(f.count, 1);
    assert_ptr_equal(f.timers[0], &t);
    assert_int_equal(w->pending, 0);
    timer_wheel_advance(w, 9000, ALL, note, &f);
    assert_int_equal(f.count, 1);
    free(w);
}

static void past_and_present_fire_at_once(void **state)
{
    struct timer_wheel *w = wheel_new(1000);
    struct fired f = {.wheel = w};
    struct timer past = {0}, present = {0};

    (void)state;
    timer_set(w, &past, 3);
    timer_set(w, &present, 1000);
    timer_wheel_advance(w, 1000, ALL, note, &f);
    assert_int_equal(f.count, 2);
    free(w);
}

static void set_again_moves_it(void **state)
{
    struct timer_wheel *w = wheel_new(0);
    struct fired f = {.wheel = w};
    struct timer t = {0};

    (void)state;
    timer_set(w, &t, 5);
    timer_set(w, &t, 50);
    assert_int_equal(w->pending, 1);
    timer_wheel_advance(w, 49, ALL, note, &f);
    assert_int_equal(f.count, 0);
    timer_wheel_advance(w, 50, ALL, note, &f);
    assert_int_equal(f.count, 1);
    free(w);
}

static void cleared_ones_never_fire(void **state)
{
    struct timer_wheel *w = wheel_new(0);
    struct fired f = {.wheel = w};
    struct timer t[3] = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        timer_set(w, &t[i], 7);
    timer_clear(w, &t[1]);
    timer_clear(w, &t[1]);
    assert_int_equal(w->pending, 2);
    timer_wheel_advance(w, 7, ALL, note, &f);
    assert_int_equal(f.count, 2);
    assert_ptr_not_equal(f.timers[0], &t[1]);
    assert_ptr_not_equal(f.timers[1], &t[1]);
    free(w);
}

/* Distances around and beyond one turn of the wheel, each alone, stepped second by second. */
static void long_distances_wait_their_whole_time(void **state)
{
    static const uint32_t distances[] = {TIMER_WHEEL_SLOTS - 2, TIMER_WHEEL_SLOTS - 1,
                                         TIMER_WHEEL_SLOTS,     TIMER_WHEEL_SLOTS + 1,
                                         3 * TIMER_WHEEL_SLOTS, 10000};

    (void)state;
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        struct timer_wheel *w = wheel_new(123456);
        struct fired f = {.wheel = w};
        struct timer t = {0};

        timer_set(w, &t, 123456 + distances[i]);
        for (uint32_t s = 1; s < distances[i]; s++)
            timer_wheel_advance(w, 123456 + s, ALL, note, &f);
        assert_int_equal(f.count, 0);
        timer_wheel_advance(w, 123456 + distances[i], ALL, note, &f);
        assert_int_equal(f.count, 1);
        free(w);
    }
}

static void a_jump_of_the_clock_fires_all_that_is_due_and_nothing_else(void **state)
{
    struct timer_wheel *w = wheel_new(100);
    struct fired f = {.wheel = w};
    struct timer due[3] = {0}, later = {0};

    (void)state;
    timer_set(w, &due[0], 101);
    timer_set(w, &due[1], 5000);
    timer_set(w, &due[2], 99999);
    timer_set(w, &later, 100001);
    timer_wheel_advance(w, 100000, ALL, note, &f);
    assert_int_equal(f.count, 3);
    assert_true(timer_is_set(&later));
    timer_wheel_advance(w, 100001, ALL, note, &f);
    assert_int_equal(f.count, 4);
    free(w);
}

static void time_does_not_go_back(void **state)
{
    struct timer_wheel *w = wheel_new(100);
    struct fired f = {.wheel = w};
    struct timer t = {0};

    (void)state;
    timer_wheel_advance(w, 200, ALL, note, &f);
    timer_set(w, &t, 210);
    timer_wheel_advance(w, 150, ALL, note, &f);
    assert_int_equal(f.count, 0);
    timer_wheel_advance(w, 210, ALL, note, &f);
    assert_int_equal(f.count, 1);
    free(w);
}

static void at_most_max_a_call(void **state)
{
    struct timer_wheel *w = wheel_new(0);
    struct fired f = {.wheel = w};
    struct timer t[10] = {0};

    (void)state;
    for (uint32_t i = 0; i < 10; i++)
        timer_set(w, &t[i], 1 + i / 2);
    assert_true(timer_wheel_advance(w, 20, 4, note, &f));
    assert_int_equal(f.count, 4);
    assert_true(timer_wheel_behind(w));
    assert_true(timer_wheel_advance(w, 20, 4, note, &f));
    assert_int_equal(f.count, 8);
    assert_false(timer_wheel_advance(w, 20, 4, note, &f));
    assert_int_equal(f.count, 10);
    assert_false(timer_wheel_behind(w));
    free(w);
}

static void the_callback_may_set_its_timer_again(void **state)
{
    struct timer_wheel *w = wheel_new(0);
    struct fired f = {.wheel = w, .again_after = 10};
    struct timer t = {0};

    (void)state;
    timer_set(w, &t, 1);
    for (uint32_t now = 1; now <= 101; now++)
        timer_wheel_advance(w, now, ALL, note, &f);
    assert_int_equal(f.count, 11);
    assert_int_equal(w->pending, 1);
    free(w);
}

/* Owners of several timers clear the others when one of them ends the owner. */
static void the_callback_may_clear_another(void **state)
{
    struct timer_wheel *w = wheel_new(0);
    struct timer a = {0}, b = {0};
    struct fired f = {.wheel = w};

    (void)state;
    timer_set(w, &a, 5);
    timer_set(w, &b, 5);
    f.clear = &a;
    timer_wheel_advance(w, 5, 1, note, &f);
    f.clear = &b;
    timer_wheel_advance(w, 5, ALL, note, &f);
    assert_true(f.count == 1 || f.count == 2);
    assert_int_equal(w->pending, 0);
    free(w);
}

/* A model: an array of due times. Whatever is set, moved, cleared and whatever the clock does. */
static void agrees_with_a_simple_model(void **state)
{
    enum { TIMERS = 50 };
    struct timer_wheel *w = wheel_new(500);
    struct timer t[TIMERS] = {0};
    uint32_t due[TIMERS] = {0}; /* 0 = not set */
    uint32_t now = 500, random = 1;

    (void)state;
    for (size_t step = 0; step < 20000; step++) {
        uint32_t pick, distance;
        struct fired f = {.wheel = w};
        size_t expected = 0;

        random = random * 1664525u + 1013904223u;
        pick = (random >> 8) % TIMERS;
        distance = (random >> 16) % 9000;
        if (step % 7 == 3) {
            timer_clear(w, &t[pick]);
            due[pick] = 0;
        } else {
            timer_set(w, &t[pick], now + 1 + distance);
            due[pick] = now + 1 + distance;
        }
        now += step % 101 == 0 ? 6000 : (random >> 24) % 40;
        for (size_t i = 0; i < TIMERS; i++) {
            expected += due[i] && due[i] <= now;
            due[i] = due[i] <= now ? 0 : due[i];
        }
        timer_wheel_advance(w, now, ALL, note, &f);
        assert_int_equal(f.count, expected);
        for (size_t i = 0; i < TIMERS; i++)
            assert_int_equal(timer_is_set(&t[i]), due[i] != 0);
    }
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_at_its_second),
        cmocka_unit_test(past_and_present_fire_at_once),
        cmocka_unit_test(set_again_moves_it),
        cmocka_unit_test(cleared_ones_never_fire),
        cmocka_unit_test(long_distances_wait_their_whole_time),
        cmocka_unit_test(a_jump_of_the_clock_fires_all_that_is_due_and_nothing_else),
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(at_most_max_a_call),
        cmocka_unit_test(the_callback_may_set_its_timer_again),
        cmocka_unit_test(the_callback_may_clear_another),
        cmocka_unit_test(agrees_with_a_simple_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
