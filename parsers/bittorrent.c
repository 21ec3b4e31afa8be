/* SPDX-License-Identifier: Apache-2.0
 *
 * BitTorrent between peers: the handshake over TCP (BEP 3) and the first messages behind it (BEP
 * 10), uTP (BEP 29), trackers over UDP (BEP 15), the search in the local network (BEP 14).
 */
#include "parser/parser.h"
#include "support/bencode.h"

enum {
    HASH = 20,
    HASH_TEXT = 2 * HASH,
    HELLO = 1 + 19 + 8 + HASH + HASH,
    EXTENDED = 20, /* message number */
    DICTIONARY_MAX = 16384,
    MESSAGES_MAX = 16, /* behind the handshake, in which the client's name may stand */
    UTP_HEAD = 20,
    CLOCKS_APART = 2000000, /* microseconds that a sender's clock may stray from ours */
};

enum utp_type { UTP_DATA, UTP_FIN, UTP_STATE, UTP_RESET, UTP_SYN };

enum tracker_action { ACTION_CONNECT, ACTION_ANNOUNCE, ACTION_SCRAPE, ACTION_ERROR };

struct side {
    uint8_t shaken;   /* its handshake has been read */
    uint8_t messages; /* behind it */
    bool utp;         /* the next three are of a packet of uTP */
    uint16_t connection;
    uint32_t stamp;
    uint64_t time_us;
};

struct bittorrent {
    struct side side[2];
    uint32_t transaction; /* of the last request to a tracker */
    uint8_t action;       /* 1 + enum tracker_action of it */
    uint8_t proof;
    bool opened;
};

enum flow { FLOW_ON, FLOW_WAIT, FLOW_SKIP, FLOW_DONE, FLOW_REJECT };

static const struct span hello_text = {.p = (const uint8_t *)"\x13"
                                                             "BitTorrent protocol",
                                       .n = 20};
static const struct span search_text = {.p = (const uint8_t *)"BT-SEARCH * HTTP/1.1\r\n", .n = 22};
static const uint8_t tracker_magic[12] = {0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0};

static void prove(struct parse *p, struct bittorrent *b, enum proof proof)
{
    if (proof <= b->proof)
        return;
    b->proof = (uint8_t)proof;
    parse_proof(p, proof);
}

static void report_hash(struct parse *p, struct span hash)
{
    char text[HASH_TEXT];

    if (hash.n != HASH)
        return;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "0123456789abcdef"[i % 2 ? hash.p[i / 2] & 15 : hash.p[i / 2] >> 4];
    parse_field(p, FIELD_BITTORRENT_INFO_HASH, span_of(text, sizeof text));
}

/* "-TR3000-" and twelve random bytes: the part that says something. */
static struct span peer_text(struct span id)
{
    size_t n = 0;

    while (n < id.n && n < 8 && id.p[n] > ' ' && id.p[n] < 0x7f)
        n++;
    return span_first(id, n);
}

/* ---- peers ---- */

static void hello_report(struct parse *p, struct bittorrent *b, struct span hash, struct span peer)
{
    peer = peer_text(peer);
    parse_tx(p, TX_BOTH);
    if (!b->opened) {
        parse_text(p, FIELD_BITTORRENT_KIND, "peer");
        report_hash(p, hash);
    }
    b->opened = true;
    if (peer.n)
        parse_field(p, p->dir == DIR_CLIENT ? FIELD_BITTORRENT_PEER : FIELD_BITTORRENT_SERVER_PEER,
                    peer);
}

static enum flow step_hello(struct parse *p, struct bittorrent *b, struct cursor *in)
{
    struct cursor at = *in;
    struct span text = cur_span(&at, hello_text.n), hash, peer;

    if (!span_starts(hello_text, span_first(cur_look(in), hello_text.n)))
        return FLOW_REJECT;
    cur_skip(&at, 8);
    hash = cur_span(&at, HASH);
    peer = cur_span(&at, HASH);
    if (at.state != CUR_OK) {
        if (text.n)
            prove(p, b, PROOF_CERTAIN); /* twenty bytes of magic */
        cur_short(in, at.need);
        return FLOW_WAIT;
    }
    *in = at;
    prove(p, b, PROOF_CERTAIN);
    b->side[p->dir].shaken = 1;
    hello_report(p, b, hash, peer);
    return FLOW_ON;
}

static void extended_report(struct parse *p, struct cursor c)
{
    if (cur_u8(&c) != 0 || !bencode_enter(&c, 'd'))
        return;
    while (cur_left(&c) && !bencode_leave(&c)) {
        struct span key = bencode_string(&c);
        struct cursor item = cur_of(bencode_item(&c));
        struct span text = bencode_string(&item);

        if (span_equal(key, SPAN("v")) && cur_done(&item) && text.n)
            parse_field(p,
                        p->dir == DIR_CLIENT ? FIELD_BITTORRENT_VERSION
                                             : FIELD_BITTORRENT_SERVER_VERSION,
                        text);
    }
}

static bool is_over(const struct bittorrent *b)
{
    const struct side *c = &b->side[DIR_CLIENT], *s = &b->side[DIR_SERVER];

    return c->messages + s->messages >= 2 * MESSAGES_MAX ||
           (c->messages >= MESSAGES_MAX && !s->shaken) ||
           (s->messages >= MESSAGES_MAX && !c->shaken);
}

/* Length, number, body. The body is passed by, unless the client's name may stand in it. */
static enum flow step_message(struct parse *p, struct bittorrent *b, struct cursor *in)
{
    struct side *s = &b->side[p->dir];
    struct cursor at = *in, body;
    uint32_t length = cur_be32(&at);
    uint8_t number = length ? cur_u8(&at) : 0;

    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return FLOW_WAIT;
    }
    if (s->messages < MESSAGES_MAX)
        s->messages++;
    if (is_over(b))
        return FLOW_DONE;
    if (length && number == EXTENDED && length <= DICTIONARY_MAX) {
        body = cur_sub(&at, length - 1);
        if (at.state != CUR_OK) {
            s->messages--;
            cur_short(in, at.need);
            return FLOW_WAIT;
        }
        extended_report(p, body);
        *in = at;
        return FLOW_ON;
    }
    *in = at;
    parse_commit(p, in);
    parse_skip(p, length ? length - 1 : 0);
    return FLOW_SKIP;
}

static enum parse_result stream(struct parse *p, struct bittorrent *b, struct cursor *in)
{
    const uint8_t *start = in->pos;
    enum flow flow = FLOW_ON;

    while (flow == FLOW_ON && cur_left(in))
        flow = b->side[p->dir].shaken ? step_message(p, b, in) : step_hello(p, b, in);
    if (flow == FLOW_REJECT && !b->proof)
        return PARSE_REJECT;
    if (flow == FLOW_REJECT || flow == FLOW_DONE) {
        parse_tx(p, TX_DONE);
        return PARSE_DONE;
    }
    if (flow != FLOW_SKIP && in->pos != start)
        parse_commit(p, in);
    return b->proof ? PARSE_MATCH : PARSE_MORE;
}

/* ---- uTP ---- */

struct utp {
    enum utp_type type;
    uint16_t connection;
    uint32_t stamp;
    uint16_t sequence, acknowledged;
    struct span data;
};

static bool utp_read(struct cursor c, struct utp *u)
{
    uint8_t first = cur_u8(&c);
    uint8_t extension = cur_u8(&c);

    u->type = (enum utp_type)(first >> 4);
    u->connection = cur_be16(&c);
    u->stamp = cur_be32(&c);
    cur_skip(&c, 4 + 4);
    u->sequence = cur_be16(&c);
    u->acknowledged = cur_be16(&c);
    if ((first & 15) != 1 || u->type > UTP_SYN || extension > 3)
        return false;
    while (extension && cur_left(&c)) {
        extension = cur_u8(&c);
        cur_skip(&c, cur_u8(&c));
        if (extension > 3)
            return false;
    }
    u->data = cur_rest(&c);
    return c.state == CUR_OK && (u->type == UTP_DATA) == (u->data.n > 0);
}

/* Both clocks must have gone on by the same time: ours, and the one in the packets. */
static bool clocks_agree(const struct parse *p, const struct side *s, const struct utp *u)
{
    uint64_t ours = p->time_us - s->time_us;
    uint32_t theirs = u->stamp - s->stamp;

    return theirs && (ours > theirs ? ours - theirs : theirs - ours) < CLOCKS_APART;
}

/* The ids of the two directions differ by one (BEP 29), but for those of the first packet. */
static bool utp_answers(const struct side *peer, const struct utp *u)
{
    uint16_t apart = (uint16_t)(u->connection - peer->connection);

    return peer->utp && (apart == 0 || apart == 1 || apart == UINT16_MAX);
}

static bool utp(struct parse *p, struct bittorrent *b, struct span datagram)
{
    struct side *s = &b->side[p->dir];
    const struct side *peer = &b->side[1 - p->dir];
    struct cursor data;
    struct utp u;

    if (!utp_read(cur_of(datagram), &u))
        return false;
    if (s->utp && s->connection == u.connection && clocks_agree(p, s, &u))
        prove(p, b, utp_answers(peer, &u) ? PROOF_CERTAIN : PROOF_STRONG);
    else if (utp_answers(peer, &u) && peer->connection > 1)
        prove(p, b, PROOF_STRONG);
    if (span_starts(u.data, hello_text) && u.data.n >= HELLO) {
        prove(p, b, PROOF_CERTAIN);
        data = cur_of(span_from(u.data, hello_text.n + 8));
        datagram = cur_span(&data, HASH);
        hello_report(p, b, datagram, cur_span(&data, HASH));
    }
    s->utp = true;
    s->connection = u.connection;
    s->stamp = u.stamp;
    s->time_us = p->time_us;
    return true;
}

/* ---- trackers ---- */

static const char *event_text(uint32_t event)
{
    static const char *const texts[] = {"none", "completed", "started", "stopped"};

    return event < 4 ? texts[event] : "other";
}

static void announce_report(struct parse *p, struct cursor *c)
{
    struct span hash = cur_span(c, HASH), peer = peer_text(cur_span(c, HASH));
    uint32_t event;

    cur_skip(c, 24); /* downloaded, left, uploaded */
    event = cur_be32(c);
    cur_skip(c, 12); /* address, key, number wanted */
    parse_text(p, FIELD_BITTORRENT_KIND, "announce");
    report_hash(p, hash);
    if (peer.n)
        parse_field(p, FIELD_BITTORRENT_PEER, peer);
    parse_text(p, FIELD_BITTORRENT_EVENT, event_text(event));
    parse_uint(p, FIELD_BITTORRENT_PORT, cur_be16(c));
}

static bool tracker_request(struct parse *p, struct bittorrent *b, struct cursor c)
{
    size_t n = cur_left(&c);
    bool connects = n >= 16 && memcmp(c.pos, tracker_magic, sizeof tracker_magic) == 0;
    uint32_t action;

    cur_skip(&c, 8);
    action = cur_be32(&c);
    if (!connects && !(b->action && ((action == ACTION_ANNOUNCE && n >= 98) ||
                                     (action == ACTION_SCRAPE && n >= 36 && n % 20 == 16))))
        return false;
    if (connects)
        prove(p, b, PROOF_CERTAIN);
    b->action = (uint8_t)(1 + action);
    b->transaction = cur_be32(&c);
    if (connects)
        return true;
    parse_tx(p, TX_REQUEST);
    if (action == ACTION_ANNOUNCE) {
        announce_report(p, &c);
        return true;
    }
    parse_text(p, FIELD_BITTORRENT_KIND, "scrape");
    report_hash(p, cur_span(&c, HASH));
    return true;
}

static bool tracker_answer(struct parse *p, struct bittorrent *b, struct cursor c)
{
    uint32_t action = cur_be32(&c);
    uint32_t transaction = cur_be32(&c);

    if (c.state != CUR_OK || !b->action || transaction != b->transaction ||
        (action + 1 != b->action && action != ACTION_ERROR))
        return false;
    prove(p, b, PROOF_CERTAIN);
    if (action == ACTION_CONNECT)
        return true;
    parse_tx(p, TX_REPLY);
    if (action == ACTION_ERROR)
        parse_field(p, FIELD_BITTORRENT_ERROR, cur_rest(&c));
    if (action == ACTION_ANNOUNCE) {
        cur_skip(&c, 4);
        parse_uint(p, FIELD_BITTORRENT_LEECHERS, cur_be32(&c));
        parse_uint(p, FIELD_BITTORRENT_SEEDERS, cur_be32(&c));
    }
    parse_tx(p, TX_DONE);
    return true;
}

/* ---- the local network ---- */

static bool search(struct parse *p, struct bittorrent *b, struct cursor c)
{
    struct span hash = {0};

    if (!span_starts(cur_look(&c), search_text))
        return false;
    while (cur_left(&c) && !hash.n) {
        struct span line = cur_line(&c, 1024);

        if (span_starts_nocase(line, SPAN("Infohash:")))
            hash = span_trim(span_from(line, 9));
    }
    if (!hash.n)
        return false;
    prove(p, b, PROOF_CERTAIN);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_BITTORRENT_KIND, "search");
    parse_field(p, FIELD_BITTORRENT_INFO_HASH, span_first(hash, HASH_TEXT));
    parse_tx(p, TX_DONE);
    return true;
}

/* ---- the whole ---- */

static enum parse_result datagram(struct parse *p, struct bittorrent *b, struct cursor *in)
{
    if (!search(p, b, *in) && !tracker_request(p, b, *in) && !tracker_answer(p, b, *in) &&
        !utp(p, b, cur_look(in)) && !b->proof)
        return PARSE_REJECT;
    in->pos = in->end;
    parse_commit(p, in);
    return b->proof >= PROOF_FAIR ? PARSE_MATCH : PARSE_MORE;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    return p->transport == OVER_UDP ? datagram(p, p->state, in) : stream(p, p->state, in);
}

static bool probe(enum dir from, struct span first)
{
    struct span magic = span_of(tracker_magic, sizeof tracker_magic);
    struct utp u;

    (void)from;
    if (span_starts(first, span_first(hello_text, first.n)) ||
        span_starts(first, span_first(search_text, first.n)) ||
        span_starts(first, span_first(magic, first.n)))
        return true;
    if (first.p[0] >> 4 > UTP_SYN || (first.p[0] & 15) != 1 || (first.n > 1 && first.p[1] > 3))
        return false;
    return first.n < UTP_HEAD || utp_read(cur_of(first), &u);
}

static const uint16_t ports[] = {6881, 6882, 6969, 6771, 51413, 0};

const struct parser parser_bittorrent = {
    .name = "bittorrent",
    .evidence = "handshake of a peer, tracker's number, uTP whose clocks and ids go on",
    .app = APP_BITTORRENT,
    .transports = OVER_TCP | OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct bittorrent),
    .max_pending = 65535,
    .midstream = true, /* a handshake may be joined at any segment */
    .probe = probe,
    .parse = parse,
};
