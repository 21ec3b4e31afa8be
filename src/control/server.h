/* SPDX-License-Identifier: Apache-2.0
 *
 * server: the socket on which the agent asks. Datagrams come in, each with its sender's address;
 * answers go back to that address from the same socket. Nothing here waits: what does not fit into
 * the asker's queue is kept for a moment and tried again, in order. Control thread.
 */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include "base/err.h"
#include "control/control.h"

struct server;

enum {
    SERVER_ANSWERS_MOST = 256, /* kept at a time */
    SERVER_ANSWER_MS = 2500,   /* later it would be taken for the answer to something else */
};

/* Binds the path and holds a lock beside it. NULL and err: another instance has it, something that
 * is no socket stands there, no permission. */
struct server *server_new(const char *path, struct err *);
/* Removes the path if it is still ours. Accepts NULL. */
void server_free(struct server *);

/* To be watched for reading. */
int server_fd(const struct server *);
/* Works off what has come, a bounded number of datagrams; afterwards everything is published. */
void server_receive(struct server *, struct control *);

/* False: it was not sent and is not kept; that is counted. */
bool server_answer(struct server *, const struct peer *, struct span bytes, uint64_t now_ms);
/* May a long answer go on? What askers have not read yet fills a buffer that all share: half of it
 * stays free for short answers. */
bool server_streams(const struct server *, const struct peer *);
/* Tries again what is kept. True: something still is, try again in a millisecond. */
bool server_retry(struct server *, uint64_t now_ms);

struct server_counts {
    uint64_t received, too_long, answered, lost;
};
struct server_counts server_counts(const struct server *);

#endif
