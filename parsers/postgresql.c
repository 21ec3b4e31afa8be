/* SPDX-License-Identifier: Apache-2.0
 *
 * postgresql: protocol 3, from the request for encryption to the last statement. Every message has
 * a header of five bytes, so rows and copied data are passed over by count.
 */
#include "parser/parser.h"
#include "support/pgsql_rounds.h"
#include "support/pgsql_statement.h"
#include "support/walk.h"

enum {
    STARTUP_MAX = 10000,
    STATEMENT_MAX = 65000,
    MESSAGE_MAX = 0x3fffffff,
    USER_KEPT = 32,
    CHAIN_PROOF = 3, /* headers that lead from one to the next */
};

enum {
    CODE_CANCEL = 80877102,
    CODE_TLS = 80877103,
    CODE_GSS = 80877104,
};

enum kind {
    KIND_NONE,
    KIND_PASS,
    KIND_QUERY,
    KIND_PARSE,
    KIND_CALL,
    KIND_SYNC,
    KIND_AUTH,
    KIND_VERSION,
    KIND_PARAMETER,
    KIND_PARSED,
    KIND_TAG,
    KIND_NO_TAG,
    KIND_ERROR,
    KIND_READY,
    KIND_COUNT
};

/* clang-format off */
static const uint8_t client_kinds[128] = {
    ['p'] = KIND_PASS, ['Q'] = KIND_QUERY, ['P'] = KIND_PARSE, ['B'] = KIND_PASS,
    ['E'] = KIND_PASS, ['D'] = KIND_PASS,  ['C'] = KIND_PASS,  ['H'] = KIND_PASS,
    ['S'] = KIND_SYNC, ['F'] = KIND_CALL,  ['d'] = KIND_PASS,  ['c'] = KIND_PASS,
    ['f'] = KIND_PASS, ['X'] = KIND_PASS,
};

static const uint8_t server_kinds[128] = {
    ['R'] = KIND_AUTH,  ['K'] = KIND_PASS,   ['S'] = KIND_PARAMETER, ['Z'] = KIND_READY,
    ['T'] = KIND_PASS,  ['D'] = KIND_PASS,   ['C'] = KIND_TAG,       ['I'] = KIND_NO_TAG,
    ['E'] = KIND_ERROR, ['N'] = KIND_PASS,   ['A'] = KIND_PASS,      ['n'] = KIND_PASS,
    ['t'] = KIND_PASS,  ['s'] = KIND_NO_TAG, ['1'] = KIND_PARSED,    ['2'] = KIND_PASS,
    ['3'] = KIND_PASS,  ['G'] = KIND_PASS,   ['H'] = KIND_PASS,      ['W'] = KIND_PASS,
    ['V'] = KIND_PASS,  ['v'] = KIND_VERSION, ['d'] = KIND_PASS,     ['c'] = KIND_PASS,
};

/* How much of a body is read, at most. */
static const uint16_t windows[KIND_COUNT] = {
    [KIND_QUERY] = STATEMENT_MAX, [KIND_PARSE] = STATEMENT_MAX, [KIND_CALL] = 4,
    [KIND_AUTH] = 1024, [KIND_PARAMETER] = 1024, [KIND_TAG] = 128, [KIND_ERROR] = 8192,
    [KIND_READY] = 1,
};
/* clang-format on */

struct pgsql_state {
    struct pgsql_rounds rounds;
    uint8_t user_n;
    char user[USER_KEPT];
    bool tail;   /* a byte behind a statement that was handed on */
    uint8_t ask; /* 'S' or 'G': encryption was asked for and not answered */
    bool matched;
    bool certain;
    bool client;  /* its first message was seen */
    bool startup; /* is over: its messages have types from here on */
    bool auth;    /* the server's first word */
    bool named;   /* the authentication method was told */
    bool ready;   /* the login is over */
    bool lost[2]; /* no message boundary known */
};

static void prove(struct parse *p, struct pgsql_state *s, enum proof proof)
{
    if (s->certain)
        return;
    parse_proof(p, proof);
    s->matched = true;
    s->certain = proof == PROOF_CERTAIN;
}

/* ---- client ---- */

static void statement_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    struct span text = cur_look(body);
    struct span danger;

    text = span_first(text, span_index(text, 0));
    pgsql_statement_begin(p, &s->rounds);
    parse_field(p, FIELD_PGSQL_STATEMENT, text);
    pgsql_statement_end(p, &s->rounds);
    danger = pgsql_statement_danger(text);
    if (danger.n)
        parse_note_value(p, "PostgreSQL statement reaches for files or programs", danger);
}

static void query_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    statement_read(p, s, body);
    pgsql_round_simple(&s->rounds);
    pgsql_round_close(p, &s->rounds);
}

static void parse_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    (void)cur_until(body, 0, STATEMENT_MAX);
    if (body->state == CUR_OK)
        statement_read(p, s, body);
}

static void call_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    uint32_t function = cur_be32(body);

    pgsql_statement_begin(p, &s->rounds);
    parse_uint(p, FIELD_PGSQL_FUNCTION, function);
    pgsql_statement_end(p, &s->rounds);
    pgsql_round_simple(&s->rounds);
    pgsql_round_close(p, &s->rounds);
}

struct startup {
    struct span user;
    struct span database;
    struct span application;
};

/* Names and values in turn, up to an empty name. */
static void startup_read(struct cursor *body, struct startup *st)
{
    for (;;) {
        struct span name = cur_until(body, 0, STARTUP_MAX);
        struct span value;

        if (body->state != CUR_OK || name.n == 0)
            break;
        value = cur_until(body, 0, STARTUP_MAX);
        if (!span_printable(name))
            cur_fail(body);
        if (span_equal(name, SPAN("user")))
            st->user = value;
        else if (span_equal(name, SPAN("database")))
            st->database = value;
        else if (span_equal(name, SPAN("application_name")))
            st->application = value;
    }
    if (!cur_done(body) || st->user.n == 0)
        cur_fail(body);
}

static void startup_report(struct parse *p, struct pgsql_state *s, const struct startup *st)
{
    struct span user = span_first(st->user, USER_KEPT);

    s->user_n = (uint8_t)user.n;
    memcpy(s->user, user.p, user.n);
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_PGSQL_USER, st->user);
    if (st->database.n)
        parse_field(p, FIELD_PGSQL_DATABASE, st->database);
    if (st->application.n)
        parse_field(p, FIELD_PGSQL_APPLICATION, st->application);
}

static bool is_code(uint32_t code, uint32_t length)
{
    if (code == CODE_TLS || code == CODE_GSS)
        return length == 8;
    return (code == CODE_CANCEL && length >= 16) || code >> 16 == 3;
}

/* The first messages of a client have no type. MATCH: one was read. */
static enum parse_result opening_step(struct parse *p, struct pgsql_state *s, struct cursor *in)
{
    struct startup st = {.user = {NULL, 0}, .database = {NULL, 0}, .application = {NULL, 0}};
    uint32_t length = cur_be32(in);
    struct cursor body;
    uint32_t code;

    if (length < 8 || length > STARTUP_MAX)
        cur_fail(in);
    body = cur_sub(in, (size_t)length - 4);
    code = cur_be32(&body);
    if (!is_code(code, length))
        cur_fail(&body);
    if (code >> 16 == 3)
        startup_read(&body, &st);
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state != CUR_OK)
        return parse_stop(in);
    prove(p, s, PROOF_STRONG);
    s->client = true;
    s->startup = code >> 16 == 3;
    if (s->startup)
        startup_report(p, s, &st);
    else
        s->ask = code == CODE_TLS ? 'S' : 'G';
    parse_commit(p, in);
    return code == CODE_CANCEL ? PARSE_DONE : PARSE_MATCH;
}

static enum parse_result opening_read(struct parse *p, struct pgsql_state *s, struct cursor *in)
{
    while (!s->startup && in->pos < in->end) {
        enum parse_result result;

        /* Only the client is seen, or it did not wait for the answer. */
        if (s->ask == 'S' && cur_peek(in) == 0x16) {
            parse_upgrade(p);
            return PARSE_DONE;
        }
        result = opening_step(p, s, in);
        if (result == PARSE_REJECT && s->ask)
            return PARSE_DONE;
        if (result != PARSE_MATCH)
            return result == PARSE_MORE ? walk_verdict(&s->matched) : result;
    }
    return walk_verdict(&s->matched);
}

/* ---- server ---- */

struct auth {
    uint32_t code;
    uint32_t size; /* of the body; 0: any */
    const char *name;
};

static const struct auth auths[] = {
    {0, 4, "ok"}, {2, 4, "kerberos"}, {3, 4, "cleartext"}, {5, 8, "md5"}, {7, 4, "gss"},
    {8, 0, NULL}, {9, 4, "sspi"},     {10, 0, "sasl"},     {11, 0, NULL}, {12, 0, NULL},
};

static const struct auth *auth_find(uint32_t code, uint32_t size)
{
    for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++)
        if (auths[i].code == code && (auths[i].size == 0 || auths[i].size == size))
            return &auths[i];
    return NULL;
}

static void auth_read(struct parse *p, struct pgsql_state *s, struct cursor *body, uint32_t size)
{
    const struct auth *auth = auth_find(cur_be32(body), size);

    if (!auth || size > STARTUP_MAX) {
        cur_fail(body);
        return;
    }
    prove(p, s, s->client ? PROOF_CERTAIN : PROOF_FAIR);
    s->auth = true;
    if (!auth->name || s->named || s->ready)
        return;
    s->named = true;
    parse_tx(p, TX_BOTH);
    parse_text(p, FIELD_PGSQL_AUTH, auth->name);
}

static void parameter_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    struct span name = cur_until(body, 0, windows[KIND_PARAMETER]);
    struct span value = cur_until(body, 0, windows[KIND_PARAMETER]);

    if (body->state != CUR_OK || s->ready)
        return;
    if (s->auth)
        prove(p, s, PROOF_STRONG);
    if (!span_equal(name, SPAN("server_version")))
        return;
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_PGSQL_VERSION, value);
}

/* Fields of one letter and a text. `V` is the severity that is not translated. */
static struct pgsql_error error_fields_of(struct cursor *body)
{
    struct pgsql_error e = {.severity = {NULL, 0}, .sqlstate = {NULL, 0}, .message = {NULL, 0}};

    for (;;) {
        uint8_t type = cur_u8(body);
        struct span text;

        if (type == 0)
            return e;
        text = cur_until(body, 0, windows[KIND_ERROR]);
        if (type == 'V' || (type == 'S' && e.severity.n == 0))
            e.severity = text;
        else if (type == 'C')
            e.sqlstate = text;
        else if (type == 'M')
            e.message = text;
    }
}

static void error_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    struct pgsql_error e = error_fields_of(body);

    if (e.sqlstate.n != 5 || e.severity.n == 0 || !span_printable(e.sqlstate)) {
        if (!s->matched)
            cur_fail(body);
        return;
    }
    prove(p, s, s->client ? PROOF_CERTAIN : PROOF_STRONG);
    if (s->ready) {
        pgsql_round_error(p, &s->rounds, &e);
    } else {
        parse_tx(p, TX_BOTH);
        pgsql_error_fields(p, &e);
        parse_tx(p, TX_DONE);
        s->ready = true;
    }
    if (span_equal(e.sqlstate, SPAN("28P01")) || span_equal(e.sqlstate, SPAN("28000")))
        parse_refused(p, "PostgreSQL refuses the login", span_of(s->user, s->user_n));
    else if (span_equal(e.sqlstate, SPAN("42501")))
        parse_refused(p, "PostgreSQL refuses a right", span_of(s->user, s->user_n));
}

static void tag_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    pgsql_round_result(p, &s->rounds, cur_until(body, 0, windows[KIND_TAG]));
}

static void ready_read(struct parse *p, struct pgsql_state *s, struct cursor *body)
{
    uint8_t status = cur_u8(body);

    if (status != 'I' && status != 'T' && status != 'E') {
        cur_fail(body);
        return;
    }
    if (s->auth)
        prove(p, s, PROOF_STRONG);
    if (s->ready) {
        pgsql_round_ready(p, &s->rounds);
        return;
    }
    s->ready = true;
    parse_tx(p, TX_BOTH);
    parse_tx(p, TX_DONE);
}

/* The one byte that answers a request for encryption, or an error of an old server. MORE: messages
 * follow. */
static enum parse_result answer_read(struct parse *p, struct pgsql_state *s, struct cursor *in)
{
    uint8_t answer = cur_peek(in);
    uint8_t ask = s->ask;

    s->ask = 0;
    if (answer == 'E')
        return PARSE_MORE;
    if (answer != 'N' && answer != ask)
        return PARSE_REJECT;
    cur_skip(in, 1);
    prove(p, s, PROOF_CERTAIN);
    parse_commit(p, in);
    if (answer == 'N')
        return PARSE_MORE;
    if (answer == 'S')
        parse_upgrade(p);
    return PARSE_DONE;
}

/* ---- both ---- */

static void message_read(struct parse *p, struct pgsql_state *s, uint8_t kind, struct cursor *body,
                         uint32_t size)
{
    switch (kind) {
    case KIND_QUERY:
        query_read(p, s, body);
        break;
    case KIND_PARSE:
        parse_read(p, s, body);
        break;
    case KIND_CALL:
        call_read(p, s, body);
        break;
    case KIND_SYNC:
        pgsql_round_close(p, &s->rounds);
        break;
    case KIND_AUTH:
        auth_read(p, s, body, size);
        break;
    case KIND_VERSION:
        if (s->client)
            prove(p, s, PROOF_CERTAIN);
        break;
    case KIND_PARAMETER:
        parameter_read(p, s, body);
        break;
    case KIND_PARSED:
        pgsql_round_parsed(&s->rounds);
        break;
    case KIND_TAG:
    case KIND_NO_TAG:
        tag_read(p, s, body);
        break;
    case KIND_ERROR:
        error_read(p, s, body);
        break;
    default:
        ready_read(p, s, body);
        break;
    }
}

static uint8_t header_read(enum dir dir, struct cursor *in, uint32_t *size)
{
    const uint8_t *kinds = dir == DIR_CLIENT ? client_kinds : server_kinds;
    uint8_t type = cur_u8(in);
    uint32_t length = cur_be32(in);
    uint8_t kind = type < 128 ? kinds[type] : (uint8_t)KIND_NONE;

    if (kind == KIND_NONE || length < 4 || length > MESSAGE_MAX)
        cur_fail(in);
    *size = length - 4;
    return kind;
}

/* The text of a statement: what of it stands in the window, then the rest, which in a query is
 * followed by a NUL and in a parse by little that is not text. */
static __attribute__((noinline)) uint64_t statement_hand(struct parse *p, struct cursor *in,
                                                         uint8_t kind, struct cursor window,
                                                         uint64_t rest)
{
    struct pgsql_state *s = p->state;
    struct span text;

    if (kind == KIND_PARSE)
        (void)cur_until(&window, 0, STATEMENT_MAX);
    text = cur_look(&window);
    if (rest == 0) {
        parse_buffer(p, BUFFER_SQL, BUFFER_WHOLE, span_first(text, span_index(text, 0)));
        return 0;
    }
    parse_buffer(p, BUFFER_SQL, BUFFER_BEGINS, text);
    s->tail = kind == KIND_QUERY;
    return walk_body(p, in, rest - s->tail, BUFFER_SQL, BUFFER_ENDS);
}

static uint64_t message_step(struct parse *p, struct cursor *in)
{
    struct pgsql_state *s = p->state;
    struct cursor body, whole;
    uint32_t size;
    uint8_t kind;
    size_t window;

    if (p->dir == DIR_CLIENT && s->tail) {
        s->tail = false;
        return walk_pass(in, 1);
    }
    kind = header_read(p->dir, in, &size);
    if (kind == KIND_PASS)
        return walk_pass(in, size);
    window = size < windows[kind] ? size : windows[kind];
    body = cur_sub(in, window);
    if (in->state != CUR_OK)
        return 0;
    whole = body;
    message_read(p, s, kind, &body, size);
    if (body.state == CUR_BAD)
        cur_fail(in);
    if (p->wants_buffers && in->state == CUR_OK && (kind == KIND_QUERY || kind == KIND_PARSE))
        return statement_hand(p, in, kind, whole, size - window);
    return walk_pass(in, size - window);
}

/* Something was lost: do messages begin here? Headers that lead from one to the next say so, or a
 * single one that ends where the bytes end. */
static bool is_boundary(const struct parse *p, const struct cursor *in)
{
    struct cursor at = *in;
    unsigned chain = 0;

    while (at.pos < at.end && chain < CHAIN_PROOF) {
        uint32_t size;

        (void)header_read(p->dir, &at, &size);
        if (at.state != CUR_OK || walk_pass(&at, size) != 0)
            return false;
        chain++;
    }
    return chain > 0;
}

/* Only the server is seen: the byte that refuses encryption stands before its first message. */
static void refusal_skip(struct cursor *in)
{
    struct cursor at = *in;

    if (cur_u8(&at) == 'N' && (cur_peek(&at) == 'R' || cur_peek(&at) == 'E'))
        *in = at;
}

static enum parse_result pgsql_parse(struct parse *p, struct cursor *in)
{
    struct pgsql_state *s = p->state;
    enum parse_result result;

    if (s->lost[p->dir]) {
        if (!is_boundary(p, in))
            return walk_over(p, in);
        s->lost[p->dir] = false;
    }
    if (p->dir == DIR_CLIENT && !s->startup) {
        result = opening_read(p, s, in);
        if (!s->startup || result == PARSE_REJECT)
            return result;
    }
    if (p->dir == DIR_SERVER && s->ask && in->pos < in->end) {
        result = answer_read(p, s, in);
        if (result != PARSE_MORE)
            return result;
    }
    if (p->dir == DIR_SERVER && !s->matched)
        refusal_skip(in);
    return walk(p, in, message_step, &s->matched);
}

static void pgsql_gap(struct parse *p, uint64_t missing)
{
    struct pgsql_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->tail = s->tail && p->dir == DIR_SERVER;
    pgsql_rounds_lost(p, &s->rounds);
    if (p->dir == DIR_CLIENT)
        s->startup = true;
    else
        s->ask = 0;
}

static bool probe_client(struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t length, code;

    if (first.p[0] != 0 || (first.n > 1 && first.p[1] != 0))
        return false;
    length = cur_be32(&in);
    code = cur_be32(&in);
    return in.state != CUR_OK || (is_code(code, length) && length >= 8 && length <= STARTUP_MAX);
}

/* A lone S, N or G may be the answer to a request that was not seen yet. */
static bool probe_server(struct span first)
{
    struct cursor in = cur_of(first);
    uint8_t kind;
    uint32_t size;

    if (first.n == 1)
        return memchr("SNGREv", first.p[0], 6) != NULL;
    refusal_skip(&in);
    if (cur_peek(&in) == 'N')
        return first.p[1] == 0;
    kind = header_read(DIR_SERVER, &in, &size);
    return in.state != CUR_BAD && (kind == KIND_AUTH || kind == KIND_ERROR || kind == KIND_VERSION);
}

static bool pgsql_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT ? probe_client(first) : probe_server(first);
}

static const uint16_t pgsql_ports[] = {5432, 6432, 5433, 26257, 0};

const struct parser parser_postgresql = {
    .name = "postgresql",
    .event = "pgsql",
    .evidence = "startup with a user and its answer",
    .app = APP_POSTGRESQL,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = pgsql_ports,
    .state_size = sizeof(struct pgsql_state),
    .max_pending = 64u << 10,
    .midstream = false,
    .probe = pgsql_probe,
    .parse = pgsql_parse,
    .gap = pgsql_gap,
};
