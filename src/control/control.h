/* SPDX-License-Identifier: Apache-2.0
 *
 * control: what the agent's requests work on: the model, and through `ops` the rest of the daemon.
 * Control thread.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "base/span.h"
#include "control/model.h"
#include "control/port_spec.h"
#include "control/staging.h"

#include <sys/socket.h>
#include <sys/un.h>

/* Who asked. size 0: it has no address, nothing can be answered. */
struct peer {
    struct sockaddr_un address;
    socklen_t size;
};

enum control_question {
    QUESTION_COUNT_SESSIONS,
    QUESTION_LIST_SESSIONS,
    QUESTION_LIST_METERS,
    QUESTION_COUNTERS,
    QUESTION_DEVICE_STATS,
    QUESTION_MAC_STATS,
    QUESTION_CLEAR, /* not asked by ask(): nothing is answered */
};

/* The daemon around it. None blocks. */
struct control_ops {
    /* Takes the snapshot: it holds for all that comes. */
    void (*publish)(void *arg, struct snapshot *);
    bool (*port_add)(void *arg, const struct port_spec *, struct err *);
    /* Of what is not there: nothing. */
    void (*port_remove)(void *arg, const struct port_spec *);
    /* Ends sessions; 0: all. */
    void (*clear)(void *arg, uint32_t id);
    /* Debug categories as they were sent. */
    void (*debug)(void *arg, const char *const *names, size_t count);
    void (*answer)(void *arg, const struct peer *, struct span bytes);
    /* Begins to answer; `zones` (borrowed) are those of QUESTION_MAC_STATS. */
    void (*ask)(void *arg, const struct peer *, enum control_question, const uint32_t *zones,
                size_t count);
    /* Tells the port maps of all workloads. */
    void (*refresh_apps)(void *arg);
};

struct control {
    struct model model;
    struct staging staging;
    const struct control_ops *ops;
    void *arg;
    uint64_t requests, refused, skipped; /* requests; those not carried out; elements left out */
};

/* Takes the snapshot. False: no memory. */
bool control_init(struct control *, struct snapshot *, const struct control_ops *, void *arg);
void control_fini(struct control *);

/* One datagram, in order. The text is changed. */
void control_datagram(struct control *, const struct peer *, char *text, size_t n);

/* Publishes what has changed. To be called when no datagram waits; answers do it themselves. */
void control_publish(struct control *);

#endif
