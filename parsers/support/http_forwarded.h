/* SPDX-License-Identifier: Apache-2.0
 *
 * http_forwarded: for whom a proxy asks, in the headers proxies say it with. Pure functions; spans
 * that come out point into the value that went in.
 */
#ifndef SUPPORT_HTTP_FORWARDED_H
#define SUPPORT_HTTP_FORWARDED_H

#include "base/ipaddr.h"
#include "base/span.h"

/* Those that name an address, the one that counts most first. */
enum http_forwarded_header {
    FORWARDED_FOR, /* X-Forwarded-For: a list */
    FORWARDED,     /* RFC 7239: a list */
    FORWARDED_REAL_IP,
    FORWARDED_CONNECTING_IP, /* CF-Connecting-IP */
    FORWARDED_CLIENT_IP,     /* True-Client-IP */
    FORWARDED_NONE,
};

enum http_forwarded_header http_forwarded_header(struct span name);

enum http_hop_kind {
    HOP_NONE,    /* the element names no one */
    HOP_ADDRESS, /* `addr` is set */
    HOP_UNKNOWN, /* "unknown" */
    HOP_HIDDEN,  /* "_name" (RFC 7239 6.3) */
    HOP_BAD,
};

enum http_proto { HTTP_PROTO_NONE, HTTP_PROTO_HTTP, HTTP_PROTO_HTTPS };

/* One element. An IPv4 address in the clothes of IPv6 is IPv4. */
struct http_hop {
    struct span text; /* who, as written, without quotes */
    struct span host; /* Forwarded: host= */
    struct ipaddr addr;
    uint16_t port; /* 0: none */
    uint8_t kind;  /* enum http_hop_kind */
    uint8_t proto; /* enum http_proto, Forwarded: proto= */
};

struct http_forwarded {
    struct span left;
    uint8_t header; /* enum http_forwarded_header */
    bool bare;      /* a quote in what is left is no quote: it does not end */
};

struct http_forwarded http_forwarded_of(enum http_forwarded_header, struct span value);
/* Empty elements are passed over; false when there are no more. */
bool http_forwarded_next(struct http_forwarded *, struct http_hop *);

/* The elements of all lines of a message: the first, and the last of those behind it. */
enum { HTTP_HOPS = 32 };

struct http_hops {
    struct http_hop hop[HTTP_HOPS];
    uint32_t count; /* more than HTTP_HOPS is worth a note */
};

void http_hops_add(struct http_hops *, enum http_forwarded_header, struct span value);
/* Counted from the right, 0 is the last; NULL when there are fewer, or it was not kept. */
const struct http_hop *http_hops_right(const struct http_hops *, size_t index);
/* Who asks: without trusted addresses the first element says so; else the last that is not one of
 * them, which may be no address. NULL when the list is empty. */
const struct http_hop *http_hops_client(const struct http_hops *, const struct ipprefix *trusted,
                                        size_t n);

/* Private, loopback or local to a link: not what a peer outside should call itself. */
bool http_hop_internal(const struct ipaddr *);

/* X-Forwarded-Proto, X-Forwarded-Scheme: the first element. */
enum http_proto http_forwarded_proto(struct span value);
/* X-Forwarded-Port: the first element, 1 to 65535, else 0. */
uint16_t http_forwarded_port(struct span value);

#endif
