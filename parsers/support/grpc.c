/* SPDX-License-Identifier: Apache-2.0 */
#include "support/grpc.h"

#include "support/grpc_service.h"
#include "support/protobuf.h"

enum {
    DENIED = 7,
    UNAUTHENTICATED = 16,
    STATUS_DIGITS = 3,
    HEADER = 1, /* of every answer of etcd */
    CLUSTER = 1,
    MEMBER = 2,
    UNKNOWN_FLAGS = 0x7e, /* but for "compressed", and that of trailers in gRPC-Web */
    MESSAGE_MOST = 256 << 20,
    GRANTED = 2, /* the lease, in the answer to LeaseGrant */
};

/* Which fields of its requests are worth telling. Passwords stand in others. */
struct etcd_call {
    const char *path;
    uint8_t key, lease, user;
    bool nested; /* they stand in the message of field 1 */
    bool grants; /* the answer has the lease */
    bool is_login;
};

static const struct etcd_call etcd_calls[] = {
    {.path = "/etcdserverpb.KV/Range", .key = 1},
    {.path = "/etcdserverpb.KV/Put", .key = 1, .lease = 3},
    {.path = "/etcdserverpb.KV/DeleteRange", .key = 1},
    {.path = "/etcdserverpb.Watch/Watch", .key = 1, .nested = true},
    {.path = "/etcdserverpb.Lease/LeaseGrant", .grants = true},
    {.path = "/etcdserverpb.Lease/LeaseRevoke", .lease = 1},
    {.path = "/etcdserverpb.Lease/LeaseKeepAlive", .lease = 1},
    {.path = "/etcdserverpb.Lease/LeaseTimeToLive", .lease = 1},
    {.path = "/etcdserverpb.Auth/Authenticate", .user = 1, .is_login = true},
    {.path = "/etcdserverpb.Auth/UserAdd", .user = 1},
    {.path = "/etcdserverpb.Auth/UserGet", .user = 1},
    {.path = "/etcdserverpb.Auth/UserDelete", .user = 1},
    {.path = "/etcdserverpb.Auth/UserChangePassword", .user = 1},
    {.path = "/etcdserverpb.Auth/UserGrantRole", .user = 1},
    {.path = "/etcdserverpb.Auth/UserRevokeRole", .user = 1},
    {.path = "/v3lockpb.Lock/Lock", .key = 1, .lease = 2},
    {.path = "/v3lockpb.Lock/Unlock", .key = 1},
    {.path = "/v3electionpb.Election/Campaign", .key = 1, .lease = 2},
    {.path = "/v3electionpb.Election/Leader", .key = 1},
    {.path = "/v3electionpb.Election/Observe", .key = 1},
    {.path = "/"}, /* any other of etcd */
};

enum { ETCD_CALLS = sizeof etcd_calls / sizeof etcd_calls[0] };

bool grpc_is_type(struct span content_type)
{
    return span_starts_nocase(content_type, SPAN("application/grpc"));
}

void grpc_encoding(struct parse *p, struct grpc_call *call, struct span name)
{
    static const char *const known[] = {"gzip", "deflate", "zstd", "br"};

    if (span_equal(name, SPAN("identity")))
        return;
    call->compressed |= (uint8_t)(1u << p->dir);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_equal_nocase(name, span_text(known[i])))
            call->coding[p->dir] = known[i];
    if (call->coding[p->dir] == NULL)
        parse_note_value(p, "gRPC messages in an unknown compression", name);
}

static bool is_etcd(struct span path)
{
    return span_starts(path, SPAN("/etcdserverpb.")) || span_starts(path, SPAN("/v3lockpb.")) ||
           span_starts(path, SPAN("/v3electionpb."));
}

static void etcd_begin(struct parse *p, struct grpc_call *call, struct span path)
{
    uint8_t i = 0;

    while (i < ETCD_CALLS - 1 && !span_equal(path, span_text(etcd_calls[i].path)))
        i++;
    call->etcd = (uint8_t)(i + 1);
    parse_inner(p, APP_ETCD);
    parse_product(p, PRODUCT_ETCD);
    if (span_starts(path, SPAN("/etcdserverpb.Auth/")))
        parse_note_value(p, "etcd accounts are being used",
                         span_from(path, sizeof "/etcdserverpb." - 1));
}

void grpc_begin(struct parse *p, struct grpc_call *call, struct span path)
{
    struct span rest = span_from(path, 1);
    size_t slash = span_index(rest, '/');

    parse_inner(p, APP_GRPC);
    if (slash < rest.n) {
        parse_field(p, FIELD_HTTP2_GRPC_SERVICE, span_first(rest, slash));
        parse_field(p, FIELD_HTTP2_GRPC_METHOD, span_from(rest, slash + 1));
    }
    grpc_service_tell(p, path);
    if (is_etcd(path))
        etcd_begin(p, call, path);
    if (span_starts(path, SPAN("/grpc.reflection.")))
        parse_note(p, "gRPC services are being listed (reflection)");
}

void grpc_head(struct grpc_messages *m, uint8_t byte)
{
    if (m->head == 0) {
        m->length = 0;
        m->head = 1;
        m->flags = byte;
        m->compressed = byte & 1;
        m->lost = byte & UNKNOWN_FLAGS;
        return;
    }
    m->length = m->length << 8 | byte;
    if (++m->head < GRPC_HEAD)
        return;
    m->lost = m->length > MESSAGE_MOST;
    if (m->lost)
        return;
    m->count++;
    m->bytes += m->length;
    m->left = m->length;
    m->head = 0;
}

size_t grpc_head_bytes(const struct grpc_messages *m, uint8_t bytes[GRPC_HEAD])
{
    bytes[0] = m->flags;
    for (unsigned i = 1; i < m->head; i++)
        bytes[i] = (uint8_t)(m->length >> 8 * (m->head - 1u - i));
    return m->head;
}

uint32_t grpc_looks(const struct grpc_call *call, enum dir dir)
{
    const struct grpc_messages *m = &call->messages[dir];

    if (!call->etcd || m->count != 1 || m->left < m->length || call->compressed >> dir & 1)
        return 0;
    return m->left < GRPC_LOOK ? m->left : GRPC_LOOK;
}

static void look_request(struct parse *p, const struct etcd_call *call, struct cursor *message)
{
    struct pb_field f;

    while (pb_next(message, &f)) {
        bool text = f.type == PB_BYTES;

        if (f.number == call->key && text)
            parse_field(p, FIELD_HTTP2_ETCD_KEY, f.bytes);
        else if (f.number == call->user && text)
            parse_field(p, FIELD_HTTP2_ETCD_USER, f.bytes);
        else if (f.number == call->lease && f.type == PB_NUMBER && f.value)
            parse_uint(p, FIELD_HTTP2_ETCD_LEASE, f.value);
    }
}

static void look_answer(struct parse *p, const struct etcd_call *call, struct cursor *message)
{
    struct pb_field f, h;

    if (!pb_next(message, &f) || f.number != HEADER || f.type != PB_BYTES)
        return;
    struct cursor header = cur_of(f.bytes);

    while (pb_next(&header, &h)) {
        if (h.number == CLUSTER && h.type == PB_NUMBER)
            parse_uint(p, FIELD_HTTP2_ETCD_CLUSTER, h.value);
        else if (h.number == MEMBER && h.type == PB_NUMBER)
            parse_uint(p, FIELD_HTTP2_ETCD_MEMBER, h.value);
    }
    if (call->grants && pb_next(message, &f) && f.number == GRANTED && f.type == PB_NUMBER)
        parse_uint(p, FIELD_HTTP2_ETCD_LEASE, f.value);
}

void grpc_look(struct parse *p, const struct grpc_call *call, struct span bytes)
{
    const struct etcd_call *etcd = &etcd_calls[call->etcd - 1];
    struct cursor message = cur_of(bytes);
    struct pb_field f;

    if (p->dir == DIR_SERVER) {
        look_answer(p, etcd, &message);
        return;
    }
    if (etcd->nested) {
        if (!pb_next(&message, &f) || f.number != 1 || f.type != PB_BYTES)
            return;
        message = cur_of(f.bytes);
    }
    look_request(p, etcd, &message);
}

void grpc_status(struct parse *p, const struct grpc_call *call, struct span status,
                 struct span message)
{
    uint32_t code = 0;

    if (status.n == 0)
        return;
    for (size_t i = 0; i < status.n; i++) {
        if (status.n > STATUS_DIGITS || status.p[i] < '0' || status.p[i] > '9')
            return;
        code = code * 10 + (uint32_t)(status.p[i] - '0');
    }
    parse_inner(p, APP_GRPC); /* nobody else has this field */
    parse_uint(p, FIELD_HTTP2_GRPC_STATUS, code);
    if (message.n)
        parse_field(p, FIELD_HTTP2_GRPC_MESSAGE, message);
    if (code == DENIED)
        parse_refused(p, "gRPC call not permitted", message);
    if (code == UNAUTHENTICATED)
        parse_refused(p, "gRPC call without valid credentials", message);
    if (call->etcd && etcd_calls[call->etcd - 1].is_login && code)
        parse_refused(p, "etcd refuses a login", message);
}

void grpc_report(struct parse *p, const struct grpc_call *call)
{
    const struct grpc_messages *sent = &call->messages[DIR_CLIENT];
    const struct grpc_messages *received = &call->messages[DIR_SERVER];

    parse_uint(p, FIELD_HTTP2_GRPC_SENT, sent->count);
    parse_uint(p, FIELD_HTTP2_GRPC_SENT_BYTES, sent->bytes);
    parse_uint(p, FIELD_HTTP2_GRPC_RECEIVED, received->count);
    parse_uint(p, FIELD_HTTP2_GRPC_RECEIVED_BYTES, received->bytes);
}
