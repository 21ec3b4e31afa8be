/* SPDX-License-Identifier: Apache-2.0
 *
 * spark_frame: the frames of Spark's network library. All lengths must agree with the frame's.
 *
 *     0 ChunkFetchRequest  stream(8) chunk(4)          1 ChunkFetchSuccess  stream chunk, data
 *     2 ChunkFetchFailure  stream chunk text           3 RpcRequest  id(8) len(4), body
 *     4 RpcResponse        id len, body                5 RpcFailure  id text
 *     6 StreamRequest      text                        7 StreamResponse  text count(8); data behind
 *     8 StreamFailure      text text                   9 OneWayMessage  len, body
 *    10 UploadStream       id text count(8); data     11 MergedBlockMetaRequest  id text ...
 *    12 MergedBlockMetaSuccess  id chunks(4), data
 *
 * text is len(4) and bytes.
 */
#ifndef SUPPORT_SPARK_FRAME_H
#define SUPPORT_SPARK_FRAME_H

#include "base/cursor.h"

enum { SPARK_HEAD = 9 };

enum spark_type {
    SPARK_CHUNK_REQUEST,
    SPARK_CHUNK_SUCCESS,
    SPARK_CHUNK_FAILURE,
    SPARK_RPC_REQUEST,
    SPARK_RPC_RESPONSE,
    SPARK_RPC_FAILURE,
    SPARK_STREAM_REQUEST,
    SPARK_STREAM_RESPONSE,
    SPARK_STREAM_FAILURE,
    SPARK_ONE_WAY,
    SPARK_UPLOAD,
    SPARK_MERGED_REQUEST,
    SPARK_MERGED_SUCCESS,
    SPARK_TYPES
};

struct spark_frame {
    uint8_t type;
    bool serialised;  /* the body is a Java object */
    bool secret;      /* who asks wants to prove who he is, or to encrypt */
    uint32_t key;     /* what the answer repeats */
    uint64_t body;    /* bytes of the frame that were not read */
    uint64_t data;    /* bytes of a block or file, in the frame or behind it */
    struct span text; /* which stream */
    struct span error;
    struct span endpoint;    /* who is called */
    struct span application; /* its id */
};

/* Up to the body; BAD unless all lengths agree. */
void spark_frame_read(struct cursor *, struct spark_frame *);
/* Could a frame begin so? Any number of bytes. */
bool spark_frame_probe(struct span first);
const char *spark_type_name(uint8_t type);

static inline bool spark_is_answer(uint8_t type)
{
    return type == SPARK_CHUNK_SUCCESS || type == SPARK_CHUNK_FAILURE ||
           type == SPARK_RPC_RESPONSE || type == SPARK_RPC_FAILURE ||
           type == SPARK_STREAM_RESPONSE || type == SPARK_STREAM_FAILURE ||
           type == SPARK_MERGED_SUCCESS;
}

#endif
