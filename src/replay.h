/* SPDX-License-Identifier: Apache-2.0
 *
 * replay: captures through one engine, one after another. Each is a world of its own: its clock,
 * its sessions, which end with it. The thread that runs it is the engine's.
 */
#ifndef SLUICED_REPLAY_H
#define SLUICED_REPLAY_H

#include "base/err.h"
#include "capture/pcapwrite.h"
#include "engine/engine.h"
#include "inputs.h"
#include "report/encode_json.h"
#include "report/table.h"
#include "report/tally.h"
#include "report/trace.h"

#include <signal.h>

/* All borrowed. Where things go: NULL = nowhere. */
struct replay_setup {
    const struct inputs *inputs;
    const struct snapshot *snapshot;
    enum engine_mode mode;
    struct encode_json *json;
    struct pcapwrite *write;
    struct trace *trace;
    struct table *table;
    /* Set from a signal handler: finish with what there is. */
    const volatile sig_atomic_t *stop;
};

struct replay_result {
    struct tally total;
    size_t done;    /* captures replayed, damaged ones too */
    size_t damaged; /* not read, or not to their end; each was logged */
};

/* False and err: the engine cannot be built. */
bool replay_run(const struct replay_setup *, struct replay_result *, struct err *);

#endif
