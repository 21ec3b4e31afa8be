/* SPDX-License-Identifier: Apache-2.0
 *
 * http_body: what detection reads of the body of a message. One for each message whose body
 * somebody reads, made when a header tells of it or it begins, closed when it ends.
 */
#ifndef SUPPORT_HTTP_BODY_H
#define SUPPORT_HTTP_BODY_H

#include "support/http_framing.h"

struct http_body;

/* A Content-Type header: what of the body is shown piece by piece as well. */
void http_body_type(struct parse *, struct http_body **body, struct span value);

/* What a Content-Encoding or Transfer-Encoding header lists, one after the other as applied. */
void http_body_coding(struct parse *, struct http_body **body, struct span list);
/* The body begins. `*body` stays NULL when nobody reads it. */
void http_body_open(struct parse *, struct http_body **body, enum frame);
/* Bytes of it, without the framing. */
void http_body_feed(struct parse *, struct http_body *, struct span);
/* Does it have to see the bytes to come? If not, they may pass as BUFFER_BODY, beginning with
 * http_body_part(). */
bool http_body_looks(const struct parse *, const struct http_body *);
unsigned http_body_part(struct http_body *);
/* Some are missing. */
void http_body_lost(struct parse *, struct http_body *);
/* It has ended, or cannot be followed any more. Does nothing for NULL. */
void http_body_free(struct parse *, struct http_body **body);

static inline void http_body_close(struct parse *p, struct http_body **body)
{
    if (*body)
        http_body_free(p, body);
}

#endif
