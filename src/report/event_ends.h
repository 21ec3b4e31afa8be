/* SPDX-License-Identifier: Apache-2.0
 *
 * event_ends: the two ends of an event: those of its packet, in its direction; a flow or a
 * transaction goes from client to server. Worker thread.
 */
#ifndef REPORT_EVENT_ENDS_H
#define REPORT_EVENT_ENDS_H

#include "engine/engine.h"

struct event_ends {
    struct session_end source, dest;
    uint8_t proto;
    uint8_t icmp_type, icmp_code;
    const uint16_t *vlan; /* of the key; borrowed */
};

/* False: it has neither a session nor addresses. */
bool event_ends(const struct event *, struct event_ends *);

/* Who sent its packet; without one the client. It has a session. */
enum dir event_sender(const struct event *);

#endif
