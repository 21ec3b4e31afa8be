/* SPDX-License-Identifier: Apache-2.0
 *
 * http_client: for whom a request is made, as proxies say it in its header: told, and handed on for
 * policy. One for the request at hand of a connection, made when a header first says something.
 */
#ifndef SUPPORT_HTTP_CLIENT_H
#define SUPPORT_HTTP_CLIENT_H

#include "parser/parser.h"

struct http_client; /* NULL: nothing has been said on this connection */

/* What is odd about it. */
enum { HTTP_CLIENT_MANY = 1, HTTP_CLIENT_INSIDE = 2 };

#define HTTP_CLIENT_MANY_TEXT   "more than 32 addresses in a header of HTTP proxies"
#define HTTP_CLIENT_INSIDE_TEXT "internal address in a header of HTTP proxies, from outside"

/* May this be the length of a header that says something? By the first letter, in lower case. */
static inline uint32_t http_client_lengths(uint8_t letter)
{
    switch (letter) {
    case 'c':
        return 1u << 16;
    case 'f':
        return 1u << 9;
    case 't':
        return 1u << 14;
    case 'x':
        return 1u << 9 | 15u << 15;
    default:
        return 0;
    }
}

/* A header of a request, its value trimmed. */
void http_client_take(struct parse *, struct http_client **, struct span name, struct span value);

static inline void http_client_header(struct parse *p, struct http_client **client,
                                      struct span name, struct span value)
{
    if (name.n && name.n < 32 && http_client_lengths(span_lower(name.p[0])) >> name.n & 1)
        http_client_take(p, client, name, value);
}

/* All headers of the request are read. Returns what is odd. */
unsigned http_client_finish(struct parse *, struct http_client *);

static inline unsigned http_client_end(struct parse *p, struct http_client *client)
{
    return client ? http_client_finish(p, client) : 0;
}

#endif
