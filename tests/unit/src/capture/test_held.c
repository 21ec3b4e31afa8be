/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames that wait: found by their token, never more than the bound.
 */
#include "capture/held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t bytes[4096] = "abc";

static void test_put_and_take(void **state)
{
    struct held h = {0};
    struct held_frame *f;

    (void)state;
    assert_non_null(held_put(&h, 5, bytes, 3));
    assert_non_null(held_put(&h, 5 + HELD_BUCKETS, bytes, 2));
    assert_null(held_take(&h, 6));
    f = held_take(&h, 5);
    assert_non_null(f);
    assert_int_equal(f->n, 3);
    assert_memory_equal(f->bytes, "abc", 3);
    free(f);
    assert_null(held_take(&h, 5));
    f = held_take(&h, 5 + HELD_BUCKETS);
    assert_int_equal(f->n, 2);
    free(f);
    assert_int_equal(h.count, 0);
    assert_int_equal(h.bytes, 0);
    held_fini(&h);
}

static void test_is_bounded(void **state)
{
    struct held h = {0};
    size_t n = 0;

    (void)state;
    while (held_put(&h, n, bytes, 1) != NULL)
        n++;
    assert_int_equal(n, HELD_MOST);
    held_fini(&h);
    assert_int_equal(h.count, 0);
    for (n = 0; held_put(&h, n, bytes, sizeof bytes) != NULL;)
        n++;
    assert_int_equal(n, HELD_BYTES / sizeof bytes);
    held_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_take),
        cmocka_unit_test(test_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
