/* SPDX-License-Identifier: Apache-2.0
 *
 * daemon_state: what the control thread owns, for the files of the daemon.
 */
#ifndef SLUICED_DAEMON_STATE_H
#define SLUICED_DAEMON_STATE_H

#include "base/rcu.h"
#include "check/self_test.h"
#include "console/console.h"
#include "control/address_names.h"
#include "control/answer.h"
#include "control/control.h"
#include "control/notify.h"
#include "control/reports.h"
#include "control/server.h"
#include "daemon.h"
#include "events.h"
#include "heartbeat.h"
#include "ports.h"
#include "worker.h"

enum {
    WORKERS_MOST = HEARTBEAT_THREADS, /* the supervisor watches each */
};

/* One descriptor that the loop looks at. */
struct watch {
    void (*ready)(void *arg);
    void *arg;
};

/* A configuration that is no longer the newest. */
struct old_snapshot {
    struct rcu_retired retired; /* first */
    struct old_snapshot *next;
    struct snapshot *snapshot;
};

struct daemon {
    const struct options *options;
    int epoll, signals, timer, wake;
    bool stop;
    struct watch watch_signals, watch_timer, watch_wake, watch_server;
    struct heartbeat *heartbeat;
    struct control control;
    bool has_control;
    struct snapshot *snapshot;  /* the newest */
    struct old_snapshot *older; /* newest first */
    struct rcu_limbo limbo;     /* of those that no worker has any more */
    struct worker *workers[WORKERS_MOST];
    size_t worker_count;
    struct server *server;
    struct answers *answers;
    struct ports *ports;
    struct attached *attached; /* NULL: nothing can be */
    struct events *events;     /* NULL: nobody wants them */
    uint64_t began_ms;
    struct outbox *outbox;
    struct notify *notify;
    struct reports *reports;
    struct address_names *names;
    struct console *console; /* NULL: there is none */
    struct watch watch_console;
    struct self_test *self_test; /* NULL: not wanted, or over */
    struct watch watch_self_test;
    unsigned ticks;
};

uint64_t daemon_now_ms(void);
/* False: no descriptor left. */
bool daemon_watch(struct daemon *, int fd, struct watch *);

/* What the agent's requests do to the daemon. */
extern const struct control_ops daemon_ops;

/* ---- daemon_person.c: what the command line asks for ---- */
/* False and err: it cannot be had. */
bool daemon_events_init(struct daemon *, size_t workers, struct err *);
bool daemon_interface_init(struct daemon *, struct err *);
/* Ends all threads; the workers stay. Within some seconds, whatever they have to tell. */
void daemon_workers_end(struct daemon *);
/* After the workers are gone. */
void daemon_events_fini(struct daemon *);

/* ---- daemon_check.c: the self-test, once everything else runs ---- */
void daemon_check_init(struct daemon *);
void daemon_check_go_on(struct daemon *);
void daemon_check_fini(struct daemon *);

/* ---- daemon_config.c: snapshots come and go ---- */
void daemon_config_init(struct daemon *);
/* Takes it. */
void daemon_publish(struct daemon *, struct snapshot *);
/* Frees those that nobody uses any more. Never waits. */
void daemon_release(struct daemon *);
/* All of them; the workers have stopped. */
void daemon_release_all(struct daemon *);

#endif
