/* SPDX-License-Identifier: Apache-2.0
 *
 * mesh: sessions seen on the loopback interface of a pod with a side-car proxy.
 *
 * Address translation inside the pod makes the two directions of one connection carry different
 * server addresses; only the client's address and port are the same in both. So the key is the
 * client's end. The far end is remembered beside it, and when an answer shows the real server where
 * the requests went to the proxy, it takes the proxy's place.
 */
#ifndef SESSION_MESH_H
#define SESSION_MESH_H

#include "engine/packet.h"
#include "engine/session.h"

struct engine;

/* Rewrites the key and hash of a packet of a mesh workload; returns its session, or NULL. */
struct session *mesh_find(struct engine *, struct packet *);
/* After a packet has met its session (new or known): learns the far end. */
void mesh_learn(struct engine *, const struct packet *, struct session *);

#endif
