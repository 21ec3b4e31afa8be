/* SPDX-License-Identifier: Apache-2.0
 *
 * Meters by themselves: floods below and above the limits, ramps, made-up sources, clocks.
 */
#include "meter/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PLACES = 1024, START = 100000 };

struct bench {
    struct hash_key hash_key;
    struct meters meters;
    struct meter_limits limits;
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof *b);

    hash_init_seeded(&b->hash_key, 7);
    b->limits = meter_default_limits();
    *state = b;
    return meters_init(&b->meters, &b->hash_key, PLACES) ? 0 : -1;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    meters_fini(&b->meters);
    free(b);
    return 0;
}

static struct meter_key key_of(enum meter_kind kind, uint32_t source)
{
    uint8_t addr[4] = {10, (uint8_t)(source >> 16), (uint8_t)(source >> 8), (uint8_t)source};

    return meter_key(kind, 1, 4, addr);
}

/* So many events in one second; how many of them found the meter on. */
static uint32_t second(struct bench *b, enum meter_kind kind, uint32_t at, uint32_t events)
{
    struct meter_key key = key_of(kind, 1);
    uint32_t on = 0;

    while (events-- > 0)
        on += meter_charge(&b->meters, &key, &b->limits, at).on;
    return on;
}

static uint32_t seconds(struct bench *b, enum meter_kind kind, uint32_t *at, uint32_t n,
                        uint32_t events)
{
    uint32_t on = 0;

    while (n-- > 0)
        on += second(b, kind, (*at)++, events);
    return on;
}

static void below_and_above(void **state)
{
    static const struct {
        enum meter_kind kind;
        uint32_t below, above;
    } rates[] = {{METER_SYN_SOURCE, 159, 160},
                 {METER_SYN, 799, 800},
                 {METER_ICMP_SOURCE, 99, 100},
                 {METER_ICMP, 99, 100}};
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        uint32_t at = START + 1000 * (uint32_t)i;

        assert_int_equal(seconds(b, rates[i].kind, &at, 60, rates[i].below), 0);
        at += 100;
        assert_true(seconds(b, rates[i].kind, &at, 5, rates[i].above) > 0);
        /* It stays on for as long as it lasts. */
        assert_int_equal(seconds(b, rates[i].kind, &at, 60, rates[i].above), 60 * rates[i].above);
    }
}

static void the_event_that_turns_it_on(void **state)
{
    struct bench *b = *state;

    assert_int_equal(second(b, METER_SYN_SOURCE, START, 799), 0);
    assert_int_equal(second(b, METER_SYN_SOURCE, START + 4, 1), 1);
}

/* Between the limits nothing changes; a window is not enough to turn it off, a span of them is. */
static void hysteresis(void **state)
{
    struct bench *b = *state;
    uint32_t at = START;

    assert_int_equal(seconds(b, METER_SYN_SOURCE, &at, 20, 150), 0);
    assert_true(seconds(b, METER_SYN_SOURCE, &at, 5, 200) > 0);
    assert_int_equal(seconds(b, METER_SYN_SOURCE, &at, 20, 121), 20 * 121);
    /* 119 a second are 595 in five: less than 600, from the fifth second on. */
    assert_int_equal(seconds(b, METER_SYN_SOURCE, &at, 5, 119), 5 * 119);
    assert_true(seconds(b, METER_SYN_SOURCE, &at, 10, 119) < 10 * 119);
    assert_int_equal(seconds(b, METER_SYN_SOURCE, &at, 10, 119), 0);
}

static void a_ramp_turns_it_on_once(void **state)
{
    struct bench *b = *state;
    struct meter_key key = key_of(METER_ICMP, 0);
    uint32_t changes = 0;
    bool was = false;

    for (uint32_t rate = 1; rate <= 300; rate++)
        for (uint32_t i = 0; i < rate; i++) {
            bool on = meter_charge(&b->meters, &key, &b->limits, START + rate).on;

            changes += on != was;
            was = on;
        }
    assert_int_equal(changes, 1);
    assert_true(was);
}

static void silence_turns_it_off(void **state)
{
    struct bench *b = *state;
    struct meter_key key = key_of(METER_SYN_SOURCE, 1);

    assert_true(second(b, METER_SYN_SOURCE, START, 900) > 0);
    assert_true(meter_is_on(&b->meters, &key, &b->limits, START + 4));
    assert_false(meter_is_on(&b->meters, &key, &b->limits, START + 60));
    assert_int_equal(second(b, METER_SYN_SOURCE, START + 60, 1), 0);
}

static void clock_jumps(void **state)
{
    struct bench *b = *state;

    /* A little back: the same window. */
    assert_int_equal(second(b, METER_SYN_SOURCE, START, 400), 0);
    assert_int_equal(second(b, METER_SYN_SOURCE, START - 2, 400), 1);
    /* An hour back, an hour on: another time. */
    assert_int_equal(second(b, METER_SYN_SOURCE, START - 3600, 799), 0);
    assert_int_equal(second(b, METER_SYN_SOURCE, START + 3600, 799), 0);
    /* Where seconds begin again from 0 a window may lose some: it never has too many. */
    assert_int_equal(second(b, METER_SYN_SOURCE, UINT32_MAX, 400), 0);
    assert_int_equal(second(b, METER_SYN_SOURCE, 1, 399), 0);
}

/* At most so often, with everything since. */
static void told_at_intervals(void **state)
{
    struct bench *b = *state;
    struct meter_key key = key_of(METER_ICMP_SOURCE, 1);
    uint32_t tellings = 0, events = 0, fired = 0;

    for (uint32_t at = START; at < START + 61; at++)
        for (int i = 0; i < 200; i++) {
            struct meter_answer a = meter_charge(&b->meters, &key, &b->limits, at);

            fired += a.on;
            tellings += a.told > 0;
            events += a.told;
        }
    assert_int_equal(tellings, 3);
    assert_int_equal(fired, 61 * 200 - 99);
    assert_int_equal(events, 60 * 200 - 99 + 1);
}

static void sessions_are_those_open_now(void **state)
{
    struct bench *b = *state;
    struct meter_key key = key_of(METER_SESSIONS, 1);

    b->limits.of[METER_SESSIONS] = (struct meter_limit){10, 8};
    assert_int_equal(second(b, METER_SESSIONS, START, 9), 0);
    /* Hours later they are still open. */
    assert_int_equal(second(b, METER_SESSIONS, START + 9999, 1), 1);
    meter_return(&b->meters, &key, START + 9999);
    meter_return(&b->meters, &key, START + 9999);
    assert_true(meter_is_on(&b->meters, &key, &b->limits, START + 9999));
    meter_return(&b->meters, &key, START + 9999);
    assert_false(meter_is_on(&b->meters, &key, &b->limits, START + 9999));
    assert_int_equal(second(b, METER_SESSIONS, START + 9999, 2), 0);
    for (int i = 0; i < 20; i++)
        meter_return(&b->meters, &key, START + 9999);
    assert_int_equal(second(b, METER_SESSIONS, START + 9999, 10), 1);
}

/* A million sources with one event each: no memory, no alarm, and who sends much stays known. */
static void made_up_sources(void **state)
{
    struct bench *b = *state;
    struct meter_key hot = key_of(METER_SYN_SOURCE, 0xffffff);
    struct meter_key all = key_of(METER_SYN, 0);
    bool hot_on = false, all_on = false;

    for (uint32_t i = 0; i < 1000000; i++) {
        struct meter_key k = key_of(METER_SYN_SOURCE, i);
        uint32_t at = START + i / 100000;

        assert_false(meter_charge(&b->meters, &k, &b->limits, at).on);
        all_on = meter_charge(&b->meters, &all, &b->limits, at).on;
        if (i % 500 == 0) /* 200 a second */
            hot_on = meter_charge(&b->meters, &hot, &b->limits, at).on;
        assert_true(b->meters.used <= PLACES);
    }
    assert_true(all_on);
    assert_true(hot_on);
    assert_true(b->meters.evicted > 900000);
}

static void among_equals_the_oldest_goes(void **state)
{
    struct bench *b = *state;
    struct meters one;
    struct meter_key k;

    assert_true(meters_init(&one, &b->hash_key, 1));
    for (uint32_t i = 0; i < METER_WAYS; i++) {
        k = key_of(METER_SYN_SOURCE, i);
        (void)meter_charge(&one, &k, &b->limits, START);
    }
    k = key_of(METER_SYN_SOURCE, 100);
    (void)meter_charge(&one, &k, &b->limits, START);
    /* 0 is gone: it counts from the beginning; 1 went for it. */
    k = key_of(METER_SYN_SOURCE, 2);
    assert_int_equal(meter_charge(&one, &k, &b->limits, START).count, 2);
    k = key_of(METER_SYN_SOURCE, 0);
    assert_int_equal(meter_charge(&one, &k, &b->limits, START).count, 1);
    k = key_of(METER_SYN_SOURCE, 1);
    assert_int_equal(meter_charge(&one, &k, &b->limits, START).count, 1);
    meters_fini(&one);
}

static void collect(void *arg, const struct meter_view *v)
{
    struct meter_view **to = arg;

    *(*to)++ = *v;
}

static void listed_and_expired(void **state)
{
    struct bench *b = *state;
    struct meter_view seen[4], *end = seen;
    struct meter_walk walk = {.places = 10, .limits = &b->limits, .now_s = START + 5};

    assert_true(second(b, METER_SYN_SOURCE, START, 900) > 0);
    while (meters_walk(&b->meters, &walk, collect, (void *)&end))
        ;
    assert_int_equal(end - seen, 1);
    assert_int_equal(seen[0].kind, METER_SYN_SOURCE);
    assert_int_equal(seen[0].zone, 1);
    assert_int_equal(seen[0].peer.family, 4);
    assert_int_equal(seen[0].count, 0);
    assert_int_equal(seen[0].last, 900);
    assert_true(seen[0].on);
    meters_expire(&b->meters, PLACES, START + 8);
    assert_int_equal(b->meters.used, 1);
    meters_expire(&b->meters, PLACES, START + 9);
    assert_int_equal(b->meters.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(below_and_above, setup, teardown),
        cmocka_unit_test_setup_teardown(the_event_that_turns_it_on, setup, teardown),
        cmocka_unit_test_setup_teardown(hysteresis, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ramp_turns_it_on_once, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_turns_it_off, setup, teardown),
        cmocka_unit_test_setup_teardown(clock_jumps, setup, teardown),
        cmocka_unit_test_setup_teardown(told_at_intervals, setup, teardown),
        cmocka_unit_test_setup_teardown(sessions_are_those_open_now, setup, teardown),
        cmocka_unit_test_setup_teardown(made_up_sources, setup, teardown),
        cmocka_unit_test_setup_teardown(among_equals_the_oldest_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(listed_and_expired, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
