/* SPDX-License-Identifier: Apache-2.0
 *
 * spark_frame: see spark_frame.h.
 */
#include "support/spark_frame.h"

enum {
    FRAME_MAX = 0x7fffffff,
    TEXT_MAX = 16384,
    CALL_WINDOW = 512, /* of a body: whom it calls */
    UPLOAD_MAX = 1 << 30,
    SASL = 0xea,
    AUTH = 0xfb,
    BLOCK_MESSAGES = 20, /* kinds of messages about blocks */
};

static const char *const names[SPARK_TYPES] = {
    "ChunkFetchRequest",
    "ChunkFetchSuccess",
    "ChunkFetchFailure",
    "RpcRequest",
    "RpcResponse",
    "RpcFailure",
    "StreamRequest",
    "StreamResponse",
    "StreamFailure",
    "OneWayMessage",
    "UploadStream",
    "MergedBlockMetaRequest",
    "MergedBlockMetaSuccess",
};

/* The shortest frame of each type. */
static const uint8_t least[SPARK_TYPES] = {21, 21, 25, 21, 21, 21, 13, 21, 17, 13, 29, 29, 21};

const char *spark_type_name(uint8_t type)
{
    return names[type];
}

static struct span read_text(struct cursor *c)
{
    uint32_t n = cur_be32(c);

    if (n > TEXT_MAX)
        cur_fail(c);
    return cur_span(c, n);
}

/* What an answer repeats, as one number. */
static uint32_t mix(struct span s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ s.p[i]) * 16777619u;
    return h;
}

/* ---- bodies of calls ---- */

/* A Java UTF string. */
static struct span read_utf(struct cursor *c)
{
    return cur_span(c, cur_be16(c));
}

static void address_skip(struct cursor *c)
{
    uint8_t there = cur_u8(c);

    if (there > 1)
        cur_fail(c);
    if (there != 1)
        return;
    if (!span_printable(read_utf(c)))
        cur_fail(c);
    cur_skip(c, 4);
}

static bool is_java(struct span s)
{
    return span_starts(s, SPAN("\xac\xed\0\5"));
}

/* sender, receiver, endpoint's name, the object */
static void call_read(struct cursor c, struct spark_frame *f)
{
    struct span name;

    address_skip(&c);
    address_skip(&c);
    name = read_utf(&c);
    if (c.state == CUR_OK && name.n && span_printable(name) && is_java(cur_look(&c)))
        f->endpoint = name;
    f->serialised = f->endpoint.n > 0;
}

static bool is_application(struct span s)
{
    return s.n > 4 && s.n < 128 && span_printable(s);
}

static void body_read(struct span body, struct spark_frame *f)
{
    struct cursor c = cur_of(body);
    uint8_t first = cur_u8(&c);
    struct span text;

    f->secret = first == SASL || first == AUTH;
    if (is_java(body)) {
        f->serialised = true;
        return;
    }
    if (f->secret || first < BLOCK_MESSAGES) {
        text = read_text(&c);
        if (c.state == CUR_OK && is_application(text)) {
            f->application = text;
            return;
        }
    }
    f->secret = false;
    call_read(cur_of(body), f);
}

/* ---- frames ---- */

/* The bytes behind the header: the message's own fields. */
static void fields_read(struct cursor *c, struct spark_frame *f)
{
    switch (f->type) {
    case SPARK_CHUNK_REQUEST:
    case SPARK_CHUNK_SUCCESS:
    case SPARK_CHUNK_FAILURE:
        f->key = mix(cur_span(c, 8 + 4));
        break;
    case SPARK_STREAM_REQUEST:
    case SPARK_STREAM_RESPONSE:
    case SPARK_STREAM_FAILURE:
        f->text = read_text(c);
        f->key = mix(f->text);
        break;
    case SPARK_ONE_WAY:
        break;
    default:
        f->key = mix(cur_span(c, 8));
        break;
    }
    if (f->type == SPARK_CHUNK_FAILURE || f->type == SPARK_RPC_FAILURE ||
        f->type == SPARK_STREAM_FAILURE)
        f->error = read_text(c);
    if (f->type == SPARK_UPLOAD)
        (void)read_text(c);
    if (f->type == SPARK_MERGED_REQUEST) {
        f->application = read_text(c);
        cur_skip(c, 4 + 4);
    }
    if (f->type == SPARK_MERGED_SUCCESS)
        cur_skip(c, 4);
}

static bool has_body(uint8_t type)
{
    return type == SPARK_RPC_REQUEST || type == SPARK_RPC_RESPONSE || type == SPARK_ONE_WAY;
}

/* What is left of the frame behind its fields has to be what they announce. */
static void lengths_check(struct cursor *c, struct spark_frame *f, uint64_t left)
{
    uint64_t announced = left;

    if (has_body(f->type)) {
        announced = cur_be32(c);
        left -= 4;
        f->body = left;
    } else if (f->type == SPARK_STREAM_RESPONSE || f->type == SPARK_UPLOAD) {
        f->data = cur_be64(c);
        if (f->data > (uint64_t)UPLOAD_MAX << 10)
            cur_fail(c);
        announced = 8;
    } else if (f->type == SPARK_CHUNK_SUCCESS || f->type == SPARK_MERGED_SUCCESS) {
        f->data = left;
    } else if (f->type == SPARK_MERGED_REQUEST) {
        announced = left == 4 ? 4 : 0; /* with the number of the merge, or without */
        cur_skip(c, announced ? 4 : 0);
    } else {
        announced = 0;
    }
    if (announced != left)
        cur_fail(c);
}

void spark_frame_read(struct cursor *in, struct spark_frame *f)
{
    uint64_t length = cur_be64(in);
    const uint8_t *start = in->pos;
    size_t window, used;

    *f = (struct spark_frame){.type = cur_u8(in)};
    if (length > FRAME_MAX || (in->state == CUR_OK && f->type >= SPARK_TYPES) ||
        (in->state == CUR_OK && length < least[f->type]))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    fields_read(in, f);
    used = (size_t)(in->pos - start) + 8;
    if (in->state == CUR_OK && used + (has_body(f->type) ? 4 : 0) > length)
        cur_fail(in);
    if (in->state == CUR_OK)
        lengths_check(in, f, length - used);
    if (!has_body(f->type) || f->type == SPARK_RPC_RESPONSE || in->state != CUR_OK)
        return;
    window = f->body < CALL_WINDOW ? (size_t)f->body : CALL_WINDOW;
    body_read(cur_span(in, window), f);
    f->body -= window;
}

bool spark_frame_probe(struct span first)
{
    struct cursor in = cur_of(first);
    uint64_t length = cur_be64(&in);
    struct spark_frame f;

    for (size_t i = 0; i < 4 && i < first.n; i++)
        if (first.p[i] != 0)
            return false;
    if (length > FRAME_MAX)
        return false;
    in = cur_of(first);
    spark_frame_read(&in, &f);
    return in.state != CUR_BAD;
}
