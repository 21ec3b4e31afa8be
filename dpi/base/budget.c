/* SPDX-License-Identifier: Apache-2.0 */
#include "base/budget.h"

#include <stdbool.h>
#include <stdlib.h>

void budget_init(struct budget *b, size_t limit)
{
    *b = (struct budget){.limit = limit};
}

static void charge(struct budget *b, size_t n)
{
    b->used += n;
    if (b->used > b->peak)
        b->peak = b->used;
}

void *budget_alloc(struct budget *b, size_t n)
{
    void *p = n <= b->limit - b->used ? malloc(n) : NULL;

    if (p)
        charge(b, n);
    else
        b->refused++;
    return p;
}

void budget_free(struct budget *b, void *p, size_t n)
{
    if (p == NULL)
        return;
    b->used -= n;
    free(p);
}

void *budget_resize(struct budget *b, void *p, size_t old_n, size_t new_n)
{
    bool fits = new_n <= old_n || new_n - old_n <= b->limit - b->used;
    void *moved = fits ? realloc(p, new_n) : NULL;

    if (moved == NULL) {
        b->refused++;
        return NULL;
    }
    b->used -= old_n;
    charge(b, new_n);
    return moved;
}
