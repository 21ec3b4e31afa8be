/* SPDX-License-Identifier: Apache-2.0
 *
 * meter: what is counted against floods, its limits, and how a meter looks to who asks for it.
 * Values, any thread.
 */
#ifndef ENGINE_METER_H
#define ENGINE_METER_H

#include "base/ipaddr.h"

#include <stdbool.h>
#include <stdint.h>

/* Those of a source count what one peer sends to one workload, the others what all do. */
enum meter_kind {
    METER_SYN_SOURCE,   /* connections asked for */
    METER_SYN,          /* the same, of all sources */
    METER_ICMP_SOURCE,  /* ICMP and ICMPv6 that is no answer */
    METER_ICMP,         /* the same, of all sources, both ways */
    METER_SESSIONS,     /* sessions that a source has open */
    METER_CLIENT_QUIET, /* connections whose client says nothing */
    METER_KINDS
};

/* A meter is on from `upper` events within its span, and off when each of the windows that end
 * within one span has had less than `lower`. 1 <= lower <= upper. */
struct meter_limit {
    uint32_t upper, lower;
};

struct meter_limits {
    struct meter_limit of[METER_KINDS];
};

/* One of the table, at one moment. */
struct meter_view {
    enum meter_kind kind;
    uint32_t zone;      /* of its workload */
    struct ipaddr peer; /* family 0: all of them */
    bool on;
    uint32_t count;      /* in the window that ends now; METER_SESSIONS: open now */
    uint32_t last;       /* in the last full one */
    uint32_t span, idle; /* seconds */
    struct meter_limit limit;
};

typedef void meter_visit(void *arg, const struct meter_view *);

/* Of the agent: 0 SYN flood, 1 ICMP flood, 2 sessions, 3 no client data. */
uint8_t meter_number(enum meter_kind);
/* For people: "syn", "syn_source". A constant. */
const char *meter_name(enum meter_kind);
struct meter_limits meter_default_limits(void);

#endif
