/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_connection: an HTTP/2 connection as far as we see it, and the parts of reading it: how sure it
 * is, header blocks, bodies. The frames around them are read in http2.c.
 */
#ifndef SUPPORT_H2_CONNECTION_H
#define SUPPORT_H2_CONNECTION_H

#include "parser/parser.h"
#include "support/h2_frame.h"
#include "support/h2_headers.h"
#include "support/h2_message.h"
#include "support/h2_stream.h"

enum {
    H2_BLOCK_MOST = 128 << 10, /* a header block over its frames */
    H2_BLOCK_FRAMES = 64,
    H2_CHAIN = 3,       /* frames that follow each other prove it in mid-stream */
    H2_CHAIN_AGAIN = 2, /* behind lost bytes */
};

enum h2_step {
    H2_AT_START, /* preface, or the server's settings */
    H2_AT_SETTINGS,
    H2_AT_FRAME,
    H2_AT_BLOCK, /* in the fragment of a header block */
    H2_AT_DATA,
    H2_AT_PASS, /* payload that nobody needs, padding */
    H2_AT_LOST,
};

enum h2_flow {
    H2_FLOW_ON,
    H2_FLOW_WAIT, /* for more bytes */
    H2_FLOW_SKIP, /* committed, and the engine takes what follows */
    H2_FLOW_BAD,
};

struct h2_side {
    uint8_t step; /* enum h2_step */
    uint8_t chain;
    bool begun;         /* from its start on */
    bool vague;         /* its start said little */
    bool deaf;          /* header blocks cannot be read any more */
    bool fragment_ends; /* the block ends with the fragment at hand */
    bool data_ends;     /* the stream ends with the DATA frame at hand */
    bool unknown;       /* bytes were lost: so is the table of header fields */
    uint8_t pad;
    uint32_t stream;
    uint32_t left;               /* of the payload, without padding */
    uint32_t held;               /* seen and not consumed when more was waited for */
    struct h2_inflater *headers; /* NULL: none yet, or deaf */
    struct h2_block block;
};

struct h2 {
    struct h2_side side[2];
    struct h2_streams streams;
    struct http_product product;
    struct http_event *event;   /* NULL: nothing to tell yet */
    struct http_client *client; /* NULL: no proxy has said for whom it asks */
    uint32_t oldest, newest;    /* of the client's streams; 0: none has been seen */
    bool matched;
    bool fields; /* some header block has been read */
};

static inline struct h2_side *h2_side_of(const struct parse *p)
{
    struct h2 *h = p->state;

    return &h->side[p->dir];
}

/* What has been seen so far proves so much. */
void h2_prove(struct parse *);

/* The sender has said all on this stream. */
void h2_stream_end(struct parse *, struct h2_stream *);
void h2_stream_reset(struct parse *, uint32_t id, uint32_t code);

/* HEADERS, PUSH_PROMISE or CONTINUATION: the side's `left` bytes of fragment come next. */
void h2_block_frame(struct parse *, struct h2_side *, const struct h2_frame *);
enum h2_flow h2_block_step(struct parse *, struct h2_side *, struct cursor *);
/* No header block of this side can be read from now on. */
void h2_block_deaf(struct parse *, struct h2_side *, const char *why);

/* DATA: the side's `left` bytes of body come next. */
void h2_data_frame(struct parse *, struct h2_side *, const struct h2_frame *);
enum h2_flow h2_data_step(struct parse *, struct h2_side *, struct cursor *);
/* All of a frame's body has come, or is lost. */
void h2_data_end(struct parse *, struct h2_side *);

#endif
