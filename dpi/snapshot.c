/* SPDX-License-Identifier: Apache-2.0
 *
 * The defaults of everything configurable.
 */
#include "engine/snapshot.h"

#include "engine/packet.h"

#include "workload/workload_index.h"

#include <stdlib.h>
#include <string.h>

static const struct timeouts default_timeouts = {
    .tcp_new = 20,
    .tcp_no_data = 1230, /* 30 until threat 2005 looks, 1200 more */
    .tcp_established = 1200,
    .tcp_half_closed = 90,
    .tcp_closed = 15,
    .tcp_closed_most = 60,
    .blocked = 60,
    .udp = 30,
    .icmp = 5,
    .other = 15,
    .fragment = 10,
    .expectation = 30,
};

enum { QUEUE_LENGTH = 4096 };

static const struct limits default_limits = {
    .sessions = 1u << 20,
    .workloads = 4096,
    .sessions_per_workload = 0,
    .sessions_per_source = 0,
    .fragment_bytes = (size_t)4 << 20,
    .fragment_trains = 4096,
    .fragments_per_train = 64,
    .reassembly_bytes = (size_t)64 << 20,
    .reassembly_side_bytes = 256u << 10,
    .reassembly_segments = 256,
    .retain_bytes = 64u << 10,
    .app_bytes = (size_t)768 << 20,
    .decide_bytes = 16u << 10,
    .decide_packets = 32,
    .decide_seconds = 10,
    .tunnel_depth = 4,
    .expectations = 1024,
    .tx_per_session = 1u << 16,
    .meters = 16384,
};

struct snapshot *snapshot_new(void)
{
    struct snapshot *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->generation = 1;
    s->quic_as_tls = true;
    s->timeouts = default_timeouts;
    s->limits = default_limits;
    s->meters = meter_default_limits();
    s->queue = (struct queue_settings){.length = QUEUE_LENGTH};
    for (enum exception e = 0; e < EXCEPTION_COUNT; e++)
        s->exceptions[e] = exception_default(e);
    for (enum threat t = THREAT_NONE + 1; t < THREAT_COUNT; t++) {
        s->threat_verdicts[t] = (uint8_t)threat_verdict(t);
        if (threat_default(t))
            snapshot_set_threat(s, t);
    }
    s->networks = networks_new();
    s->names = domain_names_new();
    if (s->networks == NULL || s->names == NULL) {
        snapshot_free(s);
        return NULL;
    }
    return s;
}

void snapshot_free(struct snapshot *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->workload_count; i++)
        shared_drop(&s->workloads[i]->shared);
    free(s->workloads);
    if (s->networks)
        shared_drop(&s->networks->shared);
    if (s->names)
        shared_drop(&s->names->shared);
    free(s->http.trusted);
    free(s->bypass);
    workload_index_free(s->index);
    free(s->by_zone);
    free(s);
}

bool snapshot_room(struct snapshot *s, size_t workloads)
{
    struct workload **list = realloc(s->workloads, (workloads + 1) * sizeof *list);

    if (list == NULL)
        return false;
    s->workloads = list;
    return true;
}

/* What the copy does not own yet is not in it, so that it can be given up at any moment. */
struct snapshot *snapshot_copy(const struct snapshot *from)
{
    struct snapshot *s = malloc(sizeof *s);

    if (s == NULL)
        return NULL;
    *s = *from;
    s->workloads = NULL;
    s->workload_count = 0;
    s->index = NULL;
    s->by_zone = NULL;
    s->zone_count = 0;
    shared_hold(&s->networks->shared);
    shared_hold(&s->names->shared);
    s->http.trusted = calloc(from->http.trusted_count + 1, sizeof *s->http.trusted);
    s->bypass = calloc(from->bypass_count + 1, sizeof *s->bypass);
    if (s->http.trusted == NULL || s->bypass == NULL || !snapshot_room(s, from->workload_count)) {
        snapshot_free(s);
        return NULL;
    }
    if (from->http.trusted_count)
        memcpy(s->http.trusted, from->http.trusted,
               from->http.trusted_count * sizeof *s->http.trusted);
    if (from->bypass_count)
        memcpy(s->bypass, from->bypass, from->bypass_count * sizeof *s->bypass);
    for (; s->workload_count < from->workload_count; s->workload_count++) {
        s->workloads[s->workload_count] = from->workloads[s->workload_count];
        shared_hold(&s->workloads[s->workload_count]->shared);
    }
    return s;
}

bool snapshot_seal(struct snapshot *s)
{
    s->zone_count = 1;
    for (size_t i = 0; i < s->workload_count; i++)
        if (s->workloads[i]->zone >= s->zone_count)
            s->zone_count = s->workloads[i]->zone + 1;
    s->by_zone = calloc(s->zone_count, sizeof(struct workload *));
    if (s->by_zone == NULL)
        return false;
    for (size_t i = 0; i < s->workload_count; i++)
        s->by_zone[s->workloads[i]->zone] = s->workloads[i];
    s->index = workload_index_new(s->workloads, s->workload_count);
    return s->index != NULL;
}
