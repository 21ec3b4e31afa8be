/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_message.h"

#include "support/http_line.h"

enum { HOST_MOST = 255, STATUS_DIGITS = 3 };

/* The transaction of the stream, from now on of this direction too. */
static void open_answer(const struct h2_message *m)
{
    struct h2_stream *s = m->stream;

    m->block->kind = H2_ANSWERING;
    s->flags |= H2_ANSWERED;
    parse_tx_key(m->p, TX_REPLY, s->id);
    if (!(s->flags & H2_ASKED))
        parse_uint(m->p, FIELD_HTTP2_STREAM, s->id);
}

static void open_request(const struct h2_message *m)
{
    struct h2_stream *s = m->stream;

    m->block->kind = H2_REQUEST;
    s->flags |= H2_ASKED;
    parse_tx_key(m->p, TX_REQUEST, s->id);
    parse_uint(m->p, FIELD_HTTP2_STREAM, s->id);
}

void h2_message_begin(const struct h2_message *m, enum h2_origin origin)
{
    struct h2_stream *s = m->stream;

    if (origin == H2_PROMISED) {
        open_request(m);
        s->flags |= H2_ENDED << DIR_CLIENT;
    } else if (m->p->dir == DIR_CLIENT && !(s->flags & H2_ASKED)) {
        open_request(m);
    } else if (m->p->dir == DIR_SERVER && !(s->flags & H2_ANSWERED)) {
        m->block->kind = H2_ANSWER;
    } else {
        m->block->kind = H2_TRAILERS;
        parse_tx_key(m->p, TX_BOTH, s->id);
    }
}

/* ---- requests ---- */

static void tell_host(struct parse *p, struct span authority)
{
    struct http_host host = http_host_read(authority);
    struct span name = span_first(host.name, HOST_MOST);
    uint8_t lower[HOST_MOST];

    if (!name.n)
        return;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = span_lower(name.p[i]);
    name = span_of(lower, name.n);
    parse_host(p, name);
    parse_field(p, FIELD_HTTP2_HOST, name);
    if (host.port)
        parse_uint(p, FIELD_HTTP2_PORT, host.port);
}

static uint8_t keep(uint8_t *to, size_t room, struct span text)
{
    text = span_first(text, room);
    if (text.n)
        memcpy(to, text.p, text.n);
    return (uint8_t)text.n;
}

/* The line that HTTP/1 would have had. */
static void detect_line(const struct h2_message *m, struct span path)
{
    m->block->line = true;
    http_detect_request2(m->p, span_of(m->block->method, m->block->method_n), path);
}

static void pseudo_field(const struct h2_message *m, struct span name, struct span value)
{
    struct parse *p = m->p;

    if (span_equal(name, SPAN(":method"))) {
        parse_field(p, FIELD_HTTP2_METHOD, value);
        m->block->method_n = keep(m->block->method, H2_METHOD, value);
    } else if (span_equal(name, SPAN(":path"))) {
        m->block->path_n = keep(m->block->path, H2_PATH, value);
        parse_field(p, FIELD_HTTP2_URL, value);
        http_detect_target(p, value);
        if (m->block->method_n)
            detect_line(m, value);
    } else if (span_equal(name, SPAN(":authority"))) {
        m->block->authority = true;
        tell_host(p, value);
    } else if (span_equal(name, SPAN(":protocol"))) {
        parse_field(p, FIELD_HTTP2_PROTOCOL, value);
        if (span_equal(value, SPAN("websocket")))
            parse_inner(p, APP_WEBSOCKET);
    }
}

static void request_field(const struct h2_message *m, struct span name, struct span value)
{
    struct parse *p = m->p;

    if (p->dir == DIR_CLIENT)
        http_client_header(p, m->client, name, span_trim(value));
    if (span_starts(name, SPAN(":"))) {
        pseudo_field(m, name, value);
    } else if (span_equal(name, SPAN("host"))) {
        if (!m->block->authority)
            tell_host(p, value);
    } else if (span_equal(name, SPAN("user-agent"))) {
        parse_field(p, FIELD_HTTP2_USER_AGENT, value);
    } else if (span_equal(name, SPAN("referer"))) {
        parse_field(p, FIELD_HTTP2_REFERER, value);
    } else if (span_equal(name, SPAN("content-type"))) {
        parse_field(p, FIELD_HTTP2_REQUEST_TYPE, value);
        m->block->grpc = grpc_is_type(value);
    } else if (span_equal(name, SPAN("grpc-timeout"))) {
        parse_field(p, FIELD_HTTP2_GRPC_DEADLINE, value);
    } else if (span_equal(name, SPAN("grpc-encoding"))) {
        parse_field(p, FIELD_HTTP2_GRPC_ENCODING, value);
        grpc_encoding(p, &m->stream->grpc, value);
    }
}

static void tell_odd(struct parse *p, const char *text)
{
    parse_note(p, text);
    http_event_note(p, text);
}

static void request_client(const struct h2_message *m)
{
    unsigned odd = http_client_end(m->p, *m->client);

    if (odd & HTTP_CLIENT_MANY)
        tell_odd(m->p, HTTP_CLIENT_MANY_TEXT);
    if (odd & HTTP_CLIENT_INSIDE)
        tell_odd(m->p, HTTP_CLIENT_INSIDE_TEXT);
}

static void end_request(const struct h2_message *m)
{
    if (m->p->dir == DIR_CLIENT)
        request_client(m);
    if (!m->block->line && m->block->method_n)
        detect_line(m, span_of(m->block->path, m->block->path_n));
    if (!m->block->grpc)
        return;
    m->stream->flags |= H2_GRPC;
    grpc_begin(m->p, &m->stream->grpc, span_of(m->block->path, m->block->path_n));
    parse_proof(m->p, PROOF_CERTAIN);
}

/* ---- answers ---- */

static void status_field(const struct h2_message *m, struct span value)
{
    uint32_t code = 0;

    if (value.n == STATUS_DIGITS && value.p[0] == '1') {
        m->block->kind = H2_INTERIM;
        return;
    }
    open_answer(m);
    http_detect_status2(m->p, value);
    for (size_t i = 0; i < value.n; i++) {
        if (value.n > STATUS_DIGITS || value.p[i] < '0' || value.p[i] > '9')
            return;
        code = code * 10 + (uint32_t)(value.p[i] - '0');
    }
    parse_uint(m->p, FIELD_HTTP2_STATUS, code);
}

static void answer_field(const struct h2_message *m, struct span name, struct span value)
{
    struct parse *p = m->p;

    if (span_equal(name, SPAN("content-type"))) {
        parse_field(p, FIELD_HTTP2_CONTENT_TYPE, value);
        if (grpc_is_type(value)) {
            m->stream->flags |= H2_GRPC;
            parse_inner(p, APP_GRPC);
        }
    } else if (span_equal(name, SPAN("server"))) {
        parse_field(p, FIELD_HTTP2_SERVER, value);
    } else if (span_equal(name, SPAN("location"))) {
        parse_field(p, FIELD_HTTP2_REDIRECT, value);
    } else if (span_equal(name, SPAN("grpc-encoding"))) {
        grpc_encoding(p, &m->stream->grpc, value);
    }
}

/* They may also stand in the only block of an answer. */
static void trailer_field(const struct h2_message *m, struct span name, struct span value)
{
    if (span_equal(name, SPAN("grpc-status")))
        m->block->status_n = keep(m->block->status, H2_STATUS, value);
    else if (span_equal(name, SPAN("grpc-message")))
        m->block->text_n = keep(m->block->text, H2_TEXT, value);
}

static void end_answer(const struct h2_message *m)
{
    const struct h2_block *b = m->block;

    grpc_status(m->p, &m->stream->grpc, span_of(b->status, b->status_n),
                span_of(b->text, b->text_n));
    if (b->kind == H2_ANSWERING && http_product_wanted(m->product))
        http_product_answer(m->p, m->product, 0);
}

/* ---- ---- */

void h2_message_field(void *arg, struct span name, struct span value)
{
    const struct h2_message *m = arg;
    struct h2_block *b = m->block;

    b->told = true;
    if (b->quiet || b->kind == H2_INTERIM)
        return;
    if (span_equal(name, SPAN(":authority")))
        http_lines_field(m->p, &b->lines, SPAN("host"), value);
    else if (!span_starts(name, SPAN(":")))
        http_lines_field(m->p, &b->lines, name, value);
    if (span_equal(name, SPAN("content-type")))
        http_body_type(m->p, &m->stream->content[m->p->dir], value);
    if (span_equal(name, SPAN("content-encoding")))
        http_body_coding(m->p, &m->stream->content[m->p->dir], value);
    if (name.n && http_product_wanted(m->product))
        http_product_field(m->p, m->product, name, value);
    if (b->kind == H2_REQUEST && m->p->dir == DIR_CLIENT)
        http_event_header(m->p, m->event, name, value);
    if (b->kind == H2_REQUEST) {
        request_field(m, name, value);
    } else if (b->kind == H2_ANSWER && span_equal(name, SPAN(":status"))) {
        status_field(m, value);
    } else if (m->p->dir == DIR_SERVER) {
        if (b->kind == H2_ANSWER)
            open_answer(m);
        if (b->kind == H2_ANSWERING) {
            http_event_header(m->p, m->event, name, value);
            answer_field(m, name, value);
        }
        trailer_field(m, name, value);
    }
}

void h2_message_end(const struct h2_message *m)
{
    http_lines_end(m->p, &m->block->lines);
    if (m->block->kind == (m->p->dir == DIR_CLIENT ? H2_REQUEST : H2_ANSWERING))
        http_event_end(m->p, *m->event);
    if (m->block->kind == H2_ANSWER)
        open_answer(m);
    if (m->block->kind == H2_REQUEST)
        end_request(m);
    else if (m->p->dir == DIR_SERVER)
        end_answer(m);
}
