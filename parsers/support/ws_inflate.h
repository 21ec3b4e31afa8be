/* SPDX-License-Identifier: Apache-2.0
 *
 * ws_inflate: messages of a WebSocket that permessage-deflate has compressed (RFC 7692), undone
 * piece by piece; a message may refer to the ones before it. Limits and their counting are those
 * of coding.h, for each message.
 */
#ifndef SUPPORT_WS_INFLATE_H
#define SUPPORT_WS_INFLATE_H

#include "base/memory_source.h"

struct ws_inflate;

enum ws_inflated {
    WS_INFLATED,
    WS_INFLATE_BROKEN,
    WS_INFLATE_BOMB, /* too much output, or work */
};

/* A window of 2^bits, 8 to 15. NULL: no memory. The source is copied. */
struct ws_inflate *ws_inflate_new(const struct memory_source *, unsigned bits);
/* `*inflate` is NULL afterwards, and may be before. */
void ws_inflate_free(struct ws_inflate **inflate);

enum ws_context { WS_CONTEXT_KEPT, WS_CONTEXT_FRESH };
/* A message begins. */
void ws_inflate_begin(struct ws_inflate *, enum ws_context);
/* A piece of it. When it cannot be gone on with, nothing of the message can. */
enum ws_inflated ws_inflate_feed(struct ws_inflate *, struct span piece, out_fn *, void *arg);
/* It has ended. */
enum ws_inflated ws_inflate_end(struct ws_inflate *, out_fn *, void *arg);

/* Behind a failure: all bytes of the message that were fed, if they are few; else those of the last
 * piece that were not used. Good until the next call. */
struct span ws_inflate_rest(const struct ws_inflate *);

#endif
