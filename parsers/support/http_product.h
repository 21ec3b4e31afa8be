/* SPDX-License-Identifier: Apache-2.0
 *
 * http_product: what stands behind HTTP, by its headers and paths. Looks at the first answers of a
 * session only: what has not shown itself by then does not.
 */
#ifndef SUPPORT_HTTP_PRODUCT_H
#define SUPPORT_HTTP_PRODUCT_H

#include "parser/parser.h"

enum { HTTP_ANSWERS_LOOKED_AT = 8 };

struct http_product {
    uint8_t answers; /* looked at */
    uint8_t signs;   /* of this answer, and of the request before it */
};

static inline bool http_product_wanted(const struct http_product *h)
{
    return h->answers < HTTP_ANSWERS_LOOKED_AT;
}

/* The target of a request. */
void http_product_target(struct http_product *, struct span target);
/* A header line of the message of p->dir; `colon`: index of its colon. */
void http_product_header(struct parse *, struct http_product *, struct span line, size_t colon);
/* The same, taken apart; the name is not empty. */
void http_product_field(struct parse *, struct http_product *, struct span name, struct span value);
/* The headers of an answer are complete. */
void http_product_answer(struct parse *, struct http_product *, unsigned status);

#endif
