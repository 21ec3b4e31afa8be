/* SPDX-License-Identifier: Apache-2.0
 *
 * datagram_track: sessions of everything but TCP: who asks whom, and what belongs to what.
 */
#ifndef SESSION_DATAGRAM_TRACK_H
#define SESSION_DATAGRAM_TRACK_H

#include "engine/packet.h"
#include "engine/session.h"

struct engine;

/* Finds or creates the session. NULL: none, the packet has its verdict. */
struct session *udp_session(struct engine *, struct packet *, struct session *found);
struct session *icmp_session(struct engine *, struct packet *, struct session *found);
struct session *other_session(struct engine *, struct packet *, struct session *found);

/* The payload goes to inspection. */
void udp_track(struct engine *, struct packet *, struct session *);
void icmp_track(struct engine *, struct packet *, struct session *);

#endif
