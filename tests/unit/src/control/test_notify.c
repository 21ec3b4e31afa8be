/* SPDX-License-Identifier: Apache-2.0
 *
 * What runs behind the ports of workloads is told when it is learned, once, as a whole, whichever
 * worker has seen it.
 */
#include "control/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worker_bench.h"

enum { OUTBOX_ROOM = 1 << 20, PORTS_MANY = 1000, PORTS_TOLD = 818, STEPS_MOST = 16 };

static char folder[40], path[64];

struct bench {
    struct worker_bench w;
    struct outbox *outbox;
    struct notify *notify;
    uint64_t now_ms;
    int agent;
    uint8_t bytes[8192]; /* the last that was told */
};

static void bench_open(struct bench *b)
{
    struct err err = {0};

    *b = (struct bench){.now_ms = 1000};
    worker_bench_open(&b->w);
    b->agent = bench_socket(path);
    b->outbox = outbox_new(path, OUTBOX_ROOM, &err);
    b->notify = notify_new(b->outbox, b->w.workers, BENCH_WORKERS);
    assert_true(b->outbox != NULL && b->notify != NULL);
}

static void bench_close(struct bench *b)
{
    worker_bench_close(&b->w);
    notify_free(b->notify);
    outbox_free(b->outbox);
    close(b->agent);
}

/* The length of the next message; 0: there is none. */
static size_t told(struct bench *b)
{
    ssize_t n = recv(b->agent, b->bytes, sizeof b->bytes, 0);

    if (n <= 0)
        return 0;
    assert_int_equal(b->bytes[0], 1); /* APP_UPDATE */
    assert_int_equal(b->bytes[1], 0);
    assert_int_equal(wire16(b->bytes + 2), n);
    assert_int_equal(12 + 10 * wire16(b->bytes + 10), n);
    return (size_t)n;
}

/* Whatever was asked of the workers before has been answered after: each turn of theirs makes one
 * step of every task, and one that looks for changes has fewer steps than this. */
static void settle(struct bench *b)
{
    static const struct frame_list none;

    for (size_t i = 0; i < (size_t)STEPS_MOST * BENCH_WORKERS; i++)
        worker_bench_feed(&b->w, i % BENCH_WORKERS, &none);
}

/* A round, and what is told in it; 0: nothing. */
static size_t go_on(struct bench *b)
{
    b->now_ms += NOTIFY_EVERY_MS;
    notify_go_on(b->notify, b->w.snapshot, b->now_ms);
    settle(b);
    notify_go_on(b->notify, b->w.snapshot, b->now_ms);
    return told(b);
}

static void visit(struct bench *b, size_t worker, const char *server, uint16_t port)
{
    struct frame_list frames = {0};
    struct tcp_script t;

    tcp_script_init(&t, &frames);
    t.ends[DIR_SERVER].addr = server;
    t.ends[DIR_SERVER].port = port;
    tcp_open(&t);
    tcp_send(&t, DIR_CLIENT, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    tcp_send(&t, DIR_SERVER,
             SPAN("HTTP/1.1 200 OK\r\nServer: nginx/1.2\r\nContent-Length: 0\r\n\r\n"));
    worker_bench_feed(&b->w, worker, &frames);
    frame_list_free(&frames);
}

static void assert_port(const struct bench *b, size_t at, const uint8_t entry[10])
{
    assert_memory_equal(b->bytes + 12 + 10 * at, entry, 10);
}

static void learned_ones_are_told_once(void **state)
{
    static const uint8_t expected[] = {1, 0, 0,  0x16, 2,    0, 0,    0, 0, 1, 0,
                                       1, 0, 80, 3,    0xe9, 7, 0xe6, 0, 0, 6, 0};
    struct bench b;

    (void)state;
    bench_open(&b);
    assert_int_equal(go_on(&b), 0);
    visit(&b, 0, "10.1.1.2", 80);
    assert_int_equal(go_on(&b), sizeof expected);
    assert_memory_equal(b.bytes, expected, sizeof expected);
    assert_int_equal(go_on(&b), 0);
    bench_close(&b);
}

/* The list is whole, though each worker knows only a part. */
static void workers_know_parts(void **state)
{
    static const uint8_t first[] = {0, 80, 3, 0xe9, 7, 0xe6, 0, 0, 6, 0},
                         second[] = {0x1f, 0x90, 3, 0xe9, 7, 0xe6, 0, 0, 6, 0};
    struct bench b;

    (void)state;
    bench_open(&b);
    visit(&b, 0, "10.1.1.2", 80);
    assert_int_equal(go_on(&b), 22);
    visit(&b, 1, "10.1.1.2", 8080);
    assert_int_equal(go_on(&b), 32);
    assert_port(&b, 0, first);
    assert_port(&b, 1, second);
    visit(&b, 1, "10.1.1.3", 80); /* another workload: only its own ports */
    assert_int_equal(go_on(&b), 22);
    assert_int_equal(b.bytes[9], 2);
    assert_port(&b, 0, first);
    bench_close(&b);
}

static void nothing_before_it_is_time(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    notify_go_on(b.notify, b.w.snapshot, b.now_ms); /* a round, which ends without it */
    settle(&b);
    notify_go_on(b.notify, b.w.snapshot, b.now_ms);
    visit(&b, 0, "10.1.1.2", 80);
    for (int i = 0; i < 3; i++) {
        notify_go_on(b.notify, b.w.snapshot, b.now_ms + NOTIFY_EVERY_MS - 1);
        settle(&b);
    }
    assert_int_equal(told(&b), 0);
    notify_go_on(b.notify, b.w.snapshot, b.now_ms + NOTIFY_EVERY_MS);
    settle(&b);
    notify_go_on(b.notify, b.w.snapshot, b.now_ms + NOTIFY_EVERY_MS);
    assert_int_equal(told(&b), 22);
    bench_close(&b);
}

static struct snapshot *changed(struct bench *b)
{
    struct snapshot *s = snapshot_copy(b->w.snapshot);

    assert_non_null(s);
    return s;
}

static void with_ports(struct snapshot *s, size_t workload, size_t count)
{
    struct workload *w = workload_copy(s->workloads[workload]);

    assert_non_null(w);
    w->ports = calloc(count, sizeof *w->ports);
    assert_non_null(w->ports);
    for (size_t i = 0; i < count; i++)
        w->ports[i] = (struct listening_port){
            .port = (uint16_t)(1000 + i), .proto = 17, .application = i % 2 ? 2001 : 1004};
    w->port_count = count;
    shared_drop(&s->workloads[workload]->shared);
    s->workloads[workload] = w;
}

/* Whether learned or named by the agent, changed or not; those without any are silent. */
static void asked_for(void **state)
{
    static const uint8_t learned[] = {0, 80, 3, 0xe9, 7, 0xe6, 0, 0, 6, 0},
                         named[] = {3, 0xe8, 3, 0xec, 0, 0, 0, 0, 17, 0},
                         product[] = {3, 0xe9, 0, 0, 0, 0, 7, 0xd1, 17, 0};
    struct snapshot *s;
    struct bench b;

    (void)state;
    bench_open(&b);
    notify_ports(b.notify, b.w.snapshot);
    assert_int_equal(told(&b), 0);
    visit(&b, 0, "10.1.1.2", 80);
    assert_int_equal(go_on(&b), 22);
    s = changed(&b);
    with_ports(s, 0, 2);
    assert_true(snapshot_seal(s));
    for (int i = 0; i < 2; i++) {
        notify_ports(b.notify, s);
        assert_int_equal(told(&b), 42);
        assert_port(&b, 0, learned);
        assert_port(&b, 1, named);
        assert_port(&b, 2, product);
        assert_int_equal(told(&b), 0);
    }
    snapshot_free(s);
    bench_close(&b);
}

static void no_message_is_too_long(void **state)
{
    struct snapshot *s;
    struct bench b;

    (void)state;
    bench_open(&b);
    s = changed(&b);
    with_ports(s, 1, PORTS_MANY);
    assert_true(snapshot_seal(s));
    notify_ports(b.notify, s);
    assert_int_equal(told(&b), 12 + 10 * PORTS_TOLD);
    snapshot_free(s);
    bench_close(&b);
}

/* The configuration file's are none of its business; those that are gone are forgotten. */
static void only_the_agents_own(void **state)
{
    struct workload *w;
    struct snapshot *s;
    struct bench b;

    (void)state;
    bench_open(&b);
    visit(&b, 0, "10.1.1.2", 80);
    assert_int_equal(go_on(&b), 22);
    s = changed(&b);
    w = workload_copy(s->workloads[0]);
    assert_non_null(w);
    w->agents = false;
    shared_drop(&s->workloads[0]->shared);
    s->workloads[0] = w;
    assert_true(snapshot_seal(s));
    notify_ports(b.notify, s);
    assert_int_equal(told(&b), 0);
    snapshot_free(s);
    s = changed(&b);
    shared_drop(&s->workloads[1]->shared);
    s->workload_count = 1;
    assert_true(snapshot_seal(s));
    visit(&b, 0, "10.1.1.3", 81);
    for (int i = 0; i < 2; i++) {
        notify_go_on(b.notify, s, b.now_ms + NOTIFY_EVERY_MS);
        settle(&b);
    }
    assert_int_equal(told(&b), 0);
    snapshot_free(s);
    notify_ports(b.notify, b.w.snapshot); /* it is not there any more, though its workload is */
    assert_int_equal(told(&b), 22);
    assert_int_equal(b.bytes[9], 1);
    assert_int_equal(told(&b), 0);
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
        cmocka_unit_test(learned_ones_are_told_once), cmocka_unit_test(workers_know_parts),
        cmocka_unit_test(nothing_before_it_is_time),  cmocka_unit_test(asked_for),
        cmocka_unit_test(no_message_is_too_long),     cmocka_unit_test(only_the_agents_own),
    };
    int failed;

    snprintf(folder, sizeof folder, "/tmp/sluice-notify-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/n", folder);
    failed = cmocka_run_group_tests(tests, enter, leave);
    unlink(path);
    rmdir(folder);
    return failed;
}
