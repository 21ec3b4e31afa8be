/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_stream: what is remembered of a stream of HTTP/2, and what its header fields tell.
 */
#ifndef SUPPORT_H2_STREAM_H
#define SUPPORT_H2_STREAM_H

#include "parser/parser.h"

enum { H2_STREAMS = 64, H2_PATH = 96, H2_GRPC_HEAD = 5 };

enum h2_stream_flag {
    H2_STREAM_GRPC = 1 << 0,
    H2_STREAM_KEY = 1 << 1, /* the first message begins with a key worth telling */
};

/* gRPC messages of one direction: flag(1) length(4) bytes, across frames. */
struct h2_messages {
    uint64_t bytes;
    uint32_t left; /* of the message at hand */
    uint32_t count;
    uint32_t length; /* as far as its head has been read */
    uint8_t head;    /* bytes of it */
};

struct h2_stream {
    uint32_t id;
    uint8_t flags;
    uint8_t opened; /* bit per direction: its headers have been seen */
    uint8_t ended;  /* bit per direction */
    uint8_t path_n;
    uint8_t path[H2_PATH];
    struct h2_messages messages[2];
};

/* One byte of the head of a message. */
void h2_message_head(struct h2_messages *, uint8_t byte);

/* The entry of this stream; whoever had it is forgotten. */
struct h2_stream *h2_stream_of(struct h2_stream table[H2_STREAMS], uint32_t id);

/* A field of a header block or of trailers. */
struct h2_block {
    struct parse *p;
    struct h2_stream *stream;
    bool request;
    bool interim; /* status 1xx: the real answer is still to come */
};

void h2_stream_field(void *block, struct span name, struct span value);

/* Both directions have ended, or a reset: what has been counted. */
void h2_stream_report(struct parse *, const struct h2_stream *);

#endif
