/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 (RFC 9113) and gRPC over it: frames, header blocks, a transaction for each stream.
 *
 *     client   "PRI * HTTP/2.0 CR LF CR LF SM CR LF CR LF", SETTINGS, ...
 *     server   SETTINGS, ...
 *     frame    length(3) type(1) flags(1) stream(4) payload
 *
 * Where the beginning was not seen or bytes were lost the table of HPACK is unknown: frames are
 * followed, their headers are not read any more.
 */
#include "parser/parser.h"
#include "support/h2_frame.h"
#include "support/h2_headers.h"
#include "support/h2_stream.h"

enum {
    BLOCK_MOST = 128 << 10, /* a header block over its frames */
    FRAMES_MOST = 64,
    SETTINGS_READ = 64 * 6,
    SETTING_TABLE_SIZE = 1,
    CHAIN = 3,       /* frames that follow each other prove it in mid-stream */
    ETCD_KEY = 0x0a, /* field 1, a string */
    KEY_MOST = 0x7f,
};

enum side_flag {
    SIDE_BEGUN = 1 << 0, /* behind the preface, or the first frame */
    SIDE_LOST = 1 << 1,  /* looks for a frame */
    SIDE_BLIND = 1 << 2, /* header blocks cannot be read */
    SIDE_FIRST = 1 << 3, /* the next body bytes are a stream's first */
    SIDE_LAST = 1 << 4,  /* this frame ends the stream */
};

struct h2_side {
    uint32_t left; /* body bytes of the DATA frame at hand */
    uint32_t pad;
    uint32_t stream; /* it belongs to, or the header block does */
    uint8_t flags;
    uint8_t block_frames; /* of an unfinished header block; 0: there is none */
    uint8_t block_flags;
    uint8_t chain;
    bool promise; /* the block is of a request that the server makes up */
};

struct h2_connection {
    struct h2_inflater *inflater[2]; /* NULL: blind */
    struct h2_stream streams[H2_STREAMS];
};

struct http2_state {
    struct h2_connection *connection; /* NULL: frames only */
    struct h2_side side[2];
    bool matched;
    bool asked; /* for the connection's memory */
};

/* ---- memory ---- */

static struct h2_connection *connection_of(struct parse *p, struct http2_state *s)
{
    struct h2_connection *c = s->connection;

    if (c || s->asked)
        return c;
    s->asked = true;
    c = parse_alloc(p, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (struct h2_connection){0};
    for (int dir = 0; dir < 2; dir++)
        c->inflater[dir] = h2_inflater_new(p);
    s->connection = c;
    return c;
}

/* ---- streams ---- */

static void end_stream(struct parse *p, struct h2_stream *stream)
{
    stream->ended |= (uint8_t)(1u << p->dir);
    if (stream->ended != 3)
        return;
    parse_tx_key(p, TX_BOTH, stream->id);
    h2_stream_report(p, stream);
    parse_tx_key(p, TX_DONE, stream->id);
    stream->id = 0;
}

static void open_tx(struct parse *p, const struct h2_side *side, struct h2_stream *stream)
{
    bool again = stream->opened >> p->dir & 1;

    if (side->promise || (p->dir == DIR_CLIENT && !again)) {
        parse_tx_key(p, TX_REQUEST, stream->id);
        parse_uint(p, FIELD_HTTP2_STREAM, stream->id);
    } else {
        parse_tx_key(p, p->dir == DIR_SERVER && !again ? TX_REPLY : TX_BOTH, stream->id);
        if (stream->opened == 0)
            parse_uint(p, FIELD_HTTP2_STREAM, stream->id);
    }
}

/* A whole header block. */
static void read_block(struct parse *p, struct http2_state *s, struct span block)
{
    struct h2_side *side = &s->side[p->dir];
    struct h2_connection *c = connection_of(p, s);
    struct h2_block b = {.p = p, .request = p->dir == DIR_CLIENT || side->promise};
    enum h2_inflated result = H2_LOST;

    if (c == NULL)
        return;
    b.stream = h2_stream_of(c->streams, side->stream);
    open_tx(p, side, b.stream);
    if (c->inflater[p->dir] && !(side->flags & SIDE_BLIND))
        result = h2_inflate(c->inflater[p->dir], block, h2_stream_field, &b);
    if (result != H2_INFLATED && !(side->flags & SIDE_BLIND))
        parse_note(p, result == H2_LOST ? "HTTP/2 header block cannot be read"
                                        : "HTTP/2 header block over 64 KiB or 1024 fields");
    if (result == H2_LOST)
        side->flags |= SIDE_BLIND;
    if (side->promise)
        b.stream->opened = b.stream->ended = 1u << DIR_CLIENT;
    else if (!b.interim)
        b.stream->opened |= (uint8_t)(1u << p->dir);
    if (side->block_flags & H2_END_STREAM)
        end_stream(p, b.stream);
}

/* ---- frames ---- */

/* [pad length] [priority] fragment [padding]; of a promise also the promised stream. */
static struct span block_fragment(struct cursor *payload, const struct h2_frame *f)
{
    uint8_t pad = f->flags & H2_PADDED && f->type != H2_CONTINUATION ? cur_u8(payload) : 0;

    if (f->type == H2_HEADERS && f->flags & H2_HAS_PRIORITY)
        cur_skip(payload, 5);
    if (pad > cur_left(payload))
        cur_fail(payload);
    return cur_span(payload, cur_left(payload) - pad);
}

static void lose_block(struct parse *p, struct h2_side *side, const char *why)
{
    parse_note(p, why);
    parse_unhold(p, SIZE_MAX);
    side->block_frames = 0;
    side->flags |= SIDE_BLIND;
}

/* A fragment that is not the last is held until that has come. */
static void add_fragment(struct parse *p, struct http2_state *s, const struct h2_frame *f,
                         struct span fragment)
{
    struct h2_side *side = &s->side[p->dir];
    struct span block = fragment;

    if (side->block_frames || !(f->flags & H2_END_HEADERS)) {
        side->block_frames++;
        block = parse_hold(p, fragment, BLOCK_MOST);
        if ((block.n == 0 && fragment.n) || side->block_frames > FRAMES_MOST) {
            lose_block(p, side, "HTTP/2 header block over 128 KiB or 64 frames");
            return;
        }
    }
    if (!(f->flags & H2_END_HEADERS))
        return;
    read_block(p, s, block);
    parse_unhold(p, SIZE_MAX);
    side->block_frames = 0;
}

static void headers_frame(struct parse *p, struct http2_state *s, struct cursor *in,
                          const struct h2_frame *f)
{
    struct h2_side *side = &s->side[p->dir];
    struct cursor payload = cur_sub(in, f->length);
    struct span fragment;

    if (in->state != CUR_OK)
        return;
    if (f->type == H2_PUSH_PROMISE) /* the block is a request that nobody sent */
        side->stream = cur_be32(&payload) & 0x7fffffff;
    fragment = block_fragment(&payload, f);
    cur_join(in, &payload);
    if (in->state != CUR_OK)
        return;
    if (f->type != H2_CONTINUATION) {
        if (f->type == H2_HEADERS)
            side->stream = f->stream;
        side->block_flags = f->type == H2_HEADERS ? f->flags : 0;
        side->promise = f->type == H2_PUSH_PROMISE;
    } else if (side->block_frames == 0) {
        return; /* of a block given up, or begun before we came */
    }
    add_fragment(p, s, f, fragment);
}

static void settings_frame(struct parse *p, struct http2_state *s, struct cursor *in,
                           const struct h2_frame *f)
{
    struct cursor payload = cur_sub(in, f->length);
    struct h2_connection *c = connection_of(p, s);

    if (in->state != CUR_OK || c == NULL || f->length > SETTINGS_READ)
        return;
    while (cur_left(&payload)) {
        uint16_t id = cur_be16(&payload);
        uint32_t value = cur_be32(&payload);
        enum dir sender = 1 - p->dir; /* the other side's blocks use this table */

        if (id != SETTING_TABLE_SIZE || c->inflater[sender] == NULL)
            continue;
        if (!h2_inflater_allow(c->inflater[sender], value))
            parse_note(p, "HTTP/2 header table over 64 KiB");
    }
}

static void reset_frame(struct parse *p, struct http2_state *s, struct cursor *in,
                        const struct h2_frame *f)
{
    uint32_t code = cur_be32(in);
    struct h2_connection *c = connection_of(p, s);

    if (in->state != CUR_OK || c == NULL)
        return;
    struct h2_stream *stream = h2_stream_of(c->streams, f->stream);

    if (stream->opened == 0)
        return;
    parse_tx_key(p, TX_BOTH, stream->id);
    parse_uint(p, FIELD_HTTP2_ERROR, code);
    stream->ended = 3;
    end_stream(p, stream);
}

static void data_frame(struct parse *p, struct http2_state *s, struct cursor *in,
                       const struct h2_frame *f)
{
    struct h2_side *side = &s->side[p->dir];
    uint32_t pad = f->flags & H2_PADDED ? cur_u8(in) + 1u : 0;

    if (in->state == CUR_OK && pad > f->length)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    side->stream = f->stream;
    side->pad = pad ? pad - 1 : 0;
    side->left = f->length - pad;
    side->flags &= (uint8_t)~SIDE_LAST;
    if (f->flags & H2_END_STREAM)
        side->flags |= SIDE_LAST;
}

/* How many bytes of this frame need nobody. */
static uint64_t other_frame(struct cursor *in, const struct h2_frame *f)
{
    size_t here = cur_left(in);

    if (in->state != CUR_OK)
        return 0;
    if (f->length <= here) {
        cur_skip(in, f->length);
        return 0;
    }
    cur_skip(in, here);
    return f->length - here;
}

/* ---- proof ---- */

static void prove(struct parse *p, struct http2_state *s, enum proof proof)
{
    if (s->matched && (s->side[1 - p->dir].flags & SIDE_BEGUN) && !p->midstream)
        proof = PROOF_CERTAIN;
    parse_proof(p, proof);
    s->matched = true;
}

/* Nothing else begins so, whatever the first frame is like. */
static bool begin_client(struct parse *p, struct http2_state *s, struct cursor *in)
{
    cur_skip(in, SPAN(H2_PREFACE).n);
    if (in->state != CUR_OK)
        return false;
    prove(p, s, PROOF_STRONG);
    parse_commit(p, in);
    return true;
}

static bool begin_server(struct parse *p, struct http2_state *s, struct cursor *in)
{
    struct cursor look = *in;
    struct h2_frame f = h2_frame_read(&look);

    if (look.state == CUR_SHORT) {
        cur_short(in, look.need);
        return false;
    }
    if (f.type != H2_SETTINGS || f.flags || !h2_frame_valid(&f) || f.length > SETTINGS_READ) {
        cur_fail(in);
        return false;
    }
    if (f.length > cur_left(&look)) {
        cur_short(in, f.length - cur_left(&look));
        return false;
    }
    if (f.length && !h2_settings_known(look, f.length)) {
        cur_fail(in);
        return false;
    }
    /* Settings without any: nothing contradicts, nothing speaks for it. */
    prove(p, s, f.length ? PROOF_STRONG : PROOF_FAIR);
    return true;
}

/* The beginning of each side. False: this is not HTTP/2, or more bytes are needed. */
static bool begin(struct parse *p, struct http2_state *s, struct cursor *in)
{
    struct h2_side *side = &s->side[p->dir];
    bool preface = span_starts(SPAN(H2_PREFACE), span_first(cur_look(in), SPAN(H2_PREFACE).n));

    if (p->dir == DIR_CLIENT && preface) {
        if (!begin_client(p, s, in))
            return false;
    } else if (p->midstream) {
        side->flags |= SIDE_LOST | SIDE_BLIND;
    } else if (p->dir == DIR_CLIENT) {
        cur_fail(in);
        return false;
    } else if (!begin_server(p, s, in)) {
        return false;
    }
    side->flags |= SIDE_BEGUN;
    return true;
}

/* In mid-stream or behind a hole: frames that follow each other to the end of what is here. */
static void find_frame(struct parse *p, struct h2_side *side, struct cursor *in)
{
    struct cursor look = *in;
    unsigned chain = 0;

    while (chain < CHAIN && cur_left(&look)) {
        struct h2_frame f = h2_frame_read(&look);

        if (look.state == CUR_OK &&
            (!h2_frame_valid(&f) || !h2_frame_known(&f) || f.length > H2_FRAME_USUAL))
            cur_fail(&look);
        if (look.state != CUR_OK)
            break;
        chain++;
        (void)other_frame(&look, &f);
    }
    if (look.state == CUR_BAD || chain == 0) {
        in->pos = in->end;
        parse_commit(p, in);
        return;
    }
    side->flags &= (uint8_t)~SIDE_LOST;
}

/* ---- bodies ---- */

static unsigned body_part(struct h2_side *side, uint32_t n)
{
    unsigned part = side->flags & SIDE_FIRST ? BUFFER_BEGINS : BUFFER_NEXT;

    side->flags &= (uint8_t)~SIDE_FIRST;
    if (n == side->left && side->flags & SIDE_LAST)
        part |= BUFFER_ENDS;
    return part;
}

/* n bytes of the body, here or to come. */
static void pass_body(struct parse *p, struct h2_side *side, uint32_t n)
{
    unsigned part = body_part(side, n);

    side->left -= n;
    parse_pass(p, n, BUFFER_BODY, part);
}

/* RangeRequest, PutRequest and DeleteRangeRequest of etcd: their first field is the key. False:
 * more bytes are needed. */
static bool read_key(struct parse *p, struct h2_side *side, struct h2_stream *stream,
                     struct cursor *in)
{
    struct h2_messages *m = &stream->messages[p->dir];
    uint32_t room = m->left < side->left ? m->left : side->left;
    struct cursor look = *in;
    uint8_t tag = cur_u8(&look), length = cur_u8(&look);
    struct span key;

    if (room >= 2 && look.state == CUR_OK && tag == ETCD_KEY && length <= KEY_MOST &&
        room - 2u >= length)
        key = cur_span(&look, length);
    else
        key = span_of("", 0);
    if (room >= 2 && look.state == CUR_SHORT) {
        cur_short(in, look.need);
        return false;
    }
    stream->flags &= (uint8_t)~H2_STREAM_KEY;
    if (key.n) {
        parse_tx_key(p, TX_BOTH, stream->id);
        parse_field(p, FIELD_HTTP2_ETCD_KEY, key);
    }
    return true;
}

/* One step through the body of a gRPC stream: a byte of a head, or a message as far as it goes. */
static bool grpc_step(struct parse *p, struct h2_side *side, struct h2_stream *stream,
                      struct cursor *in)
{
    struct h2_messages *m = &stream->messages[p->dir];

    while (side->left && m->left == 0) {
        uint8_t byte = cur_u8(in);

        if (in->state != CUR_OK)
            return true;
        side->left--;
        h2_message_head(m, byte);
        parse_commit(p, in);
    }
    if (side->left == 0)
        return true;
    if (p->dir == DIR_CLIENT && stream->flags & H2_STREAM_KEY && !read_key(p, side, stream, in))
        return true;
    uint32_t n = m->left < side->left ? m->left : side->left;

    m->left -= n;
    side->flags |= SIDE_FIRST;
    pass_body(p, side, n);
    return false;
}

static void data_end(struct parse *p, struct http2_state *s, struct h2_side *side)
{
    if (side->flags & SIDE_LAST && s->connection)
        end_stream(p, h2_stream_of(s->connection->streams, side->stream));
    side->flags &= (uint8_t)~SIDE_LAST;
}

/* False: bytes are owed, the cursor is stale. */
static bool body_step(struct parse *p, struct http2_state *s, struct cursor *in)
{
    struct h2_side *side = &s->side[p->dir];
    struct h2_stream *stream =
        s->connection ? h2_stream_of(s->connection->streams, side->stream) : NULL;
    uint32_t pad = side->pad;

    if (side->left && stream && stream->flags & H2_STREAM_GRPC)
        return grpc_step(p, side, stream, in);
    if (side->left) {
        pass_body(p, side, side->left);
        return false;
    }
    side->pad = 0;
    parse_skip(p, pad);
    return pad == 0;
}

/* ---- ---- */

/* One frame's head, and its payload unless it is DATA. Returns what is owed. */
static uint64_t frame_step(struct parse *p, struct http2_state *s, struct cursor *in)
{
    struct h2_side *side = &s->side[p->dir];
    struct h2_frame f = h2_frame_read(in);

    if (in->state == CUR_OK && !h2_frame_valid(&f))
        cur_fail(in);
    if (in->state != CUR_OK)
        return 0;
    if (!s->matched && h2_frame_known(&f) && ++side->chain >= CHAIN)
        prove(p, s, PROOF_STRONG);
    if (side->block_frames && f.type != H2_CONTINUATION)
        lose_block(p, side, "HTTP/2 frame inside a header block");
    switch (f.type) {
    case H2_DATA:
        data_frame(p, s, in, &f);
        if (in->state == CUR_OK && side->left == 0 && side->pad == 0)
            data_end(p, s, side);
        return 0;
    case H2_HEADERS:
    case H2_PUSH_PROMISE:
    case H2_CONTINUATION:
        if (f.length > BLOCK_MOST) {
            lose_block(p, side, "HTTP/2 header block over 128 KiB or 64 frames");
            break;
        }
        headers_frame(p, s, in, &f);
        return 0;
    case H2_SETTINGS:
        if (f.length > SETTINGS_READ)
            break;
        settings_frame(p, s, in, &f);
        return 0;
    case H2_RST_STREAM:
        reset_frame(p, s, in, &f);
        return 0;
    default:
        break;
    }
    return other_frame(in, &f);
}

static enum parse_result http2_parse(struct parse *p, struct cursor *in)
{
    struct http2_state *s = p->state;
    struct h2_side *side = &s->side[p->dir];

    if (!(side->flags & SIDE_BEGUN) && !begin(p, s, in))
        return parse_stop(in);
    while (in->pos < in->end) {
        uint64_t owed;

        if (side->flags & SIDE_LOST)
            find_frame(p, side, in);
        if (side->left || side->pad) {
            bool here = body_step(p, s, in);

            if (side->left == 0 && side->pad == 0)
                data_end(p, s, side);
            if (!here)
                return s->matched ? PARSE_MATCH : PARSE_MORE;
            if (in->state != CUR_OK)
                break;
            continue;
        }
        if (in->pos == in->end)
            break;
        owed = frame_step(p, s, in);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        if (owed) {
            parse_skip(p, owed);
            break;
        }
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* The table that both ends share has moved on without us. */
static void http2_gap(struct parse *p, uint64_t missing)
{
    struct http2_state *s = p->state;

    (void)missing;
    s->side[p->dir] = (struct h2_side){.flags = SIDE_BEGUN | SIDE_LOST | SIDE_BLIND};
    parse_unhold(p, SIZE_MAX);
}

static bool http2_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    struct h2_frame f;

    if (from == DIR_CLIENT && span_starts(SPAN(H2_PREFACE), span_first(first, 24)))
        return true;
    if (first.p[0] != 0)
        return false;
    f = h2_frame_read(&c);
    if (c.state == CUR_SHORT)
        return true;
    return h2_frame_valid(&f) && h2_frame_known(&f) && f.length <= H2_FRAME_USUAL;
}

const struct parser parser_http2 = {
    .name = "http2",
    .evidence = "the client's preface; the server's SETTINGS; frames that follow each other",
    .app = APP_HTTP2,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .state_size = sizeof(struct http2_state),
    .max_pending = BLOCK_MOST + H2_FRAME_HEAD,
    .midstream = true,
    .probe = http2_probe,
    .parse = http2_parse,
    .gap = http2_gap,
};
