/* SPDX-License-Identifier: Apache-2.0
 *
 * held: frames that wait for their verdict after their batch is over: fragments of a datagram that
 * is not complete. Copies, within a bound. One worker.
 */
#ifndef CAPTURE_HELD_H
#define CAPTURE_HELD_H

#include <stddef.h>
#include <stdint.h>

enum {
    HELD_MOST = 4096,
    HELD_BYTES = 8 << 20,
    HELD_BUCKETS = 1024,
};

struct held_frame {
    struct held_frame *next;
    uint64_t token;
    size_t n;
    uint8_t bytes[];
};

struct held {
    struct held_frame *buckets[HELD_BUCKETS];
    size_t count, bytes;
};

/* Keeps a copy. NULL: too much is held already. */
const struct held_frame *held_put(struct held *, uint64_t token, const uint8_t *bytes, size_t n);
/* The caller's, to be freed with free(); NULL: not there. */
struct held_frame *held_take(struct held *, uint64_t token);
void held_fini(struct held *);

#endif
