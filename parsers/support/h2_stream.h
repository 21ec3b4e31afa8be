/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_stream: what is remembered of the streams of an HTTP/2 connection that are open at once. The
 * table grows with their number; when it may not any more, one not used lately gives way.
 */
#ifndef SUPPORT_H2_STREAM_H
#define SUPPORT_H2_STREAM_H

#include "parser/parser.h"
#include "support/grpc.h"
#include "support/http_body.h"

enum { H2_STREAMS_MOST = 512 };

enum h2_stream_flag {
    H2_ASKED = 1 << 0,    /* the request has been seen */
    H2_ANSWERED = 1 << 1, /* and the answer's headers, interim ones aside */
    H2_GRPC = 1 << 2,
    H2_USED = 1 << 3, /* since the table looked for somebody to give way */
    /* one bit per direction, of the client first */
    H2_ENDED = 1 << 4,
    H2_ENDED_BOTH = 3 * H2_ENDED,
    H2_LENGTH = 1 << 6, /* Content-Length is known, and all of the body has been seen */
};

struct h2_stream {
    uint32_t id;
    uint16_t flags;               /* enum h2_stream_flag */
    uint64_t body[2];             /* bytes of DATA */
    uint64_t length[2];           /* with H2_LENGTH */
    struct http_body *content[2]; /* NULL: nobody reads them */
    struct grpc_call grpc;
};

struct h2_streams {
    uint32_t *ids; /* of list[], to be searched through */
    struct h2_stream *list;
    uint16_t used, room, hand;
    uint16_t last[2]; /* found by each direction */
    bool forgot;      /* somebody had to give way */
};

/* NULL: not there. What is returned is good until the next call of one of these. */
struct h2_stream *h2_stream_find(struct h2_streams *, enum dir, uint32_t id);
/* Finds it, or makes it. NULL: no memory for any. */
struct h2_stream *h2_stream_of(struct parse *, struct h2_streams *, uint32_t id);
void h2_stream_remove(struct parse *, struct h2_streams *, struct h2_stream *);
/* Nothing more comes of its bodies. */
void h2_stream_close(struct parse *, struct h2_stream *);

#endif
