/* SPDX-License-Identifier: Apache-2.0
 *
 * Remote desktop: the connection request and its answer ([MS-RDPBCGR] sections 2.2.1.1 to 2.2.1.3).
 * Mostly TLS comes next; with the old security the client tells about itself in the clear.
 *
 *     TPKT   3 0 length(2)                                             RFC 1006
 *     X.224  rest(1) type(1) destination(2) source(2) class(1) data
 *            E0 request: ["Cookie: mstshash=NAME" CR LF] [1 flags(1) 8 0 protocols(4, LE)]
 *            D0 answer:  [2 flags(1) 8 0 protocol(4, LE)] or [3 0 8 0 error(4, LE)]
 */
#include "parser/parser.h"
#include "support/der.h"

enum {
    PORT = 3389,
    TPKT = 3,
    REQUEST = 0xe0,
    CONFIRM = 0xd0,
    DATA = 0xf0,
    NEGOTIATION_REQUEST = 1,
    NEGOTIATION_ANSWER = 2,
    NEGOTIATION_FAILURE = 3,
    PROTOCOLS_MOST = 0x1f,
    CORRELATION = 36,
    CORE = 0xc001, /* client data: [MS-RDPBCGR] section 2.2.1.3.2 */
    CONNECT_INITIAL = 0x65,
    NAME_UNITS = 16,
    BLOCKS = 16,
};

struct rdp_state {
    uint32_t offered;
    bool requested;
    bool confirmed;
    bool plain; /* old security: one more message is worth reading */
    bool matched;
};

static const uint16_t ports[] = {PORT, 0};

/* TPKT and X.224 around; `data` is what is inside. */
static uint8_t read_head(struct cursor *in, struct cursor *data)
{
    uint8_t version = cur_u8(in), type = 0, rest;
    uint16_t length;

    if (cur_u8(in) != 0 || version != TPKT)
        cur_fail(in);
    length = cur_be16(in);
    if (in->state == CUR_OK && length < 7)
        cur_fail(in);
    *data = cur_sub(in, length - (size_t)4);
    if (in->state != CUR_OK)
        return 0;
    rest = cur_u8(data);
    type = cur_u8(data);
    if (type == REQUEST || type == CONFIRM) {
        if (rest != length - 5)
            cur_fail(data);
        cur_skip(data, 4);
        if (cur_u8(data) & 0x0f)
            cur_fail(data);
    } else if (type == DATA) {
        if (rest != 2 || cur_u8(data) != 0x80)
            cur_fail(data);
    } else {
        cur_fail(data);
    }
    cur_join(in, data);
    return type;
}

struct negotiation {
    uint8_t type; /* 0 = none */
    uint32_t value;
};

static struct negotiation read_negotiation(struct cursor *c)
{
    struct negotiation n = {0};

    if (cur_left(c) == 0)
        return n;
    n.type = cur_u8(c);
    cur_skip(c, 1);
    if (cur_le16(c) != 8)
        cur_fail(c);
    n.value = cur_le32(c);
    return n;
}

/* A request may begin with a line: who it is for, or where a balancer shall send it. */
static struct span read_cookie(struct cursor *c)
{
    struct span line;

    if (!span_starts(cur_look(c), SPAN("Cookie: ")) && !span_starts(cur_look(c), SPAN("tsv:")))
        return span_of("", 0);
    line = cur_line(c, 512);
    if (span_starts(line, SPAN("Cookie: mstshash=")))
        return span_from(line, SPAN("Cookie: mstshash=").n);
    return span_of("", 0);
}

static enum parse_result mine(struct parse *p, struct rdp_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
    return PARSE_MATCH;
}

static enum parse_result request(struct parse *p, struct rdp_state *s, struct cursor data,
                                 struct cursor *in)
{
    size_t before = cur_left(&data);
    struct span user = read_cookie(&data);
    bool cookie = cur_left(&data) != before;
    struct negotiation n = read_negotiation(&data);

    if (n.type && (n.type != NEGOTIATION_REQUEST || n.value > PROTOCOLS_MOST))
        cur_fail(&data);
    if (cur_left(&data) && cur_left(&data) != CORRELATION)
        cur_fail(&data);
    if (data.state != CUR_OK || s->requested)
        return PARSE_REJECT;
    s->requested = true;
    s->offered = n.value;
    parse_tx(p, TX_BOTH);
    if (user.n)
        parse_field(p, FIELD_RDP_COOKIE, user);
    parse_uint(p, FIELD_RDP_OFFERED, n.value);
    parse_commit(p, in);
    /* Without either it is any connection over ISO transport. */
    return cookie || n.type ? mine(p, s, PROOF_STRONG) : PARSE_MORE;
}

static const char *protocol_name(uint32_t value)
{
    switch (value) {
    case 0:
        return "rdp";
    case 1:
        return "ssl";
    case 2:
        return "hybrid";
    case 4:
        return "rdstls";
    case 8:
        return "hybrid_ex";
    case 16:
        return "rdsaad";
    default:
        return "unknown";
    }
}

static enum parse_result confirm(struct parse *p, struct rdp_state *s, struct cursor data,
                                 struct cursor *in)
{
    struct negotiation n = read_negotiation(&data);

    if (n.type && n.type != NEGOTIATION_ANSWER && n.type != NEGOTIATION_FAILURE)
        cur_fail(&data);
    if (data.state != CUR_OK || cur_left(&data))
        return PARSE_REJECT;
    s->confirmed = true;
    parse_commit(p, in);
    if (n.type == 0) { /* a server that knows only the old security */
        s->plain = s->requested;
        parse_tx(p, TX_BOTH);
        parse_text(p, FIELD_RDP_PROTOCOL, "rdp");
        return PARSE_MORE;
    }
    (void)mine(p, s, s->requested ? PROOF_CERTAIN : PROOF_STRONG);
    parse_tx(p, TX_BOTH);
    if (n.type == NEGOTIATION_FAILURE) {
        parse_uint(p, FIELD_RDP_ERROR, n.value);
        parse_tx(p, TX_DONE);
        return PARSE_DONE;
    }
    parse_text(p, FIELD_RDP_PROTOCOL, protocol_name(n.value));
    if (n.value == 0) {
        s->plain = true;
        return PARSE_MATCH;
    }
    parse_tx(p, TX_DONE);
    parse_upgrade(p);
    return PARSE_DONE;
}

/* ---- what the client tells in the clear: T.125 around T.124 around blocks of settings ---- */

/* A length of T.124: one byte, or two with the highest bit. */
static size_t gcc_length(struct cursor *c)
{
    uint8_t first = cur_u8(c);

    return first & 0x80 ? (size_t)(first & 0x7f) << 8 | cur_u8(c) : first;
}

static struct cursor find_blocks(struct cursor *c)
{
    struct cursor initial, user;

    if (cur_u8(c) != 0x7f || cur_peek(c) != CONNECT_INITIAL)
        cur_fail(c);
    initial = der_next(c).body;
    (void)der_enter(&initial, DER_OCTETS);
    (void)der_enter(&initial, DER_OCTETS);
    (void)der_enter(&initial, DER_BOOLEAN);
    for (int i = 0; i < 3; i++)
        (void)der_enter(&initial, DER_SEQUENCE);
    user = der_enter(&initial, DER_OCTETS);
    if (!span_equal(cur_span(&user, 7), SPAN("\0\5\0\x14\x7c\0\1")))
        cur_fail(&user);
    (void)gcc_length(&user);
    if (!span_equal(cur_span(&user, 12), SPAN("\0\x08\0\x10\0\1\xc0\0Duca")))
        cur_fail(&user);
    (void)gcc_length(&user);
    cur_join(c, &initial);
    cur_join(c, &user);
    return user;
}

/* UTF-16 of a machine's name; what is not ASCII shows as a question mark. */
static void put_name(struct parse *p, struct cursor *c)
{
    char name[NAME_UNITS];
    size_t n = 0;
    bool ended = false;

    for (int i = 0; i < NAME_UNITS; i++) {
        uint16_t unit = cur_le16(c);

        ended = ended || unit == 0;
        if (!ended)
            name[n++] = (char)(unit < 0x80 ? unit : '?');
    }
    if (c->state == CUR_OK)
        parse_field(p, FIELD_RDP_CLIENT, span_of(name, n));
}

static void report_core(struct parse *p, struct cursor c)
{
    uint32_t version = cur_le32(&c), build;
    uint16_t width = cur_le16(&c), height = cur_le16(&c);

    cur_skip(&c, 8);
    build = cur_le32(&c);
    if (c.state != CUR_OK)
        return;
    parse_text(p, FIELD_RDP_VERSION, version == 0x80001 ? "4" : "5 or later");
    parse_uint(p, FIELD_RDP_WIDTH, width);
    parse_uint(p, FIELD_RDP_HEIGHT, height);
    parse_uint(p, FIELD_RDP_BUILD, build);
    put_name(p, &c);
}

static enum parse_result initial(struct parse *p, struct cursor data, struct cursor *in)
{
    struct cursor blocks = find_blocks(&data);

    if (data.state != CUR_OK)
        return PARSE_REJECT;
    parse_proof(p, PROOF_CERTAIN);
    parse_tx(p, TX_BOTH);
    for (int i = 0; i < BLOCKS && cur_left(&blocks); i++) {
        uint16_t type = cur_le16(&blocks), length = cur_le16(&blocks);
        struct cursor body = cur_sub(&blocks, length - (size_t)4);

        if (blocks.state == CUR_OK && length >= 4 && type == CORE)
            report_core(p, body);
    }
    parse_tx(p, TX_DONE);
    parse_commit(p, in);
    return PARSE_DONE;
}

static enum parse_result read_message(struct parse *p, struct rdp_state *s, struct cursor *in)
{
    struct cursor data = cur_of(span_of("", 0));
    uint8_t type = read_head(in, &data);

    if (in->state != CUR_OK)
        return parse_stop(in);
    if (p->dir == DIR_CLIENT && type == REQUEST)
        return request(p, s, data, in);
    if (p->dir == DIR_SERVER && type == CONFIRM && !s->confirmed)
        return confirm(p, s, data, in);
    if (p->dir == DIR_CLIENT && type == DATA && s->plain)
        return initial(p, data, in);
    if (p->dir == DIR_SERVER && type == DATA && s->plain) { /* the client was not heard */
        parse_commit(p, in);
        return PARSE_MORE;
    }
    return PARSE_REJECT;
}

static enum parse_result rdp_parse(struct parse *p, struct cursor *in)
{
    struct rdp_state *s = p->state;

    while (in->pos < in->end) {
        enum parse_result result = read_message(p, s, in);

        if (result == PARSE_DONE || result == PARSE_REJECT)
            return result;
        if (in->state != CUR_OK)
            break;
    }
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool rdp_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t version = cur_u8(&c), zero = cur_u8(&c), type;

    if (version != TPKT || zero != 0)
        return false;
    cur_skip(&c, 3);
    type = cur_u8(&c);
    return c.state == CUR_SHORT || type == (from == DIR_CLIENT ? REQUEST : CONFIRM);
}

const struct parser parser_rdp = {
    .name = "rdp",
    .evidence = "connection request with a cookie or the protocols offered; their choice",
    .app = APP_RDP,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct rdp_state),
    .max_pending = UINT16_MAX,
    .probe = rdp_probe,
    .parse = rdp_parse,
};
