/* SPDX-License-Identifier: Apache-2.0
 *
 * kafka: requests and replies of Kafka's protocol, paired by correlation id.
 *
 *     request  size 4, api 2, version 2, correlation 4, client id, [tags], body
 *     reply    size 4, correlation 4, [tags], body
 *     token    size 4, SASL token             after SaslHandshake 0, both ways
 *
 * Bodies of up to 12 KiB are read as kafka_keys.def tells, longer ones as far; records of Produce
 * and Fetch are walked to their end, whatever their size.
 */
#include "parser/parser.h"
#include "support/kafka_records.h"
#include "support/sasl_user.h"

enum {
    SIZE_MAX_ANY = 104857600,
    HEAD_MOST = 12 << 10, /* of a message is read */
    CLIENT_ID_MAX = 255,
    KEY_MAX = 127,
    VERSION_UNKNOWN_MAX = 15,
    VERSION_AHEAD = 2, /* of what the table knows */
    ASKED_MAX = 16,
    USER_MAX = 32,
};

enum { PRODUCE = 0, FETCH = 1, CONTROLLED_SHUTDOWN = 7, SASL_HANDSHAKE = 17, API_VERSIONS = 18 };

struct asked {
    uint32_t correlation;
    uint8_t key, version;
};

struct kafka_state {
    struct asked asked[ASKED_MAX]; /* requests that wait for replies, oldest first */
    struct kafka_records stream[2];
    uint32_t behind; /* requests beyond those, reported without their replies */
    uint32_t last;   /* correlation of the newest request */
    uint32_t client; /* what the client calls itself, hashed */
    uint16_t admin;  /* administration requests noted, by place in the table */
    int16_t error;   /* told of the reply that is being read */
    uint8_t open;
    uint8_t mechanism; /* enum sasl_kind */
    uint8_t user_len;
    char user[USER_MAX];
    bool matched;
    bool any;      /* `last` and `client` are set */
    bool no_reply; /* the Produce request that is being read has none */
    bool tokens;   /* SASL tokens without headers may come */
    bool begun[2];
    bool lost[2]; /* no message boundary known */
};

struct head {
    uint32_t size, correlation;
    uint8_t key, version;
    struct span client;
    const struct kafka_key *api; /* NULL: newer than the table */
};

/* ---- requests ---- */

static bool is_flexible(const struct kafka_key *api, uint8_t version)
{
    return api && version >= api->flexible;
}

/* Are these numbers of a request? */
static bool is_plausible(uint32_t size, uint16_t key, uint16_t version)
{
    const struct kafka_key *api = key <= KEY_MAX ? kafka_key_find(key) : NULL;

    return size >= 8 && size <= SIZE_MAX_ANY && key <= KEY_MAX &&
           version <= (api ? api->newest + VERSION_AHEAD : VERSION_UNKNOWN_MAX);
}

static void numbers_read(struct cursor *in, struct head *h)
{
    uint16_t key, version;

    h->size = cur_be32(in);
    key = cur_be16(in);
    version = cur_be16(in);
    if (in->state == CUR_OK && !is_plausible(h->size, key, version))
        cur_fail(in);
    h->key = (uint8_t)key;
    h->version = (uint8_t)version;
    h->api = kafka_key_find(key);
}

/* The head behind the numbers; `in` stands at the body then. Of the message `left` bytes remain. */
static void head_read(struct parse *p, struct cursor *in, struct head *h, uint32_t *left)
{
    struct cursor body;
    struct kafka_reader r = {.p = p, .in = &body, .version = h->version};
    uint16_t n;

    numbers_read(in, h);
    if (in->state != CUR_OK)
        return;
    *left = h->size - 4;
    body = bodies_here(in, *left);
    h->correlation = cur_be32(&body);
    h->client = span_of(body.pos, 0);
    if (h->key != CONTROLLED_SHUTDOWN || h->version) {
        n = cur_be16(&body);
        if (n != UINT16_MAX && n > CLIENT_ID_MAX)
            cur_fail(&body);
        h->client = cur_span(&body, n == UINT16_MAX ? 0 : n);
        r.flexible = is_flexible(h->api, h->version);
        kafka_tags(&r);
    }
    if (!span_printable(h->client))
        cur_fail(&body);
    bodies_join(in, &body, *left);
    if (in->state != CUR_OK)
        return;
    *left -= (uint32_t)(body.pos - in->pos);
    in->pos = body.pos;
}

static uint32_t hash_of(struct span s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ s.p[i]) * 16777619u;
    return h;
}

static void request_prove(struct parse *p, struct kafka_state *s, const struct head *h, bool read)
{
    if (s->any && h->correlation == s->last + 1 && hash_of(h->client) == s->client)
        parse_proof(p, PROOF_STRONG);
    else if (read)
        parse_proof(p, PROOF_FAIR);
    else
        return;
    s->matched = true;
}

static void admin_note(struct parse *p, struct kafka_state *s, const struct head *h)
{
    static const uint8_t admin[] = {19, 20, 21, 30, 31, 33, 44, 51};

    for (unsigned i = 0; i < sizeof(admin); i++) {
        if (h->key != admin[i] || s->admin >> i & 1)
            continue;
        s->admin |= (uint16_t)(1u << i);
        parse_note_value(p, "Kafka administration request", span_text(h->api->name));
    }
}

static void request_begin(struct parse *p, const struct head *h)
{
    parse_tx(p, TX_REQUEST);
    if (h->api)
        parse_text(p, FIELD_KAFKA_API, h->api->name);
    parse_uint(p, FIELD_KAFKA_VERSION, h->version);
    parse_uint(p, FIELD_KAFKA_CORRELATION, h->correlation);
    if (h->client.n)
        parse_field(p, FIELD_KAFKA_CLIENT, h->client);
}

static void user_tell(struct parse *p, struct kafka_state *s, struct span token)
{
    struct span user = sasl_user((enum sasl_kind)s->mechanism, token);

    if (user.n == 0)
        return;
    parse_field(p, FIELD_KAFKA_USER, user);
    user = span_first(user, USER_MAX);
    s->user_len = (uint8_t)user.n;
    memcpy(s->user, user.p, user.n);
}

static void login_read(struct parse *p, struct kafka_state *s, const struct kafka_reader *r)
{
    if (r->mechanism.n) {
        parse_field(p, FIELD_KAFKA_MECHANISM, r->mechanism);
        s->mechanism = (uint8_t)sasl_kind_of(r->mechanism);
    }
    if (r->token.n)
        user_tell(p, s, r->token);
}

/* The request is known now, and waits for its reply. */
static void request_asked(struct parse *p, struct kafka_state *s, const struct head *h)
{
    s->last = h->correlation;
    s->client = hash_of(h->client);
    s->any = true;
    s->tokens = false;
    if (h->api)
        admin_note(p, s, h);
    if (s->no_reply)
        return;
    if (s->open == ASKED_MAX || s->behind) {
        s->behind++;
        s->no_reply = true; /* for its transaction */
        return;
    }
    s->asked[s->open++] = (struct asked){h->correlation, h->key, h->version};
}

/* Topics and records follow; a first topic must be there to believe it. */
static struct rest produce_read(struct parse *p, struct kafka_state *s, struct cursor *in,
                                const struct head *h, uint32_t left)
{
    struct cursor body = bodies_here(in, left), look;
    struct kafka_reader r = {
        .p = p, .in = &body, .version = h->version, .flexible = is_flexible(h->api, h->version)};
    struct kafka_reader first = {.in = &look, .version = r.version, .flexible = r.flexible};
    struct cursor tail;
    uint32_t topics;
    int acks;

    kafka_read(&r, "3+:s");
    tail = body;
    kafka_read(&r, "h i");
    acks = (int16_t)cur_be16(&tail);
    topics = kafka_count(&r);
    look = body;
    first.silent = true;
    if (!s->matched) {
        if (body.state == CUR_OK && (acks < -1 || acks > 1 || topics == 0))
            cur_fail(&look);
        kafka_read(&first, "-12:T 13+:U");
    }
    bodies_join(in, &look, left);
    if (in->state != CUR_OK)
        return rest_none();
    request_prove(p, s, h, true);
    request_begin(p, h);
    s->no_reply = acks == 0;
    request_asked(p, s, h);
    s->stream[DIR_CLIENT] = (struct kafka_records){.left = left - (uint32_t)(body.pos - in->pos),
                                                   .topics = topics,
                                                   .version = h->version,
                                                   .flexible = r.flexible};
    in->pos = body.pos;
    if (s->stream[DIR_CLIENT].left == 0 && s->no_reply)
        parse_tx(p, TX_DONE);
    return rest_none();
}

/* The body as far as it is wanted: waits until it is here. */
static struct cursor body_of(struct cursor *in, uint32_t left)
{
    uint32_t most = left < HEAD_MOST ? left : HEAD_MOST;

    return cur_sub(in, most);
}

static struct rest body_read(struct parse *p, struct kafka_state *s, struct cursor *in,
                             const struct head *h, uint32_t left)
{
    struct cursor body = body_of(in, left);
    uint32_t rest = left > HEAD_MOST ? left - HEAD_MOST : 0;
    struct kafka_reader r = {
        .p = p, .in = &body, .version = h->version, .flexible = is_flexible(h->api, h->version)};
    bool read = false;

    if (in->state != CUR_OK)
        return rest_none();
    request_begin(p, h);
    if (h->api && h->version <= h->api->newest) {
        kafka_read(&r, h->api->request);
        if (!r.over)
            kafka_tags(&r);
        if (h->key == API_VERSIONS && cur_left(&body) == 4 && cur_be32(&body) != 0)
            cur_fail(&body); /* librdkafka adds an empty array */
        read = r.over ? body.state == CUR_OK && h->client.n : cur_done(&body) && rest == 0;
        if (body.state == CUR_SHORT && rest)
            read = true;
        if (!read && !r.over && !s->matched) {
            cur_fail(in);
            return rest_none();
        }
    }
    login_read(p, s, &r);
    s->no_reply = false;
    request_prove(p, s, h, read);
    request_asked(p, s, h);
    if (s->no_reply)
        parse_tx(p, TX_DONE);
    return rest_skip(rest);
}

/* Tokens have no header: what is no request of the same client is one. */
static bool is_token(struct parse *p, struct kafka_state *s, struct cursor *in)
{
    struct cursor at = *in, whole = *in;
    struct head h = {0};
    uint32_t left;

    if (!s->tokens)
        return false;
    head_read(p, &at, &h, &left);
    if (at.state == CUR_OK)
        return hash_of(h.client) != s->client;
    cur_skip(&whole, cur_be32(&whole));
    if (at.state == CUR_SHORT && whole.state == CUR_SHORT)
        cur_short(in, at.need < whole.need ? at.need : whole.need);
    return true;
}

static struct rest token_read(struct parse *p, struct kafka_state *s, struct cursor *in)
{
    uint32_t n = cur_be32(in);
    struct span token;

    if (n > HEAD_MOST)
        cur_fail(in);
    token = cur_span(in, n);
    if (in->state != CUR_OK || p->dir == DIR_SERVER)
        return rest_none();
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_KAFKA_API, "SaslToken");
    user_tell(p, s, token);
    parse_tx(p, TX_DONE);
    return rest_none();
}

static struct rest request_step(struct parse *p, struct kafka_state *s, struct cursor *in)
{
    struct head h;
    uint32_t left;

    if (is_token(p, s, in))
        return token_read(p, s, in);
    head_read(p, in, &h, &left);
    if (in->state != CUR_OK)
        return rest_none();
    if (h.key == PRODUCE && h.version <= h.api->newest)
        return produce_read(p, s, in, &h, left);
    return body_read(p, s, in, &h, left);
}

/* ---- replies ---- */

static void error_tell(struct parse *p, struct kafka_state *s, int error)
{
    const char *name = kafka_error_name(error);
    struct span user = span_of(s->user, s->user_len);

    if (error == 0 || s->error)
        return;
    s->error = (int16_t)error;
    if (error > 0)
        parse_uint(p, FIELD_KAFKA_ERROR_CODE, (uint64_t)error);
    if (name)
        parse_text(p, FIELD_KAFKA_ERROR_NAME, name);
    if (error == 58)
        parse_refused(p, "Kafka refuses the login", user);
    else if (error == 29)
        parse_refused(p, "Kafka refuses access to a topic", user);
    else if (error == 30)
        parse_refused(p, "Kafka refuses access to a group", user);
    else if (error == 31)
        parse_refused(p, "Kafka refuses access to the cluster", user);
}

/* Replies come in the order of the requests: those in front of this one have none. */
static bool asked_find(const struct kafka_state *s, uint32_t correlation, unsigned *at)
{
    for (*at = 0; *at < s->open; (*at)++)
        if (s->asked[*at].correlation == correlation)
            return true;
    return false;
}

static struct asked asked_take(struct parse *p, struct kafka_state *s, unsigned at)
{
    struct asked a = s->asked[at];

    for (unsigned i = 0; i < at; i++) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
    }
    parse_tx(p, TX_REPLY);
    s->open -= (uint8_t)(at + 1);
    memmove(s->asked, s->asked + at + 1, s->open * sizeof(s->asked[0]));
    s->error = 0;
    return a;
}

static void fetch_begin(struct kafka_state *s, struct kafka_reader *r, uint32_t left)
{
    uint32_t topics = kafka_count(r);

    s->stream[DIR_SERVER] = (struct kafka_records){.left = left,
                                                   .topics = topics,
                                                   .version = r->version,
                                                   .flexible = r->flexible,
                                                   .is_reply = true};
}

static struct rest reply_read(struct parse *p, struct kafka_state *s, struct cursor *in,
                              uint32_t left, unsigned at)
{
    const struct asked a = s->asked[at];
    const struct kafka_key *api = kafka_key_find(a.key);
    bool known = api && a.version <= api->newest;
    bool streamed = known && a.key == FETCH;
    struct cursor body = streamed ? bodies_here(in, left) : body_of(in, left);
    struct kafka_reader r = {
        .p = p, .in = &body, .version = a.version, .flexible = is_flexible(api, a.version)};

    if (in->state != CUR_OK)
        return rest_none();
    if (a.key != API_VERSIONS)
        kafka_tags(&r);
    if (known)
        kafka_read(&r, api->reply);
    if (streamed) {
        fetch_begin(s, &r, left);
        bodies_join(in, &body, left);
        if (in->state != CUR_OK) {
            s->stream[DIR_SERVER].left = 0;
            return rest_none();
        }
    }
    parse_proof(p, PROOF_CERTAIN);
    s->matched = true;
    (void)asked_take(p, s, at);
    error_tell(p, s, r.error);
    if (a.key == SASL_HANDSHAKE && a.version == 0 && r.error == 0)
        s->tokens = true;
    if (!streamed) {
        parse_tx(p, TX_DONE);
        return rest_skip(left > HEAD_MOST ? left - HEAD_MOST : 0);
    }
    s->stream[DIR_SERVER].left -= (uint32_t)(body.pos - in->pos);
    in->pos = body.pos;
    if (s->stream[DIR_SERVER].left == 0)
        parse_tx(p, TX_DONE);
    return rest_none();
}

static struct rest reply_step(struct parse *p, struct kafka_state *s, struct cursor *in)
{
    struct cursor at = *in;
    uint32_t size = cur_be32(&at), correlation;
    unsigned which;

    if (s->tokens && s->open == 0)
        return token_read(p, s, in);
    correlation = cur_be32(&at);
    if (at.state == CUR_OK && (size < 4 || size > SIZE_MAX_ANY))
        cur_fail(&at);
    *in = at;
    if (in->state != CUR_OK)
        return rest_none();
    if (asked_find(s, correlation, &which))
        return reply_read(p, s, in, size - 4, which);
    if (s->behind == 0) {
        cur_fail(in);
        return rest_none();
    }
    s->behind--;
    return rest_skip(size - 4);
}

/* ---- both ---- */

static struct rest stream_step(struct parse *p, struct kafka_state *s, struct cursor *in)
{
    struct kafka_records *k = &s->stream[p->dir];
    struct kafka_reader r = {.p = p, .in = in, .version = k->version, .flexible = k->flexible};
    struct rest rest = kafka_records_step(k, &r);

    if (in->state != CUR_OK)
        return rest;
    if (p->dir == DIR_SERVER)
        error_tell(p, s, r.error);
    if (k->left == 0 && (p->dir == DIR_SERVER || s->no_reply))
        parse_tx(p, TX_DONE);
    return rest;
}

static struct rest kafka_step(struct parse *p, struct cursor *in)
{
    struct kafka_state *s = p->state;

    if (s->stream[p->dir].left)
        return stream_step(p, s, in);
    return p->dir == DIR_CLIENT ? request_step(p, s, in) : reply_step(p, s, in);
}

/* Something was lost, or not seen: does a message begin here? Its head comes in one piece, or what
 * is not its beginning would be joined with one. */
static bool is_boundary(struct parse *p, const struct kafka_state *s, const struct cursor *in)
{
    struct cursor at = *in;
    struct head h;
    uint32_t left;
    unsigned which;

    if (p->dir == DIR_CLIENT) {
        head_read(p, &at, &h, &left);
        return at.state == CUR_OK && (!s->any || hash_of(h.client) == s->client);
    }
    left = cur_be32(&at);
    return asked_find(s, cur_be32(&at), &which) && at.state == CUR_OK && left >= 4 &&
           left <= SIZE_MAX_ANY;
}

static enum parse_result kafka_parse(struct parse *p, struct cursor *in)
{
    struct kafka_state *s = p->state;

    if (!s->begun[p->dir]) {
        s->begun[p->dir] = true;
        s->lost[p->dir] = p->dir == DIR_SERVER && (p->midstream || s->open == 0);
    }
    if (s->lost[p->dir] && !is_boundary(p, s, in))
        return bodies_over(p, in, &s->matched);
    s->lost[p->dir] = false;
    return bodies_walk(p, in, kafka_step, &s->matched);
}

static void kafka_gap(struct parse *p, uint64_t missing)
{
    struct kafka_state *s = p->state;
    bool open = s->stream[p->dir].left != 0;

    (void)missing;
    if (open && (p->dir == DIR_SERVER || s->no_reply))
        parse_tx(p, TX_DONE);
    s->stream[p->dir].left = 0;
    s->lost[p->dir] = s->begun[p->dir] = true;
    if (p->dir == DIR_SERVER)
        s->behind = 0;
}

static bool kafka_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    struct head h;
    uint32_t size;

    if (from == DIR_CLIENT) {
        if (first.n < 8)
            return first.p[0] <= SIZE_MAX_ANY >> 24 && (first.n < 5 || first.p[4] == 0);
        numbers_read(&in, &h);
        return in.state == CUR_OK;
    }
    size = cur_be32(&in);
    return first.p[0] <= SIZE_MAX_ANY >> 24 &&
           (in.state != CUR_OK || (size >= 4 && size <= SIZE_MAX_ANY));
}

static const uint16_t kafka_ports[] = {9092, 9093, 9094, 0};

const struct parser parser_kafka = {
    .name = "kafka",
    .evidence = "requests of known versions, read to their end; replies with their correlation ids",
    .app = APP_KAFKA,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = kafka_ports,
    .state_size = sizeof(struct kafka_state),
    .max_pending = 16u << 10,
    .midstream = true,
    .probe = kafka_probe,
    .parse = kafka_parse,
    .gap = kafka_gap,
};
