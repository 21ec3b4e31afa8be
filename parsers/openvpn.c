/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenVPN: the reset messages that open a tunnel. Behind them nothing can be read.
 *
 *     [TCP: length(2)] opcode(5 bits) key(3 bits) session(8) [HMAC, packet id(4), time(4)] ...
 *     acknowledged count(1) [numbers(4 each) session of the other side(8)] message number(4)
 *
 * With --tls-auth a code stands in between whose length is a setting; with --tls-crypt the rest is
 * encrypted. What the server acknowledges is at the end, so it is found whatever stands before;
 * where it cannot be read, the client has to go on with the session it began. A client that does so
 * while nobody hears the server is believed a little.
 */
#include "parser/parser.h"

enum {
    PORT = 1194,
    SESSION = 8,
    CONTROL = 4,
    ACK = 5,
    CLIENT_RESET = 7,
    SERVER_RESET = 8,
    DATA = 6,
    DATA_V2 = 9,
    CLIENT_RESET_V3 = 10,
    CONTROL_WRAPPED = 11, /* goes on behind CLIENT_RESET_V3 with the wrapped key again */
    PLAIN_RESET = 14,
    ANSWER_TAIL = 12, /* session of the other side, message number */
    MESSAGE_LEAST = PLAIN_RESET,
    RESET_MOST = 1400, /* the third version carries a wrapped key */
};

struct openvpn_state {
    uint8_t session[2][SESSION];
    bool opened[2];
    bool auth;
    bool matched;
};

static const uint16_t ports[] = {PORT, 0};

static enum dir opener_of(uint8_t opcode)
{
    return opcode == SERVER_RESET ? DIR_SERVER : DIR_CLIENT;
}

static bool is_reset(uint8_t opcode)
{
    return opcode == CLIENT_RESET || opcode == SERVER_RESET || opcode == CLIENT_RESET_V3;
}

/* --tls-auth: the code is as long as a hash, and what stands behind it says zero twice. */
static bool is_signed_reset(struct span rest)
{
    static const uint8_t hashes[] = {16, 20, 28, 32, 48, 64};

    for (size_t i = 0; i < sizeof hashes; i++)
        if (rest.n == hashes[i] + 13u)
            return span_equal(span_from(rest, hashes[i] + 8u), SPAN("\0\0\0\0\0"));
    return false;
}

/* --tls-crypt: packet id 1, then time, code and five encrypted bytes; version 3 adds a key. */
static bool is_sealed_reset(struct span rest, uint8_t opcode)
{
    struct cursor c = cur_of(rest);

    if (opcode == CLIENT_RESET && rest.n != 45)
        return false;
    if (opcode == CLIENT_RESET_V3 && rest.n < 45 + 2)
        return false;
    return (cur_be32(&c) & 0x00ffffff) == 1;
}

static enum proof open_client(struct openvpn_state *s, uint8_t opcode, struct span rest)
{
    if (opcode == CLIENT_RESET && span_equal(rest, SPAN("\0\0\0\0\0")))
        return PROOF_FAIR;
    if (!is_signed_reset(rest) && !is_sealed_reset(rest, opcode))
        return PROOF_NONE;
    s->auth = true;
    return PROOF_WEAK;
}

static bool acknowledges(const struct openvpn_state *s, struct span rest)
{
    struct span tail = span_from(rest, rest.n > ANSWER_TAIL ? rest.n - ANSWER_TAIL : rest.n);

    return s->opened[DIR_CLIENT] &&
           span_equal(span_first(tail, SESSION), span_of(s->session[DIR_CLIENT], SESSION));
}

static void report(struct parse *p, const struct openvpn_state *s)
{
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_OPENVPN_CLIENT, span_of(s->session[DIR_CLIENT], SESSION));
    parse_field(p, FIELD_OPENVPN_SERVER, span_of(s->session[DIR_SERVER], SESSION));
    parse_uint(p, FIELD_OPENVPN_AUTH, s->auth);
    parse_tx(p, TX_DONE);
}

static enum parse_result certain(struct parse *p, const struct openvpn_state *s)
{
    parse_proof(p, PROOF_CERTAIN);
    report(p, s);
    return PARSE_DONE;
}

static enum parse_result fair(struct parse *p, struct openvpn_state *s)
{
    parse_proof(p, PROOF_FAIR);
    s->matched = true;
    return PARSE_MATCH;
}

static enum parse_result reset(struct parse *p, struct openvpn_state *s, uint8_t opcode,
                               struct span session, struct span rest)
{
    enum proof proof;

    if (opener_of(opcode) != p->dir || rest.n > RESET_MOST)
        return PARSE_REJECT;
    for (size_t i = 0; i < SESSION; i++)
        s->session[p->dir][i] = session.p[i];
    s->opened[p->dir] = true;
    if (p->dir == DIR_SERVER)
        return acknowledges(s, rest) ? certain(p, s) : PARSE_MORE;
    proof = open_client(s, opcode, rest);
    if (proof == PROOF_NONE)
        return PARSE_REJECT;
    parse_proof(p, proof);
    return proof == PROOF_FAIR ? fair(p, s) : PARSE_MORE;
}

/* A code that hides the acknowledgement: both have opened, and the client goes on as it began. */
static enum parse_result proceed(struct parse *p, struct openvpn_state *s, uint8_t opcode,
                                 struct span session)
{
    if ((opcode == DATA || opcode == DATA_V2) && s->matched)
        return PARSE_DONE;
    if (opcode != CONTROL && opcode != ACK && opcode != CONTROL_WRAPPED)
        return PARSE_REJECT;
    if (!s->opened[p->dir] || !span_equal(session, span_of(s->session[p->dir], SESSION)))
        return PARSE_REJECT;
    if (s->opened[DIR_CLIENT] && s->opened[DIR_SERVER])
        return certain(p, s);
    return p->dir == DIR_CLIENT ? fair(p, s) : PARSE_MORE;
}

static enum parse_result read_message(struct parse *p, struct cursor *c)
{
    struct openvpn_state *s = p->state;
    uint8_t first = cur_u8(c), opcode = first >> 3;
    struct span session = cur_span(c, SESSION);
    struct span rest = cur_rest(c);

    if (c->state != CUR_OK)
        return PARSE_REJECT;
    if (is_reset(opcode))
        return first & 7 ? PARSE_REJECT : reset(p, s, opcode, session, rest);
    return proceed(p, s, opcode, session);
}

static enum parse_result openvpn_parse(struct parse *p, struct cursor *in)
{
    enum parse_result result = PARSE_MORE, matched = PARSE_MORE;

    if (p->transport == OVER_UDP) {
        result = read_message(p, in);
        parse_commit(p, in);
        return result;
    }
    while (in->pos < in->end) {
        uint16_t length = cur_be16(in);
        struct cursor message;

        if (in->state == CUR_OK && length < MESSAGE_LEAST)
            return matched == PARSE_MATCH ? matched : PARSE_REJECT;
        message = cur_sub(in, length);
        if (in->state != CUR_OK)
            break;
        result = read_message(p, &message);
        if (result == PARSE_REJECT) /* behind what has just been found, it comes again */
            return matched == PARSE_MATCH ? matched : result;
        parse_commit(p, in);
        if (result == PARSE_DONE)
            return result;
        if (result == PARSE_MATCH)
            matched = result;
    }
    return matched;
}

/* The first byte of a datagram, or the third of a stream, opens. */
static bool openvpn_probe(enum dir from, struct span first)
{
    uint8_t client = CLIENT_RESET << 3, v3 = CLIENT_RESET_V3 << 3, server = SERVER_RESET << 3;
    struct cursor c = cur_of(first);
    uint8_t byte = cur_u8(&c);

    if (byte == client || byte == v3)
        return from == DIR_CLIENT;
    if (byte == server)
        return from == DIR_SERVER;
    if (byte > RESET_MOST >> 8)
        return false;
    cur_skip(&c, 1);
    byte = cur_u8(&c);
    if (c.state == CUR_SHORT)
        return true;
    return from == DIR_CLIENT ? byte == client || byte == v3 : byte == server;
}

const struct parser parser_openvpn = {
    .name = "openvpn",
    .evidence = "reset of the client, acknowledged by the server's; or the session goes on",
    .app = APP_OPENVPN,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct openvpn_state),
    .max_pending = RESET_MOST + 700,
    .probe = openvpn_probe,
    .parse = openvpn_parse,
};
