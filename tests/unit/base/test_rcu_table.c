/* SPDX-License-Identifier: Apache-2.0
 *
 * The table with one writer: find, chains of equal hashes, removal while a reader stands on a node,
 * and a reader thread that walks while the writer works.
 */
#include "base/rcu_table.h"

#include "base/list.h"
#include "base/slab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <pthread.h>

#include <cmocka.h>

#define ITEM_ALIVE 0x5e551014u

struct item {
    struct rcu_node node;
    uint32_t key;
    uint32_t mark; /* ITEM_ALIVE while a reader may see it */
    struct rcu_retired retired;
};

static struct item *item_of(struct rcu_node *n)
{
    return list_entry(n, struct item, node);
}

static void capacity_is_a_power_of_two(void **state)
{
    struct rcu_table t;

    (void)state;
    assert_true(rcu_table_init(&t, 0));
    assert_int_equal(t.mask & (t.mask + 1), 0);
    rcu_table_fini(&t);
    assert_true(rcu_table_init(&t, 1000));
    assert_int_equal(t.mask, 1023);
    rcu_table_fini(&t);
    assert_true(rcu_table_init(&t, 1024));
    assert_int_equal(t.mask, 1023);
    rcu_table_fini(&t);
    rcu_table_fini(&t);
}

static void finds_by_hash_only(void **state)
{
    struct rcu_table t;
    struct item a = {.key = 1}, b = {.key = 2}, c = {.key = 3};

    (void)state;
    assert_true(rcu_table_init(&t, 64));
    /* a and b share the hash, c shares their bucket. */
    rcu_table_insert(&t, &a.node, 5);
    rcu_table_insert(&t, &b.node, 5);
    rcu_table_insert(&t, &c.node, 5 + 64);
    assert_int_equal(t.count, 3);

    struct rcu_node *n = rcu_table_first(&t, 5);
    assert_non_null(n);
    struct rcu_node *m = rcu_table_next(n);
    assert_non_null(m);
    assert_true((n == &a.node && m == &b.node) || (n == &b.node && m == &a.node));
    assert_null(rcu_table_next(m));
    assert_ptr_equal(rcu_table_first(&t, 5 + 64), &c.node);
    assert_null(rcu_table_next(&c.node));
    assert_null(rcu_table_first(&t, 6));
    assert_null(rcu_table_first(&t, 5 + 128));
    rcu_table_fini(&t);
}

static void removed_nodes_still_lead_on(void **state)
{
    struct rcu_table t;
    struct item items[5] = {0};

    (void)state;
    assert_true(rcu_table_init(&t, 64));
    for (size_t i = 0; i < 5; i++)
        rcu_table_insert(&t, &items[i].node, 9);

    struct rcu_node *standing = rcu_table_next(rcu_table_first(&t, 9));

    rcu_table_remove(&t, standing);
    assert_int_equal(t.count, 4);
    size_t behind = 0;
    for (struct rcu_node *n = rcu_table_next(standing); n; n = rcu_table_next(n))
        behind++;
    assert_int_equal(behind, 3);
    for (struct rcu_node *n = rcu_table_first(&t, 9); n; n = rcu_table_next(n))
        assert_ptr_not_equal(n, standing);
    while (rcu_table_first(&t, 9))
        rcu_table_remove(&t, rcu_table_first(&t, 9));
    assert_int_equal(t.count, 0);
    rcu_table_fini(&t);
}

struct walked {
    size_t count, stop_after;
    size_t seen[200];
};

static bool count_items(void *arg, struct rcu_node *n)
{
    struct walked *w = arg;

    w->seen[item_of(n)->key]++;
    return ++w->count != w->stop_after;
}

static void walk_sees_each_once_and_stops(void **state)
{
    struct rcu_table t;
    struct item items[200] = {0};
    struct walked all = {0}, some = {.stop_after = 7};

    (void)state;
    assert_true(rcu_table_init(&t, 64));
    for (uint32_t i = 0; i < 200; i++) {
        items[i].key = i;
        rcu_table_insert(&t, &items[i].node, i * 2654435761u);
    }
    rcu_table_walk(&t, count_items, &all);
    assert_int_equal(all.count, 200);
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(all.seen[i], 1);
    rcu_table_walk(&t, count_items, &some);
    assert_int_equal(some.count, 7);
    rcu_table_fini(&t);
}

/* ---- one writer, one reader thread ---- */

struct shared {
    struct rcu_table table;
    struct slab slab;
    struct rcu_limbo limbo;
    bool stop;
    uint64_t walks, visits, dead; /* the reader's */
};

static void item_release(void *owner, struct rcu_retired *r)
{
    struct shared *s = owner;
    struct item *i = list_entry(r, struct item, retired);

    i->mark = 0;
    slab_free(&s->slab, i);
}

static bool check_item(void *arg, struct rcu_node *n)
{
    struct shared *s = arg;
    struct item *i = item_of(n);

    s->visits++;
    s->dead += i->mark != ITEM_ALIVE || n->hash != i->key * 2654435761u;
    return true;
}

static void *reader(void *arg)
{
    struct shared *s = arg;

    rcu_thread_enter();
    rcu_reader_offline();
    while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) {
        rcu_reader_online();
        rcu_table_walk(&s->table, check_item, s);
        rcu_reader_offline();
        s->walks++;
    }
    rcu_thread_leave();
    return NULL;
}

static void churn(struct shared *s, uint32_t rounds)
{
    enum { WINDOW = 200 };
    struct item *live[WINDOW] = {0};

    for (uint32_t key = 0; key < rounds; key++) {
        struct item *old = live[key % WINDOW];
        struct item *item;

        if (old) {
            rcu_table_remove(&s->table, &old->node);
            rcu_limbo_retire(&s->limbo, &old->retired);
            live[key % WINDOW] = NULL;
        }
        item = slab_alloc(&s->slab);
        if (item) {
            item->key = key;
            item->mark = ITEM_ALIVE;
            rcu_table_insert(&s->table, &item->node, key * 2654435761u);
            live[key % WINDOW] = item;
        }
        if (key % 32 == 0) {
            rcu_limbo_poll(&s->limbo, RCU_POLL_LAZY);
            rcu_quiescent();
        }
    }
    for (size_t i = 0; i < WINDOW; i++) {
        if (live[i] == NULL)
            continue;
        rcu_table_remove(&s->table, &live[i]->node);
        rcu_limbo_retire(&s->limbo, &live[i]->retired);
    }
}

static void reader_never_meets_a_released_item(void **state)
{
    struct shared *s = calloc(1, sizeof *s);
    pthread_t thread;

    (void)state;
    assert_non_null(s);
    rcu_thread_enter();
    assert_true(rcu_table_init(&s->table, 64));
    slab_init(&s->slab, sizeof(struct item), 4000);
    rcu_limbo_init(&s->limbo, item_release, s);
    assert_int_equal(pthread_create(&thread, NULL, reader, s), 0);
    churn(s, 200000);
    rcu_reader_offline();
    __atomic_store_n(&s->stop, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    rcu_reader_online();
    rcu_limbo_fini(&s->limbo);
    assert_int_equal(s->dead, 0);
    assert_int_equal(s->table.count, 0);
    assert_int_equal(s->slab.used, 0);
    rcu_thread_leave();
    slab_fini(&s->slab);
    rcu_table_fini(&s->table);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capacity_is_a_power_of_two),
        cmocka_unit_test(finds_by_hash_only),
        cmocka_unit_test(removed_nodes_still_lead_on),
        cmocka_unit_test(walk_sees_each_once_and_stops),
        cmocka_unit_test(reader_never_meets_a_released_item),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
