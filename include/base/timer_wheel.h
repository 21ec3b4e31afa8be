/* SPDX-License-Identifier: Apache-2.0
 *
 * timer_wheel: coarse timers, one second a slot. One owner thread.
 *
 * Timers are embedded in their owners. Setting and clearing cost a few instructions; a timer that
 * is pushed back often (an idle timeout) is not moved on every packet: its owner looks at its own
 * `last seen` when it fires and sets it again. A timeout longer than the wheel waits in the last
 * slot and is put back in when it comes round.
 *
 * timer_wheel_advance() fires at most `max` timers a call, so that a burst of expiries is spread
 * over packets; it says whether more are due.
 */
#ifndef BASE_TIMER_WHEEL_H
#define BASE_TIMER_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_WHEEL_SLOTS 4096u

struct timer {
    struct timer *next;
    struct timer **link; /* what points at us; NULL = not set */
    uint32_t due;        /* second */
    uint32_t kind;       /* the owner's own mark: which of its timers this is */
};

struct timer_wheel {
    struct timer *slots[TIMER_WHEEL_SLOTS];
    uint32_t now;    /* every slot before it has been emptied */
    uint32_t target; /* the clock, as last told */
    size_t pending;  /* timers set */
};

typedef void timer_fire(void *owner, struct timer *);

void timer_wheel_init(struct timer_wheel *, uint32_t now_seconds);

void timer_set(struct timer_wheel *, struct timer *, uint32_t due_seconds);
void timer_clear(struct timer_wheel *, struct timer *);

static inline bool timer_is_set(const struct timer *t)
{
    return t->link != NULL;
}

static inline bool timer_wheel_behind(const struct timer_wheel *w)
{
    return w->now <= w->target && w->pending;
}

/* Fires what is due up to and including `now_seconds`, at most `max`. True: more are due. The
 * callback may set and clear any timer of this wheel, the fired one included. */
bool timer_wheel_advance(struct timer_wheel *, uint32_t now_seconds, size_t max, timer_fire *,
                         void *owner);

#endif
