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

enum { HTTP_HOP_TEXT = 64 }; /* an address with everything around it is shorter */

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

/* Who asks, by all elements of one kind of header of a message. Without trusted addresses the first
 * element says so; else the last that is not one of them, which may be no address; else the first.
 * Begins as zeroes. */
struct http_chain {
    uint32_t count; /* of elements */
    bool inside;    /* one of them is an address that http_hop_internal() knows */
    uint8_t kind;   /* enum http_hop_kind of who asks; and so on */
    uint8_t proto;
    uint8_t text_n;
    uint8_t text[HTTP_HOP_TEXT];
    struct ipaddr addr;
};

void http_chain_add(struct http_chain *, enum http_forwarded_header, struct span value,
                    const struct ipprefix *trusted, size_t n);

/* Private, loopback or local to a link: not what a peer outside should call itself. */
bool http_hop_internal(const struct ipaddr *);

/* X-Forwarded-Proto, X-Forwarded-Scheme: the first element. */
enum http_proto http_forwarded_proto(struct span value);
/* X-Forwarded-Port: the first element, 1 to 65535, else 0. */
uint16_t http_forwarded_port(struct span value);

#endif
