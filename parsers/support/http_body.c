/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_body.h"

struct http_body {
    bool begun; /* its buffer has */
};

static struct http_body *body_of(struct parse *p, struct http_body **body)
{
    if (*body == NULL && (*body = parse_alloc(p, sizeof **body)))
        **body = (struct http_body){0};
    return *body;
}

void http_body_coding(struct parse *p, struct http_body **body, struct span list)
{
    (void)list;
    if (parse_wants(p, BUFFER_BODY))
        (void)body_of(p, body);
}

void http_body_open(struct parse *p, struct http_body **body)
{
    if (parse_wants(p, BUFFER_BODY))
        (void)body_of(p, body);
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
