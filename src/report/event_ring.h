/* SPDX-License-Identifier: Apache-2.0
 *
 * event_ring: lines of text from one worker to the control thread, without a lock. One writer, one
 * reader. Neither waits: a line that finds no room is lost and counted, a line is never cut.
 */
#ifndef REPORT_EVENT_RING_H
#define REPORT_EVENT_RING_H

#include "base/span.h"

struct event_ring;

enum ring_put {
    RING_LOST,  /* no room */
    RING_TAKEN, /* the reader has time */
    RING_HALF,  /* with this line the ring is half full: the reader should come */
};

/* Room for `bytes`, a power of two. NULL: no memory. */
struct event_ring *event_ring_new(size_t bytes);
/* When neither side uses it any more. Accepts NULL. */
void event_ring_free(struct event_ring *);

/* Copies a line; it ends with its newline. Writer. */
enum ring_put event_ring_put(struct event_ring *, struct span line);

/* The same, with something in front of it. */
enum ring_put event_ring_put_marked(struct event_ring *, struct span mark, struct span line);

/* Moves as many whole lines as fit into `room` bytes; returns their bytes. Reader. */
size_t event_ring_take(struct event_ring *, char *to, size_t room);
/* Bytes that wait. Any thread. */
size_t event_ring_used(const struct event_ring *);
/* Lines that were lost. Any thread. */
uint64_t event_ring_lost(const struct event_ring *);

#endif
