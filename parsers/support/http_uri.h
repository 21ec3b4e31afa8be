/* SPDX-License-Identifier: Apache-2.0
 *
 * http_uri: the target of a request as servers may read it (RFC 3986, RFC 9112 section 3.2). Pure
 * functions: what they write goes to the caller's room, and is never longer than the target.
 */
#ifndef SUPPORT_HTTP_URI_H
#define SUPPORT_HTTP_URI_H

#include "base/span.h"

enum http_uri_odd {
    HTTP_URI_TWICE = 1 << 0,    /* an escaped percent sign with two digits behind it */
    HTTP_URI_ABOVE = 1 << 1,    /* ".." above the root */
    HTTP_URI_NUL = 1 << 2,      /* an escaped NUL */
    HTTP_URI_WIDE = 1 << 3,     /* %uXXXX, which is IIS' */
    HTTP_URI_OVERLONG = 1 << 4, /* UTF-8 that is longer than it has to be */
    HTTP_URI_PERCENT = 1 << 5,  /* a percent sign without two digits behind it */
    HTTP_URI_BACKSLASH = 1 << 6,
};

enum http_uri_reading {
    HTTP_URI_ONCE,  /* decoded once */
    HTTP_URI_LOOSE, /* %uXXXX and overlong UTF-8 decoded, too */
    HTTP_URI_AGAIN, /* decoded twice */
};

/* Could a server read it otherwise than it is written? If not, all views are the target. */
bool http_uri_is_special(struct span target);
/* Without the fragment, the path resolved ("//", "/./", "/../", "\"), a "+" of the query as a
 * blank. `room`: target.n bytes. Sets bits in `*odd`. */
struct span http_uri_read(struct span target, enum http_uri_reading, uint8_t *room, uint32_t *odd);
/* What stands behind the "?"; empty when there is none. */
struct span http_uri_query(struct span target);

/* Arguments "name=value&..." of a query or a form. */
enum {
    HTTP_ARGS_MOST = 1000,
    HTTP_ARG_NAME = 256,
    HTTP_ARG_VALUE = 64 << 10,
};

/* Cuts the next one off, as it is written. False: there is none. */
bool http_args_next(struct span *args, struct span *arg);
/* Decoded, "%uXXXX" and "+" as well. `room`: arg.n bytes; the argument itself when nothing
 * changes. */
struct span http_arg_read(struct span arg, uint8_t *room);

#endif
