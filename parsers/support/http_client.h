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

/* Lengths of the names of such headers, as bits, by their first letter. */
enum {
    HTTP_CLIENT_LENGTHS_C = 1u << 16,
    HTTP_CLIENT_LENGTHS_F = 1u << 9,
    HTTP_CLIENT_LENGTHS_T = 1u << 14,
    HTTP_CLIENT_LENGTHS_X = 1u << 9 | 15u << 15,
};

/* Could a line that begins with an x, and has a name of such a length, be one of them? */
static inline bool http_client_begins(struct span line)
{
    uint8_t a = line.p[2] | 0x20, b = line.p[3] | 0x20, c = line.p[4] | 0x20;

    return (a == 'f' && b == 'o') || (a == 'r' && b == 'e' && c == 'a');
}

/* A header of a request, its value trimmed: nothing happens unless it is one of them. */
void http_client_header(struct parse *, struct http_client **, struct span name, struct span value);

/* A request begins: of one that was not read to its end nothing counts. */
void http_client_forget(struct http_client *);

static inline void http_client_begin(struct http_client *client)
{
    if (client)
        http_client_forget(client);
}

/* All headers of the request are read. Returns what is odd. */
unsigned http_client_finish(struct parse *, struct http_client *);

static inline unsigned http_client_end(struct parse *p, struct http_client *client)
{
    return client ? http_client_finish(p, client) : 0;
}

#endif
