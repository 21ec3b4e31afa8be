/* SPDX-License-Identifier: Apache-2.0
 *
 * voltdb: login, calls of procedures, and their outcome. Every message has a length(4) before it.
 *
 *     login   version(1)=0|1 [hash(1)=0|1] len(4)=8 "database" len(4) user hash(20|32)
 *     answer  0(1) status(1) [host(4) connection(8) start(8) leader(4) len(4) build]
 *     call    version(1) [timeout] len(4) procedure handle(8) [extensions] count(2) {type(1) value}
 *     result  0(1) handle(8) [extensions] fields(1) status(1) [len(4) text] ...
 */
#include "parser/parser.h"
#include "support/open_calls.h"
#include "support/walk.h"

enum {
    LOGIN_MAX = 1024,
    MESSAGE_MAX = 64 << 20,
    HEAD_MAX = 512, /* of a call: what stands before the parameters */
    NAME_MOST = 256,
    STATEMENT_WINDOW = 2048,
    RESULT_WINDOW = 1024,
    SHA1 = 20,
    SHA256 = 32,
    TYPE_STRING = 9,
    FIELD_TEXT = 1 << 5, /* of a result: why it failed */
    STATUS_SUCCESS = 1,
    USER_KEPT = 31,
};

struct voltdb_state {
    struct open_calls open;
    uint32_t rest; /* bytes of a call behind its statement */
    bool login, answered, matched;
    uint8_t user_n;
    uint8_t user[USER_KEPT];
};

static struct span read_text(struct cursor *c, size_t most)
{
    uint32_t n = cur_be32(c);

    if (n > most)
        cur_fail(c);
    return cur_span(c, n);
}

/* ---- login ---- */

static struct span login_read(struct cursor *body)
{
    uint8_t version = cur_u8(body);
    uint8_t hash = version == 1 ? cur_u8(body) : 0;
    struct span service = read_text(body, 8);
    struct span user = read_text(body, NAME_MOST);

    if (version > 1 || hash > 1 || !span_equal(service, SPAN("database")) || !span_printable(user))
        cur_fail(body);
    cur_skip(body, hash ? SHA256 : SHA1);
    if (!cur_done(body))
        cur_fail(body);
    return user;
}

static enum parse_result login_step(struct parse *p, struct voltdb_state *s, struct cursor *in)
{
    uint32_t length = cur_be32(in);
    struct cursor body;
    struct span user;

    if (length > LOGIN_MAX)
        cur_fail(in);
    body = cur_sub(in, length);
    user = login_read(&body);
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state != CUR_OK)
        return parse_stop(in);
    parse_proof(p, PROOF_CERTAIN);
    s->matched = s->login = true;
    user = span_first(user, USER_KEPT);
    s->user_n = (uint8_t)user.n;
    if (user.n)
        memcpy(s->user, user.p, user.n);
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_VOLTDB_USER, user);
    parse_commit(p, in);
    return PARSE_MATCH;
}

static uint64_t answer_step(struct parse *p, struct voltdb_state *s, struct cursor *in)
{
    uint32_t length = cur_be32(in);
    struct span build = {NULL, 0};
    struct cursor body;
    uint8_t status;

    if (length < 2 || length > LOGIN_MAX)
        cur_fail(in);
    body = cur_sub(in, length);
    if (cur_u8(&body) != 0)
        cur_fail(&body);
    status = cur_u8(&body);
    if (status == 0) {
        cur_skip(&body, 4 + 8 + 8 + 4);
        build = read_text(&body, LOGIN_MAX);
    }
    /* Without the login the answer has to prove itself. */
    if (!s->login && (build.n < 3 || !span_printable(build) || !cur_done(&body)))
        cur_fail(&body);
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state != CUR_OK)
        return 0;
    parse_proof(p, s->login ? PROOF_CERTAIN : PROOF_FAIR);
    s->matched = s->answered = true;
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_VOLTDB_STATUS, status);
    if (build.n)
        parse_field(p, FIELD_VOLTDB_BUILD, build);
    parse_tx(p, TX_DONE);
    if (status)
        parse_refused(p, "VoltDB refuses the login", span_of(s->user, s->user_n));
    return 0;
}

/* ---- calls ---- */

struct call {
    struct span procedure;
    uint64_t handle;
    uint32_t statement; /* bytes of it, which stand where the cursor is */
};

static void call_read(struct cursor *c, struct call *call)
{
    uint8_t version = cur_u8(c);
    uint8_t extensions = 0;

    if (version > 2)
        cur_fail(c);
    if (version == 1 && cur_u8(c))
        cur_skip(c, 4);
    call->procedure = read_text(c, NAME_MOST);
    call->handle = cur_be64(c);
    if (version == 2)
        extensions = cur_u8(c);
    for (; extensions && c->state == CUR_OK; extensions--) {
        cur_skip(c, 1);
        cur_skip(c, cur_u8(c));
    }
    if (!span_printable(call->procedure) || call->procedure.n == 0)
        cur_fail(c);
    if (cur_be16(c) && span_starts(call->procedure, SPAN("@AdHoc")) && cur_u8(c) == TYPE_STRING)
        call->statement = cur_be32(c);
}

static void call_report(struct parse *p, struct voltdb_state *s, const struct call *call,
                        struct span statement)
{
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_VOLTDB_PROCEDURE, call->procedure);
    if (statement.n)
        parse_field(p, FIELD_VOLTDB_STATEMENT, statement);
    open_calls_add(p, &s->open, (uint32_t)call->handle, 0);
}

static uint64_t call_step(struct parse *p, struct voltdb_state *s, struct cursor *in)
{
    struct cursor at = *in;
    uint32_t length = cur_be32(&at);
    struct cursor behind = at;
    struct call call = {.procedure = {NULL, 0}, .handle = 0, .statement = 0};
    struct cursor head = cur_sub(&at, length < HEAD_MAX ? length : HEAD_MAX);
    struct span text;
    size_t n, window;

    if (behind.state == CUR_OK && (length < 15 || length > MESSAGE_MAX))
        cur_fail(in);
    if (at.state == CUR_SHORT)
        cur_short(in, at.need);
    if (in->state != CUR_OK)
        return 0;
    call_read(&head, &call);
    n = (size_t)(head.pos - behind.pos);
    if (head.state != CUR_OK || n + call.statement > length) {
        cur_fail(in);
        return 0;
    }
    cur_skip(&behind, n);
    *in = behind;
    window = call.statement < STATEMENT_WINDOW ? call.statement : STATEMENT_WINDOW;
    text = cur_span(in, window);
    if (in->state != CUR_OK)
        return 0;
    call_report(p, s, &call, text);
    s->rest = length - (uint32_t)n - call.statement;
    if (call.statement == 0)
        return 0;
    *in = behind;
    return walk_body(p, in, call.statement, BUFFER_SQL, BUFFER_WHOLE);
}

static void result_report(struct parse *p, struct voltdb_state *s, uint32_t handle, int8_t status,
                          struct span text)
{
    unsigned n = open_calls_find(&s->open, handle);

    if (n == s->open.count)
        return;
    open_calls_take(p, &s->open, n);
    if (status != STATUS_SUCCESS) {
        parse_uint(p, FIELD_VOLTDB_STATUS, (uint8_t)status);
        parse_field(p, FIELD_VOLTDB_ERROR, text);
    }
    parse_tx(p, TX_DONE);
}

static uint64_t result_step(struct parse *p, struct voltdb_state *s, struct cursor *in)
{
    uint32_t length = cur_be32(in);
    uint32_t window = length < RESULT_WINDOW ? length : RESULT_WINDOW;
    struct cursor body = cur_sub(in, window);
    struct span text = {NULL, 0};
    uint8_t version, fields;
    uint64_t handle;
    int8_t status;

    if (in->state != CUR_OK)
        return 0;
    version = cur_u8(&body);
    handle = cur_be64(&body);
    fields = cur_u8(&body);
    status = (int8_t)cur_u8(&body);
    if (version > 1 || length > MESSAGE_MAX || body.state != CUR_OK) {
        cur_fail(in);
        return 0;
    }
    if (fields & FIELD_TEXT) {
        uint32_t n = cur_be32(&body);

        text = span_first(cur_look(&body), n);
    }
    result_report(p, s, (uint32_t)handle, status, text);
    return walk_pass(in, length - window);
}

/* ---- both ---- */

static uint64_t voltdb_step(struct parse *p, struct cursor *in)
{
    struct voltdb_state *s = p->state;
    uint32_t rest = s->rest;

    if (p->dir == DIR_SERVER)
        return s->answered ? result_step(p, s, in) : answer_step(p, s, in);
    if (rest == 0)
        return call_step(p, s, in);
    s->rest = 0;
    return walk_pass(in, rest);
}

static enum parse_result voltdb_parse(struct parse *p, struct cursor *in)
{
    struct voltdb_state *s = p->state;

    if (p->dir == DIR_CLIENT && !s->login) {
        enum parse_result result = login_step(p, s, in);

        if (result != PARSE_MATCH)
            return result;
    }
    return walk(p, in, voltdb_step, &s->matched);
}

static bool voltdb_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t length = cur_be32(&in);
    uint8_t version = cur_u8(&in);

    if (first.p[0] != 0 || (first.n > 1 && first.p[1] != 0))
        return false;
    if (in.state != CUR_OK)
        return true;
    if (length > LOGIN_MAX || version > (from == DIR_CLIENT))
        return false;
    if (from == DIR_SERVER)
        return length == 2 || length >= 30;
    if (version == 1)
        cur_skip(&in, 1);
    return (cur_be32(&in) == 8 || in.state != CUR_OK) && length >= 5 + 8 + 4 + SHA1;
}

static const uint16_t voltdb_ports[] = {21212, 21211, 0};

const struct parser parser_voltdb = {
    .name = "voltdb",
    .evidence = "login to the service \"database\"",
    .app = APP_VOLTDB,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = voltdb_ports,
    .state_size = sizeof(struct voltdb_state),
    .max_pending = 4096,
    .midstream = false,
    .probe = voltdb_probe,
    .parse = voltdb_parse,
};
