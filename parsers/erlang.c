/* SPDX-License-Identifier: Apache-2.0
 *
 * erlang: the handshake of Erlang's distribution protocol, by which nodes join. Every message has a
 * length(2) before it.
 *
 *     client  'n' version(2) flags(4) name           'N' flags(8) creation(4) len(2) name
 *     server  's' status                             then, unless it refuses:
 *             'n' version(2) flags(4) challenge(4) name
 *             'N' flags(8) challenge(4) creation(4) len(2) name
 *     client  ['c' flags(4) creation(4)] 'r' challenge(4) digest(16)
 *     server  'a' digest(16)
 */
#include "parser/parser.h"
#include "support/erlang_node.h"

enum {
    MESSAGE_MAX = 512,
    VERSION_LEAST = 5,
    VERSION_MOST = 6,
    EXTENDED = 4, /* a flag that every node of today has */
    NODE_KEPT = 60,
};

struct erlang_state {
    bool client; /* its name was seen */
    bool server; /* its name or status was seen */
    bool matched;
    bool refused;
    uint8_t node_n;
    uint8_t node[NODE_KEPT]; /* the client's */
};

static const enum app labels[] = {
    [NODE_OTHER] = APP_ERLANG,
    [NODE_RABBITMQ] = APP_ERLANG_RABBITMQ,
    [NODE_COUCHBASE] = APP_ERLANG_COUCHBASE,
    [NODE_COUCHDB] = APP_ERLANG_COUCHDB,
};

struct hello {
    uint16_t version;
    struct span name;
};

/* With a challenge when the server says it. */
static struct hello hello_read(enum dir from, uint8_t tag, struct cursor *c)
{
    struct hello h = {.version = VERSION_MOST};

    if (tag == 'n') {
        h.version = cur_be16(c);
        if (!(cur_be32(c) & EXTENDED))
            cur_fail(c);
        cur_skip(c, from == DIR_SERVER ? 4 : 0);
        h.name = cur_rest(c);
    } else {
        if (!(cur_be64(c) & EXTENDED))
            cur_fail(c);
        cur_skip(c, from == DIR_SERVER ? 4 + 4 : 4);
        h.name = cur_span(c, cur_be16(c));
    }
    if (h.version < VERSION_LEAST || h.version > VERSION_MOST)
        cur_fail(c);
    return h;
}

/* A node that wants to be given a name says its host only. */
static bool is_node(struct span name, enum dir from)
{
    return erlang_name_fits(name) && (from == DIR_CLIENT || span_index(name, '@') < name.n);
}

static void hello_take(struct parse *p, struct erlang_state *s, const struct hello *h)
{
    bool client = p->dir == DIR_CLIENT;
    bool *seen = client ? &s->client : &s->server;

    *seen = true;
    parse_proof(p, s->client && s->server ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    parse_tx(p, TX_BOTH);
    if (client)
        parse_uint(p, FIELD_ERLANG_VERSION, h->version);
    parse_field(p, client ? FIELD_ERLANG_CLIENT : FIELD_ERLANG_SERVER, h->name);
    erlang_node_tell(p, h->name, labels);
    if (!client)
        return;
    s->node_n = (uint8_t)span_first(h->name, NODE_KEPT).n;
    memcpy(s->node, h->name.p, s->node_n);
}

static bool is_status(struct span text)
{
    return span_equal(text, SPAN("ok")) || span_equal(text, SPAN("ok_simultaneous")) ||
           span_equal(text, SPAN("nok")) || span_equal(text, SPAN("not_allowed")) ||
           span_equal(text, SPAN("alive")) || span_starts(text, SPAN("named:"));
}

static void status_take(struct parse *p, struct erlang_state *s, struct span text)
{
    s->server = true;
    if (s->client) {
        parse_proof(p, PROOF_CERTAIN);
        s->matched = true;
    }
    /* named: has two numbers behind the name. */
    if (span_starts(text, SPAN("named:")))
        text = SPAN("named");
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_ERLANG_STATUS, text);
    if (!span_equal(text, SPAN("not_allowed")) && !span_equal(text, SPAN("nok")))
        return;
    s->refused = true;
    if (text.n > 3)
        parse_refused(p, "Erlang node refuses the connection", span_of(s->node, s->node_n));
}

static void client_take(struct parse *p, struct erlang_state *s, uint8_t tag, struct cursor *body)
{
    struct hello h;

    if (tag == 'c' && s->client)
        cur_skip(body, 8);
    else if (tag == 's' && s->client) /* to "alive": true or false */
        (void)cur_rest(body);
    else if (tag == 'r' && s->client)
        cur_skip(body, 20);
    else if (!s->client && (tag == 'n' || tag == 'N')) {
        h = hello_read(DIR_CLIENT, tag, body);
        if (cur_done(body) && is_node(h.name, DIR_CLIENT)) {
            hello_take(p, s, &h);
            return;
        }
        cur_fail(body);
    } else {
        cur_fail(body);
    }
}

static void server_take(struct parse *p, struct erlang_state *s, uint8_t tag, struct cursor *body)
{
    struct span status;
    struct hello h;

    if (tag == 's') {
        status = cur_rest(body);
        if (is_status(status)) {
            status_take(p, s, status);
            return;
        }
        cur_fail(body);
    } else if (tag == 'a' && s->server) {
        cur_skip(body, 16);
    } else if (tag == 'n' || tag == 'N') {
        h = hello_read(DIR_SERVER, tag, body);
        if (cur_done(body) && is_node(h.name, DIR_SERVER)) {
            hello_take(p, s, &h);
            return;
        }
        cur_fail(body);
    } else {
        cur_fail(body);
    }
}

/* True: the handshake is over. */
static bool message_read(struct parse *p, struct erlang_state *s, struct cursor *in)
{
    uint16_t length = cur_be16(in);
    struct cursor body;
    uint8_t tag;

    if (length < 2 || length > MESSAGE_MAX)
        cur_fail(in);
    body = cur_sub(in, length);
    if (in->state != CUR_OK)
        return false;
    tag = cur_u8(&body);
    if (p->dir == DIR_CLIENT)
        client_take(p, s, tag, &body);
    else
        server_take(p, s, tag, &body);
    if (!cur_done(&body))
        cur_fail(in);
    return in->state == CUR_OK && p->dir == DIR_SERVER && (tag == 'a' || s->refused);
}

static enum parse_result erlang_parse(struct parse *p, struct cursor *in)
{
    struct erlang_state *s = p->state;

    while (in->pos < in->end) {
        bool over = message_read(p, s, in);

        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        if (over && s->matched) {
            parse_tx(p, TX_BOTH);
            parse_tx(p, TX_DONE);
            return PARSE_DONE;
        }
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool erlang_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    uint16_t length = cur_be16(&in);
    uint8_t tag = cur_u8(&in);

    if (first.p[0] > MESSAGE_MAX >> 8)
        return false;
    if (in.state != CUR_OK)
        return true;
    if (from == DIR_SERVER && tag == 's')
        return length > 2 && length < 300;
    if (tag != 'n' && tag != 'N')
        return false;
    if (length < 8 || length > MESSAGE_MAX)
        return false;
    return tag == 'N' || first.n < 5 ||
           (first.p[3] == 0 && first.p[4] >= VERSION_LEAST && first.p[4] <= VERSION_MOST);
}

static const uint16_t erlang_ports[] = {25672, 9100, 21100, 0};

const struct parser parser_erlang = {
    .name = "erlang",
    .evidence = "names of both nodes, and a status",
    .app = APP_ERLANG,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = erlang_ports,
    .state_size = sizeof(struct erlang_state),
    .max_pending = MESSAGE_MAX + 2,
    .midstream = false,
    .probe = erlang_probe,
    .parse = erlang_parse,
};
