/* SPDX-License-Identifier: Apache-2.0
 *
 * rcu_table: hash table with one writer and any number of RCU readers.
 *
 * The number of buckets is fixed at creation, from the budget of what will live in it: no resize,
 * no helper thread, the same cost per look-up whatever else the machine does. Bucket and node
 * addresses can be prefetched from a hash, which is what lets a batch of packets overlap its
 * cache misses.
 *
 * Writer (the owner thread): insert, remove. Readers: first/next and walk, between RCU quiescent
 * points. A removed node keeps its `next` until its memory is reused after a grace period, so a
 * reader standing on it still finds the rest of the chain.
 */
#ifndef BASE_RCU_TABLE_H
#define BASE_RCU_TABLE_H

#include "base/rcu.h"

#include <stdint.h>

struct rcu_node {
    struct rcu_node *next;
    uint32_t hash;
};

struct rcu_table {
    struct rcu_node **buckets;
    uint32_t mask;
    size_t count;
};

/* At least `capacity` buckets. False: no memory. */
bool rcu_table_init(struct rcu_table *, size_t capacity);
/* Before the first insert: no page fault later. */
void rcu_table_prefault(struct rcu_table *);
/* Frees the buckets only; the writer has removed its nodes. */
void rcu_table_fini(struct rcu_table *);

static inline struct rcu_node **rcu_table_bucket(const struct rcu_table *t, uint32_t hash)
{
    return &t->buckets[hash & t->mask];
}

/* The next node with this hash after `node` (NULL: from the start), or NULL. */
static inline struct rcu_node *rcu_table_first(const struct rcu_table *t, uint32_t hash)
{
    struct rcu_node *n = rcu_load(*rcu_table_bucket(t, hash));

    while (n != NULL && n->hash != hash)
        n = rcu_load(n->next);
    return n;
}

static inline struct rcu_node *rcu_table_next(struct rcu_node *n)
{
    uint32_t hash = n->hash;

    do
        n = rcu_load(n->next);
    while (n != NULL && n->hash != hash);
    return n;
}

static inline void rcu_table_insert(struct rcu_table *t, struct rcu_node *n, uint32_t hash)
{
    struct rcu_node **bucket = rcu_table_bucket(t, hash);

    n->hash = hash;
    n->next = *bucket;
    rcu_publish(*bucket, n);
    t->count++;
}

static inline void rcu_table_remove(struct rcu_table *t, struct rcu_node *n)
{
    struct rcu_node **link = rcu_table_bucket(t, n->hash);

    while (*link != n)
        link = &(*link)->next;
    rcu_publish(*link, n->next);
    t->count--;
}

typedef bool rcu_table_visit(void *arg, struct rcu_node *);
/* Calls visit for every node until it returns false. Nodes inserted or removed meanwhile may or
 * may not be seen; none is seen twice. */
void rcu_table_walk(const struct rcu_table *, rcu_table_visit *, void *arg);
/* The same in pieces: `buckets` of them from *at (0 at first) on; a visit that returns false ends
 * the piece after its bucket. False: all have been seen. */
bool rcu_table_walk_from(const struct rcu_table *, size_t *at, size_t buckets, rcu_table_visit *,
                         void *arg);

#endif
