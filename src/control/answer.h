/* SPDX-License-Identifier: Apache-2.0
 *
 * answer: what the agent asks of the workers. Each question is a task of every worker, made in
 * small steps; what they find is joined here and goes to the asker as fast as it reads. Control
 * thread.
 */
#ifndef CONTROL_ANSWER_H
#define CONTROL_ANSWER_H

#include "control/control.h"
#include "control/reports.h"
#include "control/server.h"
#include "worker.h"

struct answers;

enum {
    ANSWERS_MOST = 32,      /* questions at a time; more are not answered */
    ANSWER_STALL_MS = 2000, /* an asker that does not read so long has gone */
};

/* What only the daemon knows. */
struct answer_numbers {
    struct capture_counts captures; /* all that ever were */
    struct reports_counts reports;
    const struct snapshot *snapshot; /* the newest; borrowed */
};

struct answer_source {
    void *arg;
    void (*numbers)(void *arg, struct answer_numbers *);
};

/* The workers and the server stay the caller's. NULL: no memory. */
struct answers *answers_new(struct server *, struct worker *const *, size_t workers,
                            const struct answer_source *);
/* After the workers have stopped. Accepts NULL. */
void answers_free(struct answers *);

void answers_ask(struct answers *, const struct peer *, enum control_question,
                 const uint32_t *zones, size_t count, uint64_t now_ms);
/* Ends the session that the agent knows by this number, 0: all that are. */
void answers_clear(struct answers *, uint32_t id, uint64_t now_ms);
/* Goes on with all that can go on. True: some wait for room at their asker, try again in a
 * millisecond. */
bool answers_go_on(struct answers *, uint64_t now_ms);

#endif
