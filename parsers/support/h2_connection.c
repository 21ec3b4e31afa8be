/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_connection.h"

/* ---- proof ---- */

static enum proof side_proof(const struct h2_side *s)
{
    if (s->begun)
        return s->vague && s->chain < H2_CHAIN_AGAIN ? PROOF_FAIR : PROOF_STRONG;
    return s->chain >= H2_CHAIN ? PROOF_FAIR : PROOF_NONE;
}

void h2_prove(struct parse *p)
{
    struct h2 *h = p->state;
    enum proof client = side_proof(&h->side[DIR_CLIENT]);
    enum proof server = side_proof(&h->side[DIR_SERVER]);
    enum proof proof = client > server ? client : server;

    if (h->side[DIR_CLIENT].begun && h->side[DIR_SERVER].begun)
        proof = PROOF_CERTAIN;
    else if (proof && ((client && server) || h->fields))
        proof = proof > PROOF_STRONG ? proof : PROOF_STRONG;
    if (!proof)
        return;
    parse_proof(p, proof);
    h->matched = true;
}

/* ---- streams ---- */

static void stream_finish(struct parse *p, struct h2_stream *s)
{
    struct h2 *h = p->state;

    if (s->flags & (H2_ASKED | H2_ANSWERED)) {
        parse_tx_key(p, TX_BOTH, s->id);
        if (s->body[DIR_CLIENT])
            parse_uint(p, FIELD_HTTP_REQUEST_LENGTH, s->body[DIR_CLIENT]);
        if (s->flags & H2_ANSWERED)
            parse_uint(p, FIELD_HTTP2_LENGTH, s->body[DIR_SERVER]);
        if (s->flags & H2_GRPC)
            grpc_report(p, &s->grpc);
        parse_tx_key(p, TX_DONE, s->id);
    }
    h2_stream_remove(p, &h->streams, s);
}

/* What is told of the body belongs to the stream's transaction. */
static void stream_close(struct parse *p, struct h2_stream *s)
{
    parse_message(p, s->id);
    if (s->content[p->dir] && s->flags & (H2_ASKED | H2_ANSWERED))
        parse_tx_key(p, TX_BOTH, s->id);
    http_body_close(p, &s->content[p->dir]);
}

/* The sender has said all on this stream. Of a server without a client nothing else will come. */
void h2_stream_end(struct parse *p, struct h2_stream *s)
{
    stream_close(p, s);
    s->flags |= (uint16_t)(H2_ENDED << p->dir);
    if (p->dir == DIR_SERVER && !(s->flags & H2_ASKED))
        s->flags |= H2_ENDED_BOTH;
    if ((s->flags & H2_ENDED_BOTH) == H2_ENDED_BOTH)
        stream_finish(p, s);
}

void h2_stream_reset(struct parse *p, uint32_t id, uint32_t code)
{
    struct h2 *h = p->state;
    struct h2_stream *s = h2_stream_find(&h->streams, p->dir, id);

    if (s == NULL)
        return;
    if (s->flags & (H2_ASKED | H2_ANSWERED)) {
        parse_tx_key(p, TX_BOTH, id);
        parse_text(p, FIELD_HTTP2_ERROR, h2_error_name(code));
    }
    stream_finish(p, s);
}

/* ---- header blocks ---- */

void h2_block_deaf(struct parse *p, struct h2_side *s, const char *why)
{
    if (!s->deaf)
        parse_note(p, why);
    h2_inflater_free(p, s->headers);
    s->headers = NULL;
    s->deaf = true;
}

static struct h2_inflater *headers_of(struct parse *p, struct h2_side *s)
{
    if (s->headers == NULL && !s->deaf) {
        s->headers = h2_inflater_new(p, s->unknown ? H2_TABLE_UNKNOWN : H2_TABLE_EMPTY);
        s->deaf = s->headers == NULL; /* no memory: frames only */
    }
    return s->headers;
}

/* Does the server go on with a stream that has ended for us, because it was reset? */
static bool is_leftover(struct parse *p, uint32_t id)
{
    struct h2 *h = p->state;

    return p->dir == DIR_SERVER && id & 1 && id >= h->oldest && id <= h->newest &&
           !h->streams.forgot && h2_stream_find(&h->streams, p->dir, id) == NULL;
}

/* The stream of the block, or a passing one: without memory, and when nobody waits for it. */
static struct h2_message message_of(struct parse *p, struct h2_side *s, struct h2_stream *spare)
{
    struct h2 *h = p->state;
    uint32_t id = s->block.stream;
    struct h2_stream *stream = is_leftover(p, id) ? NULL : h2_stream_of(p, &h->streams, id);

    *spare = (struct h2_stream){.id = id};
    return (struct h2_message){.p = p,
                               .block = &s->block,
                               .stream = stream ? stream : spare,
                               .product = &h->product,
                               .event = &h->event,
                               .client = &h->client};
}

static void block_end(struct parse *p, struct h2_side *s)
{
    struct h2 *h = p->state;
    struct h2_stream spare;
    struct h2_message m = message_of(p, s, &spare);

    parse_message(p, s->block.stream);
    h2_message_end(&m);
    if (s->block.told)
        h->fields = true;
    if (s->headers && h2_inflater_was_over(s->headers))
        parse_note(p, "HTTP/2 header block over 64 KiB or 1024 fields");
    s->block.frames = 0;
    if (s->block.ends && m.stream != &spare)
        h2_stream_end(p, m.stream);
    h2_prove(p);
}

static void block_begin(struct parse *p, struct h2_side *s, const struct h2_frame *f)
{
    struct h2 *h = p->state;
    bool promise = f->type == H2_PUSH_PROMISE;
    struct h2_stream spare;
    struct h2_message m;

    s->block = (struct h2_block){
        .stream = s->stream, .carrier = f->stream, .ends = !promise && f->flags & H2_END_STREAM};
    if (p->dir == DIR_CLIENT && s->begun && f->stream > h->newest)
        h->newest = f->stream;
    if (h->oldest == 0)
        h->oldest = h->newest;
    if (is_leftover(p, s->stream)) {
        s->block.kind = H2_INTERIM;
        return;
    }
    m = message_of(p, s, &spare);
    h2_message_begin(&m, promise ? H2_PROMISED : H2_SENT);
}

/* A frame with a fragment: is it worth looking at? */
void h2_block_frame(struct parse *p, struct h2_side *s, const struct h2_frame *f)
{
    struct h2_block *b = &s->block;

    s->fragment_ends = f->flags & H2_END_HEADERS;
    s->step = H2_AT_PASS;
    if (f->type == H2_CONTINUATION && !b->frames)
        return; /* of a block that was given up, or began before we came */
    if (f->type != H2_CONTINUATION)
        block_begin(p, s, f);
    if (b->frames <= H2_BLOCK_FRAMES)
        b->frames++;
    if (b->bytes <= H2_BLOCK_MOST)
        b->bytes += f->length;
    if (!b->quiet && (b->frames > H2_BLOCK_FRAMES || b->bytes > H2_BLOCK_MOST)) {
        parse_note(p, "HTTP/2 header block over 128 KiB or 64 frames");
        b->quiet = true;
    }
    if (!b->lost && headers_of(p, s))
        s->step = H2_AT_BLOCK;
    else if (s->fragment_ends)
        block_end(p, s);
}

/* A field goes on in the next frame, where it is not found again. What follows may refer to it. */
static void block_lose(struct parse *p, struct h2_side *s)
{
    h2_inflater_free(p, s->headers);
    s->headers = NULL;
    s->block.lost = true;
}

enum h2_flow h2_block_step(struct parse *p, struct h2_side *s, struct cursor *in)
{
    size_t here = cur_left(in) < s->left ? cur_left(in) : s->left;
    bool whole = here == s->left;
    struct cursor piece = cur_of(span_of(in->pos, here));
    struct h2_stream spare;
    struct h2_message m = message_of(p, s, &spare);

    parse_message(p, s->block.stream);
    h2_inflate(s->headers, &piece, whole && s->fragment_ends ? H2_ENDS : H2_GOES_ON,
               h2_message_field, &m);
    here = (size_t)(piece.pos - in->pos);
    cur_skip(in, here);
    s->left -= (uint32_t)here;
    if (piece.state == CUR_SHORT && !whole) {
        cur_short(in, piece.need);
        return H2_FLOW_WAIT;
    }
    if (piece.state == CUR_SHORT)
        block_lose(p, s);
    else if (piece.state == CUR_BAD)
        h2_block_deaf(p, s, "HTTP/2 header block cannot be read");
    else if (s->left)
        return H2_FLOW_ON;
    s->step = H2_AT_PASS;
    if (s->fragment_ends)
        block_end(p, s);
    return H2_FLOW_ON;
}
