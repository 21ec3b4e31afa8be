/* SPDX-License-Identifier: Apache-2.0
 *
 * parts: what the options name, built in one place and taken down in reverse: configuration,
 * inputs, outputs. The main thread's.
 */
#ifndef SLUICED_PARTS_H
#define SLUICED_PARTS_H

#include "capture/pcapwrite.h"
#include "engine/snapshot.h"
#include "inputs.h"
#include "options.h"
#include "report/encode_json.h"
#include "report/table.h"
#include "report/trace.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAIL_ON = 1,
    EXIT_CHECK = 1, /* something is missing or broken */
    EXIT_USAGE = 2,
    EXIT_INPUT = 3,
    EXIT_CANNOT = 4,
    EXIT_DP_USAGE = 254, /* of the program that we replace */
    EXIT_DP_CANNOT = 255,
};

struct parts {
    struct inputs inputs;
    struct snapshot *snapshot;
    struct encode_json *json; /* NULL: not wanted */
    struct pcapwrite *write;  /* NULL: not wanted */
    struct trace trace;
    struct table table;
};

/* EXIT_DONE, or why the program cannot go on; that was logged. parts_fini() also takes down what
 * is half built. */
enum exit_status parts_init(struct parts *, const struct options *);
/* What the command line changes in a configuration document. Tells what has no effect yet. */
void parts_adjust(struct snapshot *, const struct options *);
/* The configuration of the options; NULL: why not was logged, *status says it. */
struct snapshot *parts_snapshot(const struct options *, enum exit_status *);
/* The outputs are complete, or what is missing was logged. */
enum exit_status parts_finish(struct parts *, const struct options *);
void parts_fini(struct parts *);

/* Logs one line, "what: place: text", and returns the status. */
enum exit_status parts_refuse(enum exit_status, const char *what, const struct err *);

#endif
