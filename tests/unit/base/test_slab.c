/* SPDX-License-Identifier: Apache-2.0
 *
 * The slab: distinct, aligned objects up to the cap, and again after they came back.
 */
#include "base/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void objects_are_aligned_and_apart(void **state)
{
    struct slab slab;
    uint8_t *objects[300];

    (void)state;
    slab_init(&slab, 40, 300);
    assert_int_equal(slab.object_size, 48);
    for (size_t i = 0; i < 300; i++) {
        objects[i] = slab_alloc(&slab);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % 16, 0);
        memset(objects[i], (int)i & 0xff, 48);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < 48; k++)
            assert_int_equal(objects[i][k], i & 0xff);
    assert_int_equal(slab.used, 300);
    slab_fini(&slab);
}

static void cap_refuses_and_counts(void **state)
{
    struct slab slab;
    void *a, *b;

    (void)state;
    slab_init(&slab, 16, 2);
    a = slab_alloc(&slab);
    b = slab_alloc(&slab);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(slab_alloc(&slab));
    assert_null(slab_alloc(&slab));
    assert_int_equal(slab.refused, 2);
    slab_free(&slab, a);
    assert_ptr_equal(slab_alloc(&slab), a);
    assert_null(slab_alloc(&slab));
    slab_free(&slab, a);
    slab_free(&slab, b);
    slab_free(&slab, NULL);
    assert_int_equal(slab.used, 0);
    assert_int_equal(slab.peak, 2);
    slab_fini(&slab);
}

static void no_cap_no_object(void **state)
{
    struct slab slab;

    (void)state;
    slab_init(&slab, 16, 0);
    assert_null(slab_alloc(&slab));
    assert_int_equal(slab.refused, 1);
    slab_fini(&slab);
}

/* Freed objects are used again before new memory is touched: churn does not grow. */
static void churn_reuses_memory(void **state)
{
    struct slab slab;
    void *blocks;

    (void)state;
    slab_init(&slab, 304, 1000);
    for (size_t i = 0; i < 10; i++)
        slab_free(&slab, slab_alloc(&slab));
    blocks = slab.blocks;
    for (size_t i = 0; i < 100000; i++)
        slab_free(&slab, slab_alloc(&slab));
    assert_ptr_equal(slab.blocks, blocks);
    assert_int_equal(slab.peak, 1);
    slab_fini(&slab);
}

static void grows_over_many_blocks(void **state)
{
    struct slab slab;
    size_t n = 20000;
    uint32_t **objects = calloc(n, sizeof *objects);

    (void)state;
    assert_non_null(objects);
    slab_init(&slab, 304, n);
    for (uint32_t i = 0; i < n; i++) {
        objects[i] = slab_alloc(&slab);
        assert_non_null(objects[i]);
        objects[i][0] = i;
        objects[i][75] = ~i;
    }
    for (uint32_t i = 0; i < n; i++) {
        assert_true(objects[i][0] == i);
        assert_true(objects[i][75] == ~i);
    }
    for (size_t i = 0; i < n; i += 2)
        slab_free(&slab, objects[i]);
    for (size_t i = 0; i < n; i += 2)
        assert_non_null(slab_alloc(&slab));
    assert_null(slab_alloc(&slab));
    slab_fini(&slab);
    free(objects);
}

static void objects_larger_than_a_block(void **state)
{
    struct slab slab;
    uint8_t *a, *b;

    (void)state;
    slab_init(&slab, 3u << 20, 2);
    a = slab_alloc(&slab);
    b = slab_alloc(&slab);
    assert_non_null(a);
    assert_non_null(b);
    memset(a, 1, 3u << 20);
    memset(b, 2, 3u << 20);
    assert_int_equal(a[(3u << 20) - 1], 1);
    slab_fini(&slab);
}

static void fini_makes_it_as_new(void **state)
{
    struct slab slab;

    (void)state;
    slab_init(&slab, 1, 3);
    assert_int_equal(slab.object_size, 16);
    assert_non_null(slab_alloc(&slab));
    slab_fini(&slab);
    assert_int_equal(slab.used, 0);
    assert_non_null(slab_alloc(&slab));
    slab_fini(&slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_aligned_and_apart),
        cmocka_unit_test(cap_refuses_and_counts),
        cmocka_unit_test(no_cap_no_object),
        cmocka_unit_test(churn_reuses_memory),
        cmocka_unit_test(grows_over_many_blocks),
        cmocka_unit_test(objects_larger_than_a_block),
        cmocka_unit_test(fini_makes_it_as_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
