/* SPDX-License-Identifier: Apache-2.0
 *
 * traffic: sessions, packets and bytes of one workload (or of everything), both directions, in
 * slots of five seconds. One writer; counts are 64 bit.
 */
#ifndef WORKLOAD_TRAFFIC_H
#define WORKLOAD_TRAFFIC_H

#include "engine/engine.h"

#define TRAFFIC_SLOTS        60
#define TRAFFIC_RING         64 /* the present one and all that count, with room */
#define TRAFFIC_SLOT_SECONDS 5

struct traffic {
    uint32_t slot;                /* number of the present one */
    struct traffic_window now[2]; /* it, by direction: 0 egress, 1 ingress */
    struct traffic_window total[2];
    uint32_t open[2];                            /* sessions that are */
    struct traffic_window ring[2][TRAFFIC_RING]; /* complete ones, by number modulo */
};

/* Closes the present slot when time has left it. */
void traffic_advance(struct traffic *, uint32_t now_seconds);

/* Sum over complete slots: the last, the last 12, the last 60; or everything. */
struct traffic_window traffic_sum(const struct traffic *, uint32_t now_seconds, int ingress,
                                  enum traffic_span);

static inline void traffic_packet(struct traffic *t, unsigned ingress, uint32_t bytes)
{
    t->now[ingress].packets++;
    t->now[ingress].bytes += bytes;
}

#endif
