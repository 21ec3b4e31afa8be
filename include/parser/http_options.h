/* SPDX-License-Identifier: Apache-2.0
 *
 * http_options: what the configuration says about HTTP.
 */
#ifndef PARSER_HTTP_OPTIONS_H
#define PARSER_HTTP_OPTIONS_H

#include "base/ipaddr.h"

struct http_options {
    size_t trusted_count;
    struct ipprefix *trusted; /* proxies whose word about their client is believed */
    uint8_t headers;          /* a bit for each enum dir: all header lines are told */
    bool client_ip;           /* CF-Connecting-IP and True-Client-IP count */
    bool stop_attacks;        /* what keeps an HTTP/2 server busy for little ends the session */
    bool body;                /* the beginning of request bodies is told */
};

#endif
