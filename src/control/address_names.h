/* SPDX-License-Identifier: Apache-2.0
 *
 * address_names: which names addresses have, as DNS has answered workloads. External addresses are
 * told to the agent with the name that was asked for, for half an hour; addresses of names that
 * rules use go into the configuration, and what a wildcard has got is told. IPv6 has no place in
 * the agent's messages: it goes into the configuration alone. Control thread.
 */
#ifndef CONTROL_ADDRESS_NAMES_H
#define CONTROL_ADDRESS_NAMES_H

#include "control/control.h"
#include "report/outbox.h"

struct address_names;

enum {
    ADDRESS_NAMES_MOST = 8192,     /* addresses; the oldest make room */
    ADDRESS_NAME_MS = 1800 * 1000, /* from learning, or the last change */
    ADDRESS_NAMES_ROUND_MS = 2000, /* between two tellings of what wildcards have got */
    ADDRESSES_PER_NAME = 256,      /* in the configuration */
};

struct learned_name {
    const char *name; /* lower case */
    struct ipaddr addr;
};

/* The outbox stays the caller's. NULL: no memory. */
struct address_names *address_names_new(struct outbox *);
/* Accepts NULL. */
void address_names_free(struct address_names *);

/* What DNS has answered. Changes the model; control_publish() is the caller's. */
void address_names_learn(struct address_names *, struct control *, const struct learned_name *,
                         uint64_t now_ms);
/* To be called often: forgets what is old, tells what wildcards have got. */
void address_names_go_on(struct address_names *, const struct snapshot *, uint64_t now_ms);

#endif
