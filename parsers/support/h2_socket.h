/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_socket: a WebSocket in a stream of HTTP/2 (RFC 8441): frames as on a connection of its own,
 * whose payload is shown to detection unmasked and inflated. Its messages have no events.
 */
#ifndef SUPPORT_H2_SOCKET_H
#define SUPPORT_H2_SOCKET_H

#include "parser/parser.h"

struct h2_socket;

/* The client asks for one. `*socket` stays NULL when nobody reads it. */
void h2_socket_open(struct parse *, struct h2_socket **);
/* Sec-WebSocket-Extensions of the answer. */
void h2_socket_agree(struct h2_socket *, struct span extensions);
/* DATA of p->dir. */
void h2_socket_feed(struct parse *, struct h2_socket *, struct span);
/* Some is missing. */
void h2_socket_lose(struct parse *, struct h2_socket *);
/* It has ended, or is none after all. `*socket` may be NULL. */
void h2_socket_free(struct parse *, struct h2_socket **);

#endif
