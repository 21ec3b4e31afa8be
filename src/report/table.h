/* SPDX-License-Identifier: Apache-2.0
 *
 * table: the result of a replay for people: a row per capture as it is done, the total, and the
 * applications over all. Fits the terminal; elsewhere nothing is cut. One owner thread.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "engine/engine.h"
#include "report/tally.h"

#include <stdio.h>

struct table {
    FILE *to;
    enum engine_mode mode; /* inline: what was forwarded and dropped has columns */
    unsigned width;        /* of the terminal; 0 = no terminal, no limit */
    unsigned name_width;
    bool colour;
    bool headed; /* the titles stand there */
};

/* `longest`: of the captures' names. Looks at what `to` is. */
void table_init(struct table *, FILE *to, enum engine_mode, size_t longest);

/* The first row brings the titles. */
void table_row(struct table *, const char *name, const struct tally *);
/* The total's row when there was more than one capture, then the applications. */
void table_total(struct table *, const struct tally *, size_t captures);

#endif
