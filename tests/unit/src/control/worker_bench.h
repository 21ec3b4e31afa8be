/* SPDX-License-Identifier: Apache-2.0
 *
 * worker_bench: two workers that see what a test gives them, workloads "10.1.1.2" (zone 1, known to
 * the agent by its MAC address 02:..:01) and "10.1.1.3" (zone 2, 02:..:02), and a socket of
 * somebody who is told.
 */
#ifndef TESTS_WORKER_BENCH_H
#define TESTS_WORKER_BENCH_H

#include "base/rcu.h"
#include "frame_list.h"
#include "tcp_script.h"
#include "worker.h"
#include "workloads.h"

#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BENCH_WORKERS = 2, BENCH_PATIENCE_MS = 10000 };

struct worker_bench {
    struct snapshot *snapshot;
    struct worker *workers[BENCH_WORKERS];
    int wake;
};

static inline void worker_bench_open(struct worker_bench *b)
{
    static const char *const nets[] = {"10.1.1.2", "10.1.1.3"};
    struct err err = {0};

    *b = (struct worker_bench){.snapshot = snapshot_new(),
                               .wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    assert_non_null(b->snapshot);
    b->snapshot->limits.sessions = 4096;
    for (size_t i = 0; i < 2; i++) {
        struct workload *w = workloads_add(b->snapshot, nets[i], &nets[i], 1);

        w->agents = true;
        w->id.mac[0] = 2;
        w->id.mac[5] = (uint8_t)(i + 1);
    }
    assert_true(snapshot_seal(b->snapshot));
    for (unsigned i = 0; i < BENCH_WORKERS; i++) {
        struct engine_ops ops = {0};
        struct worker_setup setup = {
            .cpu = CPU_ANY, .number = i, .snapshot = b->snapshot, .ops = &ops, .wake = b->wake};

        b->workers[i] = worker_start(&setup, &err);
        assert_non_null(b->workers[i]);
    }
}

/* Whoever asks them is freed afterwards. */
static inline void worker_bench_close(struct worker_bench *b)
{
    for (size_t i = 0; i < BENCH_WORKERS; i++)
        worker_stop(b->workers[i]);
    snapshot_free(b->snapshot);
    close(b->wake);
}

/* Until a worker has something for us, or a moment has passed. */
static inline void worker_bench_wait(const struct worker_bench *b)
{
    struct pollfd p = {.fd = b->wake, .events = POLLIN};
    uint64_t rung;

    if (poll(&p, 1, 1) == 1)
        assert_int_equal(read(b->wake, &rung, sizeof rung), sizeof rung);
}

/* ---- traffic ---- */

struct bench_feeding {
    struct worker_task task; /* first */
    const struct frame_list *frames;
};

static inline enum task_state bench_feed_step(struct worker_task *task, struct engine *e)
{
    const struct frame_list *l = ((struct bench_feeding *)task)->frames;
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    for (size_t i = 0; i < l->count; i++) {
        struct frame f = {.bytes = l->frames[i].bytes,
                          .captured = l->frames[i].n,
                          .length = l->frames[i].n,
                          .link = l->frames[i].link,
                          .time_us = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000};

        engine_input(e, &f, 1);
    }
    return TASK_DONE;
}

/* The worker sees these frames now; returns when it has. */
static inline void worker_bench_feed(struct worker_bench *b, size_t worker,
                                     const struct frame_list *frames)
{
    struct bench_feeding f = {.task.step = bench_feed_step, .frames = frames};
    int turns = 0;

    worker_post(b->workers[worker], &f.task);
    while (atomic_load(&f.task.state) != TASK_DONE && turns++ < BENCH_PATIENCE_MS)
        worker_bench_wait(b);
    assert_int_equal(atomic_load(&f.task.state), TASK_DONE);
}

/* ---- who is told ---- */

static inline int bench_socket(const char *path)
{
    struct sockaddr_un me = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    unlink(path);
    snprintf(me.sun_path, sizeof me.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    return fd;
}

/* Numbers as they stand on the wire. */
static inline uint32_t wire16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t wire32(const uint8_t *p)
{
    return wire16(p) << 16 | wire16(p + 2);
}

#endif
