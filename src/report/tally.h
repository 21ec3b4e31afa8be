/* SPDX-License-Identifier: Apache-2.0
 *
 * tally: what a replay found, in numbers: of one capture, or of all. A value.
 */
#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include "engine/counter.h"
#include "engine/event.h"

struct tally {
    uint64_t packets, bytes;
    uint64_t forwarded, dropped; /* frames, as an inline engine decides them */
    uint64_t sessions;
    uint64_t silent; /* sessions in which there was nothing to identify */
    uint64_t silent_bytes;
    /* sessions with payload, by the first application of their label; APP_UNKNOWN: not identified
     */
    uint64_t by_app[APP_COUNT];
    uint64_t app_bytes[APP_COUNT];
    uint64_t threats, violations, matches;
    uint64_t last_us; /* the capture's clock at its end */
    double seconds;   /* that the replay took */
};

void tally_event(struct tally *, const struct event *);
/* What the engine counted between the two. */
void tally_counters(struct tally *, const struct counters *before, const struct counters *after);
void tally_add(struct tally *total, const struct tally *);

#endif
