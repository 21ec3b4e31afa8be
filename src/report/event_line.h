/* SPDX-License-Identifier: Apache-2.0
 *
 * event_line: an event as one line for people. Worker thread.
 */
#ifndef REPORT_EVENT_LINE_H
#define REPORT_EVENT_LINE_H

#include "engine/event.h"

enum { EVENT_LINE_MOST = 768 };

/* Sessions that ended and threats have a line, with its newline; returns its length, 0: no line for
 * this event. */
size_t event_line(const struct event *, char text[EVENT_LINE_MOST]);

#endif
