/* SPDX-License-Identifier: Apache-2.0
 *
 * ws_handshake: how a server of WebSocket shows that it has understood the client (RFC 6455 section
 * 4.2.2): it sends back a hash of the client's key.
 */
#ifndef SUPPORT_WS_HANDSHAKE_H
#define SUPPORT_WS_HANDSHAKE_H

#include "parser/parser.h"

enum { WS_DIGEST = 20 };

/* The digest that the answer to this Sec-WebSocket-Key must have. */
void ws_digest(uint8_t digest[WS_DIGEST], struct span key);
/* Is this Sec-WebSocket-Accept that digest? */
bool ws_accepts(const uint8_t digest[WS_DIGEST], struct span accept);

/* What is spoken behind the handshake. */
extern const struct parser parser_websocket;

#endif
