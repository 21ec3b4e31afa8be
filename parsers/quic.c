/* SPDX-License-Identifier: Apache-2.0
 *
 * QUIC (RFC 8999 to 9001, 9369), its drafts, and what Google spoke before. The first packets are
 * encrypted with keys that follow from themselves: that they open proves the protocol, and shows
 * the hello of TLS in CRYPTO frames of any order. After both hellos nothing more can be read.
 */
#include "parser/parser.h"
#include "support/pieces.h"
#include "support/quic_crypto.h"
#include "support/quic_google.h"
#include "support/tls_handshake.h"

enum {
    HELLO_MAX = 65536,
    FAILURES_MAX = 16, /* packets that did not open: after so many nobody tries */
    PATIENCE = 24,     /* datagrams after which the missing hello is not waited for any more */
    FIRST_DATAGRAM = 1200,
    VERSIONS_MAX = 16,
    ID_TELLS = 4, /* connection ids so long are not repeated by chance */
};

enum frame { PADDING, PING, ACK, ACK_ECN, CRYPTO = 6, CRYPTO_OF_GOOGLE = 8 };

enum quic_flag {
    QUIC_KEYED = 1 << 0,   /* `id` opens packets of both sides */
    QUIC_ANSWERS = 1 << 1, /* `source` is that of the first sender */
    QUIC_RETRIED = 1 << 2,
    QUIC_DEAF = 1 << 3, /* a hello is beyond us */
    QUIC_OVER = 1 << 4,
};

struct id {
    uint8_t n;
    uint8_t bytes[QUIC_ID_MAX];
};

struct stream {
    struct pieces *pieces;
    uint32_t read;
};

struct quic {
    struct tls_handshake shake;
    struct stream stream[2];
    struct id key_id, source;
    uint8_t flags;
    uint8_t failures;
    uint8_t datagrams;
};

static void id_keep(struct id *id, struct span from)
{
    id->n = (uint8_t)from.n;
    memcpy(id->bytes, from.p, from.n);
}

static struct span id_span(const struct id *id)
{
    return span_of(id->bytes, id->n);
}

static void report_version(struct parse *p, struct quic *q, uint32_t version)
{
    char text[QUIC_VERSION_TEXT];

    if (q->shake.facts & TLS_OPEN)
        return;
    tls_open(p, &q->shake);
    quic_version_text(version, text);
    parse_text(p, FIELD_QUIC_VERSION, text);
    if (q->flags & QUIC_RETRIED)
        parse_uint(p, FIELD_QUIC_RETRY, 1);
}

/* ---- hellos ---- */

static void hello_whole(struct parse *p, struct quic *q, uint8_t type, struct cursor *body)
{
    if (type != TLS_CLIENT_HELLO && type != TLS_SERVER_HELLO)
        return;
    if (!tls_message_read(p, &q->shake, TLS_QUIC, type, body)) {
        parse_note(p, "malformed QUIC hello");
        q->flags |= QUIC_DEAF;
    }
}

/* All messages that are whole. */
static void hellos_read(struct parse *p, struct quic *q, uint32_t version)
{
    struct stream *s = &q->stream[p->dir];
    struct cursor c = cur_of(span_from(pieces_ready(s->pieces), s->read));

    if (version >> 24 == 'Q') {
        if (google_hello_report(p, cur_look(&c), version))
            q->flags |= QUIC_OVER;
        return;
    }
    while (cur_left(&c) && !(q->flags & QUIC_DEAF)) {
        uint8_t type = cur_u8(&c);
        uint32_t length = cur_be24(&c);
        struct cursor body = cur_sub(&c, length);

        if (length > HELLO_MAX) {
            parse_note(p, "QUIC hello over 64 KiB");
            q->flags |= QUIC_DEAF;
        }
        if (c.state != CUR_OK)
            return;
        hello_whole(p, q, type, &body);
        s->read += 4 + length;
    }
}

/* ---- frames ---- */

/* RFC 9000 section 19.3 */
static void ack_skip(struct cursor *c, uint64_t type)
{
    uint64_t ranges;

    (void)quic_varint(c);
    (void)quic_varint(c);
    ranges = quic_varint(c);
    (void)quic_varint(c);
    for (; ranges && cur_left(c); ranges--) {
        (void)quic_varint(c);
        (void)quic_varint(c);
    }
    for (unsigned i = 0; type == ACK_ECN && i < 3; i++)
        (void)quic_varint(c);
}

static void crypto_take(struct parse *p, struct quic *q, struct cursor *c)
{
    uint64_t offset = quic_varint(c);
    uint64_t length = quic_varint(c);
    struct span bytes = cur_span(c, (size_t)length);

    if (c->state == CUR_OK && !(q->flags & QUIC_DEAF))
        (void)pieces_put(p, &q->stream[p->dir].pieces, offset, bytes, HELLO_MAX);
}

/* Frames are read up to the first that has no place here. */
static void frames_read(struct parse *p, struct quic *q, struct cursor c)
{
    while (cur_left(&c)) {
        uint64_t type = quic_varint(&c);

        if (type == PADDING || type == PING)
            continue;
        if (type == CRYPTO || type == CRYPTO_OF_GOOGLE)
            crypto_take(p, q, &c);
        else if (type == ACK || type == ACK_ECN)
            ack_skip(&c, type);
        else
            return;
    }
}

/* ---- packets ---- */

/* The keys follow from the first packet of the client, or from the first after a Retry. */
static struct quic_plain open_packet(struct parse *p, struct quic *q, const struct quic_packet *k)
{
    struct quic_plain plain = {0};

    if (q->flags & QUIC_KEYED)
        plain = quic_open(p, k, tls_role(p, &q->shake), id_span(&q->key_id));
    if (plain.memory || q->failures >= FAILURES_MAX)
        return plain;
    plain = quic_open(p, k, DIR_CLIENT, k->destination);
    if (!plain.memory) {
        q->failures++;
        return plain;
    }
    if (!(q->flags & QUIC_KEYED))
        q->shake.swapped = p->dir != DIR_CLIENT;
    q->flags |= QUIC_KEYED;
    id_keep(&q->key_id, k->destination);
    return plain;
}

static void initial(struct parse *p, struct quic *q, const struct quic_packet *k)
{
    struct quic_plain plain = open_packet(p, q, k);

    if (!plain.memory)
        return;
    tls_prove(p, &q->shake, PROOF_CERTAIN);
    report_version(p, q, k->version);
    frames_read(p, q, cur_of(plain.frames));
    parse_free(p, plain.memory);
    hellos_read(p, q, k->version);
}

/* The server knows none of the client's versions (RFC 8999 section 6). */
static bool negotiation(struct parse *p, struct quic *q, const struct quic_packet *k)
{
    struct cursor list = cur_of(k->rest);
    bool echo = q->flags & QUIC_ANSWERS && span_equal(k->destination, id_span(&q->source));
    bool known = false;
    char text[QUIC_VERSION_TEXT];

    if (q->shake.facts & TLS_OPEN)
        parse_tx(p, TX_BOTH);
    for (unsigned i = 0; cur_left(&list); i++) {
        uint32_t version = cur_be32(&list);

        known = known || quic_version_find(version);
        quic_version_text(version, text);
        if (list.state == CUR_OK && i < VERSIONS_MAX && q->shake.facts & TLS_OPEN)
            parse_text(p, FIELD_QUIC_VERSIONS, text);
    }
    if (list.state != CUR_OK || !known)
        return false;
    tls_prove(p, &q->shake, echo ? PROOF_CERTAIN : PROOF_STRONG);
    return true;
}

/* Who answers repeats the id that it was given. */
static void judge_ids(struct parse *p, struct quic *q, const struct quic_packet *k)
{
    if (p->dir == DIR_CLIENT && !(q->flags & QUIC_ANSWERS)) {
        q->flags |= QUIC_ANSWERS;
        id_keep(&q->source, k->source);
    } else if (p->dir == DIR_SERVER && q->flags & QUIC_ANSWERS && q->source.n >= ID_TELLS &&
               span_equal(k->destination, id_span(&q->source))) {
        tls_prove(p, &q->shake, PROOF_CERTAIN);
    }
}

static void retry(struct parse *p, struct quic *q)
{
    if (q->flags & QUIC_RETRIED)
        return;
    q->flags |= QUIC_RETRIED;
    if (q->shake.facts & TLS_OPEN) {
        parse_tx(p, TX_BOTH);
        parse_uint(p, FIELD_QUIC_RETRY, 1);
    }
}

static bool packet(struct parse *p, struct quic *q, const struct quic_packet *k)
{
    if (k->type == QUIC_NEGOTIATION)
        return negotiation(p, q, k);
    if (k->type == QUIC_RETRY)
        retry(p, q);
    if (k->known)
        tls_prove(p, &q->shake, PROOF_FAIR);
    judge_ids(p, q, k);
    if (k->type == QUIC_INITIAL)
        initial(p, q, k);
    return true;
}

/* Packets in one datagram have the same destination and version (RFC 9000 section 12.2); the last
 * may have a short header, and what is no packet at all may follow. */
static bool datagram_sound(struct cursor in)
{
    struct span all = cur_look(&in);
    struct quic_packet k, first;

    quic_packet_read(&in, &first);
    if (in.state != CUR_OK)
        return false;
    if (first.type == QUIC_NEGOTIATION)
        return first.rest.n >= 4 && first.rest.n % 4 == 0;
    if (!first.known)
        return all.n >= FIRST_DATAGRAM && first.destination.n >= 8 &&
               quic_version_plausible(first.version);
    if (!(all.p[0] & 0x40) && first.type != QUIC_INITIAL)
        return false;
    while (cur_left(&in) && cur_peek(&in) & 0x80) {
        quic_packet_read(&in, &k);
        if (in.state != CUR_OK || k.version != first.version ||
            !span_equal(k.destination, first.destination))
            return false;
    }
    return true;
}

static bool long_headers(struct parse *p, struct quic *q, struct cursor *in)
{
    struct quic_packet k;

    if (!datagram_sound(*in))
        return false;
    while (cur_left(in) && cur_peek(in) & 0x80) {
        quic_packet_read(in, &k);
        if (!packet(p, q, &k))
            return false;
    }
    return true;
}

/* ---- the whole ---- */

static bool google(struct parse *p, struct quic *q, struct span datagram)
{
    struct google_packet g;

    if (!google_packet_read(datagram, &g))
        return false;
    tls_prove(p, &q->shake, PROOF_STRONG);
    if (!span_starts(g.hello, SPAN("CHLO")))
        return true;
    tls_prove(p, &q->shake, PROOF_CERTAIN);
    report_version(p, q, g.version);
    if (google_hello_report(p, g.hello, g.version))
        q->flags |= QUIC_OVER;
    return true;
}

static bool is_over(const struct quic *q)
{
    uint16_t both = TLS_HELLO_OF_CLIENT | TLS_HELLO_OF_SERVER;

    return q->flags & QUIC_OVER || (q->shake.facts & both) == both || q->datagrams >= PATIENCE;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    struct quic *q = p->state;
    struct span datagram = cur_look(in);
    bool matched;

    if (!google(p, q, datagram) && !(cur_peek(in) & 0x80 && long_headers(p, q, in)) &&
        !q->shake.proof)
        return PARSE_REJECT;
    matched = q->shake.proof >= PROOF_FAIR;
    q->datagrams++;
    in->pos = in->end;
    parse_commit(p, in);
    if (!matched)
        return PARSE_MORE;
    if (!is_over(q))
        return PARSE_MATCH;
    if (q->shake.facts & TLS_OPEN)
        parse_tx(p, TX_DONE);
    return PARSE_DONE;
}

/* The version tells; where it stands depends on how old it is. */
static bool probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t head = cur_u8(&c);
    uint32_t version;

    (void)from;
    if (!(head & 0x80)) {
        if ((head & 0xcb) != 0x09)
            return false;
        cur_skip(&c, 8);
        version = cur_be32(&c);
        return c.state != CUR_OK || version >> 16 == ('Q' << 8 | '0');
    }
    version = cur_be32(&c);
    if (c.state != CUR_OK)
        return true;
    return version == 0 || version >> 16 == ('Q' << 8 | '0') || quic_version_plausible(version);
}

static const uint16_t ports[] = {443, 8443, 853, 784, 0};

const struct parser parser_quic = {
    .name = "quic",
    .evidence = "first packet opens with the keys that follow from it; versions and ids repeated",
    .app = APP_QUIC,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct quic),
    .max_pending = 65535,
    .midstream = true,
    .probe = probe,
    .parse = parse,
};
