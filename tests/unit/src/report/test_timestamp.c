/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as text, compared with the C library's calendar.
 */
#include "report/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static void test_known(void **state)
{
    static const struct {
        uint64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000+0000"},
        {UINT64_C(951782400000000), "2000-02-29T00:00:00.000000+0000"},
        {UINT64_C(1767323045000006), "2026-01-02T03:04:05.000006+0000"},
        {UINT64_C(4294967295999999), "2106-02-07T06:28:15.999999+0000"},
        {UINT64_C(253402300799999999), "9999-12-31T23:59:59.999999+0000"},
        {UINT64_MAX, "9999-12-31T23:59:59.999999+0000"},
    };
    char text[TIMESTAMP_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(timestamp_text(cases[i].us, text), TIMESTAMP_TEXT - 2);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_every_day(void **state)
{
    char text[TIMESTAMP_TEXT], want[TIMESTAMP_TEXT];

    (void)state;
    for (uint64_t day = 0; day < 150000; day++) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        struct tm tm;

        gmtime_r(&seconds, &tm);
        strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000000+0000", &tm);
        timestamp_text((uint64_t)seconds * 1000000, text);
        assert_string_equal(text, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_every_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
