/* SPDX-License-Identifier: Apache-2.0
 *
 * Targets as servers may read them.
 */
#include "parser/parser.h"
#include "support/http_uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct span target, enum http_uri_reading reading, struct span want,
                   uint32_t odd)
{
    uint8_t *in = malloc(target.n + 1), *room = malloc(target.n + 1);
    uint32_t found = 0;
    struct span got;

    memcpy(in, target.p, target.n);
    got = http_uri_read(span_of(in, target.n), reading, room, &found);
    if (!span_equal(got, want))
        fail_msg("%.*s: %.*s and not %.*s", (int)target.n, (const char *)target.p, (int)got.n,
                 (const char *)got.p, (int)want.n, (const char *)want.p);
    assert_int_equal(found, odd);
    if (!http_uri_is_special(target) && target.p[0] == '/')
        assert_true(span_equal(target, want));
    free(in);
    free(room);
}

struct row {
    struct span target, want;
    uint32_t odd;
};

#define ROW(target, want, odd)                                                                     \
    {                                                                                              \
        {(const uint8_t *)(target), sizeof(target) - 1},                                           \
            {(const uint8_t *)(want), sizeof(want) - 1}, odd                                       \
    }

static void check(const struct row *rows, size_t n, enum http_uri_reading reading)
{
    for (size_t i = 0; i < n; i++)
        expect(rows[i].target, reading, rows[i].want, rows[i].odd);
}

static void reads_once(void **state)
{
    static const struct row rows[] = {
        ROW("/", "/", 0),
        ROW("/a/b?c=d&e", "/a/b?c=d&e", 0),
        ROW("*", "*", 0),
        ROW("", "", 0),
        ROW("/%61%2F%62", "/a/b", 0),
        ROW("/a+b?c+d=%2B", "/a+b?c d=+", 0),
        ROW("/a#b", "/a", 0),
        ROW("/a?b#c?d", "/a?b", 0),
        ROW("//a///b//", "/a/b/", 0),
        ROW("/./a/./b/.", "/a/b/", 0),
        ROW("/a/b/../c/..", "/a/", 0),
        ROW("/a/%2e%2e/b", "/b", 0),
        ROW("/../../etc", "/etc", HTTP_URI_ABOVE),
        ROW("/a/.../b/..c", "/a/.../b/..c", 0),
        ROW("/a\\..\\b", "/b", HTTP_URI_BACKSLASH),
        ROW("/a%5c..%5cb", "/b", HTTP_URI_BACKSLASH),
        ROW("/%", "/%", HTTP_URI_PERCENT),
        ROW("/%4", "/%4", HTTP_URI_PERCENT),
        ROW("/%zz%4g", "/%zz%4g", HTTP_URI_PERCENT),
        ROW("/%u0041", "/%u0041", HTTP_URI_WIDE),
        ROW("/a%00b", "/a\0b", HTTP_URI_NUL),
        ROW("/%2541", "/%41", HTTP_URI_TWICE),
        ROW("/%c0%ae", "/\xc0\xae", HTTP_URI_OVERLONG),
        ROW("HTTP://Host.X/A//b", "http://host.x/A/b", 0),
        ROW("http://h", "http://h", 0),
        ROW("http://h?q=%41", "http://h?q=A", 0),
        ROW("?a=b", "?a=b", 0),
    };

    (void)state;
    check(rows, sizeof rows / sizeof rows[0], HTTP_URI_ONCE);
}

static void reads_loosely(void **state)
{
    static const struct row rows[] = {
        ROW("/%u0041%U0042", "/AB", HTTP_URI_WIDE),
        ROW("/%uff41%uFF0F", "/a/", HTTP_URI_WIDE),
        ROW("/%u004", "/%u004", HTTP_URI_PERCENT),
        ROW("/a/%c0%ae%c0%ae/b", "/b", HTTP_URI_OVERLONG),
        ROW("/%e0%80%af%f0%80%80%af", "/", HTTP_URI_OVERLONG),
        ROW("/%c3%a4", "/\xc3\xa4", 0),
        ROW("/%c0", "/\xc0", 0),
        ROW("/%c0%41",
            "/\xc0"
            "A",
            0),
    };

    (void)state;
    check(rows, sizeof rows / sizeof rows[0], HTTP_URI_LOOSE);
}

static void reads_twice(void **state)
{
    static const struct row rows[] = {
        ROW("/%2541%252e%252e", "/A..", HTTP_URI_TWICE),
        ROW("/a/%252e%252e/b?c=%2520+d", "/b?c=  d", HTTP_URI_TWICE),
        ROW("/a?b=%252B", "/a?b=+", HTTP_URI_TWICE),
    };

    (void)state;
    check(rows, sizeof rows / sizeof rows[0], HTTP_URI_AGAIN);
}

static void cuts_arguments(void **state)
{
    struct span args = http_uri_query(SPAN("/a?b=%41&&c+d=%u0065%c0%ae&e#f=g")), arg;
    uint8_t room[64];

    (void)state;
    assert_true(http_args_next(&args, &arg));
    assert_true(span_equal(http_arg_read(arg, room), SPAN("b=A")));
    assert_true(http_args_next(&args, &arg));
    assert_true(span_equal(http_arg_read(arg, room), SPAN("c d=e.")));
    assert_true(http_args_next(&args, &arg));
    assert_ptr_equal(http_arg_read(arg, room).p, arg.p);
    assert_true(span_equal(arg, SPAN("e")));
    assert_false(http_args_next(&args, &arg));
    assert_int_equal(http_uri_query(SPAN("/a")).n, 0);
    assert_int_equal(http_uri_query(SPAN("/a?")).n, 0);
}

/* Whatever it is: what comes out is no longer, and resolving it again changes nothing. */
static void holds_for_any_target(void **state)
{
    static const char letters[] = "/.%2e\\+?#c0ae5";
    uint32_t seed = 1;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint8_t target[24], room[24], again[24];
        uint32_t odd = 0;
        size_t n = 1 + seed % 23;
        struct span once, twice;

        target[0] = '/';
        for (size_t k = 1; k < n; k++) {
            seed = seed * 1664525 + 1013904223;
            target[k] = (uint8_t)letters[(seed >> 16) % (sizeof letters - 1)];
        }
        once = http_uri_read(span_of(target, n), HTTP_URI_ONCE, room, &odd);
        assert_true(once.n <= n);
        if (odd || span_index(once, '%') < once.n || span_index(once, '+') < once.n ||
            span_index(once, '#') < once.n || span_index(once, '?') < once.n)
            continue;
        twice = http_uri_read(once, HTTP_URI_ONCE, again, &odd);
        assert_true(span_equal(once, twice));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_once),           cmocka_unit_test(reads_loosely),
        cmocka_unit_test(reads_twice),          cmocka_unit_test(cuts_arguments),
        cmocka_unit_test(holds_for_any_target),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
