/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_message: header blocks of HTTP/2 (RFC 9113 section 8) as requests, answers and trailers.
 */
#ifndef SUPPORT_H2_MESSAGE_H
#define SUPPORT_H2_MESSAGE_H

#include "parser/parser.h"
#include "support/h2_stream.h"
#include "support/http_client.h"
#include "support/http_detect.h"
#include "support/http_event.h"
#include "support/http_lines.h"
#include "support/http_product.h"

enum { H2_METHOD = 16, H2_PATH = 160, H2_STATUS = 3, H2_TEXT = 63 };

enum h2_kind {
    H2_REQUEST,
    H2_ANSWER,  /* its status has not been read */
    H2_INTERIM, /* status 1xx: the real answer is still to come */
    H2_ANSWERING,
    H2_TRAILERS,
};

/* A header block between its first frame and its last. */
struct h2_block {
    uint32_t stream;  /* it is about */
    uint32_t carrier; /* its frames belong to */
    uint32_t bytes;
    uint8_t kind;   /* enum h2_kind */
    uint8_t frames; /* 0: there is none */
    bool ends;      /* and the stream with it */
    bool quiet;     /* over a limit: nothing more is told */
    bool lost;      /* cannot be read: only its end counts */
    bool told;      /* fields have been read */
    bool authority;
    bool grpc;
    bool line; /* detection has its first line */
    struct http_lines lines;
    uint8_t method_n, path_n, status_n, text_n;
    uint8_t method[H2_METHOD];
    uint8_t path[H2_PATH];
    uint8_t status[H2_STATUS]; /* grpc-status */
    uint8_t text[H2_TEXT];     /* grpc-message */
};

struct h2_message {
    struct parse *p;
    struct h2_block *block;
    struct h2_stream *stream;
    struct http_product *product;
    struct http_event **event;   /* of the block of this side */
    struct http_client **client; /* of the client's block, the only one it can have at a time */
};

/* A block begins; `promised`: of a request that the server makes up itself. */
enum h2_origin { H2_SENT, H2_PROMISED };
void h2_message_begin(const struct h2_message *, enum h2_origin);
/* A field of it; for h2_inflate(). */
void h2_message_field(void *message, struct span name, struct span value);
/* All fields are read, or as many as could be. */
void h2_message_end(const struct h2_message *);

#endif
