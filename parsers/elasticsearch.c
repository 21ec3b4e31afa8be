/* SPDX-License-Identifier: Apache-2.0
 *
 * The transport protocol of Elasticsearch and OpenSearch, between nodes and from old clients.
 *
 *     'ES' length(4) id(8) status(1) version(4) [length of the headers(4), since 7.6] headers ...
 *     request:  two maps of headers, [features(n strings), before 8], action(string), body
 *     length FFFFFFFF: a ping, nothing behind it
 *
 * Numbers inside are of variable length, seven bits a byte, the lowest first.
 */
#include "parser/parser.h"

enum {
    PORT = 9300,
    PENDING = 8 << 10,
    HEAD = 19,
    BEHIND_LENGTH = 13, /* least bytes that the length counts */
    LENGTH_MOST = 1 << 30,
    ANSWER = 1,
    ERROR = 2,
    COMPRESSED = 4,
    HANDSHAKE = 8,
    ASKED = 24,
    HEADERS_MOST = 64,
    TEXT_MOST = 4096,
    VERSION_LEAST = 1000000,  /* 1.0.0: two digits for each part */
    VERSION_MOST = 200000000, /* OpenSearch and others set bits above */
    VERSION_BITS = 0x07ffffff,
    HEADERS_SINCE = 7060099, /* their length stands in front of them */
    FEATURES_SINCE = 6030099,
    FEATURES_UNTIL = 8000099,
    CHANGES_SINCE = 8500000,
    OPENSEARCH = 1 << 27,
};

struct elasticsearch_state {
    uint64_t asked[ASKED]; /* numbers that wait for their answers, and who asked; 0 = none */
    uint8_t next;
    uint8_t part; /* of its body: what is not here yet of the last message */
    bool matched;
    bool lost[2];
};

static const uint16_t ports[] = {PORT, 9301, 9302, 0};

static uint32_t read_number(struct cursor *c)
{
    uint32_t value = 0;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint8_t byte = cur_u8(c);

        value |= (uint32_t)(byte & 0x7f) << (shift < 32 ? shift : 31);
        if (!(byte & 0x80))
            return value;
    }
    cur_fail(c);
    return 0;
}

/* Counted in characters: for names that is bytes. */
static struct span read_text(struct cursor *c)
{
    uint32_t n = read_number(c);

    if (n > TEXT_MOST)
        cur_fail(c);
    return cur_span(c, n);
}

static void pass_map(struct cursor *c, bool lists)
{
    uint32_t n = read_number(c);

    if (n > HEADERS_MOST)
        cur_fail(c);
    for (uint32_t i = 0; i < n && c->state == CUR_OK; i++) {
        uint32_t values = 1;

        (void)read_text(c);
        if (lists)
            values = read_number(c);
        if (values > HEADERS_MOST)
            cur_fail(c);
        for (uint32_t v = 0; v < values && c->state == CUR_OK; v++)
            (void)read_text(c);
    }
}

struct es_message {
    uint64_t id;
    uint32_t length, version;
    uint8_t status;
};

static struct es_message read_head(struct cursor *c)
{
    struct es_message m = {0};
    uint32_t version;

    if (cur_be16(c) != ('E' << 8 | 'S'))
        cur_fail(c);
    m.length = cur_be32(c);
    if (m.length == UINT32_MAX)
        return m;
    if (c->state == CUR_OK && (m.length < BEHIND_LENGTH || m.length > LENGTH_MOST))
        cur_fail(c);
    m.id = cur_be64(c);
    m.status = cur_u8(c);
    m.version = cur_be32(c);
    version = m.version & VERSION_BITS;
    if (c->state == CUR_OK && (m.status > (ANSWER | ERROR | COMPRESSED | HANDSHAKE) ||
                               version < VERSION_LEAST || version > VERSION_MOST || m.id >> 56))
        cur_fail(c);
    return m;
}

/* 7170399 is 7.17.3: the last two digits say that it is a release. From 8.8 on the numbers count
 * changes of the protocol: only the first part of those is a version. */
static void put_version(struct parse *p, uint32_t version)
{
    uint32_t parts[] = {version / 1000000 % 100, version / 10000 % 100, version / 100 % 100};
    char text[12];
    size_t n = 0;

    for (int i = 0; i < (version < CHANGES_SINCE ? 3 : 1); i++) {
        if (i)
            text[n++] = '.';
        if (parts[i] >= 10)
            text[n++] = (char)('0' + parts[i] / 10);
        text[n++] = (char)('0' + parts[i] % 10);
    }
    parse_field(p, FIELD_ELASTICSEARCH_VERSION, span_of(text, n));
}

/* "indices:data/read/get"; before version 2 "indices/get". */
static bool is_action(struct span action)
{
    return span_printable(action) && span_index(action, ' ') == action.n &&
           (span_index(action, ':') < action.n || span_index(action, '/') < action.n);
}

/* What a request is for; nothing when it is compressed, or of a version that writes otherwise. */
static void put_action(struct parse *p, const struct es_message *m, struct cursor c)
{
    uint32_t version = m->version & VERSION_BITS, features;
    bool fork = m->version & OPENSEARCH; /* goes on with what 7.10 wrote, and counts from 1 */
    struct span action;

    if (m->status & COMPRESSED)
        return;
    if (fork || version >= HEADERS_SINCE)
        cur_skip(&c, 4);
    pass_map(&c, false);
    pass_map(&c, true);
    if (fork || (version < FEATURES_UNTIL && version >= FEATURES_SINCE)) {
        features = read_number(&c);
        if (features > HEADERS_MOST)
            cur_fail(&c);
        for (uint32_t i = 0; i < features && c.state == CUR_OK; i++)
            (void)read_text(&c);
    }
    action = read_text(&c);
    if (c.state != CUR_OK || !is_action(action))
        return;
    parse_field(p, FIELD_ELASTICSEARCH_ACTION, action);
    if (span_starts(action, SPAN("cluster:admin/script/put")) &&
        !parse_addr_internal(p, DIR_CLIENT))
        parse_note_value(p, "Elasticsearch script to be stored", action);
}

/* Numbers have 56 bits: never 0. */
static uint64_t waiting(uint64_t id, enum dir from)
{
    return (id + 1) << 1 | (from == DIR_SERVER);
}

static void remember(struct elasticsearch_state *s, uint64_t asked)
{
    s->asked[s->next] = asked;
    s->next = (uint8_t)((s->next + 1) % ASKED);
}

static bool was_asked(struct elasticsearch_state *s, uint64_t asked)
{
    for (int i = 0; i < ASKED; i++)
        if (s->asked[i] == asked) {
            s->asked[i] = 0;
            return true;
        }
    return false;
}

static void report(struct parse *p, const struct es_message *m, struct cursor body)
{
    uint64_t key = m->id;

    if (m->status & ANSWER) {
        parse_tx_key(p, TX_REPLY, key);
        if (m->status & ERROR)
            parse_uint(p, FIELD_ELASTICSEARCH_ERROR, 1);
        parse_tx_key(p, TX_DONE, key);
        return;
    }
    parse_tx_key(p, TX_REQUEST, key);
    parse_uint(p, FIELD_ELASTICSEARCH_ID, m->id);
    put_version(p, m->version & VERSION_BITS);
    put_action(p, m, body);
}

static void prove(struct parse *p, struct elasticsearch_state *s, const struct es_message *m)
{
    enum proof proof = PROOF_STRONG;

    if (!(m->status & ANSWER))
        remember(s, waiting(m->id, p->dir));
    else if (was_asked(s, waiting(m->id, p->dir == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT)))
        proof = PROOF_CERTAIN;
    parse_proof(p, proof);
    s->matched = true;
    if (m->version & OPENSEARCH)
        parse_product(p, PRODUCT_OPENSEARCH);
}

/* Reads as much of a message as tells what it is; returns how many bytes are behind that. */
static uint64_t step(struct parse *p, struct elasticsearch_state *s, struct cursor *in)
{
    struct es_message m = read_head(in);
    struct cursor body;
    uint32_t rest, look;

    if (in->state != CUR_OK)
        return 0;
    if (m.length == UINT32_MAX) {
        parse_proof(p, PROOF_FAIR);
        s->matched = true;
        return 0;
    }
    rest = m.length - BEHIND_LENGTH;
    look = rest < PENDING - HEAD ? rest : PENDING - HEAD;
    if (m.status & ANSWER)
        look = 0;
    body = cur_sub(in, look);
    if (in->state != CUR_OK)
        return 0;
    prove(p, s, &m);
    report(p, &m, body);
    s->part = look ? BUFFER_ENDS : BUFFER_WHOLE;
    if (look)
        parse_buffer(p, BUFFER_BODY, rest == look ? BUFFER_WHOLE : BUFFER_BEGINS, cur_rest(&body));
    return rest - look;
}

static bool elasticsearch_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);

    (void)from;
    (void)read_head(&c);
    return c.state != CUR_BAD;
}

/* Behind a hole. A head that is not all here yet is waited for. */
static bool find_message(struct parse *p, struct cursor *in)
{
    struct cursor head = *in;

    (void)read_head(&head);
    if (head.state == CUR_BAD) {
        (void)cur_rest(in);
        parse_commit(p, in);
    } else if (head.state == CUR_SHORT) {
        cur_short(in, head.need);
    }
    return head.state == CUR_OK;
}

static enum parse_result elasticsearch_parse(struct parse *p, struct cursor *in)
{
    struct elasticsearch_state *s = p->state;

    if (s->lost[p->dir] && !find_message(p, in))
        return s->matched ? PARSE_MATCH : PARSE_MORE;
    s->lost[p->dir] = false;
    while (in->pos < in->end) {
        uint64_t rest = step(p, s, in);

        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        if (rest) {
            parse_pass(p, rest, BUFFER_BODY, s->part);
            break;
        }
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* The next segment that begins a message is where reading goes on. */
static void elasticsearch_gap(struct parse *p, uint64_t missing)
{
    struct elasticsearch_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

const struct parser parser_elasticsearch = {
    .name = "elasticsearch",
    .evidence = "'ES', length, status, version; answer with the same number",
    .app = APP_ELASTICSEARCH,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct elasticsearch_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = elasticsearch_probe,
    .parse = elasticsearch_parse,
    .gap = elasticsearch_gap,
};
