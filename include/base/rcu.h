/* SPDX-License-Identifier: Apache-2.0
 *
 * rcu: the few things we use of liburcu (QSBR flavour), in our words. No other file includes it.
 *
 * A thread that reads shared structures registers itself. A worker passes a quiescent point once a
 * batch and goes offline while it sleeps; between two quiescent points everything it found stays
 * valid. A reader that is no worker (the control thread) reads between rcu_reader_online() and
 * rcu_reader_offline().
 *
 * Retiring memory: objects are unlinked by their one writer, collected in a `rcu_limbo`, and given
 * back to the writer in whole batches once every reader has passed a quiescent point. The grace
 * period is awaited by liburcu's own thread; it only raises a flag. The release function runs on
 * the writer's thread, so slabs need no lock.
 */
#ifndef BASE_RCU_H
#define BASE_RCU_H

#include <stdbool.h>
#include <stddef.h>

void rcu_thread_enter(void); /* register; online afterwards */
void rcu_thread_leave(void);
void rcu_reader_online(void);
void rcu_reader_offline(void);
void rcu_quiescent(void);

/* Waits for a grace period. Only at shutdown and in the control thread. */
void rcu_wait(void);
/* Waits until every pending rcu_limbo batch has been marked done. */
void rcu_drain(void);

#define rcu_load(p)       __atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_publish(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)

/* Link in a retired object; may overlay anything readers do not need. */
struct rcu_retired {
    struct rcu_retired *next;
};

struct rcu_batch;
typedef void rcu_release(void *owner, struct rcu_retired *);

/* Owned by one writer thread. */
struct rcu_limbo {
    struct rcu_retired *open; /* retired, no grace period asked for yet */
    size_t open_count;
    size_t held;               /* all that is retired and not yet released */
    struct rcu_batch *waiting; /* oldest first */
    struct rcu_batch *waiting_last;
    struct rcu_batch *spare; /* batches to use again */
    rcu_release *release;
    void *owner;
};

void rcu_limbo_init(struct rcu_limbo *, rcu_release *, void *owner);
/* Waits for what is held, releases it. */
void rcu_limbo_fini(struct rcu_limbo *);
void rcu_limbo_retire(struct rcu_limbo *, struct rcu_retired *);
/* Releases batches whose grace period is over; starts one for the open batch when it is large
 * enough or `flush` says so. Cheap when there is nothing to do. */
enum rcu_poll { RCU_POLL_LAZY, RCU_POLL_FLUSH };
void rcu_limbo_poll(struct rcu_limbo *, enum rcu_poll);

#endif
