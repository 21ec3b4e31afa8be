/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rcu_table.h"

#include <sys/mman.h>

static size_t table_bytes(const struct rcu_table *t)
{
    return ((size_t)t->mask + 1) * sizeof *t->buckets;
}

bool rcu_table_init(struct rcu_table *t, size_t capacity)
{
    size_t n = 64;

    while (n < capacity && n < ((size_t)1 << 31))
        n <<= 1;
    *t = (struct rcu_table){.mask = (uint32_t)(n - 1)};
    /* Fresh pages are zero and cost nothing until used. Not huge ones: a few hundred sessions,
     * spread over the table by their hash, would have the kernel clear all of it. */
    t->buckets =
        mmap(NULL, table_bytes(t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (t->buckets == MAP_FAILED) {
        t->buckets = NULL;
        return false;
    }
    return true;
}

void rcu_table_fini(struct rcu_table *t)
{
    if (t->buckets)
        munmap(t->buckets, table_bytes(t));
    t->buckets = NULL;
}

void rcu_table_walk(const struct rcu_table *t, rcu_table_visit *visit, void *arg)
{
    for (size_t i = 0; i <= t->mask; i++) {
        struct rcu_node *n = rcu_load(t->buckets[i]);

        while (n) {
            struct rcu_node *next = rcu_load(n->next);

            if (!visit(arg, n))
                return;
            n = next;
        }
    }
}
