/* SPDX-License-Identifier: Apache-2.0
 *
 * grpc: calls over HTTP/2. A request names "/package.Service/Method"; messages stand in the body,
 * across frames:
 *
 *     compressed(1) length(4) bytes
 *
 * and the status of the call in the trailers. Of etcd's calls the first messages are looked into.
 */
#ifndef SUPPORT_GRPC_H
#define SUPPORT_GRPC_H

#include "parser/parser.h"

enum {
    GRPC_HEAD = 5,
    GRPC_LOOK = 256, /* bytes of a message that are worth waiting for */
};

/* One direction of a call. */
struct grpc_messages {
    uint64_t bytes;
    uint32_t left; /* of the message at hand */
    uint32_t count;
    uint32_t length; /* as far as its head has been read */
    uint8_t head;    /* bytes of it */
    uint8_t flags;   /* of its head */
    bool compressed; /* they say */
    bool lost;       /* where messages begin is not known (any more), or there are none */
};

struct grpc_call {
    struct grpc_messages messages[2];
    uint8_t etcd;          /* which of its calls, 0 = none */
    uint8_t compressed;    /* bit per direction: messages may be */
    const char *coding[2]; /* how; NULL: unknown */
};

/* Is this content type one of gRPC? */
bool grpc_is_type(struct span content_type);

/* A grpc-encoding header: how messages of p->dir may be compressed. */
void grpc_encoding(struct parse *, struct grpc_call *, struct span name);
/* The request is one of gRPC. */
void grpc_begin(struct parse *, struct grpc_call *, struct span path);

/* One byte of the head of a message. A head that cannot be one leaves the messages `lost`, and
 * grpc_head_bytes() returns what has been taken for it. */
void grpc_head(struct grpc_messages *, uint8_t byte);
size_t grpc_head_bytes(const struct grpc_messages *, uint8_t bytes[GRPC_HEAD]);
/* How many bytes at the beginning of the message at hand shall be read with grpc_look(). */
uint32_t grpc_looks(const struct grpc_call *, enum dir);
void grpc_look(struct parse *, const struct grpc_call *, struct span bytes);

/* The trailers are complete. */
void grpc_status(struct parse *, const struct grpc_call *, struct span status, struct span message);
/* What has been counted. */
void grpc_report(struct parse *, const struct grpc_call *);

#endif
