/* SPDX-License-Identifier: Apache-2.0
 *
 * rabbitstream: the stream protocol of RabbitMQ, port 5552.
 *
 *     size 4, key 2 (bit 15: a response), version 2, [correlation 4, [code 2]], body
 *
 * Strings are length 2 (-1: null) and text; maps and lists begin with a count of 4 bytes.
 */
#include "parser/parser.h"
#include "support/bodies.h"
#include "support/sasl_user.h"

enum {
    RESPONSE = 0x8000,
    FRAME_MOST = 64 << 20,
    HEAD_MOST = 12 << 10,
    KEY_LAST = 30,
    WHO_MAX = 48,
    OPEN_MAX = 16,
};

enum {
    PUBLISH = 2,
    PUBLISH_CONFIRM = 3,
    SUBSCRIBE = 7,
    DELIVER = 8,
    CREDIT = 9,
    STORE_OFFSET = 10,
    METADATA_UPDATE = 16,
    PEER_PROPERTIES = 17,
    HANDSHAKE = 18,
    AUTHENTICATE = 19,
    TUNE = 20,
    OPEN = 21,
    HEARTBEAT = 23,
};

enum { CODE_OK = 1, CODE_AUTHENTICATION = 8, CODE_VHOST = 12, CODE_ACCESS = 16 };

struct asked {
    uint32_t correlation;
    uint16_t key;
};

struct stream_state {
    struct asked asked[OPEN_MAX]; /* oldest first, as the engine has them */
    uint8_t open;
    uint8_t who_len;
    char who[WHO_MAX];
    bool matched;
    bool lost[2];
};

struct frame {
    uint32_t size, correlation;
    uint16_t key, code;
    bool is_response;
};

static const char *const names[KEY_LAST + 1] = {
    [1] = "DeclarePublisher",
    [2] = "Publish",
    [3] = "PublishConfirm",
    [4] = "PublishError",
    [5] = "QueryPublisherSequence",
    [6] = "DeletePublisher",
    [7] = "Subscribe",
    [8] = "Deliver",
    [9] = "Credit",
    [10] = "StoreOffset",
    [11] = "QueryOffset",
    [12] = "Unsubscribe",
    [13] = "Create",
    [14] = "Delete",
    [15] = "Metadata",
    [16] = "MetadataUpdate",
    [17] = "PeerProperties",
    [18] = "SaslHandshake",
    [19] = "SaslAuthenticate",
    [20] = "Tune",
    [21] = "Open",
    [22] = "Close",
    [23] = "Heartbeat",
    [24] = "Route",
    [25] = "Partitions",
    [26] = "ConsumerUpdate",
    [27] = "ExchangeCommandVersions",
    [28] = "StreamStats",
    [29] = "CreateSuperStream",
    [30] = "DeleteSuperStream",
};

/* Frames that nobody answers have no correlation. */
static bool has_correlation(uint16_t key)
{
    return key != PUBLISH && key != PUBLISH_CONFIRM && key != 4 && key != DELIVER &&
           key != CREDIT && key != STORE_OFFSET && key != METADATA_UPDATE && key != TUNE &&
           key != HEARTBEAT;
}

static struct span read_string(struct cursor *in)
{
    int16_t n = (int16_t)cur_be16(in);

    if (n < -1)
        cur_fail(in);
    return cur_span(in, n < 0 ? 0 : (size_t)n);
}

static void head_read(struct cursor *in, struct frame *f)
{
    uint16_t key, version;

    f->size = cur_be32(in);
    key = cur_be16(in);
    version = cur_be16(in);
    f->is_response = key & RESPONSE;
    f->key = key & (uint16_t)~RESPONSE;
    if (in->state == CUR_OK && (f->size < 4 || f->size > FRAME_MOST || f->key == 0 ||
                                f->key > KEY_LAST || version < 1 || version > 2))
        cur_fail(in);
}

static void tell(struct parse *p, enum field field, struct span value)
{
    if (value.n && span_printable(value))
        parse_field(p, field, value);
}

/* What one end says about itself. Returns whether it is read to its end, and names a product. */
static bool properties_read(struct parse *p, struct cursor *body)
{
    bool is_server = p->dir == DIR_SERVER, named = false;

    for (uint32_t left = cur_be32(body); left && body->state == CUR_OK; left--) {
        struct span key = read_string(body), value = read_string(body);

        if (body->state != CUR_OK)
            return false;
        if (span_equal(key, SPAN("product"))) {
            tell(p, is_server ? FIELD_AMQP_SERVER_PRODUCT : FIELD_AMQP_CLIENT_PRODUCT, value);
            named = true;
            if (is_server && span_equal(value, SPAN("RabbitMQ")))
                parse_product(p, PRODUCT_RABBITMQ);
        } else if (span_equal(key, SPAN("version"))) {
            tell(p, is_server ? FIELD_AMQP_SERVER_VERSION : FIELD_AMQP_CLIENT_VERSION, value);
        }
    }
    return named && cur_done(body);
}

static void user_read(struct parse *p, struct stream_state *s, struct cursor *body)
{
    struct span mechanism = read_string(body), token = cur_span(body, cur_be32(body)), user;

    if (body->state != CUR_OK)
        return;
    tell(p, FIELD_AMQP_MECHANISM, mechanism);
    user = sasl_user(sasl_kind_of(mechanism), token);
    tell(p, FIELD_AMQP_USER, user);
    user = span_first(user, WHO_MAX);
    s->who_len = (uint8_t)user.n;
    if (user.n)
        memcpy(s->who, user.p, user.n);
}

/* The name of the stream: DeclarePublisher and Subscribe have a number in front, the first also a
 * reference. */
static struct span stream_read(struct cursor *body, uint16_t key)
{
    if (key == 1 || key == SUBSCRIBE)
        cur_skip(body, 1);
    if (key == 1 || key == 5)
        (void)read_string(body);
    return read_string(body);
}

static void request_tell(struct parse *p, struct stream_state *s, const struct frame *f,
                         struct cursor *body)
{
    switch (f->key) {
    case PEER_PROPERTIES:
        (void)properties_read(p, body);
        break;
    case AUTHENTICATE:
        user_read(p, s, body);
        break;
    case OPEN:
        tell(p, FIELD_AMQP_VHOST, read_string(body));
        break;
    case 1:
    case 5:
    case SUBSCRIBE:
    case 13:
    case 14:
        tell(p, FIELD_AMQP_QUEUE, stream_read(body, f->key));
        break;
    default:
        break;
    }
}

static void code_tell(struct parse *p, const struct stream_state *s, const struct frame *f)
{
    struct span who = span_of(s->who, s->who_len);

    if (f->code == CODE_OK || f->code == 0)
        return;
    parse_uint(p, FIELD_AMQP_CLOSE_CODE, f->code);
    if (f->code == CODE_AUTHENTICATION)
        parse_refused(p, "RabbitMQ refuses the login", who);
    else if (f->code == CODE_VHOST || f->code == CODE_ACCESS)
        parse_refused(p, "RabbitMQ refuses access", who);
}

static bool asked_find(const struct stream_state *s, const struct frame *f, unsigned *at)
{
    for (*at = 0; *at < s->open; (*at)++)
        if (s->asked[*at].correlation == f->correlation && s->asked[*at].key == f->key)
            return true;
    return false;
}

/* The engine answers the oldest first: those in front of this one stay without answer. */
static void asked_answer(struct parse *p, struct stream_state *s, unsigned at)
{
    for (unsigned i = 0; i < at; i++) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
    }
    parse_tx(p, TX_REPLY);
    s->open -= (uint8_t)(at + 1);
    memmove(s->asked, s->asked + at + 1, s->open * sizeof(s->asked[0]));
}

static void request_read(struct parse *p, struct stream_state *s, const struct frame *f,
                         struct cursor *body)
{
    if (s->open == OPEN_MAX) {
        asked_answer(p, s, 0);
        parse_tx(p, TX_DONE);
    }
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_AMQP_VERSION, "stream");
    parse_text(p, FIELD_AMQP_METHOD, names[f->key]);
    request_tell(p, s, f, body);
    if (p->dir == DIR_CLIENT && has_correlation(f->key))
        s->asked[s->open++] = (struct asked){f->correlation, f->key};
    else
        parse_tx(p, TX_DONE);
}

static void response_read(struct parse *p, struct stream_state *s, const struct frame *f,
                          struct cursor *body)
{
    unsigned at;

    if (!asked_find(s, f, &at))
        return;
    parse_proof(p, PROOF_CERTAIN);
    s->matched = true;
    asked_answer(p, s, at);
    if (f->key == PEER_PROPERTIES)
        (void)properties_read(p, body);
    code_tell(p, s, f);
    parse_tx(p, TX_DONE);
}

/* The properties of a peer, to their end, are long enough to be believed. */
static void properties_prove(struct parse *p, struct stream_state *s, const struct cursor *body)
{
    struct cursor at = *body;
    struct parse silent = *p;

    silent.wants_tx = false;
    if (!properties_read(&silent, &at))
        return;
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
}

static void body_read(struct parse *p, struct stream_state *s, struct frame *f, struct cursor *body)
{
    if (has_correlation(f->key) || f->is_response)
        f->correlation = f->key == CREDIT || f->key == TUNE ? 0 : cur_be32(body);
    if (f->is_response && f->key != TUNE)
        f->code = cur_be16(body);
    if (body->state != CUR_OK)
        return;
    if (!s->matched && f->key == PEER_PROPERTIES)
        properties_prove(p, s, body);
    if (!s->matched && !p->midstream && !f->is_response)
        cur_fail(body); /* a session begins with them */
    if (f->key == HEARTBEAT || f->key == CREDIT || f->key == PUBLISH_CONFIRM || f->key == TUNE)
        return;
    if (f->is_response)
        response_read(p, s, f, body);
    else
        request_read(p, s, f, body);
}

static struct rest stream_step(struct parse *p, struct cursor *in)
{
    struct stream_state *s = p->state;
    struct frame f = {0};
    struct cursor body;
    uint32_t n, head;

    head_read(in, &f);
    if (in->state != CUR_OK)
        return rest_none();
    n = f.size - 4;
    if (s->matched && (f.key == PUBLISH || f.key == DELIVER))
        return rest_body(n, BUFFER_WHOLE);
    head = n < HEAD_MOST ? n : HEAD_MOST;
    body = cur_sub(in, head);
    if (in->state != CUR_OK)
        return rest_none();
    body_read(p, s, &f, &body);
    if (!s->matched)
        cur_join(in, &body);
    return rest_skip(n - head);
}

static enum parse_result stream_parse(struct parse *p, struct cursor *in)
{
    struct stream_state *s = p->state;
    struct cursor at = *in;
    struct frame f;

    if (s->lost[p->dir]) {
        head_read(&at, &f);
        if (at.state != CUR_OK)
            return bodies_over(p, in, &s->matched);
        s->lost[p->dir] = false;
    }
    return bodies_walk(p, in, stream_step, &s->matched);
}

static void stream_gap(struct parse *p, uint64_t missing)
{
    struct stream_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

/* The first frame of a client: its size is that of a few properties. */
static bool stream_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    struct frame f;

    head_read(&in, &f);
    if (in.state != CUR_OK)
        return in.state == CUR_SHORT && first.p[0] == 0 && (first.n < 2 || first.p[1] == 0);
    return f.is_response == (from == DIR_SERVER) && f.key == PEER_PROPERTIES;
}

static const uint16_t stream_ports[] = {5552, 5551, 0};

const struct parser parser_rabbitstream = {
    .name = "rabbitstream",
    .event = "amqp",
    .evidence = "peer properties, answered with their correlation id",
    .app = APP_AMQP,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = stream_ports,
    .state_size = sizeof(struct stream_state),
    .max_pending = 16u << 10,
    .probe = stream_probe,
    .parse = stream_parse,
    .gap = stream_gap,
};
