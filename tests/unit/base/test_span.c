/* SPDX-License-Identifier: Apache-2.0
 *
 * Spans: comparison, cutting and search, with empty ones at every place.
 */
#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct span nothing;

static void literals_lose_their_nul(void **state)
{
    (void)state;
    assert_int_equal(SPAN("abc").n, 3);
    assert_int_equal(SPAN("a\0c").n, 3);
    assert_int_equal(span_text("abc").n, 3);
    assert_int_equal(SPAN("").n, 0);
}

static void first_and_from_never_leave_the_span(void **state)
{
    struct span s = SPAN("abcd");

    (void)state;
    assert_true(span_equal(span_first(s, 2), SPAN("ab")));
    assert_true(span_equal(span_first(s, 4), s));
    assert_true(span_equal(span_first(s, SIZE_MAX), s));
    assert_true(span_equal(span_from(s, 1), SPAN("bcd")));
    assert_int_equal(span_from(s, 4).n, 0);
    assert_int_equal(span_from(s, SIZE_MAX).n, 0);
    assert_int_equal(span_first(nothing, 5).n, 0);
    assert_int_equal(span_from(nothing, 5).n, 0);
}

static void equality(void **state)
{
    (void)state;
    assert_true(span_equal(SPAN("abc"), SPAN("abc")));
    assert_false(span_equal(SPAN("abc"), SPAN("abd")));
    assert_false(span_equal(SPAN("abc"), SPAN("ab")));
    assert_true(span_equal(nothing, SPAN("")));
    assert_true(span_equal_nocase(SPAN("aBc-9"), SPAN("AbC-9")));
    assert_false(span_equal_nocase(SPAN("abc"), SPAN("abcd")));
    assert_true(span_equal_nocase(nothing, SPAN("")));
}

/* '[' and '{', '@' and '`' differ in the same bit as letters do. */
static void only_letters_ignore_case(void **state)
{
    (void)state;
    assert_false(span_equal_nocase(SPAN("["), SPAN("{")));
    assert_false(span_equal_nocase(SPAN("@"), SPAN("`")));
    assert_false(span_equal_nocase(SPAN("\xc4"), SPAN("\xe4")));
    assert_int_equal(span_lower('A'), 'a');
    assert_int_equal(span_lower('Z'), 'z');
    assert_int_equal(span_lower('['), '[');
    assert_int_equal(span_lower('@'), '@');
    assert_int_equal(span_lower(0xc4), 0xc4);
}

static void prefixes(void **state)
{
    (void)state;
    assert_true(span_starts(SPAN("GET /"), SPAN("GET ")));
    assert_true(span_starts(SPAN("GET "), SPAN("GET ")));
    assert_false(span_starts(SPAN("GET"), SPAN("GET ")));
    assert_false(span_starts(SPAN("PUT /"), SPAN("GET ")));
    assert_true(span_starts(nothing, nothing));
    assert_true(span_starts(SPAN("x"), nothing));
    assert_false(span_starts(nothing, SPAN("x")));
    assert_true(span_starts_nocase(SPAN("Content-Length: 5"), SPAN("content-length:")));
    assert_false(span_starts_nocase(SPAN("Content"), SPAN("content-length:")));
}

static void index_of_a_byte(void **state)
{
    (void)state;
    assert_int_equal(span_index(SPAN("a:b:c"), ':'), 1);
    assert_int_equal(span_index(SPAN(":"), ':'), 0);
    assert_int_equal(span_index(SPAN("abc"), ':'), 3);
    assert_int_equal(span_index(SPAN("a\0b"), 0), 1);
    assert_int_equal(span_index(SPAN("a\xff"), 0xff), 1);
    assert_int_equal(span_index(nothing, ':'), 0);
}

static void trim_takes_blanks_and_tabs_only(void **state)
{
    (void)state;
    assert_true(span_equal(span_trim(SPAN(" \ta b\t ")), SPAN("a b")));
    assert_true(span_equal(span_trim(SPAN("\r a\n")), SPAN("\r a\n")));
    assert_int_equal(span_trim(SPAN(" \t ")).n, 0);
    assert_int_equal(span_trim(nothing).n, 0);
}

static void printable_is_ascii_without_controls(void **state)
{
    (void)state;
    assert_true(span_printable(SPAN(" az~")));
    assert_true(span_printable(nothing));
    assert_false(span_printable(SPAN("a\x1f")));
    assert_false(span_printable(SPAN("\x7f")));
    assert_false(span_printable(SPAN("a\xc3")));
    assert_false(span_printable(SPAN("a\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_lose_their_nul),
        cmocka_unit_test(first_and_from_never_leave_the_span),
        cmocka_unit_test(equality),
        cmocka_unit_test(only_letters_ignore_case),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(index_of_a_byte),
        cmocka_unit_test(trim_takes_blanks_and_tabs_only),
        cmocka_unit_test(printable_is_ascii_without_controls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
