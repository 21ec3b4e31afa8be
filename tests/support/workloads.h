/* SPDX-License-Identifier: Apache-2.0
 *
 * workloads: some for a snapshot that a test makes.
 */
#ifndef SUPPORT_WORKLOADS_H
#define SUPPORT_WORKLOADS_H

#include "engine/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* One more, with the next zone, of this name (may be NULL), known by these networks. Aborts when
 * one is none. */
static inline struct workload *workloads_add(struct snapshot *s, const char *name,
                                             const char *const *nets, size_t count)
{
    struct workload *w = workload_new();

    if (w == NULL || !snapshot_room(s, s->workload_count + 1))
        abort();
    s->workloads[s->workload_count++] = w;
    w->zone = (uint32_t)s->workload_count;
    w->name = name ? strdup(name) : NULL;
    w->mode = MODE_PROTECT;
    w->prefixes = calloc(count + 1, sizeof *w->prefixes);
    for (; w->prefix_count < count; w->prefix_count++)
        if (!ipprefix_parse(nets[w->prefix_count], &w->prefixes[w->prefix_count]))
            abort();
    return w;
}

#endif
