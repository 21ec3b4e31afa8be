/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker's thread: captures come and go, every frame gets a verdict, tasks make steps, another
 * configuration holds from the next batch on.
 */
#include "worker.h"

#include "packet_builder.h"

#include "base/rcu.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 10000 };

/* Frames on demand: each count written to the eventfd is as many. */
struct source {
    struct capture capture;
    struct packet_builder packet;
    _Atomic uint64_t decided;
    _Atomic bool freed_by_order;
    _Atomic bool broken;
    bool *freed;
};

static int source_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct source *s = (struct source *)c;
    uint64_t waiting;

    if (atomic_load(&s->broken))
        return -1;
    if (read(c->fd, &waiting, sizeof waiting) != sizeof waiting)
        return 0;
    if (n > waiting)
        n = waiting;
    waiting -= n;
    if (waiting > 0) /* stays readable */
        assert_int_equal(write(c->fd, &waiting, sizeof waiting), sizeof waiting);
    for (size_t i = 0; i < n; i++)
        frames[i] = (struct frame){.bytes = s->packet.bytes,
                                   .captured = (uint32_t)s->packet.n,
                                   .length = (uint32_t)s->packet.n,
                                   .link = LINK_ETHERNET};
    return (int)n;
}

static void source_decide(struct capture *c, const struct frame *frames, size_t n)
{
    struct source *s = (struct source *)c;

    for (size_t i = 0; i < n; i++)
        assert_int_equal(frames[i].verdict, VERDICT_PASS);
    atomic_fetch_add(&s->decided, n);
}

static void source_free(struct capture *c)
{
    struct source *s = (struct source *)c;

    close(c->fd);
    *s->freed = true;
    free(s);
}

static const struct capture_ops source_ops = {
    .kind = "test", .receive = source_receive, .decide = source_decide, .free = source_free};

static struct source *source_new(uint16_t port, bool *freed)
{
    struct source *s = calloc(1, sizeof *s);

    assert_non_null(s);
    *freed = false;
    s->freed = freed;
    s->capture.ops = &source_ops;
    s->capture.device = 1;
    s->capture.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    build_begin(&s->packet);
    build_ethernet(&s->packet);
    build_ip(&s->packet, "192.0.2.1", "192.0.2.2");
    build_udp(&s->packet, port, 5000);
    build_bytes(&s->packet, "hello", 5);
    build_finish(&s->packet);
    return s;
}

static void give(struct source *s, uint64_t frames)
{
    assert_int_equal(write(s->capture.fd, &frames, sizeof frames), sizeof frames);
}

struct bench {
    struct snapshot *snapshot;
    struct worker *worker;
    uint32_t heartbeat;
    int wake;
    _Atomic unsigned flows;
};

static void on_event(void *arg, const struct event *event)
{
    struct bench *b = arg;

    if (event->type == EVENT_FLOW)
        atomic_fetch_add(&b->flows, 1);
}

static void bench_open(struct bench *b)
{
    struct engine_ops ops = {.arg = b, .emit = on_event};
    struct worker_setup setup = {.cpu = CPU_ANY, .ops = &ops};
    struct err err = {0};

    *b = (struct bench){.snapshot = snapshot_new()};
    b->snapshot->limits.sessions = 1024;
    assert_true(snapshot_seal(b->snapshot));
    b->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    setup.snapshot = b->snapshot;
    setup.heartbeat = &b->heartbeat;
    setup.wake = b->wake;
    b->worker = worker_start(&setup, &err);
    assert_non_null(b->worker);
}

static void bench_close(struct bench *b)
{
    worker_stop(b->worker);
    snapshot_free(b->snapshot);
    close(b->wake);
}

/* The thread rings when something waits for us. */
static void wait_rung(const struct bench *b)
{
    struct pollfd p = {.fd = b->wake, .events = POLLIN};
    uint64_t rung;

    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
    assert_int_equal(read(b->wake, &rung, sizeof rung), sizeof rung);
}

static void wait_decided(struct source *s, uint64_t n)
{
    for (int ms = 0; atomic_load(&s->decided) < n && ms < PATIENCE_MS; ms++)
        poll(NULL, 0, 1);
    assert_int_equal(atomic_load(&s->decided), n);
}

static void frames_get_verdicts(void **state)
{
    struct bench b;
    struct source *s;
    bool freed;

    (void)state;
    bench_open(&b);
    s = source_new(20000, &freed);
    worker_add(b.worker, &s->capture);
    give(s, 1000);
    wait_decided(s, 1000);
    assert_int_equal(engine_counters(worker_engine(b.worker))->value[COUNTER_SESSIONS], 1);
    bench_close(&b);
    assert_true(freed);
    assert_int_equal(atomic_load(&b.flows), 1);
}

static void on_gone(void *arg, struct capture *c)
{
    bool *gone = arg;

    *gone = c->gone;
}

static void captures_go(void **state)
{
    (void)state;
    for (int by_itself = 0; by_itself < 2; by_itself++) {
        bool freed, gone = !by_itself;
        struct source *s;
        struct bench b;

        bench_open(&b);
        s = source_new(20000, &freed);
        worker_add(b.worker, &s->capture);
        wait_rung(&b); /* that is done */
        if (by_itself) {
            atomic_store(&s->broken, true);
            give(s, 1);
        } else {
            worker_remove(b.worker, &s->capture);
        }
        for (int i = 0; !freed && i < 10; i++) {
            wait_rung(&b);
            worker_reap(b.worker, on_gone, &gone);
        }
        assert_true(freed);
        assert_int_equal(gone, by_itself);
        bench_close(&b);
    }
}

struct counting {
    struct worker_task task;
    unsigned steps, full;
};

static enum task_state count_step(struct worker_task *task, struct engine *e)
{
    struct counting *c = (struct counting *)task;

    assert_non_null(e);
    if (atomic_load(&task->cancel))
        return TASK_DONE;
    c->steps++;
    if (c->steps % 10 == 0) {
        c->full++;
        return TASK_FULL;
    }
    return TASK_RUN;
}

static void wait_state(const struct bench *b, struct worker_task *task, enum task_state state)
{
    while (atomic_load(&task->state) != (int)state)
        wait_rung(b);
}

static void tasks_make_steps(void **state)
{
    struct counting c = {.task.step = count_step};
    struct bench b;

    (void)state;
    bench_open(&b);
    worker_post(b.worker, &c.task);
    wait_state(&b, &c.task, TASK_FULL);
    assert_int_equal(c.steps, 10);
    worker_resume(b.worker, &c.task);
    wait_state(&b, &c.task, TASK_FULL);
    assert_int_equal(c.steps, 20);
    atomic_store(&c.task.cancel, true);
    worker_resume(b.worker, &c.task);
    wait_state(&b, &c.task, TASK_DONE);
    assert_int_equal(c.steps, 20);
    bench_close(&b);
}

static void the_end_of_a_worker_ends_its_tasks(void **state)
{
    struct counting c = {.task.step = count_step};
    struct bench b;

    (void)state;
    bench_open(&b);
    worker_post(b.worker, &c.task);
    wait_state(&b, &c.task, TASK_FULL);
    bench_close(&b);
    assert_int_equal(atomic_load(&c.task.state), TASK_DONE);
}

static void a_configuration_holds_within_a_tick(void **state)
{
    struct snapshot *next;
    struct bench b;

    (void)state;
    bench_open(&b);
    next = snapshot_copy(b.snapshot);
    next->generation = 7;
    assert_true(snapshot_seal(next));
    engine_configure(worker_engine(b.worker), next);
    for (int ms = 0; engine_generation(worker_engine(b.worker)) != 7 && ms < PATIENCE_MS; ms++)
        poll(NULL, 0, 1);
    assert_int_equal(engine_generation(worker_engine(b.worker)), 7);
    rcu_wait();
    snapshot_free(b.snapshot);
    b.snapshot = next;
    bench_close(&b);
}

static void the_heart_beats(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    for (int ms = 0; __atomic_load_n(&b.heartbeat, __ATOMIC_RELAXED) < 2 && ms < PATIENCE_MS; ms++)
        poll(NULL, 0, 1);
    assert_in_range(__atomic_load_n(&b.heartbeat, __ATOMIC_RELAXED), 2, 3);
    bench_close(&b);
}

static int enter(void **state)
{
    (void)state;
    rcu_thread_enter();
    rcu_reader_offline();
    return 0;
}

static int leave(void **state)
{
    (void)state;
    rcu_reader_online();
    rcu_thread_leave();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_get_verdicts),
        cmocka_unit_test(captures_go),
        cmocka_unit_test(tasks_make_steps),
        cmocka_unit_test(the_end_of_a_worker_ends_its_tasks),
        cmocka_unit_test(a_configuration_holds_within_a_tick),
        cmocka_unit_test(the_heart_beats),
    };

    return cmocka_run_group_tests(tests, enter, leave);
}
