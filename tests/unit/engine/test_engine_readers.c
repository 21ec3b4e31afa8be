/* SPDX-License-Identifier: Apache-2.0
 *
 * Another thread looks at a working engine: it walks the sessions while they come and go, and
 * exchanges the configuration. Fit for ThreadSanitizer.
 */
#include "engine_fixture.h"
#include "sink_parser.h"
#include "tcp_script.h"

#include "base/rcu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <pthread.h>

#include <cmocka.h>

#define ROUNDS      60
#define CONNECTIONS 50

struct watch {
    struct engine *engine;
    bool stop;
    size_t walks, seen, strange;
    uint32_t generation;
};

static bool look(void *arg, const struct session *s)
{
    struct watch *w = arg;
    struct session_end server = session_end_server(s);

    w->seen++;
    w->strange += server.port != 80 || s->key.proto != 6 || s->id == 0;
    return true;
}

static void *walker(void *arg)
{
    struct watch *w = arg;

    rcu_thread_enter();
    rcu_reader_offline();
    while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
        rcu_reader_online();
        engine_sessions(w->engine, look, w);
        rcu_reader_offline();
        w->walks++;
    }
    rcu_thread_leave();
    return NULL;
}

/* Builds a snapshot, publishes it, waits until nobody uses the old one, frees that. */
static void *configurer(void *arg)
{
    struct watch *w = arg;
    struct snapshot *old = NULL;

    rcu_thread_enter();
    rcu_reader_offline();
    while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
        struct snapshot *new = snapshot_new();

        if (new == NULL || !snapshot_seal(new))
            abort();
        new->generation = ++w->generation;
        engine_configure(w->engine, new);
        rcu_wait();
        snapshot_free(old);
        old = new;
    }
    rcu_thread_leave();
    return old;
}

static void connections(struct frame_list *frames, uint16_t first_port, uint64_t time_us)
{
    for (uint16_t i = 0; i < CONNECTIONS; i++) {
        struct tcp_script s;

        tcp_script_init(&s, frames);
        s.time_us = time_us;
        s.step_us = 1;
        s.ends[DIR_CLIENT].port = (uint16_t)(first_port + i);
        tcp_open(&s);
        tcp_send(&s, DIR_CLIENT, SPAN("hello"));
        tcp_send(&s, DIR_SERVER, SPAN("hello yourself"));
        if (i % 2)
            tcp_close(&s, DIR_CLIENT);
    }
}

/* Each round some of the sessions of earlier ones end; time moves so that the closed ones go. */
static void work(struct engine_fixture *f)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct frame_list frames = {0};
        uint64_t time_us = (UINT64_C(1700000000) + round * 20) * 1000000;

        connections(&frames, (uint16_t)(10000 + round * CONNECTIONS), time_us);
        fixture_feed(f, &frames);
        fixture_tick(f, time_us + 10000000);
        fixture_forget(f);
        frame_list_free(&frames);
    }
}

static void run_beside(void *(*thread_main)(void *), struct watch *w, void **result)
{
    struct engine_fixture f;
    pthread_t thread;

    sink_reset();
    fixture_open(&f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_INLINE});
    w->engine = f.engine;
    assert_int_equal(pthread_create(&thread, NULL, thread_main, w), 0);
    work(&f);
    rcu_reader_offline();
    __atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, result), 0);
    rcu_reader_online();
    fixture_flush(&f);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_TCP), ROUNDS * CONNECTIONS);
    fixture_close(&f);
    sink_reset();
}

static void a_reader_walks_while_sessions_come_and_go(void **state)
{
    struct watch w = {0};

    (void)state;
    run_beside(walker, &w, NULL);
    assert_in_range(w.walks, 1, SIZE_MAX);
    assert_int_equal(w.strange, 0);
}

static void the_configuration_is_exchanged_meanwhile(void **state)
{
    struct watch w = {.generation = 1};
    void *last = NULL;

    (void)state;
    run_beside(configurer, &w, &last);
    snapshot_free(last);
    assert_in_range(w.generation, 2, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_walks_while_sessions_come_and_go),
        cmocka_unit_test(the_configuration_is_exchanged_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
