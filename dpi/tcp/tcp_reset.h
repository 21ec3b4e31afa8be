/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_reset: a reset for each end of a session, as the other end would send it.
 */
#ifndef TCP_TCP_RESET_H
#define TCP_TCP_RESET_H

#include "engine/packet.h"
#include "engine/session.h"

struct engine;

/* Injects both, on the link and with the VLAN tags of the packet that caused them. */
void tcp_reset_both(struct engine *, const struct packet *, const struct session *);

#endif
