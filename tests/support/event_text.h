/* SPDX-License-Identifier: Apache-2.0
 *
 * event_text: what an event says, as text to compare.
 */
#ifndef TESTS_EVENT_TEXT_H
#define TESTS_EVENT_TEXT_H

#include "engine/event.h"

/* A text that grows. Heap; free(text.at). */
struct text {
    char *at; /* NUL-terminated once anything was added */
    size_t n;
    size_t room;
};

void text_add(struct text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bytes that are no printable ASCII, and backslashes, escaped as in C. */
void text_add_escaped(struct text *, struct span);

/* Fields that stand in our own object and that each event of HTTP has: of no use to most tests. */
enum event_text_own { EVENT_TEXT_NOT_OWN, EVENT_TEXT_OWN };

/* "redis command=PING arguments=0" */
void event_text_tx(struct text *, const struct tx_view *, enum event_text_own);

#endif
