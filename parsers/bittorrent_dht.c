/* SPDX-License-Identifier: Apache-2.0
 *
 * BitTorrent's distributed table of peers (BEP 5): dictionaries of bencode, one a datagram, with
 * the kind in "y", the transaction in "t", arguments in "a" or results in "r".
 */
#include "parser/parser.h"
#include "support/bencode.h"

enum {
    ID = 20,
    TRANSACTION_MAX = 16,
    NODE = 26, /* id, IPv4 address and port */
    NODE_6 = 38,
};

struct dht {
    uint8_t asked[2][TRANSACTION_MAX]; /* the last query of either side */
    uint8_t asked_n[2];
    bool matched;
};

struct message {
    uint8_t kind; /* 'q', 'r', 'e' */
    struct span query, transaction, version;
    struct span arguments, results; /* dictionaries */
    struct span error;              /* a list */
};

struct values {
    struct span id, hash, target;
    uint64_t port;
    size_t nodes, peers;
};

static size_t list_count(struct span list)
{
    struct cursor c = cur_of(list);
    size_t n = 0;

    if (!bencode_enter(&c, 'l'))
        return 0;
    while (cur_left(&c) && !bencode_leave(&c)) {
        (void)bencode_item(&c);
        n++;
    }
    return n;
}

static struct span text_of(struct span item)
{
    struct cursor c = cur_of(item);
    struct span text = bencode_string(&c);

    return cur_done(&c) ? text : span_of("", 0);
}

static uint64_t number_of(struct span item)
{
    struct cursor c = cur_of(item);
    uint64_t value = bencode_number(&c);

    return cur_done(&c) ? value : 0;
}

static bool message_read(struct cursor *c, struct message *m)
{
    *m = (struct message){0};
    if (!bencode_enter(c, 'd'))
        return false;
    while (!bencode_leave(c)) {
        struct span key = bencode_string(c);
        struct span item = bencode_item(c);

        if (c->state != CUR_OK)
            return false;
        if (key.n != 1)
            continue;
        if (key.p[0] == 'y' && text_of(item).n == 1)
            m->kind = text_of(item).p[0];
        else if (key.p[0] == 't')
            m->transaction = text_of(item);
        else if (key.p[0] == 'v')
            m->version = text_of(item);
        else if (key.p[0] == 'q')
            m->query = text_of(item);
        else if (key.p[0] == 'a')
            m->arguments = item;
        else if (key.p[0] == 'r')
            m->results = item;
        else if (key.p[0] == 'e')
            m->error = item;
    }
    return cur_done(c);
}

static void values_read(struct span dictionary, struct values *v)
{
    struct cursor c = cur_of(dictionary);

    *v = (struct values){.id = span_of("", 0)};
    if (!bencode_enter(&c, 'd'))
        return;
    while (cur_left(&c) && !bencode_leave(&c)) {
        struct span key = bencode_string(&c);
        struct span item = bencode_item(&c);

        if (span_equal(key, SPAN("id")))
            v->id = text_of(item);
        else if (span_equal(key, SPAN("info_hash")))
            v->hash = text_of(item);
        else if (span_equal(key, SPAN("target")))
            v->target = text_of(item);
        else if (span_equal(key, SPAN("port")))
            v->port = number_of(item);
        else if (span_equal(key, SPAN("nodes")))
            v->nodes += text_of(item).n / NODE;
        else if (span_equal(key, SPAN("nodes6")))
            v->nodes += text_of(item).n / NODE_6;
        else if (span_equal(key, SPAN("values")))
            v->peers = list_count(item);
    }
}

/* Does it have what its kind needs? */
static bool is_sound(const struct message *m, const struct values *v)
{
    if (!m->transaction.n || m->transaction.n > TRANSACTION_MAX)
        return false;
    if (m->kind == 'q')
        return m->query.n && span_printable(m->query) && v->id.n == ID;
    return m->kind == 'r' ? v->id.n == ID : m->kind == 'e' && list_count(m->error) >= 2;
}

static bool is_answer(const struct parse *p, const struct dht *d, const struct message *m)
{
    enum dir peer = 1 - p->dir;

    return m->kind != 'q' && d->asked_n[peer] &&
           span_equal(m->transaction, span_of(d->asked[peer], d->asked_n[peer]));
}

/* ---- reporting ---- */

static void report_hex(struct parse *p, enum field field, struct span bytes)
{
    char text[2 * ID];

    if (bytes.n != ID)
        return;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "0123456789abcdef"[i % 2 ? bytes.p[i / 2] & 15 : bytes.p[i / 2] >> 4];
    parse_field(p, field, span_of(text, sizeof text));
}

static void report_error(struct parse *p, struct span list)
{
    struct cursor c = cur_of(list);
    struct span text;

    (void)bencode_enter(&c, 'l');
    parse_uint(p, FIELD_BITTORRENT_DHT_ERROR_CODE, number_of(bencode_item(&c)));
    text = text_of(bencode_item(&c));
    if (text.n)
        parse_field(p, FIELD_BITTORRENT_DHT_ERROR_TEXT, text);
}

static void report(struct parse *p, const struct message *m, const struct values *v)
{
    parse_tx(p, TX_REQUEST);
    parse_field(p, FIELD_BITTORRENT_DHT_ID, m->transaction);
    if (m->version.n)
        parse_field(p, FIELD_BITTORRENT_DHT_CLIENT, m->version);
    if (m->kind == 'q') {
        parse_field(p, FIELD_BITTORRENT_DHT_REQUEST, m->query);
        report_hex(p, FIELD_BITTORRENT_DHT_REQUEST_ID, v->id);
        report_hex(p, FIELD_BITTORRENT_DHT_REQUEST_HASH, v->hash);
        report_hex(p, FIELD_BITTORRENT_DHT_REQUEST_TARGET, v->target);
        if (v->port)
            parse_uint(p, FIELD_BITTORRENT_DHT_REQUEST_PORT, v->port);
    } else if (m->kind == 'r') {
        report_hex(p, FIELD_BITTORRENT_DHT_RESPONSE_ID, v->id);
        parse_uint(p, FIELD_BITTORRENT_DHT_NODES, v->nodes);
        parse_uint(p, FIELD_BITTORRENT_DHT_PEERS, v->peers);
    } else {
        report_error(p, m->error);
    }
    parse_tx(p, TX_DONE);
}

static void remember(const struct parse *p, struct dht *d, const struct message *m)
{
    if (m->kind != 'q')
        return;
    memcpy(d->asked[p->dir], m->transaction.p, m->transaction.n);
    d->asked_n[p->dir] = (uint8_t)m->transaction.n;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    struct dht *d = p->state;
    struct message m;
    struct values v;
    bool good = message_read(in, &m);

    values_read(m.kind == 'q' ? m.arguments : m.results, &v);
    if (!good || !is_sound(&m, &v))
        return d->matched ? PARSE_MATCH : PARSE_REJECT; /* uTP shares the port */
    parse_proof(p, is_answer(p, d, &m) ? PROOF_CERTAIN : PROOF_STRONG);
    d->matched = true;
    remember(p, d, &m);
    report(p, &m, &v);
    parse_commit(p, in);
    return PARSE_MATCH;
}

static bool probe(enum dir from, struct span first)
{
    (void)from;
    if (first.p[0] != 'd')
        return false;
    return first.n < 2 || (first.p[1] >= '1' && first.p[1] <= '9');
}

static const uint16_t ports[] = {6881, 6882, 51413, 0};

const struct parser parser_bittorrent_dht = {
    .name = "bittorrent_dht",
    .evidence = "dictionary with kind, transaction and a node's id; answer to a query",
    .app = APP_BITTORRENT,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .event = "bittorrent_dht",
    .state_size = sizeof(struct dht),
    .max_pending = 65535,
    .midstream = true,
    .probe = probe,
    .parse = parse,
};
