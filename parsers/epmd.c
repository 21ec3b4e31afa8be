/* SPDX-License-Identifier: Apache-2.0
 *
 * epmd: Erlang's port mapper. Nodes register with it and ask it where other nodes listen.
 *
 *     length(2) 'x' port(2) type(1) protocol(1) high(2) low(2) len(2) name len(2) extra
 *                                           'y' result(1) creation(2), 'v' result(1) creation(4)
 *     length(2) 'z' name                    'w' result(1) [port(2) type(1) protocol(1) high(2)
 *                                           low(2) len(2) name len(2) extra]
 *     length(2) 'n'                         port(4) "name N at port P" LF ...
 *     length(2) 'd', 'k', 's' name          port(4) "active name <N> at port P, fd = F" LF ...,
 * "OK", "STOPPED", "NOEXIST"
 *
 * One question a connection.
 */
#include "parser/parser.h"
#include "support/erlang_node.h"

enum {
    REQUEST_MAX = 1024,
    LINE_MAX = 512,
    TYPE_HIDDEN = 72,
    TYPE_NORMAL = 77,
    NAMES = 128, /* of a list, that are told */
};

enum op {
    ALIVE = 'x',
    PORT = 'z',
    LIST = 'n',
    DUMP = 'd',
    KILL = 'k',
    STOP = 's',
};

struct epmd_state {
    uint8_t op; /* what was asked; 0: nothing was seen */
    uint8_t named;
    bool listing; /* the head of a list was read */
    bool matched;
};

static const enum app labels[] = {
    [NODE_OTHER] = APP_EPMD,
    [NODE_RABBITMQ] = APP_EPMD_RABBITMQ,
    [NODE_COUCHBASE] = APP_EPMD_COUCHBASE,
    [NODE_COUCHDB] = APP_EPMD_COUCHDB,
};

/* What both a registration and the answer to a question hold. */
struct node {
    uint16_t port;
    struct span name;
};

static struct node node_read(struct cursor *c)
{
    struct node n = {.port = cur_be16(c)};
    uint8_t type = cur_u8(c);
    uint16_t high, low;

    cur_skip(c, 1);
    high = cur_be16(c);
    low = cur_be16(c);
    n.name = cur_span(c, cur_be16(c));
    cur_skip(c, cur_be16(c));
    if ((type != TYPE_NORMAL && type != TYPE_HIDDEN) || high < low || low == 0 ||
        !erlang_name_fits(n.name))
        cur_fail(c);
    return n;
}

static void claim(struct parse *p, struct epmd_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- client ---- */

static const char *op_name(uint8_t op)
{
    switch (op) {
    case ALIVE:
        return "alive";
    case PORT:
        return "port";
    case LIST:
        return "names";
    case DUMP:
        return "dump";
    case KILL:
        return "kill";
    default:
        return "stop";
    }
}

static bool is_op(uint8_t op)
{
    return op == ALIVE || op == PORT || op == LIST || op == DUMP || op == KILL || op == STOP;
}

static void request_report(struct parse *p, struct epmd_state *s, const struct node *n)
{
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_EPMD_REQUEST, op_name(s->op));
    if (n->name.n) {
        parse_field(p, FIELD_EPMD_NODE, n->name);
        erlang_node_tell(p, n->name, labels);
    }
    if (s->op == ALIVE)
        parse_uint(p, FIELD_EPMD_PORT, n->port);
    if (s->op == KILL || s->op == STOP)
        parse_note(p, "Erlang port mapper is told to stop");
}

static enum parse_result request_read(struct parse *p, struct epmd_state *s, struct cursor *in)
{
    uint16_t length = cur_be16(in);
    struct cursor body;
    struct node n = {.port = 0, .name = {NULL, 0}};
    uint8_t op;

    if (length < 1 || length > REQUEST_MAX)
        cur_fail(in);
    body = cur_sub(in, length);
    op = cur_u8(&body);
    if (op == ALIVE)
        n = node_read(&body);
    else if (op == PORT || op == STOP)
        n.name = cur_rest(&body);
    if (!is_op(op) || !cur_done(&body) || (n.name.n && !erlang_name_fits(n.name)) ||
        ((op == PORT || op == STOP) && n.name.n == 0))
        cur_fail(&body);
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state != CUR_OK)
        return parse_stop(in);
    s->op = op;
    if (op == ALIVE || op == PORT)
        claim(p, s, op == ALIVE ? PROOF_STRONG : PROOF_FAIR);
    request_report(p, s, &n);
    parse_commit(p, in);
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* ---- server ---- */

static enum parse_result answer_end(struct parse *p, const struct cursor *in)
{
    parse_tx(p, TX_DONE);
    parse_commit(p, in);
    return PARSE_DONE;
}

static enum parse_result alive_answer(struct parse *p, struct epmd_state *s, struct cursor *in)
{
    uint8_t kind = cur_u8(in);
    uint8_t result = cur_u8(in);

    if (kind != 'y' && kind != 'v')
        cur_fail(in);
    cur_skip(in, kind == 'y' ? 2 : 4);
    if (!cur_done(in))
        return in->state == CUR_SHORT ? PARSE_MORE : PARSE_REJECT;
    claim(p, s, PROOF_CERTAIN);
    parse_tx(p, TX_REPLY);
    parse_uint(p, FIELD_EPMD_RESULT, result);
    return answer_end(p, in);
}

static enum parse_result port_answer(struct parse *p, struct epmd_state *s, struct cursor *in)
{
    uint8_t kind = cur_u8(in);
    uint8_t result = cur_u8(in);
    struct node n = {.port = 0, .name = {NULL, 0}};

    if (kind != 'w' || (result && !s->op))
        cur_fail(in);
    if (result == 0)
        n = node_read(in);
    if (!cur_done(in))
        return in->state == CUR_SHORT ? PARSE_MORE : PARSE_REJECT;
    claim(p, s, s->op ? PROOF_CERTAIN : PROOF_STRONG);
    parse_tx(p, TX_REPLY);
    parse_uint(p, FIELD_EPMD_RESULT, result);
    if (n.name.n) {
        if (!s->op)
            parse_field(p, FIELD_EPMD_NODE, n.name);
        parse_uint(p, FIELD_EPMD_PORT, n.port);
        erlang_node_tell(p, n.name, labels);
    }
    return answer_end(p, in);
}

/* "name N at port P", or the longer form of a dump; empty when it is neither. */
static struct span name_of(struct span line)
{
    static const char *const heads[] = {"name ", "active name ", "old/unused name "};
    struct span name = {NULL, 0};
    size_t n = 0;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        if (span_starts(line, span_text(heads[i])))
            name = span_trim(span_from(line, strlen(heads[i])));
    if (name.n && name.p[0] == '<')
        name = span_from(name, 1);
    while (n < name.n && name.p[n] != ' ' && name.p[n] != '>')
        n++;
    return span_first(name, n);
}

/* Lines up to the end of the connection. */
static enum parse_result list_answer(struct parse *p, struct epmd_state *s, struct cursor *in)
{
    if (!s->listing) {
        uint32_t port = cur_be32(in);

        if (port == 0 || port > UINT16_MAX)
            cur_fail(in);
        if (in->state != CUR_OK)
            return parse_stop(in);
        s->listing = true;
        if (s->op) {
            claim(p, s, PROOF_CERTAIN);
            parse_tx(p, TX_REPLY);
        }
        parse_commit(p, in);
    }
    while (in->pos < in->end) {
        struct span name = name_of(cur_line(in, LINE_MAX));

        if (in->state == CUR_OK && !erlang_name_fits(name))
            cur_fail(in);
        if (in->state != CUR_OK)
            break;
        if (!s->matched) {
            claim(p, s, PROOF_STRONG);
            parse_tx(p, TX_REPLY);
        }
        if (s->named < NAMES) {
            parse_field(p, FIELD_EPMD_NODES, name);
            s->named++;
        }
        erlang_node_tell(p, name, labels);
        parse_commit(p, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static enum parse_result stop_answer(struct parse *p, struct epmd_state *s, struct cursor *in)
{
    struct span text = cur_span(in, s->op == KILL ? 2 : 7);

    if (in->state != CUR_OK)
        return parse_stop(in);
    if (!span_equal(text, SPAN("OK")) && !span_equal(text, SPAN("STOPPED")) &&
        !span_equal(text, SPAN("NOEXIST")))
        return PARSE_REJECT;
    claim(p, s, PROOF_CERTAIN);
    parse_tx(p, TX_REPLY);
    return answer_end(p, in);
}

static enum parse_result answer_read(struct parse *p, struct epmd_state *s, struct cursor *in)
{
    switch (s->op) {
    case ALIVE:
        return alive_answer(p, s, in);
    case PORT:
        return port_answer(p, s, in);
    case KILL:
    case STOP:
        return stop_answer(p, s, in);
    case LIST:
    case DUMP:
        return list_answer(p, s, in);
    default: /* only the server is seen */
        return !s->listing && cur_peek(in) == 'w' ? port_answer(p, s, in) : list_answer(p, s, in);
    }
}

static enum parse_result epmd_parse(struct parse *p, struct cursor *in)
{
    struct epmd_state *s = p->state;

    if (in->pos == in->end)
        return s->matched ? PARSE_MATCH : PARSE_MORE;
    if (p->dir == DIR_SERVER)
        return answer_read(p, s, in);
    if (!s->op)
        return request_read(p, s, in);
    cur_skip(in, cur_left(in)); /* nobody asks twice */
    parse_commit(p, in);
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool probe_client(struct span first)
{
    struct cursor in = cur_of(first);
    uint16_t length = cur_be16(&in);
    uint8_t op = cur_u8(&in);

    if (first.p[0] > REQUEST_MAX >> 8)
        return false;
    if (in.state != CUR_OK)
        return true;
    if (!is_op(op))
        return false;
    return op == LIST || op == DUMP || op == KILL ? length == 1 : length > 1;
}

static bool probe_server(struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t port;

    if (memchr("yvwOSN", first.p[0], 6))
        return true;
    port = cur_be32(&in);
    if (first.p[0] != 0 || (first.n > 1 && first.p[1] != 0))
        return false;
    return in.state != CUR_OK ||
           (port && (first.n == 4 || first.p[4] == 'n' || first.p[4] == 'a' || first.p[4] == 'o'));
}

static bool epmd_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT ? probe_client(first) : probe_server(first);
}

static const uint16_t epmd_ports[] = {4369, 0};

const struct parser parser_epmd = {
    .name = "epmd",
    .evidence = "one question of exact length and its answer",
    .app = APP_EPMD,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = epmd_ports,
    .state_size = sizeof(struct epmd_state),
    .max_pending = REQUEST_MAX + 2,
    .midstream = false,
    .probe = epmd_probe,
    .parse = epmd_parse,
};
