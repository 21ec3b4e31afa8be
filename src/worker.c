/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include "base/list.h"
#include "base/rcu.h"
#include "parser/parser.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    CAPTURES_MOST = 1024,
    SLEEP_MS = 100,      /* longest without a tick */
    BATCHES = 8,         /* of one capture before the next has its turn */
    TICK_US = 10 * 1000, /* least time between two ticks under load */
    READY_MOST = 64,     /* captures in one turn */
};

/* What the control thread wants done with a capture. */
struct order {
    struct worker_task task; /* first */
    struct order *next;
    struct worker *worker;
    struct capture *capture;
    bool add;
};

struct worker {
    /* the thread's */
    struct engine *engine;
    struct engine_ops outside; /* as the control thread gave it */
    struct engine_ops agent;
    uint64_t offset_us; /* wall clock less monotonic clock, when it began */
    uint64_t ticked_us, beaten_s;
    uint32_t *heartbeat;
    struct worker_task *tasks;
    struct capture *captures[CAPTURES_MOST];
    size_t capture_count;
    struct capture *now; /* whose frames are inspected */
    struct frame frames[ENGINE_BATCH];
    size_t frame_count; /* of the batch that is inspected */
    uint8_t owner[6];   /* of its port */
    /* both sides' */
    _Atomic bool stop, ended;
    struct worker_task *_Atomic posted; /* newest first */
    struct capture *_Atomic let_go;
    int epoll, wake, told; /* wake: for the thread; told: for the control thread, its own */
    /* the control thread's */
    pthread_t thread;
    bool running;
    struct order *orders;
};

/* ---- control thread ---- */

static void ring(int eventfd)
{
    uint64_t one = 1;
    ssize_t n = write(eventfd, &one, sizeof one);

    (void)n; /* full: it is ringing already */
}

void worker_post(struct worker *w, struct worker_task *task)
{
    struct worker_task *first = atomic_load_explicit(&w->posted, memory_order_relaxed);

    atomic_store(&task->state, TASK_RUN);
    do
        task->next = first;
    while (!atomic_compare_exchange_weak_explicit(&w->posted, &first, task, memory_order_release,
                                                  memory_order_relaxed));
    ring(w->wake);
}

void worker_resume(struct worker *w, struct worker_task *task)
{
    atomic_store_explicit(&task->state, TASK_RUN, memory_order_release);
    ring(w->wake);
}

struct engine *worker_engine(struct worker *w)
{
    return w->engine;
}

static void order_post(struct worker *w, struct capture *c, bool add);

void worker_add(struct worker *w, struct capture *c)
{
    order_post(w, c, true);
}

void worker_remove(struct worker *w, struct capture *c)
{
    order_post(w, c, false);
}

static void orders_reap(struct worker *w)
{
    struct order **place = &w->orders;

    while (*place != NULL) {
        struct order *o = *place;

        if (atomic_load_explicit(&o->task.state, memory_order_acquire) != TASK_DONE) {
            place = &o->next;
            continue;
        }
        *place = o->next;
        free(o);
    }
}

void worker_reap(struct worker *w, void (*told)(void *arg, struct capture *), void *arg)
{
    struct capture *c = atomic_exchange_explicit(&w->let_go, NULL, memory_order_acquire);

    orders_reap(w);
    while (c != NULL) {
        struct capture *next = c->next;

        if (told != NULL)
            told(arg, c);
        capture_free(c);
        c = next;
    }
}

/* ---- the thread: captures ---- */

static void let_go(struct worker *w, struct capture *c)
{
    struct capture *first = atomic_load_explicit(&w->let_go, memory_order_relaxed);

    if (c->fd >= 0)
        (void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    do
        c->next = first;
    while (!atomic_compare_exchange_weak_explicit(&w->let_go, &first, c, memory_order_release,
                                                  memory_order_relaxed));
    ring(w->told);
}

static void capture_put(struct worker *w, struct capture *c)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};

    if (w->capture_count == CAPTURES_MOST || epoll_ctl(w->epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0) {
        c->gone = true;
        let_go(w, c);
        return;
    }
    w->captures[w->capture_count++] = c;
}

static void capture_drop(struct worker *w, struct capture *c)
{
    for (size_t i = 0; i < w->capture_count; i++)
        if (w->captures[i] == c) {
            w->captures[i] = w->captures[--w->capture_count];
            let_go(w, c);
            return;
        }
}

static enum task_state order_step(struct worker_task *task, struct engine *e)
{
    struct order *o = (struct order *)task;

    (void)e;
    if (o->add) {
        capture_put(o->worker, o->capture);
        return TASK_DONE;
    }
    capture_drop(o->worker, o->capture);
    return TASK_DONE; /* or it has gone by itself */
}

static void order_post(struct worker *w, struct capture *c, bool add)
{
    struct order *o = calloc(1, sizeof *o);

    orders_reap(w);
    if (o == NULL)
        abort(); /* 64 bytes: nothing would go on for long */
    *o = (struct order){.task.step = order_step, .worker = w, .capture = c, .add = add};
    o->next = w->orders;
    w->orders = o;
    worker_post(w, &o->task);
}

/* ---- the thread: what the engine says ---- */

/* Of the batch in hand: it is decided with the others. */
static bool release_present(struct worker *w, uint64_t token, enum verdict verdict)
{
    for (size_t i = 0; i < w->frame_count; i++)
        if (w->frames[i].token == token) {
            w->frames[i].verdict = (uint8_t)verdict;
            return true;
        }
    return false;
}

static void on_release(void *arg, uint64_t token, enum verdict verdict, enum reason reason)
{
    struct worker *w = arg;
    uint16_t device = (uint16_t)(token >> 48);

    (void)reason;
    if (release_present(w, token, verdict))
        return;
    for (size_t i = 0; i < w->capture_count; i++)
        if (w->captures[i]->device == device && w->captures[i]->ops->release != NULL)
            w->captures[i]->ops->release(w->captures[i], token & CAPTURE_TOKENS, verdict);
}

static void on_inject(void *arg, const uint8_t *bytes, size_t n, uint16_t device,
                      enum link_type link)
{
    struct worker *w = arg;

    (void)device;
    (void)link;
    if (w->now != NULL && w->now->ops->inject != NULL)
        w->now->ops->inject(w->now, bytes, n);
}

static void on_event(void *arg, const struct event *event)
{
    const struct worker *w = arg;

    if (w->outside.emit != NULL)
        w->outside.emit(w->outside.arg, event);
    if (w->agent.emit != NULL)
        w->agent.emit(w->agent.arg, event);
}

static bool on_contribution(void *arg, const struct contribution *c)
{
    const struct worker *w = arg;

    return w->agent.contribute(w->agent.arg, c);
}

static void on_named(void *arg, const struct named_address *n)
{
    const struct worker *w = arg;

    w->agent.named(w->agent.arg, n);
}

static void on_trace(void *arg, const struct packet *p, const char *stage, const char *text)
{
    const struct worker *w = arg;

    w->outside.trace(w->outside.arg, p, stage, text);
}

static bool on_trace_wants(void *arg, const struct packet *p)
{
    const struct worker *w = arg;

    return w->outside.trace_wants(w->outside.arg, p);
}

/* ---- the thread: its loop ---- */

/* Wall clock that never jumps. */
static uint64_t now_us(const struct worker *w)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return w->offset_us + (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t clock_offset(void)
{
    struct timespec wall, steady;

    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &steady);
    return ((uint64_t)wall.tv_sec - (uint64_t)steady.tv_sec) * 1000000 +
           (uint64_t)wall.tv_nsec / 1000 - (uint64_t)steady.tv_nsec / 1000;
}

/* The frames of a batch get what the captures do not know. */
static void batch_begin(struct worker *w, const struct capture *c, size_t n)
{
    const uint8_t *owner = capture_owner(c, w->owner) ? w->owner : NULL;
    uint64_t now = now_us(w);

    for (size_t i = 0; i < n; i++) {
        w->frames[i].time_us = now;
        w->frames[i].owner = owner;
        w->frames[i].device = c->device;
        w->frames[i].known_only = c->known_only;
        w->frames[i].token = capture_token(&w->frames[i]) | (uint64_t)c->device << 48;
    }
}

/* A batch, from the capture to its verdicts. False: for now that was all. */
static bool batch(struct worker *w, struct capture *c)
{
    int n = c->ops->receive(c, w->frames, ENGINE_BATCH);

    if (n < 0) {
        c->gone = true;
        capture_drop(w, c);
    }
    if (n <= 0)
        return false;
    batch_begin(w, c, (size_t)n);
    w->now = c;
    w->frame_count = (size_t)n;
    engine_input(w->engine, w->frames, (size_t)n);
    w->now = NULL;
    w->frame_count = 0;
    c->ops->decide(c, w->frames, (size_t)n);
    return n == ENGINE_BATCH;
}

static void take_posted(struct worker *w)
{
    struct worker_task *list, *task;

    if (atomic_load_explicit(&w->posted, memory_order_relaxed) == NULL)
        return;
    list = atomic_exchange_explicit(&w->posted, NULL, memory_order_acquire);
    /* Newest first: put in front one by one, and the oldest stands first. */
    while ((task = list) != NULL) {
        list = task->next;
        task->next = w->tasks;
        w->tasks = task;
    }
}

/* One step of each task that is ours. True: one wants more. */
static bool tasks_turn(struct worker *w)
{
    struct worker_task **place = &w->tasks;
    bool more = false, tell = false;

    take_posted(w);
    while (*place != NULL) {
        struct worker_task *task = *place;
        enum task_state next;

        if (atomic_load_explicit(&task->state, memory_order_acquire) != TASK_RUN) {
            place = &task->next;
            continue;
        }
        next = task->step(task, w->engine);
        if (next == TASK_DONE)
            *place = task->next;
        else
            place = &task->next;
        more |= next == TASK_RUN;
        tell |= next != TASK_RUN;
        if (next != TASK_RUN) /* the last touch of one that is done */
            atomic_store_explicit(&task->state, next, memory_order_release);
    }
    if (tell)
        ring(w->told);
    return more;
}

/* True: the engine has more to do at once. */
static bool tick(struct worker *w, uint64_t now)
{
    bool more = engine_tick(w->engine, now);

    w->ticked_us = now;
    if (w->heartbeat != NULL && now / 1000000 != w->beaten_s) {
        w->beaten_s = now / 1000000;
        __atomic_fetch_add(w->heartbeat, 1, __ATOMIC_RELAXED);
    }
    return more;
}

static void woken(const struct worker *w)
{
    uint64_t rung;
    ssize_t got = read(w->wake, &rung, sizeof rung);

    (void)got;
}

/* Some batches of each capture that has some; so long at most until one has. False: none had.
 * Whoever has more is named again the next time, behind the others. */
static bool captures_turn(struct worker *w, int pause_ms)
{
    struct epoll_event events[READY_MOST];
    bool any = false;
    int n;

    if (pause_ms > 0)
        rcu_reader_offline();
    n = epoll_wait(w->epoll, events, READY_MOST, pause_ms);
    if (pause_ms > 0)
        rcu_reader_online();
    for (int i = 0; i < n; i++) {
        struct capture *c = events[i].data.ptr;

        if (c == NULL) {
            woken(w);
            continue;
        }
        for (int k = 0; k < BATCHES && batch(w, c);)
            k++;
        any = true;
    }
    return any;
}

/* What had come before it was told to end. */
static void last_turns(struct worker *w)
{
    uint64_t now = now_us(w), until = now;

    for (size_t i = 0; i < w->capture_count; i++) {
        uint64_t late = w->captures[i]->ops->late_ms * (uint64_t)1000;

        if (now + late > until)
            until = now + late;
    }
    for (; now < until; now = now_us(w))
        captures_turn(w, (int)((until - now + 999) / 1000));
}

static void *worker_run(void *arg)
{
    struct worker *w = arg;
    bool busy = false;

    rcu_thread_enter();
    while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
        uint64_t now;

        busy = captures_turn(w, busy ? 0 : SLEEP_MS);
        busy |= tasks_turn(w);
        now = now_us(w);
        if (!busy || now - w->ticked_us >= TICK_US)
            busy |= tick(w, now);
    }
    last_turns(w);
    engine_flush(w->engine);
    rcu_thread_leave();
    atomic_store_explicit(&w->ended, true, memory_order_release);
    return NULL;
}

/* ---- birth and death ---- */

static bool descriptors(struct worker *w, struct err *err)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};

    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->epoll < 0 || w->wake < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->wake, &ev) != 0)
        return err_set(err, NULL, "a worker finds no file descriptors: %s", strerror(errno));
    return true;
}

static bool thread_pin(const struct worker *w, int cpu, struct err *err)
{
    cpu_set_t one;
    int failed;

    if (cpu == CPU_ANY)
        return true;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    failed = pthread_setaffinity_np(w->thread, sizeof one, &one);
    return failed == 0 || err_set(err, "--cpus", "processor %d: %s", cpu, strerror(failed));
}

static bool thread_start(struct worker *w, const struct worker_setup *s, struct err *err)
{
    sigset_t all, before;
    char name[16];
    int failed;

    sigfillset(&all); /* signals are the control thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&w->thread, NULL, worker_run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0)
        return err_set(err, NULL, "a worker's thread cannot be started: %s", strerror(failed));
    w->running = true;
    snprintf(name, sizeof name, "worker%u", s->number);
    pthread_setname_np(w->thread, name);
    return thread_pin(w, s->cpu, err);
}

struct worker *worker_start(const struct worker_setup *s, struct err *err)
{
    struct worker *w = calloc(1, sizeof *w);
    struct engine_config config = {
        .worker = s->number,
        .mode = ENGINE_INLINE,
        .parsers = parser_registry,
        .snapshot = s->snapshot,
        .ops = {.arg = w, .release = on_release, .inject = on_inject, .emit = on_event},
    };

    if (w == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    w->epoll = w->wake = -1;
    w->told = s->wake;
    w->outside = *s->ops;
    if (s->agent != NULL)
        w->agent = *s->agent;
    if (w->agent.contribute != NULL)
        config.ops.contribute = on_contribution;
    if (w->agent.named != NULL)
        config.ops.named = on_named;
    w->heartbeat = s->heartbeat;
    w->offset_us = clock_offset();
    config.ops.wants_tx = s->ops->wants_tx;
    if (s->ops->trace != NULL) {
        config.ops.trace = on_trace;
        config.ops.trace_wants = on_trace_wants;
    }
    w->engine = engine_new(&config, err);
    if (w->engine != NULL) /* nobody traces yet */
        engine_want(w->engine, (struct engine_wants){.tx = s->ops->wants_tx});
    if (w->engine != NULL && descriptors(w, err) && thread_start(w, s, err))
        return w;
    worker_stop(w);
    return NULL;
}

/* The thread is gone: whatever was asked is answered with "done". */
static void tasks_end(struct worker *w)
{
    take_posted(w);
    for (struct worker_task *task = w->tasks, *next; task != NULL; task = next) {
        struct order *o = (struct order *)task;

        next = task->next;
        if (task->step == order_step && o->add)
            capture_free(o->capture);
        atomic_store(&task->state, TASK_DONE);
    }
    w->tasks = NULL;
}

void worker_end(struct worker *w)
{
    atomic_store(&w->stop, true);
    if (w->running)
        ring(w->wake);
}

bool worker_ended(const struct worker *w)
{
    return atomic_load_explicit(&w->ended, memory_order_acquire);
}

void worker_join(struct worker *w)
{
    worker_end(w);
    if (w->running)
        pthread_join(w->thread, NULL);
    w->running = false;
}

void worker_stop(struct worker *w)
{
    if (w == NULL)
        return;
    worker_join(w);
    tasks_end(w);
    for (size_t i = 0; i < w->capture_count; i++)
        capture_free(w->captures[i]);
    worker_reap(w, NULL, NULL);
    engine_free(w->engine);
    if (w->wake >= 0)
        close(w->wake);
    if (w->epoll >= 0)
        close(w->epoll);
    free(w);
}
