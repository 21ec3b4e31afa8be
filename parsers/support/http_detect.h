/* SPDX-License-Identifier: Apache-2.0
 *
 * http_detect: what detection reads of the heads of messages. All of it costs nothing when nobody
 * reads it.
 */
#ifndef SUPPORT_HTTP_DETECT_H
#define SUPPORT_HTTP_DETECT_H

#include "parser/parser.h"

/* The header lines of one message, handed on as they come. */
struct http_lines {
    bool begun;
};

/* A request: its line as it was sent, its method and its target. */
void http_detect_request(struct parse *, struct span line, struct span method, struct span target);
void http_detect_status(struct parse *, struct span line);
/* The same of HTTP/2, which has no lines. */
void http_detect_request2(struct parse *, struct span method, struct span path);
void http_detect_status2(struct parse *, struct span code);
/* The target alone. */
void http_detect_target(struct parse *, struct span target);

/* A line without its end. One that is folded goes on with the one before it. */
void http_detect_line(struct parse *, struct http_lines *, struct span line);
/* More of the line that came last. */
void http_detect_more(struct parse *, struct http_lines *, struct span piece);
/* The same, of a protocol that sends names and values. */
void http_detect_field(struct parse *, struct http_lines *, struct span name, struct span value);
/* No more lines. */
void http_detect_lines_end(struct parse *, struct http_lines *);

#endif
