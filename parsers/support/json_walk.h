/* SPDX-License-Identifier: Apache-2.0
 *
 * json_walk: the names and values in a JSON text (RFC 8259), for people who look for something in
 * them. Reads whatever a lenient parser might: text that is cut off, several documents in a row,
 * names and strings in single quotes or without any, \xHH. It does not judge; nesting means nothing
 * to it, so that no depth can stop it.
 */
#ifndef SUPPORT_JSON_WALK_H
#define SUPPORT_JSON_WALK_H

#include "base/span.h"

enum { JSON_PIECES_MOST = 1000 };

typedef void json_piece_fn(void *arg, struct span piece);

/* Hands out "name=value" for each member that is no object or list, the name of the others, and the
 * elements of lists that are strings, all without escapes: JSON_PIECES_MOST of them. A piece lies
 * in `room`, text.n bytes, until the callback returns. */
void json_walk(struct span text, uint8_t *room, json_piece_fn *, void *arg);

/* Does a body look like JSON? Byte order marks and what keeps others from running it (")]}',") may
 * stand before it. */
bool json_begins(struct span text);

#endif
