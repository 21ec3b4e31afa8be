/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rcu.h"

#include <stdlib.h>
#include <urcu/urcu-qsbr.h>

/* One call_rcu for this many retired objects: waking the grace-period thread costs a system call.
 */
#define BATCH_OBJECTS 256

struct rcu_batch {
    struct rcu_head head;
    struct rcu_batch *next;
    struct rcu_retired *objects;
    bool done; /* written by liburcu's thread, read by the owner */
};

/* ThreadSanitizer does not see into liburcu: it is told that what a reader did before a quiescent
 * point happened before the end of the grace period. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define RCU_TSAN 1
#endif

#ifdef RCU_TSAN
void __tsan_acquire(void *);
void __tsan_release(void *);

static char grace;

static void before_grace(void)
{
    __tsan_release(&grace);
}

static void grace_over(void)
{
    __tsan_acquire(&grace);
}
#else
static inline void before_grace(void)
{
}

static inline void grace_over(void)
{
}
#endif

void rcu_thread_enter(void)
{
    urcu_qsbr_register_thread();
}

void rcu_thread_leave(void)
{
    before_grace();
    urcu_qsbr_unregister_thread();
}

void rcu_reader_online(void)
{
    urcu_qsbr_thread_online();
}

void rcu_reader_offline(void)
{
    before_grace();
    urcu_qsbr_thread_offline();
}

void rcu_quiescent(void)
{
    before_grace();
    urcu_qsbr_quiescent_state();
}

void rcu_wait(void)
{
    urcu_qsbr_synchronize_rcu();
    grace_over();
}

void rcu_drain(void)
{
    urcu_qsbr_barrier();
}

void rcu_limbo_init(struct rcu_limbo *l, rcu_release *release, void *owner)
{
    *l = (struct rcu_limbo){.release = release, .owner = owner};
}

static void batch_done(struct rcu_head *head)
{
    struct rcu_batch *b = caa_container_of(head, struct rcu_batch, head);

    grace_over();
    __atomic_store_n(&b->done, true, __ATOMIC_RELEASE);
}

static void limbo_release(struct rcu_limbo *l, struct rcu_retired *r)
{
    while (r) {
        struct rcu_retired *next = r->next;

        l->release(l->owner, r);
        l->held--;
        r = next;
    }
}

/* No memory for a batch: wait here. Rare, and never while inspecting: polls run between batches. */
static void limbo_release_now(struct rcu_limbo *l)
{
    struct rcu_retired *open = l->open;

    l->open = NULL;
    l->open_count = 0;
    rcu_wait();
    limbo_release(l, open);
}

static void limbo_start(struct rcu_limbo *l)
{
    struct rcu_batch *b = l->spare;

    if (b)
        l->spare = b->next;
    else if ((b = malloc(sizeof *b)) == NULL) {
        limbo_release_now(l);
        return;
    }
    b->objects = l->open;
    b->next = NULL;
    b->done = false;
    l->open = NULL;
    l->open_count = 0;
    if (l->waiting_last)
        l->waiting_last->next = b;
    else
        l->waiting = b;
    l->waiting_last = b;
    before_grace();
    urcu_qsbr_call_rcu(&b->head, batch_done);
}

void rcu_limbo_retire(struct rcu_limbo *l, struct rcu_retired *r)
{
    r->next = l->open;
    l->open = r;
    l->open_count++;
    l->held++;
}

void rcu_limbo_poll(struct rcu_limbo *l, enum rcu_poll how)
{
    while (l->waiting && __atomic_load_n(&l->waiting->done, __ATOMIC_ACQUIRE)) {
        struct rcu_batch *b = l->waiting;

        l->waiting = b->next;
        if (l->waiting == NULL)
            l->waiting_last = NULL;
        limbo_release(l, b->objects);
        b->next = l->spare;
        l->spare = b;
    }
    if (l->open_count >= BATCH_OBJECTS || (how == RCU_POLL_FLUSH && l->open_count))
        limbo_start(l);
}

void rcu_limbo_fini(struct rcu_limbo *l)
{
    rcu_limbo_poll(l, RCU_POLL_FLUSH);
    if (l->waiting)
        rcu_drain();
    rcu_limbo_poll(l, RCU_POLL_LAZY);
    while (l->spare) {
        struct rcu_batch *next = l->spare->next;

        free(l->spare);
        l->spare = next;
    }
}
