/* SPDX-License-Identifier: Apache-2.0
 *
 * Header fields of HTTP/2 (RFC 9113 section 8) and of gRPC over it.
 */
#include "support/h2_stream.h"

#define APPLICATION_GRPC "application/grpc"

enum { GRPC_DENIED = 7, GRPC_UNAUTHENTICATED = 16 };

struct h2_stream *h2_stream_of(struct h2_stream table[H2_STREAMS], uint32_t id)
{
    struct h2_stream *s = &table[(id >> 1 ^ id << 5) % H2_STREAMS];

    if (s->id != id)
        *s = (struct h2_stream){.id = id};
    return s;
}

/* "a.org:443" and "[::1]:443" without the port. */
static struct span host_of(struct span authority)
{
    size_t colon = span_index(authority, ':');

    if (authority.n && authority.p[0] == '[') {
        size_t bracket = span_index(authority, ']');

        return span_first(authority, bracket < authority.n ? bracket + 1 : bracket);
    }
    return span_first(authority, colon);
}

static uint64_t number_of(struct span text)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.n && i < 19; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            break;
        value = value * 10 + (uint64_t)(text.p[i] - '0');
    }
    return value;
}

static void keep_path(struct h2_stream *s, struct span path)
{
    s->path_n = 0;
    for (size_t i = 0; i < path.n && i < sizeof s->path; i++)
        s->path[s->path_n++] = path.p[i];
}

static bool is_etcd(struct span path)
{
    return span_starts(path, SPAN("/etcdserverpb.")) || span_starts(path, SPAN("/v3lockpb.")) ||
           span_starts(path, SPAN("/v3electionpb."));
}

static bool has_key(struct span path)
{
    return span_equal(path, SPAN("/etcdserverpb.KV/Range")) ||
           span_equal(path, SPAN("/etcdserverpb.KV/Put")) ||
           span_equal(path, SPAN("/etcdserverpb.KV/DeleteRange"));
}

/* "/package.Service/Method" */
static void begin_grpc(struct parse *p, struct h2_stream *s)
{
    struct span path = span_of(s->path, s->path_n);
    struct span rest = span_from(path, path.n ? 1 : 0);
    size_t slash = span_index(rest, '/');

    s->flags |= H2_STREAM_GRPC;
    parse_inner(p, APP_GRPC);
    parse_field(p, FIELD_HTTP2_GRPC_SERVICE, span_first(rest, slash));
    if (slash < rest.n)
        parse_field(p, FIELD_HTTP2_GRPC_METHOD, span_from(rest, slash + 1));
    if (is_etcd(path)) {
        parse_inner(p, APP_ETCD);
        parse_product(p, PRODUCT_ETCD);
        if (has_key(path))
            s->flags |= H2_STREAM_KEY;
    }
    if (span_starts(path, SPAN("/grpc.reflection.")))
        parse_note(p, "gRPC services are being listed (reflection)");
}

static void request_field(struct parse *p, struct h2_stream *s, struct span name, struct span value)
{
    if (span_equal(name, SPAN(":method"))) {
        parse_field(p, FIELD_HTTP2_METHOD, value);
    } else if (span_equal(name, SPAN(":path"))) {
        keep_path(s, value);
        parse_field(p, FIELD_HTTP2_URL, value);
    } else if (span_equal(name, SPAN(":authority")) || span_equal(name, SPAN("host"))) {
        parse_host(p, host_of(value));
        parse_field(p, FIELD_HTTP2_HOST, value);
    } else if (span_equal(name, SPAN(":protocol"))) {
        parse_field(p, FIELD_HTTP2_PROTOCOL, value);
        if (span_equal(value, SPAN("websocket")))
            parse_inner(p, APP_WEBSOCKET);
    } else if (span_equal(name, SPAN("user-agent"))) {
        parse_field(p, FIELD_HTTP2_USER_AGENT, value);
    } else if (span_equal(name, SPAN("referer"))) {
        parse_field(p, FIELD_HTTP2_REFERER, value);
    } else if (span_equal(name, SPAN("content-type"))) {
        parse_field(p, FIELD_HTTP2_REQUEST_TYPE, value);
        if (span_starts(value, SPAN(APPLICATION_GRPC)))
            begin_grpc(p, s);
    } else if (span_equal(name, SPAN("grpc-timeout"))) {
        parse_field(p, FIELD_HTTP2_GRPC_TIMEOUT, value);
    } else if (span_equal(name, SPAN("grpc-encoding"))) {
        parse_field(p, FIELD_HTTP2_GRPC_ENCODING, value);
    }
}

static void grpc_status(struct parse *p, const struct h2_stream *s, struct span value)
{
    uint64_t status = number_of(value);

    parse_inner(p, APP_GRPC); /* nobody else has this field */
    parse_uint(p, FIELD_HTTP2_GRPC_STATUS, status);
    if (status == GRPC_DENIED || status == GRPC_UNAUTHENTICATED)
        parse_refused(p, "gRPC call refused", span_of(s->path, s->path_n));
}

static void answer_field(struct h2_block *b, struct span name, struct span value)
{
    struct parse *p = b->p;

    if (span_equal(name, SPAN(":status"))) {
        b->interim = value.n == 3 && value.p[0] == '1';
        if (!b->interim)
            parse_uint(p, FIELD_HTTP2_STATUS, number_of(value));
    } else if (span_equal(name, SPAN("content-type"))) {
        parse_field(p, FIELD_HTTP2_CONTENT_TYPE, value);
        if (span_starts(value, SPAN(APPLICATION_GRPC)) && b->stream->path_n == 0)
            parse_inner(p, APP_GRPC);
    } else if (span_equal(name, SPAN("server"))) {
        parse_field(p, FIELD_HTTP2_SERVER, value);
    } else if (span_equal(name, SPAN("content-length"))) {
        parse_uint(p, FIELD_HTTP2_LENGTH, number_of(value));
    } else if (span_equal(name, SPAN("location"))) {
        parse_field(p, FIELD_HTTP2_REDIRECT, value);
    } else if (span_equal(name, SPAN("grpc-status"))) {
        grpc_status(p, b->stream, value);
    } else if (span_equal(name, SPAN("grpc-message"))) {
        parse_field(p, FIELD_HTTP2_GRPC_MESSAGE, value);
    }
}

void h2_stream_field(void *arg, struct span name, struct span value)
{
    struct h2_block *b = arg;

    if (b->request)
        request_field(b->p, b->stream, name, value);
    else
        answer_field(b, name, value);
}

void h2_stream_report(struct parse *p, const struct h2_stream *s)
{
    if (!(s->flags & H2_STREAM_GRPC))
        return;
    parse_uint(p, FIELD_HTTP2_GRPC_SENT, s->messages[DIR_CLIENT].count);
    parse_uint(p, FIELD_HTTP2_GRPC_SENT_BYTES, s->messages[DIR_CLIENT].bytes);
    parse_uint(p, FIELD_HTTP2_GRPC_RECEIVED, s->messages[DIR_SERVER].count);
    parse_uint(p, FIELD_HTTP2_GRPC_RECEIVED_BYTES, s->messages[DIR_SERVER].bytes);
}

void h2_message_head(struct h2_messages *m, uint8_t byte)
{
    if (m->head == 0) {
        m->length = 0;
        m->head = 1;
        return;
    }
    m->length = m->length << 8 | byte;
    if (++m->head < H2_GRPC_HEAD)
        return;
    m->count++;
    m->bytes += m->length;
    m->left = m->length;
    m->head = 0;
}
