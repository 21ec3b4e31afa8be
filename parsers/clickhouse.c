/* SPDX-License-Identifier: Apache-2.0
 *
 * clickhouse: the native protocol of ClickHouse: hellos, queries, exceptions. The packets stand in
 * clickhouse_packet.h.
 */
#include "parser/parser.h"
#include "support/clickhouse_packet.h"
#include "support/walk.h"

#include <stdio.h>

enum {
    STATEMENT_WINDOW = 4096,
    USER_KEPT = 31,
    OPEN_MAX = 8,
    SINCE_PARAMETERS = 54459, /* a revision */
    QUERY_HEAD = 2048,        /* usual; where bytes were passed over nobody waits for more */
    WRONG_USER = 192,
    WRONG_PASSWORD = 193,
    NO_PASSWORD = 194,
    NO_ACCESS = 497,
    NO_LOGIN = 516,
};

enum step {
    STEP_HELLO,
    STEP_ADDENDUM,
    STEP_PACKETS,
    STEP_PARAMETERS, /* behind the text of a query */
};

struct clickhouse_state {
    uint32_t revision;
    uint8_t step[2];
    uint8_t open; /* queries without end */
    uint8_t user_n;
    uint8_t user[USER_KEPT];
    bool matched;
    bool compressed;
    bool deaf;
    bool lost[2]; /* behind data */
};

static void lose(struct clickhouse_state *s, enum dir dir, struct cursor *in)
{
    in->state = CUR_OK;
    cur_skip(in, cur_left(in));
    s->lost[dir] = true;
}

/* ---- hellos ---- */

static void version_report(struct parse *p, enum field f, const struct ch_hello *h)
{
    char text[64];
    int n = snprintf(text, sizeof(text), "%u.%u.%u", (unsigned)h->major, (unsigned)h->minor,
                     (unsigned)h->patch);

    parse_field(p, f, span_of(text, (size_t)n));
}

static void client_hello_step(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    struct ch_hello h;

    if (ch_number(in) != CH_HELLO)
        cur_fail(in);
    ch_client_hello_read(in, &h);
    if (in->state != CUR_OK)
        return;
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
    s->step[DIR_CLIENT] = STEP_ADDENDUM;
    s->revision = (uint32_t)h.revision;
    h.user = span_first(h.user, USER_KEPT);
    s->user_n = (uint8_t)h.user.n;
    if (h.user.n)
        memcpy(s->user, h.user.p, h.user.n);
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_CLICKHOUSE_CLIENT, h.name);
    parse_field(p, FIELD_CLICKHOUSE_USER, h.user);
    if (h.database.n)
        parse_field(p, FIELD_CLICKHOUSE_DATABASE, h.database);
}

static void server_hello_step(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    bool client = s->step[DIR_CLIENT] != STEP_HELLO;
    uint32_t revision;
    struct ch_hello h;

    ch_server_hello_read(in, &h);
    if (!client && !span_equal(h.name, SPAN("ClickHouse")))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    revision = client && s->revision < h.revision ? s->revision : (uint32_t)h.revision;
    ch_server_tail_read(in, revision, &h);
    if (in->state != CUR_OK)
        return;
    parse_proof(p, client ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    s->revision = revision;
    s->step[DIR_SERVER] = STEP_PACKETS;
    parse_tx(p, TX_BOTH);
    version_report(p, FIELD_CLICKHOUSE_VERSION, &h);
    parse_tx(p, TX_DONE);
    if (revision > CH_REVISION_KNOWN)
        lose(s, DIR_SERVER, in);
}

/* ---- client ---- */

static void query_report(struct parse *p, struct clickhouse_state *s, const struct ch_query *q,
                         struct span text)
{
    while (s->open == OPEN_MAX || (s->open && s->lost[DIR_SERVER])) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
        s->open--;
    }
    parse_tx(p, TX_REQUEST);
    if (q->id.n)
        parse_field(p, FIELD_CLICKHOUSE_QUERY_ID, q->id);
    parse_field(p, FIELD_CLICKHOUSE_STATEMENT, text);
    s->open++;
}

static uint64_t query_step(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    struct cursor behind;
    struct ch_query q;
    struct span text;

    ch_query_read(in, s->revision, &q);
    behind = *in;
    text = cur_span(in, q.text < STATEMENT_WINDOW ? (size_t)q.text : STATEMENT_WINDOW);
    if (in->state != CUR_OK)
        return 0;
    query_report(p, s, &q, text);
    s->compressed = q.compressed;
    s->step[DIR_CLIENT] = STEP_PARAMETERS;
    *in = behind;
    return walk_body(p, in, q.text, BUFFER_SQL, BUFFER_WHOLE);
}

static uint64_t client_packet(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    switch (ch_number(in)) {
    case CH_QUERY:
        return query_step(p, s, in);
    case CH_DATA:
        if (!ch_block_skip(in, s->revision, s->compressed) && in->state == CUR_OK)
            lose(s, DIR_CLIENT, in);
        return 0;
    case CH_CANCEL:
    case CH_PING:
        return 0;
    default:
        if (in->state == CUR_OK)
            lose(s, DIR_CLIENT, in);
        return 0;
    }
}

static uint64_t client_step(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    uint64_t rest = 0;

    switch ((enum step)s->step[DIR_CLIENT]) {
    case STEP_HELLO:
        client_hello_step(p, s, in);
        return 0;
    case STEP_ADDENDUM:
        s->deaf = ch_addendum_read(in, s->revision);
        if (in->state == CUR_OK)
            s->step[DIR_CLIENT] = STEP_PACKETS;
        break;
    case STEP_PARAMETERS:
        if (s->revision >= SINCE_PARAMETERS)
            ch_settings_skip(in);
        if (in->state == CUR_OK)
            s->step[DIR_CLIENT] = STEP_PACKETS;
        break;
    default:
        rest = client_packet(p, s, in);
        break;
    }
    if (in->state == CUR_BAD)
        lose(s, DIR_CLIENT, in);
    return rest;
}

/* ---- server ---- */

static void answer_end(struct parse *p, struct clickhouse_state *s)
{
    if (s->open == 0)
        return;
    parse_tx(p, TX_REPLY);
    parse_tx(p, TX_DONE);
    s->open--;
}

static void refusal_see(struct parse *p, const struct clickhouse_state *s, uint32_t code)
{
    struct span who = span_of(s->user, s->user_n);

    if (code == NO_LOGIN || code == WRONG_USER || code == WRONG_PASSWORD || code == NO_PASSWORD)
        parse_refused(p, "ClickHouse refuses the login", who);
    else if (code == NO_ACCESS)
        parse_refused(p, "ClickHouse refuses a right", who);
}

/* The answer to the hello or to a query. */
static void exception_step(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    bool first = s->step[DIR_SERVER] == STEP_HELLO;
    struct ch_exception e;

    ch_exception_read(in, &e);
    if (in->state != CUR_OK)
        return;
    parse_proof(p, s->step[DIR_CLIENT] == STEP_HELLO ? PROOF_STRONG : PROOF_CERTAIN);
    s->matched = true;
    if (first || s->open) {
        parse_tx(p, first ? TX_BOTH : TX_REPLY);
        parse_uint(p, FIELD_CLICKHOUSE_ERROR_CODE, e.code);
        parse_field(p, FIELD_CLICKHOUSE_ERROR_TEXT, e.message);
        parse_tx(p, TX_DONE);
    }
    if (!first && s->open)
        s->open--;
    s->step[DIR_SERVER] = STEP_PACKETS;
    refusal_see(p, s, e.code);
    if (e.nested)
        lose(s, DIR_SERVER, in);
}

static void server_packet(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    uint64_t type = ch_number(in);

    if (s->step[DIR_SERVER] == STEP_HELLO && type != CH_SERVER_HELLO && type != CH_EXCEPTION) {
        cur_fail(in);
        return;
    }
    switch (type) {
    case CH_SERVER_HELLO:
        server_hello_step(p, s, in);
        break;
    case CH_EXCEPTION:
        exception_step(p, s, in);
        break;
    case CH_PROGRESS:
        ch_progress_skip(in, s->revision);
        break;
    case CH_PONG:
        break;
    case CH_END:
        answer_end(p, s);
        break;
    case CH_PROFILE:
        ch_profile_skip(in, s->revision);
        break;
    case CH_COLUMNS:
        (void)ch_text(in);
        (void)ch_text(in);
        break;
    default:
        if (!ch_block_skip(in, s->revision, s->compressed) && in->state == CUR_OK)
            lose(s, DIR_SERVER, in);
        break;
    }
}

static void server_step(struct parse *p, struct clickhouse_state *s, struct cursor *in)
{
    bool greeted = s->step[DIR_SERVER] != STEP_HELLO;

    server_packet(p, s, in);
    if (in->state == CUR_BAD && greeted)
        lose(s, DIR_SERVER, in);
}

/* ---- both ---- */

static uint64_t clickhouse_step(struct parse *p, struct cursor *in)
{
    struct clickhouse_state *s = p->state;

    if (s->deaf) {
        cur_skip(in, cur_left(in));
        return 0;
    }
    if (p->dir == DIR_CLIENT)
        return client_step(p, s, in);
    server_step(p, s, in);
    return 0;
}

/* Behind data: a query and an exception are known again; an end when there is nothing else. SHORT:
 * too early to tell. */
static void boundary_test(const struct parse *p, const struct clickhouse_state *s,
                          struct cursor *in)
{
    struct cursor at = *in;
    uint64_t type = ch_number(&at);
    struct ch_exception e;
    struct ch_query q;

    if (p->dir == DIR_CLIENT && type == CH_QUERY) {
        ch_query_read(&at, s->revision, &q);
        if (q.id.n == 0 && at.state == CUR_OK && q.text < 4)
            cur_fail(&at);
    } else if (p->dir == DIR_SERVER && type == CH_EXCEPTION) {
        ch_exception_read(&at, &e);
    } else if (p->dir == DIR_CLIENT || type != CH_END || !cur_done(&at)) {
        cur_fail(&at);
    }
    if (at.state == CUR_SHORT && cur_left(in) < QUERY_HEAD)
        cur_short(in, at.need);
    else if (at.state != CUR_OK)
        cur_fail(in);
}

static enum parse_result clickhouse_parse(struct parse *p, struct cursor *in)
{
    struct clickhouse_state *s = p->state;

    if (s->lost[p->dir] && !s->deaf) {
        boundary_test(p, s, in);
        if (in->state == CUR_SHORT)
            return walk_verdict(&s->matched);
        if (in->state == CUR_BAD)
            return walk_over(p, in);
        s->lost[p->dir] = false;
        s->step[p->dir] = STEP_PACKETS;
    }
    return walk(p, in, clickhouse_step, &s->matched);
}

static void clickhouse_gap(struct parse *p, uint64_t missing)
{
    struct clickhouse_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

static bool probe_client(struct span first)
{
    struct cursor in = cur_of(first);
    struct ch_hello h;

    if (first.p[0] != CH_HELLO)
        return false;
    (void)ch_number(&in);
    ch_client_hello_read(&in, &h);
    return in.state != CUR_BAD;
}

static bool probe_server(struct span first)
{
    static const char hello[] = "\0\012ClickHouse";
    struct cursor in = cur_of(first);
    struct ch_exception e;

    if (first.p[0] == CH_SERVER_HELLO)
        return span_starts(SPAN(hello), span_first(first, sizeof(hello) - 1));
    if (first.p[0] != CH_EXCEPTION)
        return false;
    cur_skip(&in, 1);
    ch_exception_read(&in, &e);
    return in.state != CUR_BAD;
}

static bool clickhouse_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT ? probe_client(first) : probe_server(first);
}

static const uint16_t clickhouse_ports[] = {9000, 9440, 0};

const struct parser parser_clickhouse = {
    .name = "clickhouse",
    .evidence = "hello with a revision, and the server's",
    .app = APP_CLICKHOUSE,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = clickhouse_ports,
    .state_size = sizeof(struct clickhouse_state),
    .max_pending = 64u << 10,
    .midstream = false,
    .probe = clickhouse_probe,
    .parse = clickhouse_parse,
    .gap = clickhouse_gap,
};
