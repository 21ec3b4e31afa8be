/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON-RPC over plain connections, 1.0 and 2.0: objects (or arrays of them) one behind the other,
 * mostly in lines of their own. Both sides may ask.
 *
 *     {"jsonrpc":"2.0","id":1,"method":"...","params":[...]}     without id: no answer is wanted
 *     {"jsonrpc":"2.0","id":1,"result":...}                      or "error"; 1.0 has both, and no
 *                                                                version
 *
 * Nodes of Ethereum speak it, and stratum, by which miners get work from pools.
 */
#include "parser/parser.h"
#include "support/bodies.h"
#include "support/jsonrpc_message.h"

enum {
    WHOLE_MOST = 16 << 10, /* of longer ones the head is read */
    BATCH_MOST = 64,
    ASKED_MOST = 8,
    WHO_MAX = 48,
};

/* No boundary is known, but a line begins here. */
enum lost { LOST_NOTHING, LOST, LOST_AT_LINE };

struct jsonrpc_state {
    struct json_scan scan[2];
    uint64_t asked[2][ASKED_MOST]; /* keys of what this side asked last */
    uint64_t login;                /* the key of a miner's login, 0 = none */
    uint64_t notices;
    uint32_t looked[2]; /* how much of the object was scanned */
    uint8_t next[2];    /* in asked */
    bool passing[2];    /* the rest of a long one */
    uint8_t lost[2];    /* enum lost */
    bool matched, mines, ethereum;
    bool bare; /* one message was seen */
    uint8_t who_n;
    char who[WHO_MAX];
};

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

/* ---- which answer belongs to which question ---- */

/* Both sides number their own questions. */
static uint64_t key_of(const struct jsonrpc_message *m, enum dir asker)
{
    uint64_t hash = 0xcbf29ce484222325 ^ (m->id.kind == '"');

    for (size_t i = 0; i < m->id.text.n; i++)
        hash = (hash ^ m->id.text.p[i]) * 0x100000001b3;
    return hash << 1 | (asker == DIR_SERVER);
}

static void asked_keep(struct jsonrpc_state *s, enum dir dir, uint64_t key)
{
    s->asked[dir][s->next[dir]] = key;
    s->next[dir] = (uint8_t)((s->next[dir] + 1) % ASKED_MOST);
}

static bool was_asked(const struct jsonrpc_state *s, enum dir asker, uint64_t key)
{
    for (size_t i = 0; i < ASKED_MOST; i++)
        if (s->asked[asker][i] == key)
            return true;
    return false;
}

/* ---- what is told ---- */

static void miner_tell(struct parse *p, struct jsonrpc_state *s, const struct jsonrpc_message *m,
                       uint64_t key)
{
    struct jsonrpc_miner miner = jsonrpc_miner_of(m);
    struct span who = span_first(miner.user, WHO_MAX);

    put(p, FIELD_JSONRPC_USER, miner.user);
    put(p, FIELD_JSONRPC_WORKER, miner.worker);
    put(p, FIELD_JSONRPC_AGENT, miner.agent);
    if (miner.mines && !s->mines) {
        parse_inner(p, APP_MINING);
        parse_note_value(p, "mining", miner.agent.n ? miner.agent : m->method.text);
        s->mines = true;
    }
    if (!miner.logs_in)
        return;
    s->login = key;
    s->who_n = (uint8_t)who.n;
    if (who.n)
        memcpy(s->who, who.p, who.n);
}

/* {"code": ..., "message": ...}, or [code, message, ...] with miners, or a text. */
static void error_tell(struct parse *p, const struct json_item *error)
{
    struct cursor in = cur_of(span_from(error->text, 1));
    struct json_item item;

    if (error->kind == '"')
        put(p, FIELD_JSONRPC_ERROR, error->text);
    for (int i = 0; error->kind == '{' && i < 8 && json_member(&in, &item); i++) {
        if (json_says(item.key, SPAN("code")))
            put(p, FIELD_JSONRPC_ERROR_CODE, item.text);
        else if (json_says(item.key, SPAN("message")) && item.kind == '"')
            put(p, FIELD_JSONRPC_ERROR, item.text);
    }
    if (error->kind == '[' && json_element(&in, &item)) {
        put(p, FIELD_JSONRPC_ERROR_CODE, item.text);
        if (json_element(&in, &item) && item.kind == '"')
            put(p, FIELD_JSONRPC_ERROR, item.text);
    }
}

static void request_tell(struct parse *p, struct jsonrpc_state *s, const struct jsonrpc_message *m)
{
    bool is_notice = !jsonrpc_has_id(m);
    uint64_t key = is_notice ? s->notices++ << 1 | p->dir : key_of(m, p->dir);

    if (!is_notice)
        asked_keep(s, p->dir, key);
    parse_tx_key(p, TX_REQUEST, key);
    put(p, FIELD_JSONRPC_VERSION, m->version.text);
    put(p, FIELD_JSONRPC_METHOD, m->method.text);
    if (!is_notice)
        put(p, FIELD_JSONRPC_ID, m->id.text);
    miner_tell(p, s, m, key);
    if (!s->ethereum && !s->mines && span_starts(m->method.text, SPAN("eth_"))) {
        parse_inner(p, APP_ETHEREUM);
        s->ethereum = true;
    }
    if (is_notice)
        parse_tx_key(p, TX_DONE, key);
}

static void answer_tell(struct parse *p, struct jsonrpc_state *s, const struct jsonrpc_message *m)
{
    enum dir asker = p->dir == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;
    uint64_t key = key_of(m, asker);

    if (!jsonrpc_has_id(m) && m->error.kind != '{')
        return;
    parse_tx_key(p, TX_REPLY, key);
    if (!was_asked(s, asker, key)) {
        put(p, FIELD_JSONRPC_VERSION, m->version.text);
        put(p, FIELD_JSONRPC_ID, m->id.text);
    }
    error_tell(p, &m->error);
    if (s->login && s->login == key) {
        if (jsonrpc_refuses(m))
            parse_refused(p, "the mining pool refuses the login", span_of(s->who, s->who_n));
        s->login = 0;
    }
    parse_tx_key(p, TX_DONE, key);
}

static void message_tell(struct parse *p, struct jsonrpc_state *s, const struct jsonrpc_message *m)
{
    if (jsonrpc_is_request(m))
        request_tell(p, s, m);
    else if (m->id.kind && (m->result.kind || m->error.kind))
        answer_tell(p, s, m);
}

/* Values, but not those of a login: a password is among them. */
static void values_hand_on(struct parse *p, const struct jsonrpc_message *m)
{
    const struct json_item *values = jsonrpc_is_request(m) ? &m->params : &m->result;
    bool is_text = values->kind == '{' || values->kind == '[' || values->kind == '"';

    if (is_text && values->text.n && !jsonrpc_miner_of(m).logs_in)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, values->text);
}

/* ---- proof ---- */

/* Without a version it could be anybody's JSON: a second message, or the answer to the first one,
 * must follow. */
static void message_prove(struct parse *p, struct jsonrpc_state *s, struct cursor *in,
                          const struct jsonrpc_message *m)
{
    enum dir asker = p->dir == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;
    enum proof proof = jsonrpc_proof(m);

    if (proof == PROOF_NONE) {
        if (!s->matched)
            cur_fail(in);
        return;
    }
    if (!jsonrpc_is_request(m) && jsonrpc_has_id(m) && was_asked(s, asker, key_of(m, asker)))
        proof = PROOF_CERTAIN;
    else if (proof < PROOF_STRONG && s->bare)
        proof = (enum proof)(proof + 1);
    s->bare = true;
    if (proof == PROOF_WEAK)
        return;
    parse_proof(p, proof);
    s->matched = true;
}

/* ---- messages ---- */

static void object_read(struct parse *p, struct jsonrpc_state *s, struct cursor *in,
                        struct span object)
{
    struct jsonrpc_message m = jsonrpc_read(cur_of(span_from(object, 1)));

    message_prove(p, s, in, &m);
    if (in->state != CUR_OK)
        return;
    message_tell(p, s, &m);
    values_hand_on(p, &m);
}

static void batch_read(struct parse *p, struct jsonrpc_state *s, struct cursor *in,
                       struct span batch)
{
    struct cursor at = cur_of(span_from(batch, 1));
    struct json_item item;

    for (int i = 0; i < BATCH_MOST && in->state == CUR_OK && json_element(&at, &item); i++) {
        if (item.kind == '{')
            object_read(p, s, in, item.text);
        else if (!s->matched)
            cur_fail(in);
    }
}

/* Of a long one the head must do, and the rest goes by. */
static void long_read(struct parse *p, struct jsonrpc_state *s, struct cursor *in, struct span head)
{
    struct jsonrpc_message m = {0};

    if (head.p[0] == '{')
        m = jsonrpc_read(cur_of(span_from(head, 1)));
    message_prove(p, s, in, &m);
    if (in->state != CUR_OK)
        return;
    message_tell(p, s, &m);
    parse_buffer(p, BUFFER_BODY, BUFFER_BEGINS, head);
    s->passing[p->dir] = true;
}

static void long_pass(struct parse *p, struct jsonrpc_state *s, struct cursor *in)
{
    const uint8_t *start = in->pos;
    bool ends = json_scan(&s->scan[p->dir], in);

    if (in->state != CUR_OK)
        return;
    parse_buffer(p, BUFFER_BODY, ends ? BUFFER_ENDS : BUFFER_NEXT,
                 span_of(start, (size_t)(in->pos - start)));
    s->passing[p->dir] = !ends;
    if (ends)
        s->scan[p->dir] = (struct json_scan){0};
}

/* A whole object is taken; else what is here was looked at, and waits. */
static struct rest value_step(struct parse *p, struct jsonrpc_state *s, struct cursor *in)
{
    struct span head = span_first(cur_look(in), WHOLE_MOST);
    struct cursor at = cur_of(span_from(head, s->looked[p->dir]));
    bool ends = json_scan(&s->scan[p->dir], &at);

    if (at.state == CUR_BAD)
        cur_fail(in);
    if (in->state != CUR_OK)
        return rest_none();
    s->looked[p->dir] = (uint32_t)(at.pos - in->pos);
    head = span_first(head, s->looked[p->dir]);
    if (!ends && head.n < WHOLE_MOST) {
        cur_short(in, 1);
        return rest_none();
    }
    s->looked[p->dir] = 0;
    if (!ends)
        long_read(p, s, in, head);
    else if (head.p[0] == '{')
        object_read(p, s, in, head);
    else
        batch_read(p, s, in, head);
    if (ends)
        s->scan[p->dir] = (struct json_scan){0};
    if (in->state == CUR_OK)
        cur_skip(in, head.n);
    return rest_none();
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct rest jsonrpc_step(struct parse *p, struct cursor *in)
{
    struct jsonrpc_state *s = p->state;

    if (s->passing[p->dir]) {
        long_pass(p, s, in);
        return rest_none();
    }
    if (!is_blank(cur_peek(in)))
        return value_step(p, s, in);
    while (cur_left(in) && is_blank(cur_peek(in)))
        cur_skip(in, 1);
    return rest_none();
}

/* Objects begin at the beginning of a line. */
static bool resume(struct jsonrpc_state *s, enum dir dir, struct cursor *in)
{
    while (cur_left(in)) {
        if (s->lost[dir] == LOST_AT_LINE && cur_peek(in) == '{') {
            s->lost[dir] = LOST_NOTHING;
            return true;
        }
        s->lost[dir] = cur_u8(in) == '\n' ? LOST_AT_LINE : LOST;
    }
    return false;
}

static enum parse_result jsonrpc_parse(struct parse *p, struct cursor *in)
{
    struct jsonrpc_state *s = p->state;

    if (s->lost[p->dir] && !resume(s, p->dir, in))
        return bodies_over(p, in, &s->matched);
    parse_commit(p, in);
    return bodies_walk(p, in, jsonrpc_step, &s->matched);
}

static void jsonrpc_gap(struct parse *p, uint64_t missing)
{
    struct jsonrpc_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = LOST;
    s->passing[p->dir] = false;
    s->looked[p->dir] = 0;
    s->scan[p->dir] = (struct json_scan){0};
}

/* { "key" or [ { */
static bool jsonrpc_probe(enum dir from, struct span first)
{
    size_t i = 1;

    (void)from;
    if (first.p[0] != '{' && first.p[0] != '[')
        return false;
    while (i < first.n && is_blank(first.p[i]))
        i++;
    return i == first.n || first.p[i] == (first.p[0] == '{' ? '"' : '{');
}

static const uint16_t jsonrpc_ports[] = {3333, 4444, 14444, 6640, 8546, 50001, 0};

const struct parser parser_jsonrpc = {
    .name = "json-rpc",
    .event = "jsonrpc",
    .evidence = "an object with version and method or id; one of a pool's; questions and answers",
    .app = APP_JSONRPC,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = jsonrpc_ports,
    .state_size = sizeof(struct jsonrpc_state),
    .max_pending = WHOLE_MOST,
    .midstream = true,
    .probe = jsonrpc_probe,
    .parse = jsonrpc_parse,
    .gap = jsonrpc_gap,
};
