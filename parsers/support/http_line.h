/* SPDX-License-Identifier: Apache-2.0
 *
 * http_line: the first line of an HTTP/1 message and the names of hosts in it. Pure functions over
 * spans; spans that come out point into those that went in.
 */
#ifndef SUPPORT_HTTP_LINE_H
#define SUPPORT_HTTP_LINE_H

#include "base/span.h"

enum http_version {
    HTTP_VERSION_NONE,
    HTTP_VERSION_ODD,   /* means HTTP, but is not written as the grammar wants it */
    HTTP_VERSION_PLAIN, /* HTTP/digit.digit */
};

struct http_request {
    struct span method;
    struct span target;
    struct span version; /* as written; empty when there is none */
    enum http_version form;
};

struct http_status {
    struct span version;
    uint16_t code; /* 0 when unreadable */
    bool odd;      /* a client would understand it, the grammar does not */
};

struct http_host {
    struct span name; /* without port and trailing dot; an IPv6 address keeps its brackets */
    uint16_t port;    /* 0: none */
    bool user;        /* user@ stood before it */
    bool bad;
};

/* Could these bytes begin a request, or an answer? True when they are too few to tell. */
bool http_request_begins(struct span first);
bool http_status_begins(struct span first);
bool http_status_begins_loosely(struct span first);
/* The bytes agree with the beginning of one of the methods everybody knows, and a blank. */
bool http_method_begins(struct span first);

bool http_request_line(struct span line, struct http_request *);
bool http_method_known(struct span method);
/* One byte or more, all allowed in a token (RFC 9110 section 5.6.2). */
bool http_is_token(struct span);
/* No blank and no control byte in it. */
bool http_target_clean(struct span target);
/* An absolute path, "*" or an absolute URI. */
bool http_target_plain(struct span target);
/* "HTTP/1." digit SP three digits. */
bool http_status_line(struct span line, struct http_status *);
bool http_status_line_loosely(struct span line, struct http_status *);

/* host[:port] of a Host header or of a target. */
struct http_host http_host_read(struct span text);
/* The authority inside the target of a CONNECT or of an absolute URI, empty when there is none. */
struct span http_target_authority(const struct http_request *);

#endif
