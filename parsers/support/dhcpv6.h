/* SPDX-License-Identifier: Apache-2.0
 *
 * dhcpv6: the messages of DHCP for IPv6 (RFC 8415).
 */
#ifndef SUPPORT_DHCPV6_H
#define SUPPORT_DHCPV6_H

#include "parser/parser.h"

/* A message without the relay messages around it. Borrowed. */
struct dhcpv6_message {
    uint8_t type;
    uint32_t id;
    struct span relay; /* link address of the relay next to the client, empty without one */
    struct cursor options;
};

/* Reads all of the cursor. */
void dhcpv6_read(struct dhcpv6_message *, struct cursor *);

/* Known options only, and a well-formed client identifier: enough on foreign ports. */
bool dhcpv6_plausible(const struct dhcpv6_message *);

/* The fields, for the transaction named last in this direction. */
void dhcpv6_report(struct parse *, const struct dhcpv6_message *);

/* Sent by servers (and relays on their behalf). */
bool dhcpv6_is_reply(const struct dhcpv6_message *);

#endif
