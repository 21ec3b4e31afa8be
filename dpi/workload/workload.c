/* SPDX-License-Identifier: Apache-2.0
 *
 * A workload's memory.
 */
#include "engine/workload.h"

#include "engine/policy.h"
#include "engine/sensor.h"

#include <stdlib.h>
#include <string.h>

static void release(struct shared *s)
{
    struct workload *w = (struct workload *)s;

    if (w->policy)
        shared_drop(&w->policy->shared);
    if (w->base)
        shared_drop(&w->base->shared);
    if (w->sensors)
        shared_drop(&w->sensors->shared);
    free((char *)w->name);
    free(w->macs);
    free(w->prefixes);
    free(w->addrs);
    free(w->ports);
    free(w);
}

struct workload *workload_new(void)
{
    struct workload *w = calloc(1, sizeof *w);

    if (w != NULL)
        shared_init(&w->shared, release);
    return w;
}

/* False: no memory. Nothing is copied as nothing. */
static bool array_copy(void *to, const void *from, size_t count, size_t size)
{
    void *copy = count ? malloc(count * size) : NULL;

    if (copy != NULL)
        memcpy(copy, from, count * size);
    *(void **)to = copy;
    return count == 0 || copy != NULL;
}

struct workload *workload_copy(const struct workload *from)
{
    struct workload *w = workload_new();
    bool whole;

    if (w == NULL)
        return NULL;
    *w = *from;
    shared_init(&w->shared, release);
    if (w->policy)
        shared_hold(&w->policy->shared);
    if (w->base)
        shared_hold(&w->base->shared);
    if (w->sensors)
        shared_hold(&w->sensors->shared);
    whole = array_copy(&w->macs, from->macs, from->mac_count, sizeof *w->macs);
    whole &= array_copy(&w->prefixes, from->prefixes, from->prefix_count, sizeof *w->prefixes);
    whole &= array_copy(&w->addrs, from->addrs, from->addr_count, sizeof *w->addrs);
    whole &= array_copy(&w->ports, from->ports, from->port_count, sizeof *w->ports);
    w->name = from->name ? strdup(from->name) : NULL;
    if (!whole || (from->name && w->name == NULL)) {
        shared_drop(&w->shared);
        return NULL;
    }
    return w;
}
