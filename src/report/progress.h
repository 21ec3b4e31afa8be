/* SPDX-License-Identifier: Apache-2.0
 *
 * progress: one line on a terminal, overwritten as the work goes on; nothing when standard error
 * is no terminal, and nothing in the first second. One owner thread.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool wanted;
    bool shown;
    uint64_t next_us; /* not before */
    size_t inputs;
    uint64_t bytes; /* of all inputs; 0 = not known */
};

void progress_init(struct progress *, size_t inputs, uint64_t bytes, uint64_t now_us);
void progress_show(struct progress *, size_t input, uint64_t bytes_done, uint64_t now_us);
/* Takes the line away, so that others may write. */
void progress_clear(struct progress *);

#endif
