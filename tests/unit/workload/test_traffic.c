/* SPDX-License-Identifier: Apache-2.0
 *
 * Traffic windows: what the last slot, the last minute and the last five minutes carried.
 */
#include "workload/traffic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define START 1700000000u /* the beginning of a slot */

static uint64_t bytes_of(const struct traffic *t, uint32_t now, int ingress, enum traffic_span span)
{
    return traffic_sum(t, now, ingress, span).bytes;
}

static void check(const struct traffic *t, uint32_t now, uint64_t slot, uint64_t minute,
                  uint64_t five)
{
    uint64_t got[] = {bytes_of(t, now, 1, TRAFFIC_SLOT), bytes_of(t, now, 1, TRAFFIC_MINUTE),
                      bytes_of(t, now, 1, TRAFFIC_5_MINUTES)};

    if (got[0] != slot || got[1] != minute || got[2] != five)
        fail_msg("%u seconds in: %llu, %llu, %llu", now - START, (unsigned long long)got[0],
                 (unsigned long long)got[1], (unsigned long long)got[2]);
}

static void a_slot_counts_once_it_is_complete(void **state)
{
    struct traffic t = {0};

    (void)state;
    traffic_advance(&t, START);
    traffic_packet(&t, 1, 100);
    check(&t, START + 4, 0, 0, 0);
    check(&t, START + 5, 100, 100, 100); /* nobody has closed it yet */
    traffic_advance(&t, START + 5);
    check(&t, START + 5, 100, 100, 100);
    check(&t, START + 9, 100, 100, 100);
    check(&t, START + 10, 0, 100, 100);
}

static void windows_end_where_they_should(void **state)
{
    struct traffic t = {0};

    (void)state;
    traffic_advance(&t, START);
    traffic_packet(&t, 1, 100);
    for (uint32_t slot = 1; slot <= 70; slot++) {
        uint32_t now = START + slot * TRAFFIC_SLOT_SECONDS;

        traffic_advance(&t, now);
        check(&t, now, slot == 1 ? 100 : 0, slot <= 12 ? 100 : 0, slot <= 60 ? 100 : 0);
    }
    assert_int_equal(bytes_of(&t, START + 350, 1, TRAFFIC_TOTAL), 100);
}

/* The same without anybody closing slots: the question alone knows how late it is. */
static void a_holder_left_behind_is_not_current(void **state)
{
    struct traffic t = {0};

    (void)state;
    traffic_advance(&t, START);
    traffic_packet(&t, 1, 100);
    traffic_advance(&t, START + 5);
    traffic_packet(&t, 1, 10);
    check(&t, START + 10, 10, 110, 110);
    check(&t, START + 60, 0, 110, 110);
    check(&t, START + 65, 0, 10, 110);
    check(&t, START + 300, 0, 0, 110);
    check(&t, START + 305, 0, 0, 10);
    check(&t, START + 310, 0, 0, 0);
}

static void every_slot_is_summed(void **state)
{
    struct traffic t = {0};
    uint32_t now = START;

    (void)state;
    for (unsigned slot = 0; slot < 100; slot++, now += TRAFFIC_SLOT_SECONDS) {
        traffic_advance(&t, now);
        for (unsigned i = 0; i < 3; i++)
            traffic_packet(&t, 1, slot);
    }
    traffic_advance(&t, now);
    check(&t, now, 3 * 99, 3 * (88 + 99) * 12 / 2, 3 * (40 + 99) * 60 / 2);
    assert_int_equal(traffic_sum(&t, now, 1, TRAFFIC_MINUTE).packets, 36);
    assert_int_equal(traffic_sum(&t, now, 1, TRAFFIC_TOTAL).packets, 300);
}

static void directions_are_apart(void **state)
{
    struct traffic t = {0};

    (void)state;
    traffic_advance(&t, START);
    traffic_packet(&t, 1, 100);
    traffic_packet(&t, 0, 7);
    t.now[0].sessions++;
    traffic_advance(&t, START + 5);
    assert_int_equal(bytes_of(&t, START + 5, 0, TRAFFIC_SLOT), 7);
    assert_int_equal(bytes_of(&t, START + 5, 1, TRAFFIC_SLOT), 100);
    assert_int_equal(traffic_sum(&t, START + 5, 0, TRAFFIC_MINUTE).sessions, 1);
    assert_int_equal(traffic_sum(&t, START + 5, 1, TRAFFIC_TOTAL).sessions, 0);
}

static void more_than_32_bits_in_a_slot(void **state)
{
    uint64_t most = 5 * (uint64_t)UINT32_MAX;
    struct traffic t = {0};

    (void)state;
    traffic_advance(&t, START);
    for (int i = 0; i < 5; i++)
        traffic_packet(&t, 1, UINT32_MAX);
    assert_true(bytes_of(&t, START, 1, TRAFFIC_TOTAL) == most);
    traffic_advance(&t, START + 5);
    check(&t, START + 5, most, most, most);
}

static void silence_of_any_length(void **state)
{
    static const uint32_t gaps[] = {59, 60, 61, 62, 75, 119, 120, 121, 1000, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++) {
        struct traffic t = {0};
        uint32_t now = START + gaps[i] * TRAFFIC_SLOT_SECONDS;

        traffic_advance(&t, START - 5);
        traffic_packet(&t, 1, 1000);
        traffic_advance(&t, START);
        traffic_packet(&t, 1, 100);
        traffic_advance(&t, now);
        check(&t, now, 0, 0, gaps[i] <= 59 ? 1100 : gaps[i] <= 60 ? 100 : 0);
        traffic_packet(&t, 1, 10);
        for (uint32_t later = 1; later <= 60; later++) {
            traffic_advance(&t, now + 5 * later);
            check(&t, now + 5 * later, later == 1 ? 10 : 0, later <= 12 ? 10 : 0,
                  gaps[i] + later <= 60 ? 110 : 10);
        }
        assert_int_equal(bytes_of(&t, now, 1, TRAFFIC_TOTAL), 1110);
    }
}

/* A new input may begin in the past: nothing of the old one is recent then. */
static void time_starts_anew(void **state)
{
    struct traffic t = {0};

    (void)state;
    for (uint32_t slot = 0; slot < 60; slot++) {
        traffic_advance(&t, START + 5 * slot);
        traffic_packet(&t, 1, 100);
    }
    traffic_advance(&t, START - 100000);
    check(&t, START - 100000, 0, 0, 0);
    traffic_packet(&t, 1, 10);
    traffic_advance(&t, START - 99995);
    check(&t, START - 99995, 10, 10, 10);
    assert_int_equal(bytes_of(&t, START - 99995, 1, TRAFFIC_TOTAL), 6010);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_counts_once_it_is_complete),
        cmocka_unit_test(windows_end_where_they_should),
        cmocka_unit_test(a_holder_left_behind_is_not_current),
        cmocka_unit_test(every_slot_is_summed),
        cmocka_unit_test(directions_are_apart),
        cmocka_unit_test(more_than_32_bits_in_a_slot),
        cmocka_unit_test(silence_of_any_length),
        cmocka_unit_test(time_starts_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
