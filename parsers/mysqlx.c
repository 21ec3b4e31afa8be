/* SPDX-License-Identifier: Apache-2.0
 *
 * mysqlx: the X protocol of MySQL. Messages are length(4 LE) type(1) and a protobuf of length - 1
 * bytes. Here is what comes before the login; the rest stands in mysqlx_session.h.
 */
#include "parser/parser.h"
#include "support/mysqlx_session.h"
#include "support/walk.h"

enum {
    MESSAGE_MAX = 16 << 10, /* before the login */
    CAPABILITIES_MAX = 64,
    NAME_MAX_BYTES = 64,
    TAG_FIRST = 0x0a, /* field 1, bytes */
};

enum client_message {
    CLIENT_CAPABILITIES_GET = 1,
    CLIENT_CAPABILITIES_SET = 2,
    CLIENT_CLOSE = 3,
    CLIENT_AUTH_START = 4,
};

enum server_message {
    SERVER_OK = 0,
    SERVER_ERROR = 1,
    SERVER_CAPABILITIES = 2,
    SERVER_NOTICE = 11,
    SERVER_LAST = 19,
};

struct mysqlx_state {
    bool spoke[2]; /* by direction: something only this protocol says */
    bool asked[2]; /* something others could say too */
    bool tls;      /* was asked for */
    bool matched;
    bool login; /* has begun */
    struct mysqlx_session session;
};

/* A protobuf's length: one or two bytes are enough here. */
static size_t read_length(struct cursor *c)
{
    uint8_t low = cur_u8(c);
    uint8_t high = low & 0x80 ? cur_u8(c) : 0;

    if (high & 0x80)
        cur_fail(c);
    return (size_t)(low & 0x7f) | (size_t)high << 7;
}

static struct cursor read_first_field(struct cursor *c)
{
    if (cur_u8(c) != TAG_FIRST)
        cur_fail(c);
    return cur_sub(c, read_length(c));
}

static struct span read_name(struct cursor *c)
{
    struct cursor field = read_first_field(c);
    struct span name = cur_rest(&field);

    if (name.n == 0 || name.n > NAME_MAX_BYTES || !span_printable(name))
        cur_fail(c);
    return name;
}

/* A list of {name, value}. True: TLS is among them. */
static bool read_capabilities(struct cursor *c)
{
    bool tls = false;

    for (int i = 0; i < CAPABILITIES_MAX && cur_left(c); i++) {
        struct cursor capability = read_first_field(c);

        tls = span_equal(read_name(&capability), SPAN("tls")) || tls;
        if (c->state == CUR_OK)
            cur_join(c, &capability);
    }
    return tls;
}

static void client_read(struct mysqlx_state *s, uint8_t type, struct cursor *body)
{
    struct cursor list;
    struct span name;

    switch (type) {
    case CLIENT_CAPABILITIES_GET:
        s->asked[DIR_CLIENT] = true;
        break;
    case CLIENT_CAPABILITIES_SET:
        list = read_first_field(body);
        s->tls = read_capabilities(&list);
        cur_join(body, &list);
        s->spoke[DIR_CLIENT] = true;
        break;
    case CLIENT_AUTH_START:
        name = read_name(body);
        if (!span_equal(name, SPAN("PLAIN")) && !span_equal(name, SPAN("MYSQL41")) &&
            !span_equal(name, SPAN("SHA256_MEMORY")) && !span_equal(name, SPAN("EXTERNAL")))
            cur_fail(body);
        (void)cur_rest(body);
        s->spoke[DIR_CLIENT] = true;
        break;
    case CLIENT_CLOSE:
        break;
    default:
        cur_fail(body);
        break;
    }
    if (!cur_done(body))
        cur_fail(body);
}

/* The greeting is a notice without content; older servers wait for the client. */
static void server_read(struct mysqlx_state *s, uint8_t type, struct cursor *body)
{
    switch (type) {
    case SERVER_CAPABILITIES:
        (void)read_capabilities(body);
        if (!cur_done(body))
            cur_fail(body);
        s->spoke[DIR_SERVER] = true;
        break;
    case SERVER_NOTICE:
        if (cur_u8(body) != 0x08)
            cur_fail(body);
        s->spoke[DIR_SERVER] = cur_u8(body) == 5 || s->spoke[DIR_SERVER];
        break;
    case SERVER_OK:
    case SERVER_ERROR:
        s->asked[DIR_SERVER] = true;
        break;
    default:
        if (type > SERVER_LAST || !s->spoke[DIR_CLIENT])
            cur_fail(body);
        break;
    }
}

/* MORE: nothing is proved yet. */
static enum parse_result judge(struct parse *p, struct mysqlx_state *s)
{
    bool client = s->spoke[DIR_CLIENT];
    bool server = s->spoke[DIR_SERVER];

    if ((client && (server || s->asked[DIR_SERVER])) || (server && s->asked[DIR_CLIENT])) {
        parse_proof(p, PROOF_CERTAIN);
        s->matched = true;
        return PARSE_MATCH;
    }
    if (!client && !server)
        return PARSE_MORE;
    parse_proof(p, PROOF_FAIR);
    s->matched = true;
    return PARSE_MATCH;
}

static uint64_t session_step(struct parse *p, struct cursor *in)
{
    struct mysqlx_state *s = p->state;
    uint64_t rest = mysqlx_session_step(p, &s->session, in);

    if (p->dir == DIR_SERVER && in->state == CUR_OK)
        parse_proof(p, PROOF_CERTAIN);
    return rest;
}

/* From the consent to TLS on nobody can read it. */
static enum parse_result message_read(struct parse *p, struct mysqlx_state *s, struct cursor *in)
{
    struct cursor whole = *in;
    uint32_t size = cur_le32(in);
    struct cursor body;
    enum parse_result result;
    uint8_t type;

    if (size < 1 || size > MESSAGE_MAX)
        cur_fail(in);
    body = cur_sub(in, size);
    if (in->state != CUR_OK)
        return parse_stop(in);
    type = cur_u8(&body);
    if (p->dir == DIR_CLIENT)
        client_read(s, type, &body);
    else
        server_read(s, type, &body);
    if (body.state != CUR_OK)
        return PARSE_REJECT;
    result = judge(p, s);
    if (p->dir == DIR_CLIENT && type == CLIENT_AUTH_START) {
        s->login = true;
        *in = whole;
        return result;
    }
    parse_commit(p, in);
    if (p->dir == DIR_SERVER && type == SERVER_OK && s->tls) {
        parse_upgrade(p);
        return PARSE_DONE;
    }
    if (p->dir == DIR_SERVER && type == SERVER_ERROR)
        s->tls = false;
    return result;
}

static enum parse_result mysqlx_parse(struct parse *p, struct cursor *in)
{
    struct mysqlx_state *s = p->state;
    enum parse_result result = PARSE_MORE;

    while (in->pos < in->end && !s->login) {
        result = message_read(p, s, in);
        if (result == PARSE_REJECT || result == PARSE_DONE || in->state != CUR_OK)
            break;
    }
    if (s->login && in->state == CUR_OK)
        return walk(p, in, session_step, &s->matched);
    return result == PARSE_MORE ? judge(p, s) : result;
}

static bool probe_client(struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t size = cur_le32(&in);
    uint8_t type = cur_u8(&in);

    if (first.n > 1 && first.p[1] > MESSAGE_MAX >> 8)
        return false;
    if (in.state != CUR_OK)
        return first.n < 3 || first.p[2] == 0;
    if (type == CLIENT_CAPABILITIES_GET)
        return size == 1;
    return (type == CLIENT_CAPABILITIES_SET || type == CLIENT_AUTH_START) && size > 4 &&
           size <= MESSAGE_MAX && (first.n < 6 || first.p[5] == TAG_FIRST);
}

static bool probe_server(struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t size = cur_le32(&in);
    uint8_t type = cur_u8(&in);

    if (first.n > 1 && first.p[1] > MESSAGE_MAX >> 8)
        return false;
    if (in.state != CUR_OK)
        return first.n < 3 || first.p[2] == 0;
    return size >= 1 && size <= MESSAGE_MAX &&
           (type <= SERVER_CAPABILITIES || type == SERVER_NOTICE);
}

static bool mysqlx_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT ? probe_client(first) : probe_server(first);
}

static const uint16_t mysqlx_ports[] = {33060, 0};

const struct parser parser_mysqlx = {
    .name = "mysqlx",
    .event = "mysql",
    .evidence = "capability exchange of the X protocol",
    .app = APP_MYSQL,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = mysqlx_ports,
    .state_size = sizeof(struct mysqlx_state),
    .max_pending = MESSAGE_MAX + 4,
    .midstream = false,
    .probe = mysqlx_probe,
    .parse = mysqlx_parse,
};
