/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket (RFC 6455), behind the handshake that http.c has read, or joined in the middle: frames
 * of both sides.
 *
 *     FIN|RSV|opcode(1) MASK|length(1 [+2|+8]) [key(4)] payload
 *
 * A transaction for each message, and one for the end of the connection that says how much there
 * was. Payload is handed on unmasked and inflated (RFC 7692), all frames of a message as one; of
 * text that is JSON or XML its pieces as well. What the first messages carry is looked at.
 */
#include "parser/parser.h"
#include "support/body_views.h"
#include "support/ws_frame.h"
#include "support/ws_handshake.h"
#include "support/ws_inflate.h"
#include "support/ws_payload.h"

enum {
    UNMASK_BYTES = 512, /* at a time */
    CODE_BYTES = 2,
    BOMBS_MOST = 3, /* then nothing of this sender is inflated any more */
    PENDING = 1024,
    NUMBERS_AT = 32, /* of messages: far from those that HTTP has used */
};

/* Told once for each side. */
enum noted {
    NOTED_MASK = 1 << 0,
    NOTED_RESERVED = 1 << 1,
    NOTED_AGREED = 1 << 2,
    NOTED_INFLATE = 1 << 3,
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
    bool raw;      /* and nobody undoes it */
    bool begun;    /* the message's buffer has */
    bool skipped;  /* messages that later ones may refer to */
    bool viewed;   /* the message's pieces are shown */
    uint8_t front; /* enum ws_front: what stands before them */
    bool stale;    /* and what the decoder holds is of no use */
    bool lost;     /* looks for a frame */
    bool closed;
    uint8_t noted; /* enum noted */
    uint8_t bombs;
    int16_t channel;            /* of the message, where there are any; -1: not known */
    struct ws_inflate *inflate; /* NULL: none yet */
    struct body_views *views;   /* NULL: none yet */
    struct ws_look look;        /* the beginning of the first message */
};

struct websocket {
    struct side side[2];
    uint64_t messages;     /* of both */
    struct ws_chain chain; /* joined in the middle: what speaks for it */
    bool joined;           /* that is enough */
};

static void note_once(struct parse *p, struct side *s, enum noted what, const char *text)
{
    if (!(s->noted & what))
        parse_note(p, text);
    s->noted |= (uint8_t)what;
}

/* Every byte is combined with one of the key's, in turn; where we are in it goes on. */
static void unmask(struct side *s, struct span in, uint8_t *out)
{
    uint8_t key[8];
    size_t i = 0;

    for (size_t k = 0; k < sizeof key; k++)
        key[k] = s->key[(s->key_at + k) & 3];
    for (; i + sizeof key <= in.n; i += sizeof key)
        for (size_t k = 0; k < sizeof key; k++)
            out[i + k] = in.p[i + k] ^ key[k];
    for (; i < in.n; i++)
        out[i] = in.p[i] ^ key[i & 7];
    s->key_at = (uint8_t)((s->key_at + in.n) & 3);
}

/* ---- what a message holds ---- */

enum piece { PIECE_MORE, PIECE_LAST };

/* Text is UTF-8: there is none in other character sets. */
static void no_text(void *arg, struct span piece)
{
    (void)arg;
    (void)piece;
}

static void views_begin(struct parse *p, struct side *s)
{
    s->front = WS_FRONT_BEGINS;
    s->viewed = s->opcode == WS_TEXT && parse_wants(p, BUFFER_BODY_VIEW);
    if (s->viewed && s->views == NULL)
        s->views = parse_alloc(p, sizeof *s->views);
    s->viewed = s->viewed && s->views;
    if (s->viewed)
        *s->views = (struct body_views){.charset.decided = true};
}

static void views_end(struct parse *p, struct side *s)
{
    if (s->viewed)
        body_views_end(p, s->views, no_text, NULL);
    s->viewed = false;
}

/* Plain bytes of it. */
static void content(struct parse *p, struct side *s, struct span bytes, enum piece piece)
{
    unsigned part = s->begun ? BUFFER_NEXT : BUFFER_BEGINS;

    if (bytes.n && p->agreed & WS_CHANNELS && s->channel < 0) {
        s->channel = bytes.p[0];
        bytes = span_from(bytes, 1);
    }
    if (!s->look.done)
        ws_look(p, &s->look, s->opcode == WS_TEXT, bytes);
    if (s->viewed)
        body_views_feed(p, s->views, ws_behind_front(&s->front, bytes), no_text, NULL);
    if (bytes.n == 0 && piece == PIECE_MORE)
        return;
    parse_buffer(p, BUFFER_BODY, piece == PIECE_LAST ? part | BUFFER_ENDS : part, bytes);
    s->begun = true;
    if (piece == PIECE_LAST)
        views_end(p, s);
}

struct reading {
    struct parse *p;
    struct side *s;
};

static void inflated(void *arg, struct span bytes)
{
    const struct reading *r = arg;

    content(r->p, r->s, bytes, PIECE_MORE);
}

/* The message cannot be inflated, or not any further: its bytes go on as they are. Nothing is wrong
 * with it when it refers to messages that have been passed over. */
static void give_up(struct parse *p, struct side *s, enum ws_inflated why)
{
    if (why == WS_INFLATE_BOMB)
        parse_note(p, "decompression bomb in WebSocket message");
    else if (!s->skipped)
        note_once(p, s, NOTED_INFLATE, "compressed WebSocket message cannot be read");
    if (why == WS_INFLATE_BOMB && s->bombs < BOMBS_MOST)
        s->bombs++;
    s->raw = s->skipped = s->stale = true;
    content(p, s, ws_inflate_rest(s->inflate), PIECE_MORE);
}

static void coded(struct parse *p, struct side *s, struct span bytes, enum piece piece)
{
    struct reading r = {p, s};
    enum ws_inflated result = ws_inflate_feed(s->inflate, bytes, inflated, &r);

    if (result == WS_INFLATED && piece == PIECE_LAST)
        result = ws_inflate_end(s->inflate, inflated, &r);
    if (result != WS_INFLATED)
        give_up(p, s, result);
    if (piece == PIECE_LAST)
        content(p, s, span_of("", 0), piece);
}

/* Who wants to see what is compressed? */
static bool is_read(const struct parse *p, const struct side *s)
{
    return parse_wants(p, BUFFER_BODY) || !s->look.done;
}

static void *take(void *p, size_t n)
{
    return parse_alloc(p, n);
}

static void give(void *p, void *memory)
{
    parse_free(p, memory);
}

static void coded_begin(struct parse *p, struct side *s)
{
    const struct memory_source memory = {.take = take, .give = give, .arg = p};
    bool agreed = p->agreed & WS_DEFLATE, known = p->agreed & WS_AGREED;
    bool fresh = ws_agreed_fresh(p->agreed, p->dir) || s->stale;

    s->raw = true;
    if (known && !agreed) {
        note_once(p, s, NOTED_AGREED, "compressed WebSocket message without agreement");
        return;
    }
    if (!is_read(p, s) || s->bombs == BOMBS_MOST) {
        ws_inflate_free(&s->inflate);
        s->skipped = true;
        return;
    }
    if (s->inflate == NULL)
        s->inflate = ws_inflate_new(&memory, ws_agreed_window(p->agreed, p->dir));
    if (s->inflate == NULL) {
        note_once(p, s, NOTED_INFLATE, "no memory for compressed WebSocket messages");
        s->skipped = true;
        return;
    }
    s->raw = s->stale = false;
    ws_inflate_begin(s->inflate, fresh ? WS_CONTEXT_FRESH : WS_CONTEXT_KEPT);
}

/* ---- messages ---- */

static void message_begin(struct parse *p, struct side *s, const struct ws_frame *f)
{
    struct websocket *w = p->state;

    if (s->opcode)
        parse_note(p, "WebSocket message inside another one");
    s->opcode = f->opcode;
    s->compressed = f->compressed;
    s->size = s->fragments = 0;
    s->raw = s->begun = false;
    s->channel = -1;
    parse_message(p, (UINT64_C(1) << NUMBERS_AT) + ++w->messages);
    views_end(p, s);
    views_begin(p, s);
    if (f->compressed)
        coded_begin(p, s);
}

static void tell_channel(struct parse *p, const struct side *s)
{
    int channel = s->channel - (p->agreed & WS_CHANNELS_BASE64 ? '0' : 0);

    if (s->channel >= 0 && channel >= 0)
        parse_uint(p, FIELD_WEBSOCKET_CHANNEL, (uint64_t)channel);
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
    if (s->messages == 1 && p->agreed & (WS_CHANNELS | WS_GRAPHQL))
        parse_text(p, FIELD_WEBSOCKET_CARRIES, p->agreed & WS_GRAPHQL ? "graphql" : "kubernetes");
    else if (s->look.says)
        parse_text(p, FIELD_WEBSOCKET_CARRIES, s->look.says);
    tell_channel(p, s);
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
    s->begun = s->compressed = false;
}

static void frame_end(struct parse *p, struct side *s)
{
    if (s->ends && s->opcode)
        message_end(p, s);
}

/* n bytes that are here. */
static void payload_bytes(struct parse *p, struct side *s, struct span bytes)
{
    do {
        uint8_t plain[UNMASK_BYTES];
        struct span piece = span_first(bytes, s->masked ? UNMASK_BYTES : bytes.n);
        enum piece last = piece.n == s->left && s->ends ? PIECE_LAST : PIECE_MORE;

        bytes = span_from(bytes, piece.n);
        s->left -= piece.n;
        s->size += piece.n;
        if (s->masked) {
            unmask(s, piece, plain);
            piece = span_of(plain, piece.n);
        }
        if (s->compressed && !s->raw)
            coded(p, s, piece, last);
        else
            content(p, s, piece, last);
    } while (bytes.n);
}

/* Has every byte to be seen? */
static bool payload_looks(const struct parse *p, const struct side *s)
{
    bool channel = p->agreed & WS_CHANNELS && s->channel < 0;

    return channel || !s->look.done || (s->compressed && !s->raw) ||
           (s->masked && p->wants_buffers) || (s->viewed && body_views_looks(p, s->views));
}

/* Passed on by count: plain bytes as a buffer, masked ones when nobody reads. The last byte stays,
 * which tells when the message ends. False: there is nothing to gain. */
static bool payload_pass(struct parse *p, struct side *s, struct cursor *in)
{
    uint64_t n = s->left - 1;
    unsigned part = s->begun ? BUFFER_NEXT : BUFFER_BEGINS;

    if (s->left <= cur_left(in) || n == 0 || payload_looks(p, s))
        return false;
    s->begun = true;
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

static void check_frame(struct parse *p, struct side *s, const struct ws_frame *f)
{
    if (f->masked != (p->dir == DIR_CLIENT))
        note_once(p, s, NOTED_MASK,
                  f->masked ? "masked WebSocket frame of a server"
                            : "WebSocket frame of a client without mask");
    if (f->compressed && f->opcode == WS_MORE)
        note_once(p, s, NOTED_RESERVED, "reserved bit in a WebSocket frame that goes on");
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
    check_frame(p, s, &f);
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
        payload_bytes(p, s, span_of("", 0));
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

    views_end(p, s);
    if (missing <= s->left && s->held == 0) {
        s->left -= missing;
        s->size += missing;
        s->key_at = (uint8_t)((s->key_at + missing) & 3);
        s->look.done = true;
        s->raw = s->skipped = s->stale = true;
        if (s->left == 0)
            frame_end(p, s);
        return;
    }
    s->left = s->size = 0;
    s->opcode = 0;
    s->look.done = true;
    s->begun = s->compressed = false;
    s->skipped = s->stale = s->lost = true;
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
        w->side[dir].skipped = true;
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
