/* SPDX-License-Identifier: Apache-2.0
 *
 * event_file: where the lines of rings go: a file, or a pipe or terminal that may be slow. Nothing
 * waits: what cannot be written now stays in the buffer, and what does not fit there in its ring.
 * One owner thread.
 */
#ifndef REPORT_EVENT_FILE_H
#define REPORT_EVENT_FILE_H

#include "base/err.h"
#include "report/event_ring.h"

#include <stdbool.h>

struct event_file;

/* "-" is standard output. Rings may be at most `room` bytes large. NULL and err: it cannot be made.
 */
struct event_file *event_file_new(const char *path, size_t room, struct err *);
/* What is not written yet is lost. Accepts NULL. */
void event_file_free(struct event_file *);

/* Moves lines on. True: there are more that have to wait. After a failed write all are thrown away,
 * which is logged once. */
bool event_file_drain(struct event_file *, struct event_ring *);

#endif
