/* SPDX-License-Identifier: Apache-2.0
 *
 * worker: one thread, one engine, the captures it reads. It takes no lock, waits for nobody but
 * packets, and is told what to do through a list that needs no lock: tasks.
 *
 * All calls are the control thread's.
 */
#ifndef SLUICED_WORKER_H
#define SLUICED_WORKER_H

#include "base/err.h"
#include "capture/capture.h"
#include "cpus.h"
#include "engine/engine.h"

#include <stdatomic.h>

struct worker;
struct heartbeat;

enum task_state {
    TASK_RUN,  /* the worker's: it makes steps */
    TASK_FULL, /* ours: what it made is to be taken, then worker_resume() */
    TASK_DONE, /* ours for good */
};

/* Something that only the engine's thread may do, done in small steps between batches. The memory
 * is the caller's and stays until TASK_DONE. */
struct worker_task {
    struct worker_task *next;
    /* One step, some ten microseconds long. Returns what comes next. Worker thread. */
    enum task_state (*step)(struct worker_task *, struct engine *);
    _Atomic int state;   /* enum task_state */
    _Atomic bool cancel; /* the next step is the last: make it TASK_DONE */
};

struct worker_setup {
    unsigned number; /* 0.. */
    int cpu;         /* the processor it runs on; CPU_ANY: any */
    const struct snapshot *snapshot;
    const struct engine_ops *ops;   /* emit and trace; release and inject are the worker's own */
    const struct engine_ops *agent; /* emit, contribute and named; NULL: there is none */
    uint32_t *heartbeat;            /* counted up once a second by the thread; NULL: none */
    int wake;                       /* an eventfd of ours, written when a task waits for us */
};

/* Its thread runs when this returns. NULL and err. */
struct worker *worker_start(const struct worker_setup *, struct err *);
/* Ends the thread within some ten milliseconds: sessions end with their events, tasks are DONE,
 * captures are freed. Accepts NULL. */
void worker_stop(struct worker *);
/* The same in parts: asks the thread to end; has it told of its last session? waits for it. What is
 * left is the engine to be asked, and worker_stop(). */
void worker_end(struct worker *);
bool worker_ended(const struct worker *);
void worker_join(struct worker *);

void worker_post(struct worker *, struct worker_task *);
void worker_resume(struct worker *, struct worker_task *);

/* Takes the capture. */
void worker_add(struct worker *, struct capture *);
/* The capture goes once the worker has let go of it; freed by worker_reap(). */
void worker_remove(struct worker *, struct capture *);
/* Captures that the worker has let go of, by itself or because it was told: `told` is called for
 * each, then it is freed. */
void worker_reap(struct worker *, void (*told)(void *arg, struct capture *), void *arg);

struct engine *worker_engine(struct worker *);

#endif
