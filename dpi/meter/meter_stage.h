/* SPDX-License-Identifier: Apache-2.0
 *
 * meter_stage: what packets and sessions charge, and what follows when a meter is on. Only traffic
 * of configured workloads is metered. Worker thread.
 */
#ifndef METER_METER_STAGE_H
#define METER_METER_STAGE_H

#include "engine/packet.h"
#include "engine/session.h"

struct engine;

/* A SYN that would open a session. False: it shall not; the packet has its verdict. */
bool meter_syn(struct engine *, struct packet *);
/* Are connections into the packet's workload (or from its peer) asked for in a flood? Then nothing
 * is remembered of handshakes, and their later segments find no session. Counts nothing. */
bool meter_is_flooded(struct engine *, const struct packet *);
/* A SYN/ACK of no session. False: it answers a flood and passes as it is. */
bool meter_syn_answer(struct engine *, struct packet *);
/* An ICMP message. False: it is dropped. */
bool meter_icmp(struct engine *, struct packet *);

/* A session that is about to enter the table. False: its source has too many. */
bool meter_session(struct engine *, struct packet *, struct session *);
void meter_session_ended(struct engine *, const struct session *);

/* The handshake of a session is complete: its client has to say something. */
void meter_await_client(struct engine *, struct session *);
/* The session's timer has fired, and the client of it is awaited. */
void meter_look_at_client(struct engine *, struct session *);

/* Its timer fires when the client is to be looked at. */
void meter_wake(struct engine *, struct session *);

/* A second has begun. */
void meter_second(struct engine *);

#endif
