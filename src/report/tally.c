/* SPDX-License-Identifier: Apache-2.0 */
#include "report/tally.h"

#include "report/app_name.h"

#include <string.h>

/* Some applications have the same name for people and other numbers for the agent. */
static size_t named_first(enum app app)
{
    size_t first = 0;

    while (strcmp(app_label((enum app)first), app_label(app)) != 0)
        first++;
    return first;
}

static void tally_flow(struct tally *t, const struct session *s)
{
    uint64_t bytes = s->sides[0].bytes + s->sides[1].bytes;
    size_t app;

    t->sessions++;
    if (app_name_state(s) == APP_NOT_ASKED) {
        t->silent++;
        t->silent_bytes += bytes;
        return;
    }
    app = named_first((enum app)s->app_id);
    t->by_app[app]++;
    t->app_bytes[app] += bytes;
}

void tally_event(struct tally *t, const struct event *ev)
{
    if (ev->type == EVENT_FLOW)
        tally_flow(t, ev->session);
    else if (ev->type == EVENT_THREAT && ev->threat.threat != THREAT_NONE)
        t->threats++;
    if (ev->time_us > t->last_us)
        t->last_us = ev->time_us;
}

void tally_counters(struct tally *t, const struct counters *before, const struct counters *after)
{
    t->packets += after->value[COUNTER_PACKETS] - before->value[COUNTER_PACKETS];
    t->bytes += after->value[COUNTER_BYTES] - before->value[COUNTER_BYTES];
}

void tally_add(struct tally *total, const struct tally *t)
{
    total->packets += t->packets;
    total->bytes += t->bytes;
    total->forwarded += t->forwarded;
    total->dropped += t->dropped;
    total->sessions += t->sessions;
    total->silent += t->silent;
    total->silent_bytes += t->silent_bytes;
    for (size_t i = 0; i < APP_COUNT; i++) {
        total->by_app[i] += t->by_app[i];
        total->app_bytes[i] += t->app_bytes[i];
    }
    total->threats += t->threats;
    total->violations += t->violations;
    total->matches += t->matches;
    if (t->last_us > total->last_us)
        total->last_us = t->last_us;
    total->seconds += t->seconds;
}
