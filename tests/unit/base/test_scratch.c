/* SPDX-License-Identifier: Apache-2.0
 *
 * The scratch arena: aligned pieces until it is full, all of it again after a reset.
 */
#include "base/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void pieces_are_aligned_and_apart(void **state)
{
    struct scratch s;
    uint8_t *a, *b;

    (void)state;
    assert_true(scratch_init(&s, 256));
    a = scratch_alloc(&s, 1);
    b = scratch_alloc(&s, 17);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_int_equal((uintptr_t)b % 16, 0);
    assert_int_equal(b - a, 16);
    memset(b, 1, 17);
    scratch_fini(&s);
}

static void full_is_null_and_reset_gives_all_back(void **state)
{
    struct scratch s;
    void *first;

    (void)state;
    assert_true(scratch_init(&s, 64));
    first = scratch_alloc(&s, 48);
    assert_non_null(first);
    assert_null(scratch_alloc(&s, 17));
    assert_non_null(scratch_alloc(&s, 16));
    assert_null(scratch_alloc(&s, 1));
    scratch_reset(&s);
    assert_ptr_equal(scratch_alloc(&s, 64), first);
    scratch_fini(&s);
}

static void huge_sizes_do_not_wrap(void **state)
{
    struct scratch s;

    (void)state;
    assert_true(scratch_init(&s, 64));
    assert_null(scratch_alloc(&s, SIZE_MAX));
    assert_null(scratch_alloc(&s, SIZE_MAX - 14));
    assert_null(scratch_alloc(&s, SIZE_MAX - 64));
    assert_non_null(scratch_alloc(&s, 64));
    scratch_fini(&s);
    scratch_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(full_is_null_and_reset_gives_all_back),
        cmocka_unit_test(huge_sizes_do_not_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
