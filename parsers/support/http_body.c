/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_body.h"

struct http_body {
    bool begun; /* its buffer has */
};

void http_body_open(struct parse *p, struct http_body **body)
{
    if (*body || !parse_wants(p, BUFFER_BODY))
        return;
    *body = parse_alloc(p, sizeof **body);
    if (*body)
        **body = (struct http_body){0};
}

unsigned http_body_part(struct http_body *b)
{
    unsigned part = b->begun ? BUFFER_NEXT : BUFFER_BEGINS;

    b->begun = true;
    return part;
}

bool http_body_looks(const struct http_body *b)
{
    (void)b;
    return false;
}

void http_body_feed(struct parse *p, struct http_body *b, struct span piece)
{
    if (piece.n)
        parse_buffer(p, BUFFER_BODY, http_body_part(b), piece);
}

void http_body_lost(struct parse *p, struct http_body *b)
{
    (void)p;
    (void)b;
}

void http_body_close(struct parse *p, struct http_body **body)
{
    if (*body == NULL)
        return;
    if ((*body)->begun)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    parse_free(p, *body);
    *body = NULL;
}
