/* SPDX-License-Identifier: Apache-2.0
 *
 * http_lines: what detection reads of the header lines of a message: the lines, their values
 * decoded, their cookies. Costs nothing when nobody reads any of it.
 */
#ifndef SUPPORT_HTTP_LINES_H
#define SUPPORT_HTTP_LINES_H

#include "parser/parser.h"

/* The header lines of one message, handed on as they come. */
struct http_lines {
    bool begun;      /* the buffer of lines has */
    bool more;       /* a line has come, which a folded one may go on with */
    uint16_t held_n; /* of the line that came last */
    uint8_t *held;   /* NULL until somebody reads values */
};

enum {
    HTTP_LINES_READ = 1u << BUFFER_HEADER | 1u << BUFFER_HEADER_VIEW | 1u << BUFFER_COOKIE,
    HTTP_LINES_VIEWS = 1u << BUFFER_HEADER_VIEW | 1u << BUFFER_COOKIE,
};

void http_lines_store(struct parse *, struct http_lines *, struct span line);
void http_lines_finish(struct parse *, struct http_lines *);

/* A line without its end, of HTTP_LINE_MAX bytes at most. One that is folded goes on with the one
 * before it (RFC 9112 section 5.2). */
static inline void http_lines_add(struct parse *p, struct http_lines *l, struct span line)
{
    if (p->wants_buffers & HTTP_LINES_READ)
        http_lines_store(p, l, line);
}

/* More of the line that came last. */
void http_lines_more(struct parse *, struct http_lines *, struct span piece);
/* The same as a line, of a protocol that sends names and values. */
void http_lines_field(struct parse *, struct http_lines *, struct span name, struct span value);

/* No more lines. */
static inline void http_lines_end(struct parse *p, struct http_lines *l)
{
    if (l->more)
        http_lines_finish(p, l);
}

#endif
