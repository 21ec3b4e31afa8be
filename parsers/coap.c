/* SPDX-License-Identifier: Apache-2.0
 *
 * CoAP over UDP (RFC 7252, with RFC 7641, 7959 and 8132).
 *
 *     version(2 bits) type(2) token length(4)  code(1)  message id(2)  token  options  [FF payload]
 *     option  delta(4) length(4) [more of both] value
 */
#include "parser/parser.h"

enum {
    PORT = 5683,
    TOKEN_MOST = 8,
    OPTIONS_MOST = 64,
    PATH_MOST = 255,
    OPEN = 12,
    PAYLOAD = 0xff,
    OPTION_HOST = 3,
    OPTION_OBSERVE = 6,
    OPTION_PATH = 11,
    OPTION_FORMAT = 12,
    OPTION_QUERY = 15,
    OPTION_PROXY = 35,
};

enum type { CONFIRMABLE, UNCONFIRMED, ACKNOWLEDGEMENT, RESET };

struct coap_message {
    uint8_t type, code;
    uint16_t id;
    struct span token;
    struct span host, proxy, query, payload;
    uint8_t path[PATH_MOST];
    uint8_t path_n;
    bool named; /* an option says what it is about */
    bool observe;
    bool has_format;
    uint32_t format;
};

struct coap_state {
    bool matched;
    uint8_t next;
    struct {
        uint64_t token;
        uint16_t id;
        uint8_t from; /* enum dir */
        bool used;
    } open[OPEN];
};

static const uint16_t ports[] = {PORT, 0};

/* ---- reading ---- */

/* RFC 7252 section 3.1: 13 and 14 announce one and two bytes more. */
static uint32_t extended(struct cursor *c, uint32_t nibble)
{
    if (nibble == 13)
        return 13 + (uint32_t)cur_u8(c);
    if (nibble == 14)
        return 269 + (uint32_t)cur_be16(c);
    if (nibble == 15)
        cur_fail(c);
    return nibble;
}

static void add_segment(struct coap_message *m, struct span segment)
{
    for (size_t i = 0; i <= segment.n; i++) {
        if (m->path_n == PATH_MOST)
            return;
        m->path[m->path_n++] = i ? segment.p[i - 1] : '/';
    }
}

/* Odd ones are critical: who does not know one must refuse. */
static bool is_known(uint32_t number)
{
    static const uint8_t critical[] = {1, 3, 5, 7, 9, 11, 15, 17, 19, 21, 23, 27, 35, 39};

    for (size_t i = 0; i < sizeof critical; i++)
        if (critical[i] == number)
            return true;
    return number % 2 == 0;
}

static void take_option(struct coap_message *m, uint32_t number, struct span value)
{
    struct span *text = number == OPTION_HOST    ? &m->host
                        : number == OPTION_QUERY ? &m->query
                        : number == OPTION_PROXY ? &m->proxy
                                                 : NULL;

    if (text && text->n == 0)
        *text = value;
    if (number == OPTION_PATH)
        add_segment(m, value);
    m->named = m->named || text || number == OPTION_PATH;
    m->observe = m->observe || number == OPTION_OBSERVE;
    if (number != OPTION_FORMAT || value.n > 2)
        return;
    m->has_format = true;
    for (size_t i = 0; i < value.n; i++)
        m->format = m->format << 8 | value.p[i];
}

static void read_options(struct cursor *c, struct coap_message *m)
{
    uint32_t number = 0;

    for (int i = 0; i < OPTIONS_MOST && cur_left(c); i++) {
        uint8_t head = cur_u8(c);
        uint32_t length;
        struct span value;

        if (head == PAYLOAD) {
            if (cur_left(c) == 0)
                cur_fail(c);
            m->payload = cur_rest(c);
            return;
        }
        number += extended(c, head >> 4);
        length = extended(c, head & 15);
        value = cur_span(c, length);
        if (c->state == CUR_OK && !is_known(number))
            cur_fail(c);
        if (c->state == CUR_OK)
            take_option(m, number, value);
    }
    if (cur_left(c))
        cur_fail(c);
}

static bool is_code(uint8_t type, uint8_t code)
{
    unsigned class = code >> 5, detail = code & 31;

    if (code == 0)
        return type != UNCONFIRMED;
    if (class == 0)
        return detail <= 7 && type <= UNCONFIRMED;
    if (class == 2)
        return detail >= 1 && (detail <= 5 || detail == 31) && type != RESET;
    return (class == 4 || class == 5) && type != RESET;
}

static void read_message(struct cursor *c, struct coap_message *m)
{
    uint8_t first = cur_u8(c), tokens = first & 15;

    m->type = first >> 4 & 3;
    m->code = cur_u8(c);
    m->id = cur_be16(c);
    if (first >> 6 != 1 || tokens > TOKEN_MOST || !is_code(m->type, m->code))
        cur_fail(c);
    m->token = cur_span(c, tokens);
    if (m->code == 0 && (tokens || cur_left(c))) /* empty means empty */
        cur_fail(c);
    read_options(c, m);
}

/* ---- who answers whom ---- */

static uint64_t token_key(const struct coap_message *m)
{
    uint64_t key = m->token.n;

    for (size_t i = 0; i < m->token.n; i++)
        key = (key << 8 | key >> 56) ^ m->token.p[i];
    return key;
}

static void remember(struct coap_state *s, enum dir from, const struct coap_message *m)
{
    unsigned at = s->next++ % OPEN;

    s->open[at].token = token_key(m);
    s->open[at].id = m->id;
    s->open[at].from = (uint8_t)from;
    s->open[at].used = true;
}

/* An acknowledgement or a reset has the number of its message, an answer the token. */
static bool answers(const struct coap_state *s, enum dir from, const struct coap_message *m)
{
    uint64_t token = token_key(m);

    for (unsigned i = 0; i < OPEN; i++) {
        if (!s->open[i].used || s->open[i].from == from)
            continue;
        if (m->type >= ACKNOWLEDGEMENT && s->open[i].id == m->id)
            return true;
        if (m->type < ACKNOWLEDGEMENT && m->token.n && s->open[i].token == token)
            return true;
    }
    return false;
}

/* ---- report ---- */

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void put_code(struct parse *p, uint8_t code)
{
    static const char *const methods[] = {"EMPTY",  "GET",   "POST",  "PUT",
                                          "DELETE", "FETCH", "PATCH", "iPATCH"};
    char text[5] = "0.00";

    if (code < 8) {
        parse_text(p, FIELD_COAP_METHOD, methods[code]);
        return;
    }
    text[0] = (char)('0' + (code >> 5));
    text[2] = (char)('0' + (code & 31) / 10);
    text[3] = (char)('0' + (code & 31) % 10);
    parse_text(p, FIELD_COAP_CODE, text);
}

static void report(struct parse *p, const struct coap_message *m)
{
    static const char *const types[] = {"CON", "NON", "ACK", "RST"};

    parse_tx(p, TX_REQUEST); /* answers may come later, and again: each message is its own */
    parse_text(p, FIELD_COAP_TYPE, types[m->type]);
    put_code(p, m->code);
    parse_uint(p, FIELD_COAP_ID, m->id);
    put(p, FIELD_COAP_TOKEN, m->token);
    put(p, FIELD_COAP_HOST, m->host);
    put(p, FIELD_COAP_PATH, span_of(m->path, m->path_n));
    put(p, FIELD_COAP_QUERY, m->query);
    put(p, FIELD_COAP_PROXY, m->proxy);
    if (m->observe)
        parse_uint(p, FIELD_COAP_OBSERVE, 1);
    if (m->has_format)
        parse_uint(p, FIELD_COAP_FORMAT, m->format);
    parse_tx(p, TX_DONE);
    if (m->payload.n)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, m->payload);
    if (p->dir == DIR_CLIENT && m->host.n && m->code && m->code < 8)
        parse_host(p, m->host);
}

/* A header of four bytes is little: what it is about, or an answer, says more. */
static enum proof judge(const struct parse *p, const struct coap_state *s,
                        const struct coap_message *m)
{
    bool home = p->server_port == PORT || p->client_port == PORT;
    bool asks = m->code && m->code < 8;

    if (answers(s, p->dir, m))
        return PROOF_CERTAIN;
    if (asks && m->named)
        return home ? PROOF_STRONG : PROOF_FAIR;
    return home && m->code ? PROOF_FAIR : PROOF_NONE;
}

static enum parse_result coap_parse(struct parse *p, struct cursor *in)
{
    struct coap_state *s = p->state;
    struct coap_message m = {0};
    enum proof proof;

    read_message(in, &m);
    if (in->state != CUR_OK)
        return PARSE_REJECT;
    proof = judge(p, s, &m);
    if (m.type < ACKNOWLEDGEMENT)
        remember(s, p->dir, &m);
    if (proof != PROOF_NONE) {
        parse_proof(p, proof);
        s->matched = true;
    }
    report(p, &m);
    parse_commit(p, in);
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool coap_probe(enum dir from, struct span first)
{
    (void)from;
    if (first.p[0] >> 6 != 1 || (first.p[0] & 15) > TOKEN_MOST)
        return false;
    return first.n < 2 || is_code(first.p[0] >> 4 & 3, first.p[1]);
}

const struct parser parser_coap = {
    .name = "coap",
    .evidence = "request that names a path, all options known; answer with its number or token",
    .app = APP_COAP,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct coap_state),
    .max_pending = UINT16_MAX,
    .midstream = true,
    .probe = coap_probe,
    .parse = coap_parse,
};
