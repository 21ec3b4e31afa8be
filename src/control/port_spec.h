/* SPDX-License-Identifier: Apache-2.0
 *
 * port_spec: where packets shall be read, as it was asked for. A value.
 */
#ifndef CONTROL_PORT_SPEC_H
#define CONTROL_PORT_SPEC_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum port_kind {
    PORT_SERVICE, /* one interface, in and out */
    PORT_TAP,     /* an interface in a network namespace, listened to */
    PORT_PAIR,    /* in on one interface, out on the other */
    PORT_QUEUE,   /* an NFQUEUE in a network namespace */
};

struct port_spec {
    enum port_kind kind;
    char netns[PATH_MAX]; /* file of the namespace; empty: ours */
    char interface[16];   /* PORT_PAIR: towards the network */
    char inner[16];       /* PORT_PAIR: towards the workload */
    uint8_t mac[6];       /* of the workload it belongs to; zero: not given */
    uint16_t queue;       /* the first */
    uint16_t queue_count; /* over which the kernel spreads packets; 0: one */
    bool jumbo;
    bool spread; /* PORT_TAP: over all workers */
    bool anyone; /* what is no workload's is inspected, too */
    bool quarantine;
};

#endif
