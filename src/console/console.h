/* SPDX-License-Identifier: Apache-2.0
 *
 * console: the socket on which people ask (docs/control.md): requests and replies as JSON lines.
 * Whoever may speak is root or the user the daemon runs as. Control thread; nothing waits: what an
 * asker does not read stays in a buffer of its own, within a bound.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "attach/attached.h"
#include "control/control.h"
#include "control/reports.h"
#include "events.h"
#include "ports.h"
#include "report/outbox.h"
#include "worker.h"

enum {
    CONSOLE_PROTOCOL = 1,
    CONSOLE_CLIENTS = 32,
    CONSOLE_LINE_MOST = 16 << 20, /* a request */
    CONSOLE_OUT_MOST = 32 << 20,  /* of replies that wait */
    CONSOLE_OUT_ENOUGH = 1 << 18, /* long lists and events wait from here on */
};

struct console;

/* The daemon around it; everything stays the caller's. */
struct console_setup {
    const char *path;
    const struct options *options;
    struct control *control;
    struct worker *const *workers;
    size_t worker_count;
    struct ports *ports;
    struct attached *attached;
    struct events *events;
    struct reports *reports;
    struct outbox *outbox;
    const struct snapshot *const *snapshot; /* the newest */
    uint64_t began_ms;
};

/* NULL and err: the socket cannot be made, another daemon has it, no memory. */
struct console *console_new(const struct console_setup *, struct err *);
/* After the workers have stopped. Removes the socket. Accepts NULL. */
void console_free(struct console *);

/* Readable when there is something to do. */
int console_fd(const struct console *);
/* To be called then, and every 100 ms. */
void console_go_on(struct console *, uint64_t now_ms);

#endif
