/* SPDX-License-Identifier: Apache-2.0
 *
 * ws_handshake: how a server of WebSocket shows that it has understood the client (RFC 6455 section
 * 4.2.2): it sends back a hash of the client's key. And what both agree on: how messages are
 * compressed (RFC 7692), and what they carry.
 */
#ifndef SUPPORT_WS_HANDSHAKE_H
#define SUPPORT_WS_HANDSHAKE_H

#include "parser/parser.h"

enum { WS_DIGEST = 20 };

/* The digest that the answer to this Sec-WebSocket-Key must have. */
void ws_digest(uint8_t digest[WS_DIGEST], struct span key);
/* Is this Sec-WebSocket-Accept that digest? */
bool ws_accepts(const uint8_t digest[WS_DIGEST], struct span accept);

/* What was agreed on, in one word for parse_upgrade_with(). */
enum ws_agreed {
    WS_AGREED = 1 << 0,    /* the answer has been read: what is not here was not agreed on */
    WS_DEFLATE = 1 << 1,   /* permessage-deflate */
    WS_FRESH = 1 << 2,     /* no_context_takeover of the client; of the server one bit up */
    WS_WINDOW_AT = 4,      /* window bits of the client, and 4 bits up of the server; 0: 15 */
    WS_CHANNELS = 1 << 12, /* the first byte of each message names a channel */
    WS_CHANNELS_BASE64 = 1 << 13, /* a digit does, and what follows is in base64 */
    WS_GRAPHQL = 1 << 14,
};

static inline bool ws_agreed_fresh(uint64_t agreed, enum dir dir)
{
    return agreed >> dir & WS_FRESH;
}

static inline unsigned ws_agreed_window(uint64_t agreed, enum dir dir)
{
    unsigned bits = agreed >> (WS_WINDOW_AT + 4 * (int)dir) & 15;

    return bits ? bits : 15;
}

/* Of Sec-WebSocket-Extensions and Sec-WebSocket-Protocol in the answer. */
uint32_t ws_agreed_extensions(struct span value);
uint32_t ws_agreed_protocol(struct span value);

/* What is spoken behind the handshake. */
extern const struct parser parser_websocket;

#endif
