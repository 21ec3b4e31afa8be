/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors: filled as printf does, cut where they do not fit, and always false.
 */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void says_where_and_what(void **state)
{
    struct err err;

    (void)state;
    assert_false(err_set(&err, "rules[3].port", "%d is no port", 70000));
    assert_string_equal(err.path, "rules[3].port");
    assert_string_equal(err.text, "70000 is no port");
}

static void path_may_be_missing(void **state)
{
    struct err err;

    (void)state;
    assert_false(err_set(&err, NULL, "no memory"));
    assert_string_equal(err.path, "");
    assert_string_equal(err.text, "no memory");
}

static void nobody_may_want_it(void **state)
{
    (void)state;
    assert_false(err_set(NULL, "path", "%s", "text"));
}

static void long_ones_are_cut(void **state)
{
    struct err err;
    char text[1000];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(err_set(&err, text, "%s", text));
    assert_int_equal(strlen(err.path), sizeof err.path - 1);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_and_what),
        cmocka_unit_test(path_may_be_missing),
        cmocka_unit_test(nobody_may_want_it),
        cmocka_unit_test(long_ones_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
