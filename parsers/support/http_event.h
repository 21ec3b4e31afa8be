/* SPDX-License-Identifier: Apache-2.0
 *
 * http_event: what the event of a request or answer tells of its headers as a whole, its framing
 * and its body. Nothing happens unless somebody listens to transactions.
 */
#ifndef SUPPORT_HTTP_EVENT_H
#define SUPPORT_HTTP_EVENT_H

#include "parser/parser.h"
#include "support/http_framing.h"

/* Of the messages at hand of a connection, one each way. NULL until there is something to tell. */
struct http_event;

/* A header; for HTTP/1 a whole line as name and value, without name when it has no colon or is
 * folded. */
void http_event_store(struct parse *, struct http_event **, struct span name, struct span value);

static inline void http_event_header(struct parse *p, struct http_event **event, struct span name,
                                     struct span value)
{
    if (p->wants_tx)
        http_event_store(p, event, name, value);
}

void http_event_line(struct parse *, struct http_event **, struct span line, size_t colon);
/* All headers of the message of p->dir are read. */
void http_event_finish(struct parse *, struct http_event *);

static inline void http_event_end(struct parse *p, struct http_event *event)
{
    if (p->wants_tx && event)
        http_event_finish(p, event);
}

/* How a message of HTTP/1 is framed, unless it is as most are. */
void http_event_framing_store(struct parse *, const struct framing *, enum frame);

static inline void http_event_framing(struct parse *p, const struct framing *f, enum frame frame)
{
    if (p->wants_tx)
        http_event_framing_store(p, f, frame);
}

static inline void http_event_note(struct parse *p, const char *text)
{
    parse_text(p, FIELD_HTTP_NOTES, text);
}

#endif
