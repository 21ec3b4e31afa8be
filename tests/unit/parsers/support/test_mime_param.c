/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters: quotes, what is missing, what stands twice; extended ones.
 */
#include "support/mime_param.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void has(const char *field, const char *name, const char *text)
{
    uint8_t room[64];
    struct mime_param param;
    struct span value;

    assert_true(mime_param_find(span_text(field), span_text(name), &param));
    value = mime_param_text(&param, room, sizeof room);
    assert_int_equal(value.n, strlen(text));
    assert_memory_equal(value.p, text, value.n);
}

static void values_are_found(void **state)
{
    struct mime_param param;
    uint8_t room[2];

    (void)state;
    assert_true(span_equal(mime_value(SPAN(" a/b ; c=d")), SPAN("a/b")));
    has("a/b;c=d", "C", "d");
    has("a/b; x; =y; c = d e ; f=g", "c", "d e");
    has("a/b; c=\"d;e=\\\"f\\\\\"; g=h", "c", "d;e=\"f\\");
    has("a/b; c=\"d;e\"; g=h", "g", "h");
    has("a/b; c=\"C:\\dir\\file\"", "c", "C:\\dir\\file");
    has("a/b;\r\n\tc=\"d\r\n e\"", "c", "d e");
    has("a/b; c=d; c=e", "c", "d");
    has("a/b; c=\"d", "c", "d");
    assert_false(mime_param_find(SPAN("a/b; c"), SPAN("c"), &param));
    assert_false(mime_param_find(SPAN("c=d"), SPAN("c"), &param));
    assert_true(mime_param_find(SPAN(";c=\"de"), SPAN("c"), &param));
    assert_true(param.open);
    assert_int_equal(mime_param_text(&param, room, 1).n, 1);
}

static void joins(const char *field, const char *text)
{
    uint8_t room[64];
    struct span value = mime_param_joined(span_text(field), SPAN("filename"), room, sizeof room);

    assert_int_equal(value.n, strlen(text));
    assert_memory_equal(value.p, text, value.n);
}

static void extended_values_are_read(void **state)
{
    (void)state;
    joins("x; filename*=utf-8''a%20b%zz%4", "a b%zz%4");
    joins("x; filename*=iso-8859-1'en'%e4", "\xc3\xa4");
    joins("x; filename*=\"UTF-8''%61\"", "a");
    joins("x; filename*=%61bc", "abc");
    joins("x; filename*0=\"a b\"; filename*1=c; filename*2*=%64", "a bcd");
    joins("x; filename*0*=utf-8''%61; filename*1=%62; other=x; filename*2*=%63", "a%62c");
    joins("x; filename*1=b; filename*0=a", "ab");
    joins("x; filename=a", "");
    joins("x; filename*2=a", "");
    joins("x; filename*x=a", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found),
        cmocka_unit_test(extended_values_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
