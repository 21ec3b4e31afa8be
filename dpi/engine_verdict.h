/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_verdict: the one exit of the packet path.
 */
#ifndef ENGINE_VERDICT_INTERNAL_H
#define ENGINE_VERDICT_INTERNAL_H

#include "engine/packet.h"

struct engine;

/* Says what happens to the frame; in monitoring that is always "pass". Blocks, resets, releases
 * held fragments, counts. */
void engine_finish(struct engine *, struct packet *);

/* Decides whether this packet's story is wanted, and tells its beginning. */
void engine_trace_packet(struct engine *, struct packet *);

#endif
