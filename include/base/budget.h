/* SPDX-License-Identifier: Apache-2.0
 *
 * budget: heap memory with a limit, for things of variable size on the packet path. One owner
 * thread. Over the limit the answer is NULL and the caller degrades; it is counted, never fatal.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stddef.h>
#include <stdint.h>

struct budget {
    size_t limit;
    size_t used;
    size_t peak;
    uint64_t refused;
};

void budget_init(struct budget *, size_t limit);

/* Not cleared. NULL when it would pass the limit. */
void *budget_alloc(struct budget *, size_t n);
/* `n` is what was asked for at allocation. Accepts NULL. */
void budget_free(struct budget *, void *p, size_t n);
/* Like realloc; on NULL the old block stays as it was. */
void *budget_resize(struct budget *, void *p, size_t old_n, size_t new_n);

#endif
