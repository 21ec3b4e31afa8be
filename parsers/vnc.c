/* SPDX-License-Identifier: Apache-2.0
 *
 * VNC: the opening of the remote framebuffer protocol (RFC 6143 section 7.1 to 7.3), up to the name
 * of the desktop. Pixels and keys behind it are nobody's business.
 */
#include "parser/parser.h"

enum {
    VERSION_LINE = 12,
    TYPE_NONE = 1,
    TYPE_VNC = 2,
    TYPE_VENCRYPT = 19,
    CHALLENGE = 16,
    TEXT_MOST = 4096,
    INIT_HEAD = 20,
    SUBTYPE_TLS_FIRST = 257, /* VeNCrypt: TLSNone ... X509Plain */
    SUBTYPE_TLS_LAST = 262,
};

enum server_step {
    SERVER_VERSION,
    SERVER_TYPES,
    SERVER_CHALLENGE,
    SERVER_VENCRYPT,
    SERVER_VENCRYPT_TYPES,
    SERVER_VENCRYPT_ACK,
    SERVER_RESULT,
    SERVER_INIT,
    SERVER_REST,
};

enum client_step {
    CLIENT_VERSION,
    CLIENT_TYPE,
    CLIENT_RESPONSE,
    CLIENT_VENCRYPT,
    CLIENT_SUBTYPE,
    CLIENT_INIT,
    CLIENT_REST,
};

struct vnc_state {
    uint8_t server, client; /* steps */
    uint8_t minor[2];       /* of the version each side named: 3, 7 or 8 */
    uint8_t type;           /* of security, 0 = not chosen */
    bool matched;
    bool over; /* nothing more to learn */
    uint32_t subtype;
};

static const uint16_t ports[] = {5900, 5901, 5902, 0};

/* What both speak: the smaller version; 3.5 was never one, and counts as 3.3. */
static uint8_t minor_of(const struct vnc_state *s)
{
    uint8_t a = s->minor[DIR_CLIENT], b = s->minor[DIR_SERVER];

    if (a == 0 || (b && b < a))
        a = b;
    return a >= 8 ? 8 : (a == 7 ? 7 : 3);
}

static uint16_t digits(struct cursor *c)
{
    unsigned value = 0;

    for (int i = 0; i < 3; i++) {
        uint8_t digit = cur_u8(c);

        if (digit < '0' || digit > '9')
            cur_fail(c);
        value = (value * 10 + digit - '0') & 0xffff;
    }
    return (uint16_t)value;
}

/* "RFB 003.008\n" */
static void read_version(struct parse *p, struct vnc_state *s, struct cursor *in)
{
    struct cursor c = cur_sub(in, VERSION_LINE);
    bool server = p->dir == DIR_SERVER;
    uint16_t major, minor;

    if (in->state != CUR_OK)
        return;
    if (!span_equal(cur_span(&c, 4), SPAN("RFB ")))
        cur_fail(&c);
    major = digits(&c);
    if (cur_u8(&c) != '.')
        cur_fail(&c);
    minor = digits(&c);
    if (cur_u8(&c) != '\n' || major < 3 || major > 5)
        cur_fail(&c);
    cur_join(in, &c);
    if (in->state != CUR_OK)
        return;
    s->minor[p->dir] = (uint8_t)(major > 3 || minor > 8 ? 8 : minor); /* 3.889 is Apple's */
    parse_proof(p, s->matched && s->minor[1 - p->dir] ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    parse_tx(p, TX_BOTH);
    parse_uint(p, server ? FIELD_VNC_SERVER_MAJOR : FIELD_VNC_CLIENT_MAJOR, major);
    parse_uint(p, server ? FIELD_VNC_SERVER_MINOR : FIELD_VNC_CLIENT_MINOR, minor);
}

/* Length and text: why the server refuses. */
static void read_reason(struct parse *p, struct vnc_state *s, struct cursor *in)
{
    uint32_t n = cur_be32(in);
    struct span text;

    if (n > TEXT_MOST)
        cur_fail(in);
    text = cur_span(in, n);
    if (in->state != CUR_OK)
        return;
    parse_field(p, FIELD_VNC_REASON, text);
    parse_refused(p, "VNC server refuses access", text);
    s->over = true;
}

static void choose(struct parse *p, struct vnc_state *s, uint8_t type)
{
    s->type = type;
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_VNC_SECURITY, type);
}

/* Where the server stands once the type is known. */
static uint8_t after_type(const struct vnc_state *s)
{
    if (s->type == TYPE_VNC)
        return SERVER_CHALLENGE;
    if (s->type == TYPE_VENCRYPT)
        return SERVER_VENCRYPT;
    if (s->type == TYPE_NONE)
        return minor_of(s) == 8 ? SERVER_RESULT : SERVER_INIT;
    return SERVER_REST;
}

/* Version 3.3: the server decides. Later: it offers. */
static void read_types(struct parse *p, struct vnc_state *s, struct cursor *in)
{
    if (minor_of(s) == 3) {
        uint32_t type = cur_be32(in);

        if (in->state != CUR_OK)
            return;
        if (type == 0) {
            read_reason(p, s, in);
            return;
        }
        choose(p, s, type > 255 ? 255 : (uint8_t)type);
        s->server = after_type(s);
        s->client = type == TYPE_VNC ? CLIENT_RESPONSE : CLIENT_INIT;
        return;
    }
    uint8_t n = cur_u8(in);

    if (in->state == CUR_OK && n == 0) {
        read_reason(p, s, in);
        return;
    }
    cur_skip(in, n);
    if (in->state == CUR_OK)
        s->server = SERVER_CHALLENGE; /* the client's choice says which step it really is */
}

static void read_result(struct parse *p, struct vnc_state *s, struct cursor *in)
{
    uint32_t result = cur_be32(in);

    if (result > 2)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    if (result && minor_of(s) == 8) {
        read_reason(p, s, in);
        if (in->state == CUR_OK)
            parse_text(p, FIELD_VNC_RESULT, "failed");
        return;
    }
    parse_tx(p, TX_BOTH);
    parse_text(p, FIELD_VNC_RESULT, result ? "failed" : "ok");
    s->server = SERVER_INIT;
    if (result) {
        parse_refused(p, "VNC server refuses access", span_of("", 0));
        s->over = true;
    }
}

static void read_init(struct parse *p, struct vnc_state *s, struct cursor *in)
{
    uint16_t width = cur_be16(in), height = cur_be16(in);
    uint32_t n;
    struct span name;

    cur_skip(in, 16);
    n = cur_be32(in);
    if (n > TEXT_MOST)
        cur_fail(in);
    name = cur_span(in, n);
    if (in->state != CUR_OK)
        return;
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_VNC_WIDTH, width);
    parse_uint(p, FIELD_VNC_HEIGHT, height);
    parse_field(p, FIELD_VNC_NAME, name);
    s->over = true;
}

/* Version, acknowledged by one byte; then a list of subtypes of four bytes each. */
static void read_vencrypt(struct vnc_state *s, struct cursor *in)
{
    uint8_t n;

    switch (s->server) {
    case SERVER_VENCRYPT:
        cur_skip(in, 2);
        if (in->state == CUR_OK)
            s->server++;
        break;
    case SERVER_VENCRYPT_TYPES:
        if (cur_u8(in) != 0)
            cur_fail(in);
        n = cur_u8(in);
        cur_skip(in, n * (size_t)4);
        if (in->state == CUR_OK)
            s->server++;
        break;
    default:
        if (cur_u8(in) != 1)
            cur_fail(in);
        s->server = SERVER_REST;
    }
}

static void server_step(struct parse *p, struct vnc_state *s, struct cursor *in)
{
    if (s->server == SERVER_CHALLENGE && s->type && s->type != TYPE_VNC)
        s->server = after_type(s);
    switch (s->server) {
    case SERVER_VERSION:
        read_version(p, s, in);
        if (in->state == CUR_OK)
            s->server++;
        break;
    case SERVER_TYPES:
        read_types(p, s, in);
        break;
    case SERVER_CHALLENGE:
        if (s->type == 0) { /* the client was not heard: what this is, nobody knows */
            s->over = true;
            break;
        }
        cur_skip(in, CHALLENGE);
        if (in->state == CUR_OK)
            s->server = SERVER_RESULT;
        break;
    case SERVER_RESULT:
        read_result(p, s, in);
        break;
    case SERVER_INIT:
        read_init(p, s, in);
        break;
    case SERVER_REST:
        s->over = true;
        break;
    default:
        read_vencrypt(s, in);
    }
}

static void client_step(struct parse *p, struct vnc_state *s, struct cursor *in)
{
    uint8_t type;

    switch (s->client) {
    case CLIENT_VERSION:
        read_version(p, s, in);
        if (in->state == CUR_OK)
            s->client++;
        break;
    case CLIENT_TYPE:
        if (minor_of(s) == 3) { /* the server chose, and was not heard */
            s->client = CLIENT_REST;
            break;
        }
        type = cur_u8(in);
        if (in->state != CUR_OK)
            break;
        choose(p, s, type);
        s->client = type == TYPE_VNC        ? CLIENT_RESPONSE
                    : type == TYPE_VENCRYPT ? CLIENT_VENCRYPT
                                            : CLIENT_INIT;
        break;
    case CLIENT_RESPONSE:
        cur_skip(in, CHALLENGE);
        if (in->state == CUR_OK)
            s->client = CLIENT_INIT;
        break;
    case CLIENT_VENCRYPT:
        cur_skip(in, 2);
        if (in->state == CUR_OK)
            s->client++;
        break;
    case CLIENT_SUBTYPE:
        s->subtype = cur_be32(in);
        if (in->state == CUR_OK)
            s->client = CLIENT_REST;
        break;
    case CLIENT_INIT:
        type = cur_u8(in);
        if (in->state != CUR_OK)
            break;
        parse_tx(p, TX_BOTH);
        parse_uint(p, FIELD_VNC_SHARED, type != 0);
        s->client = CLIENT_REST;
        break;
    default:
        (void)cur_rest(in);
    }
}

static bool begins_tls(const struct vnc_state *s)
{
    return s->server == SERVER_REST && s->type == TYPE_VENCRYPT &&
           s->subtype >= SUBTYPE_TLS_FIRST && s->subtype <= SUBTYPE_TLS_LAST;
}

static enum parse_result vnc_parse(struct parse *p, struct cursor *in)
{
    struct vnc_state *s = p->state;

    while (in->pos < in->end && !s->over) {
        /* What the client has to say first decides how the server's bytes are read. */
        if (p->dir == DIR_CLIENT)
            client_step(p, s, in);
        else
            server_step(p, s, in);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        if (begins_tls(s)) {
            parse_upgrade(p);
            s->over = true;
        }
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    if (s->over) {
        parse_tx(p, TX_BOTH);
        parse_tx(p, TX_DONE);
        return PARSE_DONE;
    }
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool vnc_probe(enum dir from, struct span first)
{
    (void)from;
    return span_starts(SPAN("RFB 00"), span_first(first, 6));
}

const struct parser parser_vnc = {
    .name = "vnc",
    .event = "rfb",
    .evidence = "version line of the server, and of the client",
    .app = APP_VNC,
    .transports = OVER_TCP,
    .first = EITHER_FIRST, /* a capture may hold the client alone */
    .ports = ports,
    .state_size = sizeof(struct vnc_state),
    .max_pending = TEXT_MOST + INIT_HEAD + 4,
    .probe = vnc_probe,
    .parse = vnc_parse,
};
