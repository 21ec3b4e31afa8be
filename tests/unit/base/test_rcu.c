/* SPDX-License-Identifier: Apache-2.0
 *
 * Retiring memory: nothing is released while a reader may hold it, everything is in the end.
 */
#include "base/rcu.h"

#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <pthread.h>

#include <cmocka.h>

struct thing {
    struct rcu_retired retired;
    int *released;
};

static void thing_release(void *owner, struct rcu_retired *r)
{
    struct thing *t = list_entry(r, struct thing, retired);

    (void)owner;
    ++*t->released;
    free(t);
}

static struct rcu_retired *thing_new(int *released)
{
    struct thing *t = malloc(sizeof *t);

    assert_non_null(t);
    t->released = released;
    return &t->retired;
}

static void fini_releases_everything(void **state)
{
    struct rcu_limbo limbo;
    int released = 0;

    (void)state;
    rcu_thread_enter();
    rcu_limbo_init(&limbo, thing_release, NULL);
    for (int i = 0; i < 1000; i++) {
        rcu_limbo_retire(&limbo, thing_new(&released));
        rcu_limbo_poll(&limbo, RCU_POLL_LAZY);
    }
    assert_int_equal(limbo.held + (size_t)released, 1000);
    rcu_limbo_fini(&limbo);
    assert_int_equal(released, 1000);
    assert_int_equal(limbo.held, 0);
    rcu_thread_leave();
}

static void fini_of_an_idle_one(void **state)
{
    struct rcu_limbo limbo;

    (void)state;
    rcu_thread_enter();
    rcu_limbo_init(&limbo, thing_release, NULL);
    rcu_limbo_fini(&limbo);
    rcu_thread_leave();
}

static void lazy_polls_gather_flush_does_not(void **state)
{
    struct rcu_limbo limbo;
    int released = 0;

    (void)state;
    rcu_thread_enter();
    rcu_limbo_init(&limbo, thing_release, NULL);
    rcu_limbo_retire(&limbo, thing_new(&released));
    rcu_limbo_poll(&limbo, RCU_POLL_LAZY);
    assert_int_equal(limbo.open_count, 1);
    rcu_limbo_poll(&limbo, RCU_POLL_FLUSH);
    assert_int_equal(limbo.open_count, 0);
    assert_int_equal(limbo.held, 1);
    rcu_drain();
    rcu_limbo_poll(&limbo, RCU_POLL_LAZY);
    assert_int_equal(released, 1);
    rcu_limbo_fini(&limbo);
    rcu_thread_leave();
}

/* ---- a reader that holds on ---- */

enum step { STEP_START, STEP_READING, STEP_LET_GO, STEP_GONE };

static void step_set(int *at, enum step step)
{
    __atomic_store_n(at, (int)step, __ATOMIC_RELEASE);
}

static void step_await(int *at, enum step step)
{
    while (__atomic_load_n(at, __ATOMIC_ACQUIRE) < (int)step)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static void *slow_reader(void *arg)
{
    int *at = arg;

    rcu_thread_enter();
    step_set(at, STEP_READING);
    step_await(at, STEP_LET_GO);
    rcu_quiescent();
    rcu_reader_offline();
    step_await(at, STEP_GONE);
    rcu_thread_leave();
    return NULL;
}

static void nothing_is_released_under_a_reader(void **state)
{
    struct rcu_limbo limbo;
    pthread_t thread;
    int at = STEP_START, released = 0;

    (void)state;
    rcu_thread_enter();
    rcu_limbo_init(&limbo, thing_release, NULL);
    assert_int_equal(pthread_create(&thread, NULL, slow_reader, &at), 0);
    step_await(&at, STEP_READING);
    rcu_limbo_retire(&limbo, thing_new(&released));
    rcu_limbo_poll(&limbo, RCU_POLL_FLUSH);
    for (int i = 0; i < 1000; i++) {
        rcu_quiescent();
        rcu_limbo_poll(&limbo, RCU_POLL_LAZY);
        assert_int_equal(released, 0);
    }
    step_set(&at, STEP_LET_GO);
    rcu_drain();
    rcu_limbo_poll(&limbo, RCU_POLL_LAZY);
    assert_int_equal(released, 1);
    step_set(&at, STEP_GONE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    rcu_limbo_fini(&limbo);
    rcu_thread_leave();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fini_releases_everything),
        cmocka_unit_test(fini_of_an_idle_one),
        cmocka_unit_test(lazy_polls_gather_flush_does_not),
        cmocka_unit_test(nothing_is_released_under_a_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
