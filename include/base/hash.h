/* SPDX-License-Identifier: Apache-2.0
 *
 * hash: keyed hash for every table whose keys an attacker chooses. XXH3 with a random secret, drawn
 * once per process (or set by a test).
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SECRET_BYTES 192

/* One per engine (by value, so that it sits beside what uses it); read only after hash_init(). */
struct hash_key {
    uint8_t secret[HASH_SECRET_BYTES];
};

/* Random from the kernel. Aborts when the kernel has none: an unkeyed table is not acceptable. */
void hash_init(struct hash_key *);
/* The same for a seed: tests and benchmarks that must repeat. */
void hash_init_seeded(struct hash_key *, uint64_t seed);

uint64_t hash_bytes(const struct hash_key *, const void *bytes, size_t n);

#endif
