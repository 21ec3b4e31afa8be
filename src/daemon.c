/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon_state.h"

#include "attach/record.h"

#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 100, LOOK_AFTER_TICKS = 20, OUTBOX_BYTES = 4 << 20 };

uint64_t daemon_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool daemon_watch(struct daemon *d, int fd, struct watch *w)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = w};

    return fd >= 0 && epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

/* ---- what wakes the loop ---- */

static void on_signal(void *arg)
{
    struct daemon *d = arg;
    struct signalfd_siginfo s;

    if (read(d->signals, &s, sizeof s) != sizeof s)
        return;
    if (s.ssi_signo == SIGUSR1)
        log_info("generation %u, %zu workloads", d->snapshot->generation,
                 d->snapshot->workload_count);
    else
        d->stop = true;
}

static void rung(int fd)
{
    uint64_t n;
    ssize_t got = read(fd, &n, sizeof n);

    (void)got;
}

static void look_after(struct daemon *d)
{
    ports_look_after(d->ports);
    attached_look_after(d->attached);
}

static void on_timer(void *arg)
{
    struct daemon *d = arg;

    rung(d->timer);
    if (++d->ticks % LOOK_AFTER_TICKS == 0)
        look_after(d);
    if (d->events != NULL)
        events_drain(d->events);
    if (d->console != NULL)
        console_go_on(d->console, daemon_now_ms());
    daemon_check_go_on(d);
}

static void on_wake(void *arg)
{
    struct daemon *d = arg;

    rung(d->wake);
    ports_reap(d->ports);
    if (d->events != NULL)
        events_drain(d->events);
    if (d->console != NULL)
        console_go_on(d->console, daemon_now_ms());
}

static void on_console(void *arg)
{
    struct daemon *d = arg;

    console_go_on(d->console, daemon_now_ms());
}

static void on_request(void *arg)
{
    struct daemon *d = arg;

    server_receive(d->server, &d->control);
}

/* ---- birth ---- */

static bool signals_take(struct daemon *d)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    d->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return d->signals >= 0;
}

static bool timer_start(struct daemon *d)
{
    struct itimerspec every = {
        .it_interval = {.tv_nsec = TICK_MS * 1000000L},
        .it_value = {.tv_nsec = TICK_MS * 1000000L},
    };

    d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return d->timer >= 0 && timerfd_settime(d->timer, 0, &every, NULL) == 0;
}

static bool loop_make(struct daemon *d, struct err *err)
{
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    d->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    d->watch_signals = (struct watch){on_signal, d};
    d->watch_timer = (struct watch){on_timer, d};
    d->watch_wake = (struct watch){on_wake, d};
    if (d->epoll < 0 || d->wake < 0 || !signals_take(d) || !timer_start(d) ||
        !daemon_watch(d, d->signals, &d->watch_signals) ||
        !daemon_watch(d, d->timer, &d->watch_timer) || !daemon_watch(d, d->wake, &d->watch_wake))
        return err_set(err, NULL, "no file descriptors are left: %s", strerror(errno));
    return true;
}

static unsigned workers_wanted(const struct options *o)
{
    unsigned cpus = o->cpus.count > 0 ? o->cpus.count : cpus_available();
    unsigned n = o->threads > 0 ? o->threads : cpus;

    return n > WORKERS_MOST ? WORKERS_MOST : n;
}

/* Who looks at one interface needs no supervisor. */
static const char *heartbeat_wanted(const struct options *o)
{
    bool alone = o->standalone || (o->interface != NULL && !o->as_dp);

    return alone ? NULL : o->heartbeat;
}

static bool reports_make(struct daemon *d, unsigned workers, struct err *err)
{
    struct reports_setup setup = {.workers = d->workers, .count = workers, .wake = d->wake};

    d->outbox = outbox_new(d->options->notify_socket, OUTBOX_BYTES, err);
    if (d->outbox == NULL)
        return false;
    setup.outbox = d->outbox;
    d->reports = reports_new(&setup);
    d->names = address_names_new(d->outbox);
    return (d->reports != NULL && d->names != NULL) || err_set(err, NULL, "no memory");
}

static bool workers_make(struct daemon *d, struct err *err)
{
    unsigned n = workers_wanted(d->options);

    d->heartbeat = heartbeat_open(heartbeat_wanted(d->options), n, err);
    if (d->heartbeat == NULL || !daemon_events_init(d, n, err) || !reports_make(d, n, err))
        return false;
    for (; d->worker_count < n; d->worker_count++) {
        struct engine_ops ops = {0}, agent = {0};
        struct worker_setup setup = {
            .number = (unsigned)d->worker_count,
            .cpu = cpus_of(&d->options->cpus, (unsigned)d->worker_count),
            .snapshot = d->snapshot,
            .ops = &ops,
            .agent = &agent,
            .heartbeat = heartbeat_of(d->heartbeat, (unsigned)d->worker_count),
            .wake = d->wake,
        };

        if (d->events != NULL)
            events_ops(d->events, d->worker_count, &ops);
        reports_ops(d->reports, d->worker_count, &agent);
        d->workers[d->worker_count] = worker_start(&setup, err);
        if (d->workers[d->worker_count] == NULL)
            return false;
    }
    return true;
}

static void numbers(void *arg, struct answer_numbers *n)
{
    const struct daemon *d = arg;

    ports_counts(d->ports, &n->captures);
    n->reports = reports_counts(d->reports);
    n->snapshot = d->snapshot;
}

static bool server_make(struct daemon *d, struct err *err)
{
    struct answer_source source = {d, numbers};

    d->server = server_new(d->options->agent_socket, err);
    if (d->server == NULL)
        return false;
    d->answers = answers_new(d->server, d->workers, d->worker_count, &source);
    d->watch_server = (struct watch){on_request, d};
    d->notify = notify_new(d->outbox, d->workers, d->worker_count);
    if (d->answers == NULL || d->notify == NULL)
        return err_set(err, NULL, "no memory");
    if (!daemon_watch(d, server_fd(d->server), &d->watch_server))
        return err_set(err, NULL, "no file descriptors are left: %s", strerror(errno));
    return true;
}

/* Without it the agent is served all the same. */
static void console_make(struct daemon *d)
{
    struct console_setup setup = {
        .path = d->options->control_socket,
        .options = d->options,
        .control = &d->control,
        .workers = d->workers,
        .worker_count = d->worker_count,
        .ports = d->ports,
        .attached = d->attached,
        .events = d->events,
        .reports = d->reports,
        .outbox = d->outbox,
        .snapshot = (const struct snapshot *const *)&d->snapshot,
        .began_ms = d->began_ms,
    };
    struct err err = {0};

    d->console = console_new(&setup, &err);
    if (d->console == NULL) {
        log_warn("%s: %s: sluicectl cannot ask", err.path, err.text);
        return;
    }
    d->watch_console = (struct watch){on_console, d};
    if (!daemon_watch(d, console_fd(d->console), &d->watch_console))
        log_warn("no file descriptors are left: sluicectl cannot ask");
}

/* The first snapshot is the configuration file's; the model begins as its copy. */
static bool config_make(struct daemon *d, struct snapshot *s, struct err *err)
{
    struct snapshot *copy = snapshot_copy(s);

    d->snapshot = s;
    daemon_config_init(d);
    if (copy == NULL)
        return err_set(err, NULL, "no memory");
    if (!control_init(&d->control, copy, &daemon_ops, d)) {
        snapshot_free(copy);
        return err_set(err, NULL, "no memory");
    }
    d->has_control = true;
    d->control.model.changed = false;
    return true;
}

static bool build(struct daemon *d, struct snapshot *s, struct err *err)
{
    char folder[PATH_MAX];

    if (!config_make(d, s, err) || !loop_make(d, err) || !workers_make(d, err))
        return false;
    d->ports = ports_new(d->workers, d->worker_count, port_backends);
    if (d->ports == NULL)
        return err_set(err, NULL, "no memory");
    ports_configure(d->ports, &d->snapshot->queue);
    if (!record_folder(folder, d->options->control_socket))
        return err_set(err, "--control-socket", "is too long");
    d->attached = attached_new(&d->control, d->ports, folder);
    if (d->attached == NULL)
        return err_set(err, NULL, "no memory");
    if (!server_make(d, err) || !daemon_interface_init(d, err))
        return false;
    console_make(d);
    attached_resume(d->attached);
    return true;
}

static void take_down(struct daemon *d)
{
    int *const fds[] = {&d->epoll, &d->signals, &d->timer, &d->wake};

    daemon_check_fini(d);
    server_free(d->server); /* nobody asks any more, and the path is free for the next */
    daemon_workers_end(d);
    if (d->reports != NULL && d->snapshot != NULL)
        reports_flush(d->reports, d->snapshot, (uint64_t)time(NULL) * 1000000);
    for (size_t i = 0; i < d->worker_count; i++)
        worker_stop(d->workers[i]);
    console_free(d->console);
    daemon_events_fini(d);
    answers_free(d->answers);
    notify_free(d->notify);
    reports_free(d->reports);
    address_names_free(d->names);
    outbox_free(d->outbox);
    attached_free(d->attached);
    ports_free(d->ports);
    heartbeat_close(d->heartbeat);
    if (d->has_control)
        control_fini(&d->control);
    d->worker_count = 0;
    daemon_release_all(d);
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (*fds[i] >= 0)
            close(*fds[i]);
}

/* ---- life ---- */

static void on_name(void *arg, const char *name, const struct ipaddr *addr)
{
    struct daemon *d = arg;

    address_names_learn(d->names, &d->control, &(struct learned_name){name, *addr},
                        daemon_now_ms());
}

/* What DNS has answered since the last turn holds from now on. */
static void names_go_on(struct daemon *d, uint64_t now)
{
    if (reports_names(d->reports, on_name, d) > 0)
        control_publish(&d->control);
    address_names_go_on(d->names, d->snapshot, now);
}

/* Until something happens; a millisecond when an asker has no room. */
static void turn(struct daemon *d)
{
    struct epoll_event events[16];
    uint64_t now = daemon_now_ms();
    bool waits = server_retry(d->server, now);
    int n;

    waits |= answers_go_on(d->answers, now);
    notify_go_on(d->notify, d->snapshot, now);
    reports_go_on(d->reports, d->snapshot, now);
    names_go_on(d, now);
    waits |= outbox_go_on(d->outbox);
    daemon_release(d);
    n = epoll_wait(d->epoll, events, 16, waits ? 1 : -1);
    for (int i = 0; i < n; i++) {
        const struct watch *w = events[i].data.ptr;

        w->ready(w->arg);
    }
}

bool daemon_run(const struct options *o, struct snapshot *s, struct err *err)
{
    struct daemon *d = calloc(1, sizeof *d);
    bool built;

    if (d == NULL) {
        snapshot_free(s);
        return err_set(err, NULL, "no memory");
    }
    d->options = o;
    d->began_ms = daemon_now_ms();
    d->epoll = d->signals = d->timer = d->wake = -1;
    rcu_reader_offline();
    built = build(d, s, err);
    if (built) {
        log_info("ready: %zu workers, serving %s", d->worker_count, o->agent_socket);
        daemon_check_init(d);
    }
    while (built && !d->stop)
        turn(d);
    if (built)
        log_info("told to end");
    take_down(d);
    free(d);
    rcu_reader_online();
    return built;
}
