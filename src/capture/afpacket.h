/* SPDX-License-Identifier: Apache-2.0
 *
 * afpacket: packet sockets as captures (packet(7)): a tap, a service port (in and out on one
 * interface), a pair of ports (in on one, out on the other). A tap and a service port may be spread
 * over several workers: all frames between two addresses go to one of them. Control thread, except
 * for what is in capture.h.
 */
#ifndef CAPTURE_AFPACKET_H
#define CAPTURE_AFPACKET_H

#include "base/err.h"
#include "capture/capture.h"
#include "engine/engine.h"

/* Where an interface is. */
struct afpacket_place {
    const char *netns; /* file of its network namespace; NULL or empty: ours */
    const char *interface;
    size_t ring; /* bytes of memory for what waits; 0: as little as it can do with */
};

enum { AFPACKET_SPREAD_MOST = 16 };

/* Listens, never sends. NULL and err: no such namespace, no such interface, no permission. The
 * caller's thread is back in its own namespace afterwards. */
struct capture *afpacket_tap(const struct afpacket_place *, struct err *);
/* One for each of n workers, each with a ring of its own, n <= AFPACKET_SPREAD_MOST. False and err:
 * none is open. */
bool afpacket_tap_spread(const struct afpacket_place *, struct capture **out, size_t n,
                         struct err *);
/* What may pass goes out where it came in. */
struct capture *afpacket_service(const struct afpacket_place *, struct err *);
bool afpacket_service_spread(const struct afpacket_place *, struct capture **out, size_t n,
                             struct err *);
/* Both directions of a pair, two captures that send through each other: they are added to and
 * removed from one worker together. False and err: none is open. */
bool afpacket_pair(const struct afpacket_place *outer, const struct afpacket_place *inner,
                   const uint8_t mac[6], struct capture *both[2], struct err *);
/* Nothing but frames to many passes. Any thread. */
enum quarantine { QUARANTINE_OFF, QUARANTINE_ON };
void afpacket_quarantine(struct capture *, enum quarantine);

#endif
