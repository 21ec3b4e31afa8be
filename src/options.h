/* SPDX-License-Identifier: Apache-2.0
 *
 * options: the command line, checked. Strings point into argv; the list of captures is heap.
 */
#ifndef SLUICED_OPTIONS_H
#define SLUICED_OPTIONS_H

#include "base/err.h"
#include "base/log.h"
#include "engine/engine.h"

#include <stdio.h>

/* What exit status 1 is asked for: a set. */
enum fail_on {
    FAIL_ON_VIOLATION = 1 << 0,
    FAIL_ON_THREAT = 1 << 1,
    FAIL_ON_MATCH = 1 << 2,
    FAIL_ON_UNKNOWN_APP = 1 << 3,
};

enum options_task { TASK_REPLAY, TASK_HELP, TASK_VERSION };

struct options {
    enum options_task task;
    const char **captures; /* of --pcap, in order */
    size_t capture_count;
    const char *config;
    const char *write;
    const char *json;
    const char *trace;
    enum engine_mode mode;
    unsigned fail_on; /* enum fail_on */
    enum log_level log_level;
};

/* False and err: not usable as it stands; err says what, where and how to mend it. */
bool options_parse(struct options *, int argc, char **argv, struct err *);
void options_fini(struct options *);

void options_help(FILE *);
void options_version(FILE *);

#endif
