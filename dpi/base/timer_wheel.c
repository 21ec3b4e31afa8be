/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timer_wheel.h"

#include <string.h>

void timer_wheel_init(struct timer_wheel *w, uint32_t now_seconds)
{
    memset(w, 0, sizeof *w);
    w->now = w->target = now_seconds;
}

static void timer_link(struct timer_wheel *w, struct timer *t, uint32_t slot_second)
{
    struct timer **head = &w->slots[slot_second % TIMER_WHEEL_SLOTS];

    t->next = *head;
    t->link = head;
    if (t->next)
        t->next->link = &t->next;
    *head = t;
    w->pending++;
}

void timer_set(struct timer_wheel *w, struct timer *t, uint32_t due_seconds)
{
    uint32_t horizon = w->now + TIMER_WHEEL_SLOTS - 1;

    if (timer_is_set(t))
        timer_clear(w, t);
    t->due = due_seconds < w->now ? w->now : due_seconds;
    timer_link(w, t, t->due < horizon ? t->due : horizon);
}

void timer_clear(struct timer_wheel *w, struct timer *t)
{
    if (!timer_is_set(t))
        return;
    *t->link = t->next;
    if (t->next)
        t->next->link = t->link;
    t->link = NULL;
    t->next = NULL;
    w->pending--;
}

/* A jump of the clock by more than one turn of the wheel: every slot is visited once, not each
 * second between. */
static void skip_empty_turns(struct timer_wheel *w)
{
    if (w->pending == 0)
        w->now = w->target;
    else if (w->target - w->now > TIMER_WHEEL_SLOTS)
        w->now = w->target - TIMER_WHEEL_SLOTS;
}

bool timer_wheel_advance(struct timer_wheel *w, uint32_t now_seconds, size_t max, timer_fire *fire,
                         void *owner)
{
    if (now_seconds > w->target)
        w->target = now_seconds;
    skip_empty_turns(w);
    while (w->now <= w->target) {
        struct timer *t = w->slots[w->now % TIMER_WHEEL_SLOTS];

        if (t == NULL) {
            if (w->now == w->target)
                return false;
            w->now++;
            continue;
        }
        if (max-- == 0)
            return true;
        __builtin_prefetch(t->next, 1);
        timer_clear(w, t);
        if (t->due > w->target)
            timer_set(w, t, t->due);
        else
            fire(owner, t);
    }
    return false;
}
