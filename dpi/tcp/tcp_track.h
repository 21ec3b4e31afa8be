/* SPDX-License-Identifier: Apache-2.0
 *
 * tcp_track: the TCP state machine of a session (RFC 9293, RFC 5961, RFC 7323), and which bytes of
 * a segment count.
 */
#ifndef TCP_TCP_TRACK_H
#define TCP_TCP_TRACK_H

#include "engine/packet.h"
#include "engine/session.h"

struct engine;

/* Finds the session the segment belongs to when its key may name two, creates one when the segment
 * may begin one. NULL: none; the packet has its verdict. */
struct session *tcp_session(struct engine *, struct packet *, struct session *found);

/* Follows the segment: states, windows, acknowledgements; hands its bytes to inspection. */
void tcp_track(struct engine *, struct packet *, struct session *);

/* The handshake is complete, or was not seen. For tcp_session.c. */
void tcp_established(struct engine *, struct session *);

#endif
