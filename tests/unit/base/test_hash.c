/* SPDX-License-Identifier: Apache-2.0
 *
 * The keyed hash: repeats under one key, differs under another, spreads keys that a weak hash
 * would pile up.
 */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void same_key_same_hash(void **state)
{
    struct hash_key a, b;

    (void)state;
    hash_init_seeded(&a, 1);
    hash_init_seeded(&b, 1);
    assert_true(hash_bytes(&a, "abc", 3) == hash_bytes(&b, "abc", 3));
    assert_true(hash_bytes(&a, "abc", 3) != hash_bytes(&a, "abd", 3));
    assert_true(hash_bytes(&a, "abc", 2) != hash_bytes(&a, "abc", 3));
}

static void seeds_and_random_keys_differ(void **state)
{
    struct hash_key a, b, c, d;

    (void)state;
    hash_init_seeded(&a, 1);
    hash_init_seeded(&b, 2);
    hash_init(&c);
    hash_init(&d);
    assert_true(memcmp(&c, &d, sizeof c) != 0);
    assert_true(hash_bytes(&a, "abc", 3) != hash_bytes(&b, "abc", 3));
    assert_true(hash_bytes(&c, "abc", 3) != hash_bytes(&d, "abc", 3));
}

/* Session keys have 32 and 56 bytes: every single bit of them must matter. */
static void every_bit_counts(void **state)
{
    static const size_t sizes[] = {32, 56};
    struct hash_key key;
    uint8_t bytes[56] = {0};

    (void)state;
    hash_init_seeded(&key, 7);
    for (size_t s = 0; s < 2; s++) {
        uint64_t zero = hash_bytes(&key, bytes, sizes[s]);

        for (size_t bit = 0; bit < sizes[s] * 8; bit++) {
            bytes[bit / 8] = (uint8_t)(1u << bit % 8);
            assert_true((uint32_t)hash_bytes(&key, bytes, sizes[s]) != (uint32_t)zero);
            bytes[bit / 8] = 0;
        }
    }
}

/* Counted keys in 4096 buckets: with 16 a bucket on average, 64 in one would be no accident. */
static void counted_keys_spread(void **state)
{
    static uint8_t buckets[4096];
    struct hash_key key;
    uint8_t bytes[32] = {0};

    (void)state;
    hash_init_seeded(&key, 9);
    for (uint32_t i = 0; i < 65536; i++) {
        memcpy(bytes, &i, sizeof i);
        buckets[hash_bytes(&key, bytes, sizeof bytes) % 4096]++;
    }
    for (size_t i = 0; i < 4096; i++)
        assert_in_range(buckets[i], 0, 64);
}

static void nothing_can_be_hashed(void **state)
{
    struct hash_key key;

    (void)state;
    hash_init_seeded(&key, 9);
    assert_true(hash_bytes(&key, "", 0) == hash_bytes(&key, "x", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_key_same_hash),    cmocka_unit_test(seeds_and_random_keys_differ),
        cmocka_unit_test(every_bit_counts),      cmocka_unit_test(counted_keys_spread),
        cmocka_unit_test(nothing_can_be_hashed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
