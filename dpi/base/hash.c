/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(HASH_SECRET_BYTES >= XXH3_SECRET_SIZE_MIN, "XXH3 needs a longer secret");

void hash_init(struct hash_key *key)
{
    if (getrandom(key->secret, sizeof key->secret, 0) != (ssize_t)sizeof key->secret) {
        log_error("the kernel gives no random numbers; hash tables cannot be keyed");
        abort();
    }
}

void hash_init_seeded(struct hash_key *key, uint64_t seed)
{
    for (size_t i = 0; i < sizeof key->secret; i += sizeof seed) {
        uint64_t word = XXH3_64bits_withSeed(&i, sizeof i, seed);

        memcpy(key->secret + i, &word, sizeof word);
    }
}

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t n)
{
    return XXH3_64bits_withSecret(bytes, n, key->secret, sizeof key->secret);
}
