/* SPDX-License-Identifier: Apache-2.0
 *
 * memory_source: what a piece that stands alone is lent by its caller: memory, and a place for what
 * it produces. The piece never asks the system for memory itself.
 */
#ifndef BASE_MEMORY_SOURCE_H
#define BASE_MEMORY_SOURCE_H

#include "base/span.h"

/* Both functions belong to the caller; `arg` is handed through. */
struct memory_source {
    /* n bytes, aligned as malloc() aligns and not cleared. NULL is an ordinary answer: the piece
     * says so and the caller goes on without it. */
    void *(*take)(void *arg, size_t n);
    /* What take() gave; never NULL. */
    void (*give)(void *arg, void *memory);
    void *arg;
};

/* One piece of output, which is valid during the call only. */
typedef void out_fn(void *arg, struct span piece);

#endif
