/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rcu_table.h"

#include "base/pages.h"

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
    t->buckets = pages_map(table_bytes(t));
    return t->buckets != NULL;
}

void rcu_table_prefault(struct rcu_table *t)
{
    pages_prefault(t->buckets, table_bytes(t));
}

void rcu_table_fini(struct rcu_table *t)
{
    pages_unmap(t->buckets, table_bytes(t));
    t->buckets = NULL;
}

static bool bucket_walk(struct rcu_node *n, rcu_table_visit *visit, void *arg)
{
    bool on = true;

    while (n) {
        struct rcu_node *next = rcu_load(n->next);

        on &= visit(arg, n);
        n = next;
    }
    return on;
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

bool rcu_table_walk_from(const struct rcu_table *t, size_t *at, size_t buckets,
                         rcu_table_visit *visit, void *arg)
{
    bool on = true;

    for (; on && buckets > 0 && *at <= t->mask; buckets--)
        on = bucket_walk(rcu_load(t->buckets[(*at)++]), visit, arg);
    return *at <= t->mask;
}
