/* SPDX-License-Identifier: Apache-2.0
 *
 * http_product: what stands behind HTTP, by its headers and paths. Looks at the first answers of a
 * session only: what has not shown itself by then does not. Where they name several servers, as
 * those behind a proxy do, most of them are right.
 */
#ifndef SUPPORT_HTTP_PRODUCT_H
#define SUPPORT_HTTP_PRODUCT_H

#include "parser/parser.h"
#include "support/http_api.h"

enum { HTTP_ANSWERS_LOOKED_AT = 16 };

struct http_product {
    struct http_api *api; /* of requests to programs that are known by their paths */
    uint32_t stream;      /* HTTP/2: of the message at hand */
    uint16_t status;      /* HTTP/2: of the answer at hand */
    uint8_t answers;      /* looked at */
    uint8_t server;       /* enum product: what this answer says it comes from */
    uint8_t servers[HTTP_ANSWERS_LOOKED_AT]; /* and what those before it said */
    uint8_t signs;                           /* of this answer, and of the request before it */
    uint8_t verb;                            /* HTTP/2: of the request at hand */
    uint8_t open;                            /* requests without answer */
};

static inline bool http_product_wanted(const struct http_product *h)
{
    return h->answers < HTTP_ANSWERS_LOOKED_AT || h->api;
}

/* Is there something to be learnt from the next bytes of this sender's body? */
static inline bool http_product_reads(const struct http_product *h)
{
    return http_api_reads(h->api);
}

/* The same of the body of a stream of HTTP/2. */
static inline bool http_product_reads_stream(const struct http_product *h, uint32_t stream)
{
    return http_api_reads(h->api) && h->api->stream == stream;
}

#define HTTP_LETTER(c) (1u << (((c)-1) & 31))

/* Can a header of this sender that begins so tell anything? */
static inline bool http_product_hears(const struct http_product *h, enum dir from, uint8_t first)
{
    const uint32_t both = HTTP_LETTER('x');
    const uint32_t answer = HTTP_LETTER('a') | HTTP_LETTER('d') | HTTP_LETTER('e') |
                            HTTP_LETTER('k') | HTTP_LETTER('l') | HTTP_LETTER('s') |
                            HTTP_LETTER('w');

    return h->api || (from == DIR_CLIENT ? both : both | answer) & HTTP_LETTER(first);
}

/* The first line of a request. HTTP/2 does without: its pseudo-headers are fields. */
void http_product_request(struct parse *, struct http_product *, struct span method,
                          struct span target);
/* A header line of the message of p->dir; `colon`: index of its colon. */
void http_product_header(struct parse *, struct http_product *, struct span line, size_t colon);
/* The same, taken apart; the name is not empty. */
void http_product_field(struct parse *, struct http_product *, struct span name, struct span value);
/* The headers of an answer are complete; status 0: it was one of the fields. */
void http_product_answer(struct parse *, struct http_product *, unsigned status);
/* A piece of the body of p->dir, from its first byte on, as long as http_product_reads(). */
void http_product_body(struct parse *, struct http_product *, struct span piece);

#endif
