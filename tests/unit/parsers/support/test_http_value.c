/* SPDX-License-Identifier: Apache-2.0
 *
 * Header values: a table a view, in memory of exactly the size of the value; cookies.
 */
#include "support/http_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct text {
    const char *p;
    size_t n;
};

/* An absent view: the value itself. */
struct row {
    struct text value, view;
};

/* clang-format off */
#define ROW(value, view) {{value, sizeof(value) - 1}, {view, sizeof(view) - 1}}
#define SAME(value) {{value, sizeof(value) - 1}, {NULL, 0}}
/* clang-format on */
#define CHECK(read, rows) check(read, rows, sizeof(rows) / sizeof *(rows))

typedef struct span view_fn(struct span value, uint8_t *out);

static void check_row(view_fn *read, const struct row *row)
{
    uint8_t *copy = malloc(row->value.n + 1), *out = malloc(row->value.n + 1);
    struct span value = span_of(copy + 1, row->value.n); /* ends where the memory does */
    struct span want = row->view.p ? span_of(row->view.p, row->view.n) : value, got;

    memcpy(copy + 1, row->value.p, row->value.n);
    got = read(value, out + 1);
    if (!span_equal(got, want))
        fail_msg("view of \"%.*s\" is \"%.*s\", not \"%.*s\"", (int)value.n, (const char *)value.p,
                 (int)got.n, (const char *)got.p, (int)want.n, (const char *)want.p);
    if (row->view.p == NULL)
        assert_ptr_equal(got.p, value.p);
    free(out);
    free(copy);
}

static void check(view_fn *read, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_row(read, &rows[i]);
}

static void folds(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("plain value"),
        SAME("a\tb  c"),
        ROW("  trimmed \t", "trimmed"),
        ROW(" \t ", ""),
        ROW("a\r\n b", "a b"),
        ROW("a\n\tb", "a b"),
        ROW("a\r b", "a b"),
        ROW("a \t\r\n \t b", "a b"),
        ROW("a\r\n \r\n\t\r\n b", "a b"),
        ROW("a\r\n b\r\n c\r\n d", "a b c d"),
        ROW("\r\n a", "a"),
        ROW("a\r\n", "a"),
        ROW("a\r\n ", "a"),
        ROW("\r\n", ""),
        ROW("chun\r\n ked", "chun ked"),
        /* No blank: it is no fold. */
        ROW("a\rb", "a\rb"),
        ROW("a\r\r\rb", "a\r\r\rb"),
        ROW("a\nb\n c", "a\nb c"),
        ROW("a\0\r\n b", "a\0 b"),
    };

    (void)state;
    CHECK(http_value_unfold, rows);
}

static void encoded_words(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("plain"),
        SAME("a=b; c==d"),
        ROW("=?utf-8?Q?a=20b?=", "a b"),
        ROW("=?UTF-8?q?a_b=5Fc?=", "a b_c"),
        ROW("=?utf-8?B?ZXZpbA==?=", "evil"),
        ROW("=?utf-8?b?ZXZpbA?=", "evil"),
        ROW("=?utf-8*en?Q?x?=", "x"),
        ROW("=?iso-8859-1?Q?=E9?=", "\xe9"),
        ROW("x =?utf-8?Q?y?= z", "x y z"),
        ROW("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ROW("=?utf-8?Q?a?= \t\r\n =?utf-8?B?Yg==?= c", "ab c"),
        ROW("=?utf-8?Q?a?= - =?utf-8?Q?b?=", "a - b"),
        ROW("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        ROW("filename=\"=?utf-8?Q?=2e=2e=2f?=\"", "filename=\"../\""),
        ROW("=?utf-8?Q?\?=x", "x"),
        ROW("=?utf-8?Q?=zz=4?=", "=zz=4"),
        ROW("=?x?Q?=00?=", "\0"),
        ROW("=?=?x?Q?a?=", "=?a"),
        SAME("=?"),
        SAME("=?utf-8"),
        SAME("=?utf-8?"),
        SAME("=?utf-8?Q"),
        SAME("=?utf-8?Q?"),
        SAME("=?utf-8?Q?abc"),
        SAME("=?utf-8?Q?abc?"),
        SAME("=?utf-8?X?abc?="),
        SAME("=?\?Q?abc?="),
        SAME("=?utf-8?QQ?abc?="),
        ROW("=?utf-8?Q?abc?x =?u?q?d?=", "=?utf-8?Q?abc?x d"),
    };

    (void)state;
    CHECK(http_value_words, rows);
}

static void extended_parameters(void **state)
{
    static const struct row rows[] = {
        SAME(""),
        SAME("attachment; filename=\"a.txt\""),
        SAME("*/*;q=0.8, text/*"),
        SAME("a*b"),
        SAME("a*"),
        ROW("attachment; filename*=UTF-8''a%20b.txt", "attachment; filename=a b.txt"),
        ROW("f*=utf-8'en'%e2%82%ac; g=1", "f=\xe2\x82\xac; g=1"),
        ROW("f*=iso-8859-1'en'%A3%20rates", "f=\xa3 rates"),
        ROW("f*=UTF-8''plain", "f=plain"),
        ROW("f*=UTF-8''", "f="),
        ROW("f*=a%20b", "f=a b"),
        ROW("f*=a'b%20c", "f=a'b c"),
        ROW("f*=''x'y", "f=x'y"),
        ROW("f*0*=UTF-8''%2e; f*1*=%2e%2f", "f*0=.; f*1=./"),
        ROW("f*=\"UTF-8''a%3bb\"; g=2", "f=\"a;b\"; g=2"),
        ROW("f*=\"", "f=\""),
        ROW("f*=\"x", "f=\"x"),
        ROW("f*=", "f="),
        ROW("*=", "="),
        ROW("f*=UTF-8''%zz%4", "f=%zz%4"),
        ROW("f*=UTF-8''%00", "f=\0"),
        ROW("f*=UTF-8''a b*=UTF-8''%63", "f=a b=c"),
        ROW("**=x*=y", "*=x*=y"),
    };

    (void)state;
    CHECK(http_value_extended, rows);
}

static void cookies(void **state)
{
    static const struct {
        const char *name, *value;
    } want[] = {{"a", "1"},   {"b", "x y"}, {"c", ""}, {"", "d"},
                {"e", "f=g"}, {"h", "\""},  {"i", ""}};
    struct span left = SPAN("a=1; b = \"x y\" ;c;;  ; =d;e=f=g; h=\"; i=\"\"");
    struct http_cookie cookie;

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_true(http_cookie_next(&left, &cookie));
        assert_true(span_equal(cookie.name, span_text(want[i].name)));
        assert_true(span_equal(cookie.value, span_text(want[i].value)));
    }
    assert_false(http_cookie_next(&left, &cookie));
    left = SPAN("");
    assert_false(http_cookie_next(&left, &cookie));
    left = SPAN("; ;= ;");
    assert_false(http_cookie_next(&left, &cookie));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds),
        cmocka_unit_test(encoded_words),
        cmocka_unit_test(extended_parameters),
        cmocka_unit_test(cookies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
