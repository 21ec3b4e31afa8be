/* SPDX-License-Identifier: Apache-2.0
 *
 * options: the command line, checked. Strings point into argv; the list of captures is heap.
 */
#ifndef SLUICED_OPTIONS_H
#define SLUICED_OPTIONS_H

#include "base/err.h"
#include "base/log.h"
#include "cpus.h"
#include "engine/engine.h"

#include <stdio.h>

/* What exit status 1 is asked for: a set. */
enum fail_on {
    FAIL_ON_VIOLATION = 1 << 0,
    FAIL_ON_THREAT = 1 << 1,
    FAIL_ON_MATCH = 1 << 2,
    FAIL_ON_UNKNOWN_APP = 1 << 3,
};

enum options_task { TASK_SERVE, TASK_REPLAY, TASK_CHECK, TASK_HELP, TASK_VERSION };

/* Threats that -v switches on: a set. */
enum options_threat { OPTIONS_TLS_1_0 = 1, OPTIONS_TLS_1_1 = 2 };

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
    bool as_dp;      /* started by that name: exit statuses are those its supervisor knows */
    bool standalone; /* no shared memory */
    bool no_check;   /* no self-test at the start */
    bool checksums;  /* wrong ones are malformed packets */
    bool jumbo;
    bool mesh;        /* a mesh workload has the policy of its pod */
    unsigned threads; /* 0: as many as there are CPUs */
    struct cpus cpus; /* of the threads; none: wherever the kernel puts them */
    unsigned threats; /* enum options_threat */
    const char *interface;
    const char *agent_socket, *notify_socket, *control_socket;
    const char *heartbeat;
};

/* False and err: not usable as it stands; err says what, where and how to mend it. */
bool options_parse(struct options *, int argc, char **argv, struct err *);
void options_fini(struct options *);

void options_help(FILE *);
const char *options_version_number(void);
void options_version(FILE *);

#endif
