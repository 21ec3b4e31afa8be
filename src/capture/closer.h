/* SPDX-License-Identifier: Apache-2.0
 *
 * closer: frees captures on threads of its own. To close a packet socket takes until every
 * processor has been somewhere else, some ten milliseconds each: nobody shall wait for that, and
 * several take no longer than one.
 */
#ifndef CAPTURE_CLOSER_H
#define CAPTURE_CLOSER_H

struct capture;
struct closer;

/* Control thread. NULL: no memory. */
struct closer *closer_new(void);
/* Takes the capture. Where no thread can be had it is freed at once. Control thread. */
void closer_take(struct closer *, struct capture *);
/* Waits until all are freed. Accepts NULL. */
void closer_free(struct closer *);

#endif
