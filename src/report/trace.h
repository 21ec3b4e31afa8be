/* SPDX-License-Identifier: Apache-2.0
 *
 * trace: the story of each packet that somebody asked for, as text. One owner thread.
 */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include "report/filter.h"

#include <stdio.h>

struct trace {
    struct filter filter;
    FILE *to;       /* borrowed */
    uint64_t frame; /* whose story is being told; 0 = none */
};

/* The next input begins: frames are counted anew. */
void trace_input(struct trace *, const char *path);

/* What the engine's operations of the same names are for. */
bool trace_wants(const struct trace *, const struct packet *);
void trace_line(struct trace *, const struct packet *, const char *stage, const char *text);

#endif
