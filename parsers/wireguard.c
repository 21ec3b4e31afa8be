/* SPDX-License-Identifier: Apache-2.0
 *
 * WireGuard: four messages of known lengths. Each end gives the other an index, by which an answer
 * names its question and data its tunnel; all else is encrypted.
 *
 *     1 000 sender(4, LE) ephemeral(32) static(48) time(28) mac1(16) mac2(16)     initiation, 148
 *     2 000 sender(4) receiver(4) ephemeral(32) nothing(16) mac1(16) mac2(16)     response, 92
 *     3 000 receiver(4) nonce(24) cookie(32)                                      cookie, 64
 *     4 000 receiver(4) counter(8, LE) encrypted(16 n + 16)                       data
 *
 * Tailscale finds ways between the ends with messages of its own beside them.
 */
#include "parser/parser.h"

enum kind { INITIATION = 1, RESPONSE, COOKIE, DATA };

enum {
    INITIATION_SIZE = 148,
    RESPONSE_SIZE = 92,
    COOKIE_SIZE = 64,
    DATA_MIN = 32,
    MAC = 16,
    HEAD = 4,
    DISCO_MIN = 6 + 32 + 24 + 16, /* magic, key, nonce, tag */
};

static const struct span disco = {.p = (const uint8_t *)"TS\xf0\x9f\x92\xac", .n = 6};

struct side {
    uint32_t index;  /* what this side calls itself in its last handshake message */
    uint32_t target; /* receiver of its last data */
    uint64_t counter;
    bool has_index;
    bool has_data;
};

struct wireguard {
    struct side side[2];
    uint32_t handshakes;
    uint8_t proof;
    bool noted;
};

struct message {
    uint8_t kind;
    uint32_t sender, receiver;
    uint64_t counter;
    bool exact; /* of the size that it has in the paper */
    bool calm;  /* no second mac: nobody is under load, the usual case */
};

static void prove(struct parse *p, struct wireguard *w, enum proof proof)
{
    if (proof > w->proof) {
        w->proof = (uint8_t)proof;
        parse_proof(p, proof);
    }
    if (w->proof >= PROOF_STRONG && !w->noted) {
        w->noted = true;
        parse_note(p, "WireGuard tunnel");
    }
}

static bool is_zero(struct span bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        if (bytes.p[i])
            return false;
    return true;
}

static bool size_fits(const struct message *m, size_t n)
{
    switch ((enum kind)m->kind) {
    case INITIATION:
        return n == INITIATION_SIZE;
    case RESPONSE:
        return n == RESPONSE_SIZE;
    case COOKIE:
        return n == COOKIE_SIZE;
    case DATA:
        return n >= DATA_MIN && n % 16 == 0;
    }
    return false;
}

/* Some forks put bytes behind their handshake messages. */
static bool size_possible(const struct message *m, size_t n)
{
    if (m->kind == INITIATION)
        return n >= INITIATION_SIZE;
    return m->kind == RESPONSE ? n >= RESPONSE_SIZE : size_fits(m, n);
}

static bool message_read(struct cursor c, struct message *m)
{
    struct span all = cur_look(&c);
    uint32_t head = cur_le32(&c);

    *m = (struct message){.kind = head < 5 ? (uint8_t)head : 0};
    if (m->kind == INITIATION || m->kind == RESPONSE)
        m->sender = cur_le32(&c);
    if (m->kind != INITIATION)
        m->receiver = cur_le32(&c);
    if (m->kind == DATA)
        m->counter = cur_le64(&c);
    m->exact = size_fits(m, all.n);
    m->calm = m->exact && m->kind <= RESPONSE && is_zero(span_from(all, all.n - MAC));
    return c.state == CUR_OK && m->kind && size_possible(m, all.n);
}

/* ---- the four messages ---- */

static void initiation(struct parse *p, struct wireguard *w, const struct message *m)
{
    struct side *s = &w->side[p->dir];
    bool again = s->has_index && s->index == m->sender;

    s->index = m->sender;
    s->has_index = true;
    if (m->exact)
        prove(p, w, m->calm ? PROOF_STRONG : PROOF_FAIR);
    if (again)
        return;
    parse_tx(p, TX_REQUEST);
    parse_uint(p, FIELD_WIREGUARD_INITIATOR, m->sender);
}

static void response(struct parse *p, struct wireguard *w, const struct message *m)
{
    struct side *s = &w->side[p->dir], *peer = &w->side[1 - p->dir];
    bool again = s->has_index && s->index == m->sender;

    if (peer->has_index && peer->index == m->receiver)
        prove(p, w, PROOF_CERTAIN);
    else if (m->exact)
        prove(p, w, m->calm ? PROOF_STRONG : PROOF_FAIR);
    s->index = m->sender;
    s->has_index = true;
    if (again || w->proof < PROOF_FAIR)
        return;
    parse_tx(p, TX_REPLY);
    parse_uint(p, FIELD_WIREGUARD_RESPONDER, m->sender);
    parse_uint(p, FIELD_WIREGUARD_HANDSHAKE, ++w->handshakes);
    parse_tx(p, TX_DONE);
}

static void cookie(struct parse *p, struct wireguard *w, const struct message *m)
{
    const struct side *peer = &w->side[1 - p->dir];

    if (!peer->has_index || peer->index != m->receiver) {
        prove(p, w, PROOF_FAIR);
        return;
    }
    prove(p, w, PROOF_CERTAIN);
    parse_tx(p, TX_REPLY);
    parse_uint(p, FIELD_WIREGUARD_COOKIE, 1);
    parse_tx(p, TX_DONE);
}

/* Data names the peer's index; a counter that goes on does as well. */
static void data(struct parse *p, struct wireguard *w, const struct message *m)
{
    struct side *s = &w->side[p->dir];
    const struct side *peer = &w->side[1 - p->dir];
    bool goes_on = s->has_data && s->target == m->receiver && m->counter > s->counter &&
                   m->counter - s->counter < 1u << 20;

    if (peer->has_index && peer->index == m->receiver)
        prove(p, w, PROOF_CERTAIN);
    else
        prove(p, w, goes_on ? PROOF_STRONG : PROOF_WEAK);
    s->has_data = true;
    s->target = m->receiver;
    s->counter = m->counter;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    struct wireguard *w = p->state;
    struct message m;

    if (span_starts(cur_look(in), disco) && cur_left(in) >= DISCO_MIN) {
        parse_app(p, APP_TAILSCALE);
        prove(p, w, PROOF_CERTAIN);
        in->pos = in->end;
        parse_commit(p, in);
        return PARSE_MATCH;
    }
    if (!message_read(*in, &m))
        return w->proof >= PROOF_FAIR ? PARSE_MATCH : PARSE_REJECT;
    if (m.kind == INITIATION)
        initiation(p, w, &m);
    else if (m.kind == RESPONSE)
        response(p, w, &m);
    else if (m.kind == COOKIE)
        cookie(p, w, &m);
    else
        data(p, w, &m);
    in->pos = in->end;
    parse_commit(p, in);
    return w->proof >= PROOF_FAIR ? PARSE_MATCH : PARSE_MORE;
}

static bool probe(enum dir from, struct span first)
{
    (void)from;
    if (span_starts(first, span_first(disco, first.n)))
        return true;
    return first.p[0] >= INITIATION && first.p[0] <= DATA &&
           is_zero(span_from(span_first(first, HEAD), 1));
}

static const uint16_t ports[] = {51820, 0};

const struct parser parser_wireguard = {
    .name = "wireguard",
    .evidence = "sizes of the messages; answers and data that name the other end's index",
    .app = APP_WIREGUARD,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct wireguard),
    .max_pending = 65535,
    .midstream = true,
    .probe = probe,
    .parse = parse,
};
