/* SPDX-License-Identifier: Apache-2.0
 *
 * The defaults of everything configurable.
 */
#include "engine/snapshot.h"

#include "workload/workload_index.h"

#include <stdlib.h>

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

static const struct limits default_limits = {
    .sessions = 1u << 20,
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
    for (enum exception e = 0; e < EXCEPTION_COUNT; e++)
        s->exceptions[e] = exception_default(e);
    return s;
}

void snapshot_free(struct snapshot *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->workload_count; i++) {
        free((char *)s->workloads[i].name);
        free(s->workloads[i].macs);
        free(s->workloads[i].prefixes);
    }
    free(s->workloads);
    free(s->networks.internal);
    free(s->http.trusted);
    free(s->bypass);
    workload_index_free(s->index);
    free(s);
}

bool snapshot_seal(struct snapshot *s)
{
    s->index = workload_index_new(s->workloads, s->workload_count);
    return s->index != NULL;
}
