/* SPDX-License-Identifier: Apache-2.0
 *
 * http_shadow: the second reading of a request on whose end two servers could disagree (RFC 9112
 * section 11.2): what begins at the other end, when it is a request, is shown to detection as well.
 */
#ifndef SUPPORT_HTTP_SHADOW_H
#define SUPPORT_HTTP_SHADOW_H

#include "parser/parser.h"

enum { HTTP_SHADOW_MOST = 64 << 10 };

struct http_shadow;

/* The other end is `away` bytes behind what has been read. `*shadow`: an older one gives way. */
void http_shadow_begin(struct parse *, struct http_shadow **shadow, uint64_t away,
                       uint64_t message);
/* Bytes of the client, in order, framing and all. True, once: they are a request. */
bool http_shadow_feed(struct parse *, struct http_shadow **shadow, struct span);
/* It begins where it stands now: both readings agree. */
bool http_shadow_agrees(const struct http_shadow *);
/* A whole line of it has been seen. */
bool http_shadow_has_line(const struct http_shadow *);
/* Does nothing for NULL. */
void http_shadow_end(struct parse *, struct http_shadow **shadow);

#endif
