/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 (RFC 9113) and gRPC over it: frames, header blocks, a transaction for each stream.
 *
 *     client   "PRI * HTTP/2.0 CR LF CR LF SM CR LF CR LF", SETTINGS, ...
 *     server   SETTINGS, ...
 *     frame    length(3) type(1) flags(1) stream(4) payload
 *
 * Header blocks go to the decompressor as they come, bodies to whoever reads them: nothing is held
 * but the beginning of a frame. Where the start was not seen, or bytes were lost, a chain of frames
 * is looked for at the beginning of a segment.
 */
#include "parser/parser.h"
#include "support/h2_connection.h"

enum {
    SETTINGS_READ = 64 * 6,
    SETTING_TABLE_SIZE = 1,
    SETTING_WINDOW = 4,
    SETTING_FRAME = 5,
    PENDING = 32 << 10,
};

/* ---- frames ---- */

static void settings_frame(struct parse *p, struct h2_side *s, struct cursor payload)
{
    struct h2 *h = p->state;

    if (s->frame_most == 0)
        s->frame_most = H2_FRAME_USUAL;
    while (cur_left(&payload)) {
        uint16_t id = cur_be16(&payload);
        uint32_t value = cur_be32(&payload);

        if (payload.state == CUR_OK && id == SETTING_TABLE_SIZE && value > H2_TABLE_MOST)
            parse_note(p, "HTTP/2 header table over 64 KiB");
        if (payload.state == CUR_OK && id == SETTING_WINDOW && p->dir == DIR_CLIENT)
            h2_attack_window(p, &h->attack, value);
        if (payload.state == CUR_OK && id == SETTING_FRAME && value > s->frame_most)
            s->frame_most = value;
    }
}

/* What a frame says besides its payload of bulk. `in` is behind its head and extra bytes. */
static void frame_read(struct parse *p, struct h2_side *s, const struct h2_frame *f,
                       struct cursor *in)
{
    struct h2 *h = p->state;

    h2_attack_frame(p, &h->attack, f, s->left);
    s->step = H2_AT_PASS;
    switch (f->type) {
    case H2_DATA:
        h2_data_frame(p, s, f);
        break;
    case H2_HEADERS:
    case H2_PUSH_PROMISE:
    case H2_CONTINUATION:
        h2_block_frame(p, s, f);
        break;
    case H2_SETTINGS:
        if (f->length <= SETTINGS_READ)
            settings_frame(p, s, cur_sub(in, f->length));
        break;
    case H2_RST_STREAM:
        h2_stream_reset(p, f->stream, cur_be32(in));
        break;
    case H2_GOAWAY: {
        cur_skip(in, 4);
        uint32_t code = cur_be32(in);

        if (code)
            parse_note_value(p, "HTTP/2 connection given up", span_text(h2_error_name(code)));
        break;
    }
    default:
        break;
    }
}

/* Bytes of the payload that frame_read() wants to have. */
static uint32_t frame_wants(const struct h2_frame *f)
{
    switch (f->type) {
    case H2_SETTINGS:
        return f->length <= SETTINGS_READ ? f->length : 0;
    case H2_RST_STREAM:
        return 4;
    case H2_GOAWAY:
        return 8;
    default:
        return 0;
    }
}

/* Pad length, priority, promised stream. */
static void frame_extra(struct h2_side *s, const struct h2_frame *f, struct cursor *in)
{
    uint32_t n = h2_frame_extra(f);
    bool padded = f->flags & H2_PADDED && n;

    s->pad = padded ? cur_u8(in) : 0;
    if (f->type == H2_PUSH_PROMISE)
        s->stream = cur_be32(in) & INT32_MAX;
    else
        cur_skip(in, padded ? n - 1 : n);
    if (in->state == CUR_OK && s->pad > f->length - n)
        cur_fail(in);
}

/* Of a connection whose beginning has been seen. */
static void check_frame(struct parse *p, const struct h2_side *s, const struct h2_frame *f)
{
    struct h2 *h = p->state;
    const struct h2_side *other = &h->side[p->dir == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT];

    if (s->begun && !s->unknown && s->chain == 0 && f->type != H2_SETTINGS)
        h2_attack_no_settings(p, &h->attack);
    if (other->begun && other->frame_most && f->length > other->frame_most)
        h2_attack_large(p, &h->attack);
}

static enum h2_flow step_frame(struct parse *p, struct h2_side *s, struct cursor *in)
{
    struct cursor at = *in;
    struct h2_frame f = h2_frame_read(&at);
    uint32_t extra = h2_frame_extra(&f), wants = frame_wants(&f);

    if (at.state == CUR_OK && (!h2_frame_valid(&f) || extra > f.length))
        return H2_FLOW_BAD;
    s->stream = f.stream;
    frame_extra(s, &f, &at);
    if (at.state == CUR_OK && cur_left(&at) < wants)
        cur_short(&at, wants - cur_left(&at));
    if (at.state == CUR_SHORT) {
        s->held = (uint32_t)cur_left(in);
        cur_short(in, at.need);
        return H2_FLOW_WAIT;
    }
    if (at.state == CUR_BAD)
        return H2_FLOW_BAD;
    in->pos = at.pos;
    s->left = f.length - extra - s->pad;
    check_frame(p, s, &f);
    if (s->chain < UINT8_MAX && h2_frame_known(&f))
        s->chain++;
    if (s->block.frames && (f.type != H2_CONTINUATION || f.stream != s->block.carrier)) {
        s->block.frames = 0;
        h2_block_deaf(p, s, "HTTP/2 frame inside a header block");
    }
    frame_read(p, s, &f, in);
    s->left -= wants;
    h2_prove(p);
    return H2_FLOW_ON;
}

static enum h2_flow step_pass(struct parse *p, struct h2_side *s, struct cursor *in)
{
    uint64_t n = (uint64_t)s->left + s->pad;

    s->left = s->pad = 0;
    s->step = H2_AT_FRAME;
    if (n <= cur_left(in)) {
        cur_skip(in, (size_t)n);
        return H2_FLOW_ON;
    }
    parse_commit(p, in);
    parse_skip(p, n);
    return H2_FLOW_SKIP;
}

/* ---- beginnings ---- */

/* The server's first frame. It stays where it is. */
static enum h2_flow step_settings(struct h2_side *s, struct cursor *in)
{
    struct cursor at = *in;
    struct h2_frame f = h2_frame_read(&at);

    if (at.state == CUR_OK && (f.type != H2_SETTINGS || !h2_frame_valid(&f) || f.flags & H2_ACK ||
                               f.length > SETTINGS_READ))
        return H2_FLOW_BAD;
    if (at.state == CUR_OK && cur_left(&at) < f.length)
        cur_short(&at, f.length - cur_left(&at));
    if (at.state == CUR_SHORT) {
        cur_short(in, at.need);
        return H2_FLOW_WAIT;
    }
    /* Settings without any: nothing contradicts, nothing speaks for it. */
    s->vague = f.length == 0;
    if (!h2_settings_known(at, f.length))
        return H2_FLOW_BAD;
    s->begun = true;
    s->unknown = false;
    s->step = H2_AT_FRAME;
    return H2_FLOW_ON;
}

static enum h2_flow step_start(struct parse *p, struct h2_side *s, struct cursor *in)
{
    struct span first = span_first(cur_look(in), SPAN(H2_PREFACE).n);

    if (p->midstream) {
        s->unknown = true;
        s->step = H2_AT_LOST;
    } else if (p->dir == DIR_SERVER) {
        s->step = H2_AT_SETTINGS;
    }
    if (p->dir == DIR_SERVER)
        return H2_FLOW_ON;
    if (!span_starts(SPAN(H2_PREFACE), first))
        return p->midstream ? H2_FLOW_ON : H2_FLOW_BAD;
    s->step = H2_AT_START;
    if (first.n < SPAN(H2_PREFACE).n) {
        cur_short(in, SPAN(H2_PREFACE).n - first.n);
        return H2_FLOW_WAIT;
    }
    cur_skip(in, first.n); /* nothing else begins so, whatever the first frame is like */
    s->begun = true;
    s->unknown = false;
    s->step = H2_AT_FRAME;
    h2_prove(p);
    return H2_FLOW_ON;
}

/* In mid-stream or behind a hole: frames from the beginning of a segment on. */
static enum h2_flow step_lost(struct parse *p, struct h2_side *s, struct cursor *in)
{
    struct h2 *h = p->state;
    struct cursor first = *in;
    struct h2_frame f = h2_frame_read(&first);
    unsigned chain = h2_chain(*in);
    bool sure = chain && ((first.state == CUR_OK && f.length == cur_left(&first)) ||
                          h2_stream_find(&h->streams, p->dir, f.stream));

    s->chain = 0;
    if (chain == 0 && first.state == CUR_SHORT) {
        s->held = (uint32_t)cur_left(in);
        cur_short(in, first.need);
        return H2_FLOW_WAIT;
    }
    if (chain >= H2_CHAIN_AGAIN || sure || (chain && !h->matched)) {
        s->step = f.type == H2_SETTINGS && !(f.flags & H2_ACK) && f.length && !s->begun
                      ? H2_AT_SETTINGS
                      : H2_AT_FRAME;
        return H2_FLOW_ON;
    }
    if (!h->matched)
        return H2_FLOW_BAD; /* the engine asks again at the next segment */
    cur_rest(in);
    return H2_FLOW_WAIT;
}

/* ---- the whole ---- */

static enum h2_flow step(struct parse *p, struct h2_side *s, struct cursor *in)
{
    switch ((enum h2_step)s->step) {
    case H2_AT_START:
        return step_start(p, s, in);
    case H2_AT_SETTINGS:
        return step_settings(s, in);
    case H2_AT_FRAME:
        return step_frame(p, s, in);
    case H2_AT_BLOCK:
        return h2_block_step(p, s, in);
    case H2_AT_DATA:
        return h2_data_step(p, s, in);
    case H2_AT_PASS:
        return step_pass(p, s, in);
    case H2_AT_LOST:
        break;
    }
    return step_lost(p, s, in);
}

static enum parse_result http2_parse(struct parse *p, struct cursor *in)
{
    struct h2 *h = p->state;
    struct h2_side *s = h2_side_of(p);
    const uint8_t *start = in->pos;
    enum h2_flow flow = H2_FLOW_ON;

    s->held = 0;
    while (flow == H2_FLOW_ON && (cur_left(in) || (s->step == H2_AT_BLOCK && s->left == 0)))
        flow = step(p, s, in);
    if (h->attack.window_shut)
        h2_attack_tick(p, &h->attack, h->streams.used);
    if (flow != H2_FLOW_SKIP && in->pos != start)
        parse_commit(p, in);
    if (flow == H2_FLOW_BAD)
        return PARSE_REJECT;
    return h->matched && s->step != H2_AT_LOST ? PARSE_MATCH : PARSE_MORE;
}

static void stream_lost(struct parse *p, struct h2_stream *stream)
{
    stream->grpc.messages[p->dir].lost = true;
    stream->flags &= (uint16_t) ~(H2_LENGTH << p->dir);
    parse_message(p, stream->id);
    if (stream->content[p->dir])
        http_body_lost(p, stream->content[p->dir]);
}

/* Bytes of bodies may be missing, and frames are still found; the same is not true of anything
 * else, and the table of header fields has moved on without us. */
static void http2_gap(struct parse *p, uint64_t missing)
{
    struct h2 *h = p->state;
    struct h2_side *s = h2_side_of(p);
    struct h2_stream *stream = h2_stream_find(&h->streams, p->dir, s->stream);

    if (s->step == H2_AT_DATA && missing <= s->left && s->held == 0) {
        s->left -= (uint32_t)missing;
        if (stream)
            stream_lost(p, stream);
        if (s->left == 0)
            h2_data_end(p, s);
        return;
    }
    for (unsigned i = 0; i < h->streams.used; i++)
        stream_lost(p, &h->streams.list[i]);
    h2_inflater_free(p, s->headers);
    *s =
        (struct h2_side){.step = H2_AT_LOST, .begun = s->begun, .vague = s->vague, .unknown = true};
}

static void http2_close(struct parse *p)
{
    struct h2 *h = p->state;

    for (unsigned i = 0; i < h->streams.used; i++)
        h2_stream_close(p, &h->streams.list[i]);
}

static void http2_tick(struct parse *p)
{
    struct h2 *h = p->state;

    p->dir = DIR_CLIENT;
    h2_attack_tick(p, &h->attack, h->streams.used);
}

static bool http2_probe(enum dir from, struct span first)
{
    if (from == DIR_CLIENT && span_starts(SPAN(H2_PREFACE), span_first(first, 24)))
        return true;
    return first.p[0] == 0 && (first.n < H2_FRAME_HEAD || h2_chain(cur_of(first)) > 0);
}

const struct parser parser_http2 = {
    .name = "http2",
    .evidence = "the client's preface; the server's SETTINGS; frames that follow each other",
    .app = APP_HTTP2,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .state_size = sizeof(struct h2),
    .max_pending = PENDING,
    .midstream = true,
    .probe = http2_probe,
    .parse = http2_parse,
    .gap = http2_gap,
    .close = http2_close,
    .tick = http2_tick,
};
