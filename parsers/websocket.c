/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket (RFC 6455), behind the handshake that http.c has read, or joined in the middle: frames
 * of both sides.
 *
 *     FIN|RSV|opcode(1) MASK|length(1 [+2|+8]) [key(4)] payload
 *
 * A transaction for each message, and one for the end of the connection that says how much there
 * was. Payload is handed on unmasked; what the first messages carry is looked at.
 */
#include "parser/parser.h"
#include "support/ws_frame.h"
#include "support/ws_handshake.h"
#include "support/ws_payload.h"

enum {
    UNMASK_BYTES = 512, /* at a time */
    CODE_BYTES = 2,
    PENDING = 1024,
};

struct side {
    uint64_t left; /* of the payload */
    uint64_t size; /* of the message */
    uint64_t messages, bytes;
    uint32_t fragments;
    uint32_t held;  /* seen and not consumed when more was waited for */
    uint8_t opcode; /* of the message; 0: there is none */
    uint8_t key[4];
    uint8_t key_at;
    bool masked;
    bool ends; /* the message, with the frame at hand */
    bool compressed;
    bool lost;  /* looks for a frame */
    bool noted; /* masks that should not be, or are missing */
    bool closed;
    struct ws_look look; /* the beginning of the first message */
};

struct websocket {
    struct side side[2];
    struct ws_chain chain; /* joined in the middle: what speaks for it */
    bool joined;           /* that is enough */
};

/* Every byte is combined with one of the key's, in turn; where we are in it goes on. */
static void unmask(struct side *s, struct span in, uint8_t *out)
{
    for (size_t i = 0; i < in.n; i++)
        out[i] = in.p[i] ^ s->key[(s->key_at + i) & 3];
    s->key_at = (uint8_t)((s->key_at + in.n) & 3);
}

/* ---- messages ---- */

static void message_begin(struct parse *p, struct side *s, const struct ws_frame *f)
{
    if (s->opcode)
        parse_note(p, "WebSocket message inside another one");
    s->opcode = f->opcode;
    s->compressed = f->compressed;
    s->size = s->fragments = 0;
}

static void message_tell(struct parse *p, const struct side *s)
{
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_WEBSOCKET_SENDER, p->dir == DIR_CLIENT ? "client" : "server");
    parse_text(p, FIELD_WEBSOCKET_OPCODE, s->opcode == WS_TEXT ? "text" : "binary");
    parse_uint(p, FIELD_WEBSOCKET_LENGTH, s->size);
    if (s->fragments > 1)
        parse_uint(p, FIELD_WEBSOCKET_FRAGMENTS, s->fragments);
    if (s->compressed)
        parse_uint(p, FIELD_WEBSOCKET_COMPRESSED, true);
    if (s->look.says)
        parse_text(p, FIELD_WEBSOCKET_CARRIES, s->look.says);
    parse_tx(p, TX_DONE);
}

static void message_end(struct parse *p, struct side *s)
{
    s->messages++;
    s->bytes += s->size;
    if (!s->look.done)
        ws_look_end(p, &s->look);
    message_tell(p, s);
    s->look.says = NULL;
    s->opcode = 0;
}

static void frame_end(struct parse *p, struct side *s)
{
    if (s->ends && s->opcode)
        message_end(p, s);
}

static unsigned part_of(const struct side *s, uint64_t n)
{
    unsigned part = s->size ? BUFFER_NEXT : BUFFER_BEGINS;

    return n == s->left && s->ends ? part | BUFFER_ENDS : part;
}

/* n bytes that are here. */
static void payload_bytes(struct parse *p, struct side *s, struct span bytes)
{
    while (bytes.n) {
        uint8_t plain[UNMASK_BYTES];
        struct span piece = span_first(bytes, UNMASK_BYTES);
        unsigned part = part_of(s, piece.n);

        bytes = span_from(bytes, piece.n);
        if (s->masked) {
            unmask(s, piece, plain);
            piece = span_of(plain, piece.n);
        }
        if (!s->look.done && !s->compressed)
            ws_look(p, &s->look, s->opcode == WS_TEXT, piece);
        parse_buffer(p, BUFFER_BODY, part, piece);
        s->left -= piece.n;
        s->size += piece.n;
    }
}

/* Passed on by count: plain bytes as a buffer, masked ones when nobody reads. The last byte stays,
 * which tells when the message ends. False: there is nothing to gain. */
static bool payload_pass(struct parse *p, struct side *s, struct cursor *in)
{
    uint64_t n = s->left - 1;
    unsigned part = part_of(s, n);

    if (s->left <= cur_left(in) || n == 0 || (s->masked && p->wants_buffers) || !s->look.done)
        return false;
    s->left -= n;
    s->size += n;
    s->key_at = (uint8_t)((s->key_at + n) & 3);
    parse_commit(p, in);
    parse_pass(p, n, BUFFER_BODY, part);
    return true;
}

/* ---- control ---- */

static void tell_close(struct parse *p, const struct websocket *w, struct span payload)
{
    struct cursor c = cur_of(payload);
    uint16_t code = cur_be16(&c);

    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_WEBSOCKET_SENDER, p->dir == DIR_CLIENT ? "client" : "server");
    parse_text(p, FIELD_WEBSOCKET_OPCODE, "close");
    if (c.state == CUR_OK)
        parse_uint(p, FIELD_WEBSOCKET_CODE, code);
    if (payload.n > CODE_BYTES)
        parse_field(p, FIELD_WEBSOCKET_REASON, cur_rest(&c));
    parse_uint(p, FIELD_WEBSOCKET_SENT, w->side[DIR_CLIENT].messages);
    parse_uint(p, FIELD_WEBSOCKET_SENT_BYTES, w->side[DIR_CLIENT].bytes);
    parse_uint(p, FIELD_WEBSOCKET_RECEIVED, w->side[DIR_SERVER].messages);
    parse_uint(p, FIELD_WEBSOCKET_RECEIVED_BYTES, w->side[DIR_SERVER].bytes);
    parse_tx(p, TX_DONE);
}

/* It may stand between the frames of a message, whose mask has to stay. */
static void control_frame(struct parse *p, struct side *s, const struct ws_frame *f,
                          struct span bytes)
{
    struct side own = {.masked = f->masked};
    uint8_t plain[WS_CONTROL_MOST];

    if (f->opcode != WS_CLOSE || s->closed)
        return;
    memcpy(own.key, f->key, sizeof own.key);
    if (f->masked) {
        unmask(&own, bytes, plain);
        bytes = span_of(plain, bytes.n);
    }
    s->closed = true;
    tell_close(p, p->state, bytes);
}

/* ---- ---- */

static void check_mask(struct parse *p, struct side *s, const struct ws_frame *f)
{
    if (s->noted || f->masked == (p->dir == DIR_CLIENT))
        return;
    s->noted = true;
    parse_note(p, f->masked ? "masked WebSocket frame of a server"
                            : "WebSocket frame of a client without mask");
}

/* The next frame's head; of a control frame all of it. False: wait, or BAD. */
static bool frame_step(struct parse *p, struct side *s, struct cursor *in)
{
    struct cursor at = *in;
    struct ws_frame f = ws_frame_read(&at);
    struct span control = f.opcode >= WS_CLOSE ? cur_span(&at, (size_t)f.length) : cur_look(&at);

    if (at.state != CUR_OK) {
        s->held = (uint32_t)cur_left(in);
        *in = (struct cursor){in->pos, in->end, at.state, at.need};
        return false;
    }
    in->pos = at.pos;
    check_mask(p, s, &f);
    if (f.opcode >= WS_CLOSE) {
        control_frame(p, s, &f, control);
        return true;
    }
    if (f.opcode != WS_MORE)
        message_begin(p, s, &f);
    s->fragments++;
    s->left = f.length;
    s->ends = f.ends;
    s->masked = f.masked;
    s->key_at = 0;
    memcpy(s->key, f.key, sizeof s->key);
    if (s->left == 0) {
        if (s->ends && s->size == 0)
            parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, span_of("", 0));
        else if (s->ends)
            parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
        frame_end(p, s);
    }
    return true;
}

/* Behind a hole: a segment that frames fill, masked as this sender's must be. */
static bool find_frame(struct parse *p, struct side *s, struct cursor *in)
{
    struct cursor at = *in;

    while (cur_left(&at)) {
        struct ws_frame f = ws_frame_read(&at);

        if (f.masked != (p->dir == DIR_CLIENT))
            cur_fail(&at);
        cur_skip(&at, f.length > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)f.length);
    }
    s->lost = at.state != CUR_OK;
    if (s->lost)
        cur_rest(in);
    return !s->lost;
}

static enum parse_result websocket_parse(struct parse *p, struct cursor *in)
{
    struct websocket *w = p->state;
    struct side *s = &w->side[p->dir];
    const uint8_t *start = in->pos;

    s->held = 0;
    if (s->lost)
        (void)find_frame(p, s, in);
    while (cur_left(in)) {
        if (s->left == 0 && !frame_step(p, s, in))
            break;
        if (s->left == 0 || cur_left(in) == 0)
            continue;
        if (payload_pass(p, s, in))
            return PARSE_MATCH;
        payload_bytes(p, s, cur_span(in, s->left < cur_left(in) ? s->left : cur_left(in)));
        if (s->left == 0)
            frame_end(p, s);
    }
    if (in->pos != start)
        parse_commit(p, in);
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return w->side[0].closed && w->side[1].closed ? PARSE_DONE : PARSE_MATCH;
}

static void websocket_gap(struct parse *p, uint64_t missing)
{
    struct websocket *w = p->state;
    struct side *s = &w->side[p->dir];

    if (missing <= s->left && s->held == 0) {
        s->left -= missing;
        s->size += missing;
        s->key_at = (uint8_t)((s->key_at + missing) & 3);
        s->look.done = true;
        if (s->left == 0)
            frame_end(p, s);
        return;
    }
    s->left = s->size = 0;
    s->opcode = 0;
    s->look.done = true;
    s->lost = true;
}

static bool websocket_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);

    (void)from;
    (void)ws_frame_read(&c);
    return c.state != CUR_BAD;
}

/* Not in the registry: only a handshake leads here. */
const struct parser parser_websocket = {
    .name = "websocket",
    .evidence = "the handshake in HTTP",
    .app = APP_WEBSOCKET,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .state_size = sizeof(struct websocket),
    .max_pending = PENDING,
    .probe = websocket_probe,
    .parse = websocket_parse,
    .gap = websocket_gap,
};

/* ---- joined in the middle ---- */

/* It is one. A side that has shown nothing may be inside a frame. */
static void join(struct parse *p, struct websocket *w, enum proof proof)
{
    parse_proof(p, proof);
    w->joined = true;
    for (int dir = 0; dir < 2; dir++) {
        w->side[dir].lost = w->chain.side[dir].frames == 0;
        w->side[dir].look.done = true;
    }
}

static enum parse_result joined_parse(struct parse *p, struct cursor *in)
{
    struct websocket *w = p->state;

    if (!p->midstream && !w->joined)
        return PARSE_REJECT;
    while (!w->joined && cur_left(in)) {
        uint64_t skip = ws_chain_frame(p, &w->chain, in);
        enum proof proof;

        if (in->state != CUR_OK)
            return parse_stop(in);
        proof = ws_chain_proof(&w->chain);
        if (proof)
            join(p, w, proof);
        parse_commit(p, in);
        if (skip) {
            parse_skip(p, skip);
            return w->joined ? PARSE_MATCH : PARSE_MORE;
        }
    }
    return w->joined ? websocket_parse(p, in) : PARSE_MORE;
}

static void joined_gap(struct parse *p, uint64_t missing)
{
    struct websocket *w = p->state;

    if (w->joined)
        websocket_gap(p, missing);
    else
        w->chain.side[p->dir] = (struct ws_shown){0};
}

static bool joined_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    struct ws_frame f = ws_frame_read(&c);

    if (first.n > 1 && f.masked != (from == DIR_CLIENT))
        return false;
    return c.state != CUR_BAD;
}

const struct parser parser_websocket_joined = {
    .name = "websocket_joined",
    .event = "websocket",
    .evidence = "in mid-stream: frames that follow each other, masked by the client alone",
    .app = APP_WEBSOCKET,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .state_size = sizeof(struct websocket),
    .max_pending = PENDING,
    .midstream = true,
    .probe = joined_probe,
    .parse = joined_parse,
    .gap = joined_gap,
};
