/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of HTTP/2 streams, and the messages of gRPC in them. See h2_connection.h.
 */
#include "support/h2_connection.h"

/* May the body tell what stands behind HTTP? */
static bool is_product_read(const struct parse *p, const struct h2_side *s)
{
    struct h2 *h = p->state;

    return http_product_reads_stream(&h->product, s->stream) &&
           h2_stream_find(&h->streams, p->dir, s->stream);
}

static void tell_product(struct parse *p, const struct h2_side *s, struct span piece)
{
    parse_tx_key(p, TX_BOTH, s->stream);
    http_product_body(p, &((struct h2 *)p->state)->product, piece);
}

/* n bytes of a body, as far as they are here; the last one is not left to the engine: taking it
 * tells when the body ends. */
static enum h2_flow take(struct parse *p, struct h2_side *s, struct cursor *in, uint32_t n,
                         struct http_body *body)
{
    uint32_t here = cur_left(in) < n ? (uint32_t)cur_left(in) : n;
    bool reads = is_product_read(p, s);

    if (here == n || reads || (body && http_body_looks(p, body))) {
        struct span piece = cur_span(in, here);

        s->left -= here;
        if (reads)
            tell_product(p, s, piece);
        if (body)
            http_body_feed(p, body, piece);
        return H2_FLOW_ON;
    }
    parse_commit(p, in);
    s->left -= n - 1;
    if (body)
        parse_pass(p, n - 1, BUFFER_BODY, http_body_part(body));
    else
        parse_skip(p, n - 1);
    return H2_FLOW_SKIP;
}

static enum h2_flow data_bytes(struct parse *p, struct h2_side *s, struct h2_stream *stream,
                               struct cursor *in)
{
    if (stream == NULL)
        return take(p, s, in, s->left, NULL);
    parse_message(p, stream->id);
    http_body_open(p, &stream->content[p->dir], FRAME_CHUNKED);
    return take(p, s, in, s->left, stream->content[p->dir]);
}

/* The beginning of a message that is worth a look. False: it is not here yet. */
static bool look(struct parse *p, struct h2_side *s, const struct h2_stream *stream,
                 struct cursor *in)
{
    uint32_t n = grpc_looks(&stream->grpc, p->dir);

    if (n > s->left)
        n = s->left;
    if (n > cur_left(in)) {
        s->held = (uint32_t)cur_left(in);
        cur_short(in, n - s->held);
        return false;
    }
    if (n) {
        parse_tx_key(p, TX_BOTH, stream->id);
        grpc_look(p, &stream->grpc, span_of(in->pos, n));
    }
    return true;
}

/* It only says that it was gRPC. What has been read as a head belongs to the body. */
static void not_messages(struct parse *p, struct h2_stream *stream)
{
    struct http_body **body = &stream->content[p->dir];
    uint8_t head[GRPC_HEAD];
    size_t n = grpc_head_bytes(&stream->grpc.messages[p->dir], head);

    parse_message(p, stream->id);
    http_body_open(p, body, FRAME_CHUNKED);
    if (*body)
        http_body_feed(p, *body, span_of(head, n));
}

static enum h2_flow data_messages(struct parse *p, struct h2_side *s, struct h2_stream *stream,
                                  struct cursor *in)
{
    struct grpc_messages *m = &stream->grpc.messages[p->dir];
    struct http_body **body = &stream->content[p->dir];
    uint32_t n, before;
    enum h2_flow flow;

    while (m->left == 0 && s->left && cur_left(in)) {
        s->left--;
        grpc_head(m, cur_u8(in));
        if (m->lost) {
            not_messages(p, stream);
            return H2_FLOW_ON;
        }
    }
    if (m->left == 0 || s->left == 0)
        return H2_FLOW_ON;
    if (m->left == m->length && !look(p, s, stream, in))
        return H2_FLOW_WAIT;
    parse_message(p, stream->id);
    if (m->left == m->length)
        http_body_type(p, body, SPAN("application/grpc"));
    if (m->left == m->length && m->compressed && stream->grpc.coding[p->dir])
        http_body_coding(p, body, span_text(stream->grpc.coding[p->dir]));
    http_body_open(p, body, FRAME_CHUNKED);
    n = m->left < s->left ? m->left : s->left;
    before = s->left;
    flow = take(p, s, in, n, *body);
    m->left -= before - s->left;
    if (m->left == 0)
        http_body_close(p, body);
    return flow;
}

void h2_data_end(struct parse *p, struct h2_side *s)
{
    struct h2 *h = p->state;
    struct h2_stream *stream = h2_stream_find(&h->streams, p->dir, s->stream);

    s->step = H2_AT_PASS;
    if (s->data_ends && stream)
        h2_stream_end(p, stream);
    s->data_ends = false;
}

enum h2_flow h2_data_step(struct parse *p, struct h2_side *s, struct cursor *in)
{
    struct h2 *h = p->state;
    struct h2_stream *stream = h2_stream_find(&h->streams, p->dir, s->stream);
    enum h2_flow flow;

    if (stream && stream->flags & H2_GRPC && !stream->grpc.messages[p->dir].lost)
        flow = data_messages(p, s, stream, in);
    else
        flow = data_bytes(p, s, stream, in);
    if (s->left == 0)
        h2_data_end(p, s);
    return flow;
}

void h2_data_frame(struct parse *p, struct h2_side *s, const struct h2_frame *f)
{
    struct h2 *h = p->state;
    struct h2_stream *stream = h2_stream_find(&h->streams, p->dir, f->stream);

    /* Its headers were before our time, or it had to give way. */
    if (stream == NULL && (s->unknown || h->streams.forgot) && !h2_stream_is_leftover(p, f->stream))
        stream = h2_stream_of(p, &h->streams, f->stream);
    s->step = H2_AT_DATA;
    s->data_ends = f->flags & H2_END_STREAM;
    if (stream)
        stream->body[p->dir] += s->left;
    if (stream)
        h2_stream_measure(p, stream);
    if (s->left == 0)
        h2_data_end(p, s);
}
