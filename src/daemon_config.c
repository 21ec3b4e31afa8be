/* SPDX-License-Identifier: Apache-2.0
 *
 * Snapshots under the workers: a new one holds from their next batch on; an old one goes when every
 * worker has a later one and a grace period has passed. Nobody waits for either.
 */
#include "daemon_state.h"

#include "base/rcu.h"

#include <stdlib.h>

static void release(void *owner, struct rcu_retired *r)
{
    struct old_snapshot *old = (struct old_snapshot *)(void *)r;

    (void)owner;
    snapshot_free(old->snapshot);
    free(old);
}

void daemon_config_init(struct daemon *d)
{
    rcu_limbo_init(&d->limbo, release, d);
}

void daemon_publish(struct daemon *d, struct snapshot *s)
{
    struct old_snapshot *old = malloc(sizeof *old);

    if (old == NULL)
        abort(); /* 24 bytes: nothing would go on for long */
    *old = (struct old_snapshot){.snapshot = d->snapshot, .next = d->older};
    d->older = old;
    d->snapshot = s;
    for (size_t i = 0; i < d->worker_count; i++)
        engine_configure(worker_engine(d->workers[i]), s);
    if (d->ports != NULL)
        ports_configure(d->ports, &s->queue);
}

static uint32_t oldest_in_use(const struct daemon *d)
{
    uint32_t oldest = d->snapshot->generation;

    for (size_t i = 0; i < d->worker_count; i++) {
        uint32_t has = engine_generation(worker_engine(d->workers[i]));

        if (has < oldest)
            oldest = has;
    }
    return oldest;
}

void daemon_release(struct daemon *d)
{
    uint32_t oldest = d->older != NULL || d->limbo.held > 0 ? oldest_in_use(d) : 0;
    struct old_snapshot **place = &d->older;

    if (oldest == 0)
        return;
    rcu_reader_online(); /* who asks for a grace period must be */
    while (*place != NULL) {
        struct old_snapshot *old = *place;

        if (old->snapshot->generation >= oldest) {
            place = &old->next;
            continue;
        }
        *place = old->next;
        rcu_limbo_retire(&d->limbo, &old->retired);
    }
    rcu_limbo_poll(&d->limbo, RCU_POLL_FLUSH);
    rcu_reader_offline();
    if (d->has_control)
        model_reached(&d->control.model, oldest);
}

void daemon_release_all(struct daemon *d)
{
    rcu_reader_online();
    rcu_limbo_fini(&d->limbo);
    rcu_reader_offline();
    while (d->older != NULL) {
        struct old_snapshot *next = d->older->next;

        snapshot_free(d->older->snapshot);
        free(d->older);
        d->older = next;
    }
    snapshot_free(d->snapshot);
    d->snapshot = NULL;
}
