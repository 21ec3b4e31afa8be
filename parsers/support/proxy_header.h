/* SPDX-License-Identifier: Apache-2.0
 *
 * proxy_header: the PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt sections 2.1 and
 * 2.2), as a piece that stands before another protocol.
 */
#ifndef SUPPORT_PROXY_HEADER_H
#define SUPPORT_PROXY_HEADER_H

#include "base/cursor.h"
#include "base/ipaddr.h"

enum {
    PROXY_LENGTH_MOST = 16384, /* behind the head of version 2 */
    PROXY_HEADER_MOST = 16 + PROXY_LENGTH_MOST,
};

#define PROXY_MAGIC "\r\n\r\n\0\r\nQUIT\n"

/* Whom it speaks for; family 0: nobody is named. */
struct proxy_ends {
    struct ipaddr addr[2]; /* of the client, and where it went */
    uint32_t port[2];
    uint8_t version;
    const char *protocol;
};

/* Could these bytes, perhaps too few, be the beginning of a header? */
bool proxy_header_begins(struct span first);
/* The whole header. Returns what stands behind the addresses of version 2. */
struct cursor proxy_header_read(struct cursor *, struct proxy_ends *);

#endif
