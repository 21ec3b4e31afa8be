/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS 1.0 to 1.3 (RFC 5246, 8446), SSL 3 and the hellos of SSL 2, over TCP. Records are taken one
 * by one; handshake messages are put together from them however they are cut. What is encrypted is
 * passed by count, and once nothing more can be learned the parser leaves.
 */
#include "parser/parser.h"
#include "support/tls_handshake.h"
#include "support/tls_report.h"
#include "support/tls_text.h"

enum {
    RECORD_MAX = 16384 + 2048,
    HANDSHAKE_MAX = 65536,
    EMPTY_MAX = 8,  /* handshake records without content, in a row */
    ONE_SIDED = 16, /* encrypted records of one side while the other is never seen */
    CHAIN = 2,      /* records that prove TLS without a hello */
    HEARTBEAT_HEAD = 3,
    HEARTBEAT_REQUEST = 1,
    HEARTBEAT_SLACK = 1024, /* what is claimed beyond the record may be so much */
};

enum record_type { CHANGE_CIPHER = 20, ALERT, HANDSHAKE, DATA, HEARTBEAT, CONNECTION_ID };

enum side_flag {
    SIDE_STARTED = 1 << 0,
    SIDE_CLOSED = 1 << 1,  /* has changed to encryption, or sends data */
    SIDE_BLIND = 1 << 2,   /* handshake messages can no longer be told apart */
    SIDE_LOST = 1 << 3,    /* looking for a record at the start of a segment */
    SIDE_STRAYED = 1 << 4, /* noted: bytes that are no record */
    SIDE_NOTED = 1 << 5,   /* noted: why SIDE_BLIND */
    SIDE_BLED = 1 << 6,    /* told: a heartbeat out of all proportion */
};

struct side {
    uint8_t flags;
    uint8_t empty;
    uint8_t chain;  /* records in a row since SIDE_LOST */
    uint8_t sealed; /* records of data */
};

struct tls {
    struct side side[2];
    struct tls_handshake shake;
};

enum flow { FLOW_ON, FLOW_WAIT, FLOW_SKIP, FLOW_DONE, FLOW_REJECT };

struct record {
    uint8_t type;
    uint16_t version;
    uint16_t length;
};

static enum flow finish(struct parse *p, struct tls *t, const struct cursor *in)
{
    if (t->shake.facts & TLS_OPEN)
        parse_tx(p, TX_DONE);
    parse_commit(p, in);
    return FLOW_DONE;
}

/* ---- handshake messages ---- */

/* From here on the handshake of this side is unreadable. False when nothing else proves TLS. */
static bool blind(struct parse *p, struct tls *t, const char *why)
{
    struct side *s = &t->side[p->dir];

    parse_unhold(p, parse_held(p).n);
    if (t->shake.proof == PROOF_NONE)
        return false;
    if (!(s->flags & SIDE_NOTED))
        parse_note(p, why);
    s->flags |= SIDE_NOTED | SIDE_BLIND;
    return true;
}

/* Too long to be held. A first hello of that size still counts a little. */
static bool oversized(struct parse *p, struct tls *t, uint8_t type)
{
    if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO) {
        tls_prove(p, &t->shake, PROOF_FAIR);
        t->shake.facts |= (uint16_t)(1u << p->dir);
    }
    return blind(p, t, "TLS handshake message over 64 KiB");
}

/* Takes the first message off; `c` stays when it is not complete. False ends the reading. */
static bool message_take(struct parse *p, struct tls *t, struct cursor *c, bool *good)
{
    struct cursor next = *c;
    uint8_t type = cur_u8(&next);
    uint32_t length = cur_be24(&next);
    bool hello = tls_hello_seen(&t->shake, p->dir);
    struct cursor body;

    if (!t->shake.proof && !hello &&
        type != (p->dir == DIR_SERVER ? TLS_SERVER_HELLO : TLS_CLIENT_HELLO)) {
        *good = false;
        return false;
    }
    if (next.state == CUR_OK && length > HANDSHAKE_MAX) {
        *good = (t->shake.proof || cur_peek(&next) == 3) && oversized(p, t, type);
        *c = cur_of(span_of(c->end, 0));
        return false;
    }
    body = cur_sub(&next, length);
    if (next.state != CUR_OK)
        return false;
    *good = tls_message_read(p, &t->shake, TLS_STREAM, type, &body) ||
            blind(p, t, "malformed TLS handshake message");
    *c = next;
    return *good && !(t->side[p->dir].flags & SIDE_BLIND);
}

/* Handshake bytes of one record. What is left of an unfinished message is held. */
static bool handshake(struct parse *p, struct tls *t, struct span piece)
{
    struct side *s = &t->side[p->dir];
    struct span all = parse_held(p);
    bool held = all.n > 0;
    uint8_t type = held ? all.p[0] : 0;
    bool good = true;
    struct cursor c;

    if (!piece.n)
        return ++s->empty <= EMPTY_MAX || blind(p, t, "empty TLS handshake records");
    s->empty = 0;
    all = held ? parse_hold(p, piece, HANDSHAKE_MAX + 4) : piece;
    if (!all.n)
        return oversized(p, t, type);
    c = cur_of(all);
    while (cur_left(&c) && message_take(p, t, &c, &good))
        continue;
    if (!good || s->flags & SIDE_BLIND)
        return good;
    if (held)
        parse_unhold(p, all.n - cur_left(&c));
    else if (cur_left(&c) && !parse_hold(p, cur_look(&c), HANDSHAKE_MAX + 4).n)
        return oversized(p, t, 0);
    return true;
}

/* ---- records ---- */

/* Could these bytes begin a record? */
static bool record_begins(struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t type = cur_u8(&c);
    uint8_t major = cur_u8(&c);
    uint8_t minor = cur_u8(&c);
    uint16_t length = cur_be16(&c);

    if (first.n && (type < CHANGE_CIPHER || type > CONNECTION_ID))
        return false;
    if (first.n > 1 && major != 3)
        return false;
    return minor <= 4 && length <= RECORD_MAX;
}

/* Could these bytes begin a hello of SSL 2? */
static bool v2_begins(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint16_t length = cur_be16(&c);
    uint8_t type = cur_u8(&c);
    uint8_t next = cur_u8(&c);

    if (first.n == 1)
        return first.p[0] & 0x80;
    if (length < 0x8000 || (first.n > 2 && type != (from == DIR_CLIENT ? 1 : 4)))
        return false;
    return first.n < 4 || (from == DIR_CLIENT ? next == 0 || next == 3 : next <= 1);
}

static enum flow pass(struct parse *p, struct cursor *in, size_t n)
{
    if (cur_left(in) >= n) {
        cur_skip(in, n);
        return FLOW_ON;
    }
    parse_commit(p, in);
    parse_skip(p, n);
    return FLOW_SKIP;
}

/* Nothing but encrypted records can follow: the handshake is seen, or will never be. */
static bool is_over(const struct tls *t)
{
    const struct side *c = &t->side[DIR_CLIENT], *s = &t->side[DIR_SERVER];

    if (!t->shake.proof)
        return false;
    if (t->shake.facts & TLS_IS_13 || (c->flags & s->flags & SIDE_CLOSED))
        return true;
    return c->sealed >= ONE_SIDED || s->sealed >= ONE_SIDED;
}

static enum flow sealed(struct parse *p, struct tls *t, struct cursor *in, const struct record *r)
{
    struct side *s = &t->side[p->dir];
    bool server = p->dir == DIR_SERVER;

    if (server && r->type == CHANGE_CIPHER && tls_hello_seen(&t->shake, DIR_SERVER) &&
        !(s->flags & (SIDE_CLOSED | SIDE_BLIND)) && !(t->shake.facts & (TLS_FULL | TLS_IS_13)))
        parse_uint(p, FIELD_TLS_RESUMED, 1);
    /* Between HelloRetryRequest and the second hello the change means nothing. */
    if (r->type == DATA || !(t->shake.facts & TLS_RETRIED))
        s->flags |= SIDE_CLOSED;
    if (r->type == DATA && s->sealed < UINT8_MAX)
        s->sealed++;
    return is_over(t) ? finish(p, t, in) : pass(p, in, r->length);
}

static enum flow alert(struct parse *p, struct tls *t, struct cursor *in, const struct record *r)
{
    struct cursor body = cur_sub(in, r->length);
    uint8_t level = cur_u8(&body);
    uint8_t description = cur_u8(&body);

    if (in->state != CUR_OK)
        return FLOW_WAIT;
    if (!cur_done(&body) || level < 1 || level > 2)
        return t->shake.proof ? FLOW_ON : FLOW_REJECT;
    if (p->dir == DIR_SERVER)
        tls_prove(p, &t->shake, tls_hello_seen(&t->shake, DIR_CLIENT) ? PROOF_CERTAIN : PROOF_FAIR);
    if (!t->shake.proof)
        return FLOW_REJECT;
    if (level == 1)
        return FLOW_ON;
    parse_note(p, tls_alert_text(description));
    return finish(p, t, in);
}

/* RFC 6520 section 4: type(1), length of the payload(2), payload, padding. */
static enum flow heartbeat(struct parse *p, struct tls *t, struct cursor *in,
                           const struct record *r)
{
    struct cursor body = *in;
    uint8_t type = cur_u8(&body);
    uint16_t claimed = cur_be16(&body);

    if (r->length < HEARTBEAT_HEAD)
        return pass(p, in, r->length);
    if (body.state != CUR_OK) {
        in->need = body.need;
        in->state = body.state;
        return FLOW_WAIT;
    }
    if (type == HEARTBEAT_REQUEST && claimed > r->length - HEARTBEAT_HEAD + HEARTBEAT_SLACK &&
        !(t->side[p->dir].flags & SIDE_BLED)) {
        t->side[p->dir].flags |= SIDE_BLED;
        parse_threat(p, THREAT_HEARTBLEED, "heartbeat asks for more than it has sent");
    }
    return pass(p, in, r->length);
}

static enum flow record_body(struct parse *p, struct tls *t, struct cursor *in,
                             const struct record *r)
{
    struct side *s = &t->side[p->dir];
    bool readable = !(s->flags & (SIDE_CLOSED | SIDE_BLIND));
    struct span body;

    if (r->type == ALERT && readable)
        return alert(p, t, in, r);
    if (r->type == HEARTBEAT && readable && t->shake.proof)
        return heartbeat(p, t, in, r);
    if (r->type == CHANGE_CIPHER || r->type == DATA)
        return t->shake.proof ? sealed(p, t, in, r) : FLOW_REJECT;
    if (r->type != HANDSHAKE || !readable)
        return t->shake.proof ? pass(p, in, r->length) : FLOW_REJECT;
    body = cur_span(in, r->length);
    if (in->state != CUR_OK)
        return FLOW_WAIT;
    return handshake(p, t, body) ? FLOW_ON : FLOW_REJECT;
}

static void ssl_2(struct parse *p, struct tls *t)
{
    if (!(t->shake.facts & TLS_SSL_2))
        parse_threat(p, THREAT_SSL_OLD, "SSL 2 is spoken");
    t->shake.facts |= TLS_SSL_2;
}

static enum flow v2_hello(struct parse *p, struct tls *t, struct cursor *in)
{
    uint16_t version = 2;
    struct tls_chain chain = {.count = 1};

    if (p->dir == DIR_CLIENT && tls_v2_hello_overflows(in)) {
        tls_prove(p, &t->shake, PROOF_STRONG);
        parse_threat(p, THREAT_SSL_CIPHERS, "ciphers of an SSL 2 hello are longer than the hello");
        (void)cur_rest(in);
        return finish(p, t, in);
    }
    if (p->dir == DIR_CLIENT)
        tls_v2_client_hello(in, &version);
    else
        tls_v2_server_hello(in, &chain.at[0]);
    if (in->state != CUR_OK)
        return in->state == CUR_SHORT ? FLOW_WAIT : FLOW_REJECT;
    t->shake.facts |= (uint16_t)(1u << p->dir);
    tls_open(p, &t->shake);
    if (p->dir == DIR_CLIENT) {
        tls_prove(p, &t->shake, PROOF_STRONG);
        if (version == 2) /* all that it offers */
            ssl_2(p, t);
        return FLOW_ON;
    }
    ssl_2(p, t);
    tls_prove(p, &t->shake, tls_hello_seen(&t->shake, DIR_CLIENT) ? PROOF_CERTAIN : PROOF_STRONG);
    parse_text(p, FIELD_TLS_VERSION, tls_version_text(version));
    if (chain.at[0].n && p->wants_tx)
        tls_report_chain(p, DIR_SERVER, &chain);
    return finish(p, t, in);
}

static struct record record_read(struct cursor *in)
{
    struct record r = {.type = cur_u8(in)};

    r.version = cur_be16(in);
    r.length = cur_be16(in);
    return r;
}

static void lose(struct side *s)
{
    s->flags |= SIDE_LOST | SIDE_BLIND;
    s->chain = 0;
}

/* Does this record begin with the hello of its sender? SHORT when too little of it is here. */
static bool hello_begins(const struct parse *p, struct cursor *body, const struct record *r)
{
    uint8_t type = cur_u8(body);
    uint8_t high = cur_u8(body);
    uint8_t major;

    cur_skip(body, 2);
    major = cur_u8(body);
    return r->type == HANDSHAKE &&
           type == (p->dir == DIR_CLIENT ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO) && high == 0 &&
           major == 3;
}

/* A record is believed where a segment begins with one and another follows it, or with a hello. */
static enum flow step_lost(struct parse *p, struct tls *t, struct cursor *in)
{
    struct side *s = &t->side[p->dir];
    struct cursor at = *in, body;
    struct record r = record_read(&at);
    bool hello;

    if (!record_begins(cur_look(in)) || (at.state == CUR_OK && !r.length)) {
        s->chain = 0;
        cur_rest(in);
        return t->shake.proof ? FLOW_ON : FLOW_REJECT;
    }
    body = at;
    hello = hello_begins(p, &body, &r);
    if (at.state == CUR_OK && r.type == HANDSHAKE && r.length > 4)
        at.state = body.state;
    if (at.state != CUR_OK) {
        cur_short(in, body.need);
        return FLOW_WAIT;
    }
    if (hello && !tls_hello_seen(&t->shake, p->dir)) {
        s->flags &= (uint8_t) ~(SIDE_LOST | SIDE_BLIND);
        return FLOW_ON;
    }
    if (++s->chain == CHAIN) {
        s->flags &= (uint8_t)~SIDE_LOST;
        tls_prove(p, &t->shake, PROOF_STRONG);
    } else if (cur_left(&at) == r.length) {
        tls_prove(p, &t->shake, PROOF_FAIR); /* one record, and the segment ends with it */
    }
    *in = at;
    return pass(p, in, r.length);
}

/* No record begins here. */
static enum flow stray(struct parse *p, struct tls *t)
{
    struct side *s = &t->side[p->dir];

    if (!t->shake.proof)
        return FLOW_REJECT;
    if (!(s->flags & SIDE_STRAYED))
        parse_note(p, "bytes that are no TLS record");
    s->flags |= SIDE_STRAYED;
    lose(s);
    return FLOW_ON;
}

static enum flow step_record(struct parse *p, struct tls *t, struct cursor *in)
{
    struct cursor at = *in;
    struct record r;
    enum flow flow;

    if (!tls_hello_seen(&t->shake, p->dir) && v2_begins(p->dir, cur_look(in))) {
        flow = v2_hello(p, t, &at);
    } else if (!record_begins(cur_look(in))) {
        return stray(p, t);
    } else {
        r = record_read(&at);
        flow = at.state == CUR_OK ? record_body(p, t, &at, &r) : FLOW_WAIT;
    }
    if (flow == FLOW_ON)
        *in = at;
    if (flow == FLOW_WAIT)
        cur_short(in, at.need);
    return flow;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    struct tls *t = p->state;
    struct side *s = &t->side[p->dir];
    const uint8_t *start = in->pos;
    enum flow flow = FLOW_ON;

    if (!(s->flags & SIDE_STARTED) && p->midstream)
        lose(s);
    s->flags |= SIDE_STARTED;
    while (flow == FLOW_ON && cur_left(in))
        flow = s->flags & SIDE_LOST ? step_lost(p, t, in) : step_record(p, t, in);
    if (flow == FLOW_REJECT)
        return PARSE_REJECT;
    if (flow == FLOW_DONE)
        return PARSE_DONE;
    if (flow != FLOW_SKIP && in->pos != start)
        parse_commit(p, in);
    return t->shake.proof ? PARSE_MATCH : PARSE_MORE;
}

static void gap(struct parse *p, uint64_t missing)
{
    struct tls *t = p->state;

    (void)missing;
    parse_unhold(p, parse_held(p).n);
    t->side[p->dir].flags |= SIDE_STARTED;
    lose(&t->side[p->dir]);
}

static bool probe(enum dir from, struct span first)
{
    return record_begins(first) || v2_begins(from, first);
}

static const uint16_t ports[] = {443, 8443, 6443, 9443, 853, 993, 995, 465, 636, 0};

const struct parser parser_tls = {
    .name = "tls",
    .evidence = "ClientHello or ServerHello read to the end; chained records in the middle",
    .app = APP_TLS,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct tls),
    .max_pending = HANDSHAKE_MAX,
    .midstream = true,
    .probe = probe,
    .parse = parse,
    .gap = gap,
};
