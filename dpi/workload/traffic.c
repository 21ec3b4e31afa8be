/* SPDX-License-Identifier: Apache-2.0 */
#include "workload/traffic.h"

#include <string.h>

static void window_add(struct traffic_window *sum, const struct traffic_window *w)
{
    sum->sessions += w->sessions;
    sum->packets += w->packets;
    sum->bytes += w->bytes;
}

static void slot_close(struct traffic *t)
{
    for (int dir = 0; dir < 2; dir++) {
        t->ring[dir][t->slot % TRAFFIC_RING] = t->now[dir];
        window_add(&t->total[dir], &t->now[dir]);
        memset(&t->now[dir], 0, sizeof t->now[dir]);
    }
    t->slot++;
}

void traffic_advance(struct traffic *t, uint32_t now_seconds)
{
    uint32_t slot = now_seconds / TRAFFIC_SLOT_SECONDS;

    if (slot < t->slot || slot - t->slot > TRAFFIC_RING) { /* nothing kept is recent any more */
        slot_close(t);
        memset(t->ring, 0, sizeof t->ring);
        t->slot = slot;
    }
    while (t->slot < slot)
        slot_close(t);
}

struct traffic_window traffic_sum(const struct traffic *t, uint32_t now_seconds, int ingress,
                                  enum traffic_span span)
{
    static const uint32_t slots[] = {
        [TRAFFIC_SLOT] = 1, [TRAFFIC_MINUTE] = 12, [TRAFFIC_5_MINUTES] = TRAFFIC_SLOTS};
    struct traffic_window sum = {0};
    uint32_t present = now_seconds / TRAFFIC_SLOT_SECONDS;

    if (span == TRAFFIC_TOTAL) {
        sum = t->total[ingress];
        window_add(&sum, &t->now[ingress]);
        return sum;
    }
    for (uint32_t back = 1; back <= slots[span]; back++) {
        uint32_t wanted = present - back;

        if (wanted < t->slot && t->slot - wanted <= TRAFFIC_RING)
            window_add(&sum, &t->ring[ingress][wanted % TRAFFIC_RING]);
        else if (wanted == t->slot)
            window_add(&sum, &t->now[ingress]);
    }
    return sum;
}
