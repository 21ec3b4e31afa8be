/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person asked for on the command line: events, an interface to look at.
 */
#include "daemon_state.h"

#include "base/log.h"
#include "base/text.h"

#include <poll.h>
#include <string.h>
#include <time.h>

enum { ENDING_MS = 1000 }; /* for the last events of all sessions */

bool daemon_events_init(struct daemon *d, size_t workers, struct err *err)
{
    const struct options *o = d->options;
    struct events_setup setup = {
        .path = o->json, .workers = d->workers, .count = workers, .wake = d->wake};

    if (o->json == NULL && o->interface != NULL && !o->as_dp) {
        setup.path = "-";
        setup.style = EVENTS_TEXT;
    }
    d->events = events_new(&setup, err);
    return d->events != NULL;
}

/* As dp: that of process 1, whatever namespace the container has; and without the interface it
 * still serves, because a process that ends again and again takes everything else with it. A person
 * means what is before them. */
bool daemon_interface_init(struct daemon *d, struct err *err)
{
    const struct options *o = d->options;
    struct port_spec spec = {.kind = PORT_TAP, .spread = true, .anyone = true};

    if (o->interface == NULL)
        return true;
    if (!text_copy(spec.netns, sizeof spec.netns,
                   o->as_dp ? "/proc/1/ns/net" : "/proc/self/ns/net") ||
        !text_copy(spec.interface, sizeof spec.interface, o->interface))
        return err_set(err, "-i", "'%.32s' cannot be the name of an interface", o->interface);
    if (ports_add(d->ports, &spec, err))
        return true;
    if (!o->as_dp)
        return false;
    log_error("-i: %s: %s", err->path, err->text);
    return true;
}

static void sum_counters(const struct daemon *d, struct counters *sum)
{
    for (size_t i = 0; i < d->worker_count; i++) {
        const struct counters *c = engine_counters(worker_engine(d->workers[i]));

        for (int k = 0; k < COUNTER_COUNT; k++)
            sum->value[k] += c->value[k];
    }
}

void daemon_workers_end(struct daemon *d)
{
    uint64_t until = daemon_now_ms() + ENDING_MS;
    struct capture_counts frames = {0};
    struct counters sum = {0};
    size_t ended = 0;

    if (d->events != NULL)
        events_ending(d->events);
    for (size_t i = 0; i < d->worker_count; i++)
        worker_end(d->workers[i]);
    while (d->events != NULL && ended < d->worker_count && daemon_now_ms() < until) {
        ended = 0;
        for (size_t i = 0; i < d->worker_count; i++)
            ended += worker_ended(d->workers[i]);
        events_drain(d->events);
        if (ended < d->worker_count)
            poll(NULL, 0, 1);
    }
    for (size_t i = 0; i < d->worker_count; i++)
        worker_join(d->workers[i]);
    if (d->ports != NULL)
        ports_counts(d->ports, &frames);
    if (frames.received > 0)
        log_info("frames: %llu received, %llu lost, %llu sent, %llu not sent",
                 (unsigned long long)frames.received, (unsigned long long)frames.lost,
                 (unsigned long long)frames.sent, (unsigned long long)frames.not_sent);
    sum_counters(d, &sum);
    if (d->events != NULL)
        events_stats(d->events, &(struct stats_line){
                                    .counters = &sum,
                                    .frames = &frames,
                                    .time_us = (uint64_t)time(NULL) * 1000000,
                                    .uptime_s = (daemon_now_ms() - d->began_ms) / 1000,
                                });
}

void daemon_events_fini(struct daemon *d)
{
    if (d->events != NULL && events_lost(d->events) > 0)
        log_warn("%llu events found no room: their reader is too slow",
                 (unsigned long long)events_lost(d->events));
    events_free(d->events);
    d->events = NULL;
}
