/* SPDX-License-Identifier: Apache-2.0
 *
 * The budget: what is charged comes back, the limit holds to the byte.
 */
#include "base/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void limit_holds_to_the_byte(void **state)
{
    struct budget b;
    void *p, *q;

    (void)state;
    budget_init(&b, 100);
    p = budget_alloc(&b, 60);
    q = budget_alloc(&b, 40);
    assert_non_null(p);
    assert_non_null(q);
    assert_int_equal(b.used, 100);
    assert_null(budget_alloc(&b, 1));
    assert_int_equal(b.refused, 1);
    budget_free(&b, p, 60);
    assert_null(budget_alloc(&b, 61));
    p = budget_alloc(&b, 60);
    assert_non_null(p);
    budget_free(&b, p, 60);
    budget_free(&b, q, 40);
    budget_free(&b, NULL, 40);
    assert_int_equal(b.used, 0);
    assert_int_equal(b.peak, 100);
    assert_int_equal(b.refused, 2);
}

static void huge_sizes_do_not_wrap(void **state)
{
    struct budget b;
    void *p;

    (void)state;
    budget_init(&b, 100);
    p = budget_alloc(&b, 10);
    assert_non_null(p);
    assert_null(budget_alloc(&b, SIZE_MAX));
    assert_null(budget_alloc(&b, SIZE_MAX - 9));
    assert_null(budget_resize(&b, p, 10, SIZE_MAX));
    assert_int_equal(b.used, 10);
    budget_free(&b, p, 10);
}

static void resize_keeps_content_and_count(void **state)
{
    struct budget b;
    char *p;

    (void)state;
    budget_init(&b, 100);
    p = budget_resize(&b, NULL, 0, 10);
    assert_non_null(p);
    assert_int_equal(b.used, 10);
    memcpy(p, "0123456789", 10);
    p = budget_resize(&b, p, 10, 100);
    assert_non_null(p);
    assert_memory_equal(p, "0123456789", 10);
    assert_int_equal(b.used, 100);
    p = budget_resize(&b, p, 100, 5);
    assert_non_null(p);
    assert_memory_equal(p, "01234", 5);
    assert_int_equal(b.used, 5);
    assert_int_equal(b.peak, 100);
    budget_free(&b, p, 5);
    assert_int_equal(b.used, 0);
}

static void refused_resize_leaves_the_block(void **state)
{
    struct budget b;
    char *p;

    (void)state;
    budget_init(&b, 20);
    p = budget_alloc(&b, 10);
    assert_non_null(p);
    memcpy(p, "0123456789", 10);
    assert_null(budget_resize(&b, p, 10, 21));
    assert_memory_equal(p, "0123456789", 10);
    assert_int_equal(b.used, 10);
    assert_int_equal(b.refused, 1);
    budget_free(&b, p, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limit_holds_to_the_byte),
        cmocka_unit_test(huge_sizes_do_not_wrap),
        cmocka_unit_test(resize_keeps_content_and_count),
        cmocka_unit_test(refused_resize_leaves_the_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
