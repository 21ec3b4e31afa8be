/* SPDX-License-Identifier: Apache-2.0
 *
 * client: one who asks on the console, and what goes back. For the files of src/console/.
 */
#ifndef CONSOLE_CLIENT_H
#define CONSOLE_CLIENT_H

#include "console/console.h"

#include <jansson.h>

struct session_query;

struct client {
    struct client *next;
    struct console *console;
    int fd;
    bool gone;     /* to be freed */
    bool last;     /* as soon as all is written */
    bool said_all; /* it has closed its side: it goes when all is answered */
    bool busy;     /* its request goes on: no other is read */
    char *in, *out;
    size_t in_used, in_room, out_used, out_done, out_room;
    json_t *id;       /* of the request at hand */
    int watch;        /* place among the watchers; -1: does not watch */
    const char *word; /* what a line for a watcher is called: "event" or "trace" */
    uint64_t lost, lost_told;
};

/* A line {"id": ..., KEY: value}; takes the value. */
void client_reply(struct client *, const char *key, json_t *value);
/* The end of its request. */
void client_done(struct client *, json_t *result);
void client_error(struct client *, const char *code, const char *hint, const struct err *);
/* The same line with a value that is text already. */
void client_reply_text(struct client *, const char *key, struct span json);

/* May more go out, or is it better to wait? */
bool client_has_room(const struct client *);

/* ---- what is around it ---- */
const struct console_setup *client_setup(const struct client *);

/* ---- requests: true when the answer is complete, else the request goes on ---- */
typedef void console_run(struct client *, const json_t *request);

struct console_request {
    const char *name;
    console_run *run;
    const char *members[4]; /* that it may have, but "id" and "request"; ends with NULL */
};

/* Ends with a NULL name. */
extern const struct console_request console_requests[];

console_run console_status, console_version, console_workloads, console_counters, console_stats,
    console_meters, console_policy, console_policy_check, console_policy_apply, console_sensors,
    console_sensors_apply, console_debug, console_sessions, console_clear, console_watch_events,
    console_watch_packets, console_attach, console_detach, console_attached;

/* ---- lists of sessions ---- */
struct session_query *session_queries_go_on(struct session_query *, uint64_t now_ms);
/* The client does not want it any more. */
void session_queries_forget(struct session_query *, const struct client *);
void session_queries_free(struct session_query *);
/* Where the console keeps them. */
struct session_query **console_queries(struct client *);

/* A filter out of a request; absent: all. False: an error was sent. */
bool client_filter(struct client *, const json_t *request, struct filter *);

#endif
