/* SPDX-License-Identifier: Apache-2.0
 *
 * model: what is configured at this moment, by the configuration file and by the agent; the next
 * snapshot while it is being written. Control thread.
 *
 * Pieces (workloads, networks, names) are shared with the snapshots that were published. Who wants
 * to change one asks for it with model_edit_…(), which makes it private first.
 */
#ifndef CONTROL_MODEL_H
#define CONTROL_MODEL_H

#include "base/err.h"
#include "engine/policy.h"
#include "engine/sensor.h"
#include "engine/snapshot.h"

#include <jansson.h>

struct mac {
    uint8_t bytes[6];
};

static inline bool mac_is_set(const uint8_t mac[6])
{
    return (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) != 0;
}

struct model {
    struct snapshot *next; /* never sealed */
    bool changed;          /* since model_publish() */
    uint16_t policy_version;
    uint8_t *zones; /* enum zone_state by zone */
    uint32_t zone_count;
    uint32_t *zone_free_after; /* generation after which a zone that was given up is forgotten */
    uint32_t zone_last;        /* handed out last: they are used in turn */
};

/* Takes the configuration file's snapshot, which may be sealed. False: no memory. */
bool model_init(struct model *, struct snapshot *);
void model_fini(struct model *);

/* The agent's workload that one of the MAC addresses names; NULL: none. */
struct workload *model_find(const struct model *, const uint8_t mac[6]);
/* The same workload, ours alone to change. NULL: no memory. */
struct workload *model_edit(struct model *, const struct workload *);
/* A new one of the agent. NULL and err: no memory, or no zone left. */
struct workload *model_add(struct model *, struct err *);
void model_remove(struct model *, const struct workload *);

/* Another configuration document takes the place of the one before; takes the snapshot. What the
 * agent has made stays, and a workload of the same name stays the same. False and err: nothing has
 * changed. */
bool model_apply(struct model *, struct snapshot *document, struct err *);

/* The sensors of the document, for its workloads, give way to these: a list as in the document.
 * False and err: nothing has changed. */
bool model_apply_sensors(struct model *, const json_t *sensors, struct err *);

/* Ours alone to change. NULL: no memory. */
struct networks *model_edit_networks(struct model *);
struct domain_names *model_edit_names(struct model *);

/* A domain name without regard to case; NULL: not there. */
struct domain_name *model_name(const struct domain_names *, const char *text);
/* It, or a new one of this spelling. NULL and err: no memory, or too many. */
struct domain_name *model_name_add(struct domain_names *, const char *text, struct err *);
/* False: no memory. An address that is there already stays alone. */
bool model_name_address(struct domain_name *, const struct ipaddr *);

/* Never 0. */
uint16_t model_policy_version(struct model *);

/* Something of the snapshot itself (a switch, a limit) was changed. */
static inline void model_touch(struct model *m)
{
    m->changed = true;
}

/* What is configured as a sealed snapshot of the next generation, the caller's. NULL: nothing has
 * changed since the last one, or (and `changed` stays set) no memory. */
struct snapshot *model_publish(struct model *);
/* No worker has a configuration older than this generation any more. */
void model_reached(struct model *, uint32_t generation);

#endif
