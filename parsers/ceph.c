/* SPDX-License-Identifier: Apache-2.0
 *
 * Ceph's messenger, both versions, up to where the two sides know each other.
 *
 *     1   "ceph v027" address(136)          of the server another address(136)
 *         client: features(8) its kind(4) ...   server: tag(1) features(8) ...
 *     2   "ceph v2\n" 16(2) supported(8) required(8)
 *         frames: tag(1) segments(1) 4 x (length(4) alignment(2)) flags(2) crc(4), then the
 * segments
 *
 * Numbers are little endian.
 */
#include "parser/parser.h"

enum {
    BANNER_1 = 9,
    BANNER_2 = 8,
    ADDRESS = 136,
    CONNECT = 33,
    CONNECT_ANSWER = 26,
    FEATURES_2 = 16,
    SEGMENT_MOST = 8192,
    PENDING = 16384,
    CRC = 4,
    HELLO = 1,
    AUTH_REQUEST = 2,
    AUTH_BAD_METHOD = 3,
    NAME_MOST = 64,
    MODES_MOST = 8,
};

enum step { AT_BANNER, AT_GREETING, AT_HELLO, AT_AUTH, AT_END };

struct ceph_state {
    uint8_t step[2];
    uint8_t version; /* 0: no banner yet */
    bool matched;
};

static const uint16_t ports[] = {6789, 3300, 6800, 6801, 6802, 6803, 0};

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case 1:
        return "mon";
    case 2:
        return "mds";
    case 4:
        return "osd";
    case 8:
        return "client";
    case 16:
        return "mgr";
    case 32:
        return "auth";
    default:
        return NULL;
    }
}

static void put_kind(struct parse *p, uint32_t kind)
{
    const char *name = kind_name(kind);

    parse_tx(p, TX_BOTH);
    if (name)
        parse_text(p, p->dir == DIR_CLIENT ? FIELD_CEPH_CLIENT : FIELD_CEPH_SERVER, name);
}

/* ---- banners ---- */

static void read_banner(struct parse *p, struct ceph_state *s, struct cursor *in)
{
    struct span look = cur_look(in);
    uint8_t version = 0;

    if (span_starts(look, SPAN("ceph v02")) && cur_left(in) >= BANNER_1)
        version = look.p[BANNER_1 - 1] >= '0' && look.p[BANNER_1 - 1] <= '9' ? 1 : 0;
    else if (span_starts(look, SPAN("ceph v2\n")))
        version = 2;
    else if (span_starts(SPAN("ceph v02"), look) || span_starts(SPAN("ceph v2\n"), look) ||
             span_equal(look, SPAN("ceph v02")))
        cur_short(in, 1);
    if (in->state == CUR_OK && (version == 0 || (s->version && s->version != version)))
        cur_fail(in);
    cur_skip(in, version == 1 ? BANNER_1 : BANNER_2);
    if (in->state != CUR_OK)
        return;
    s->step[p->dir] = AT_GREETING;
    parse_proof(p, s->version ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    s->version = version;
    parse_tx(p, TX_BOTH);
    if (s->step[1 - p->dir] == AT_BANNER)
        parse_uint(p, FIELD_CEPH_VERSION, version);
}

/* ---- version 1 ---- */

/* Addresses, and what the client is. */
static void read_greeting_1(struct parse *p, struct ceph_state *s, struct cursor *in)
{
    uint32_t kind;

    cur_skip(in, p->dir == DIR_CLIENT ? ADDRESS : 2 * ADDRESS);
    if (p->dir == DIR_SERVER) {
        cur_skip(in, CONNECT_ANSWER);
        if (in->state == CUR_OK)
            s->step[p->dir] = AT_END;
        return;
    }
    cur_skip(in, 8);
    kind = cur_le32(in);
    cur_skip(in, CONNECT - 12);
    if (in->state != CUR_OK)
        return;
    put_kind(p, kind);
    s->step[p->dir] = AT_END;
}

/* ---- version 2 ---- */

static void read_greeting_2(struct parse *p, struct ceph_state *s, struct cursor *in)
{
    uint16_t length = cur_le16(in);

    if (in->state == CUR_OK && (length < FEATURES_2 || length > 64))
        cur_fail(in);
    cur_skip(in, length);
    if (in->state == CUR_OK)
        s->step[p->dir] = AT_HELLO;
}

/* The first segment of a frame, the only one that a handshake has. */
static struct cursor read_frame(struct cursor *in, uint8_t *tag)
{
    uint8_t segments;
    uint32_t length;
    struct cursor body;

    *tag = cur_u8(in);
    segments = cur_u8(in);
    length = cur_le32(in);
    cur_skip(in, 2 + 3 * 6 + 2 + CRC);
    if (in->state == CUR_OK && (segments != 1 || length > SEGMENT_MOST))
        cur_fail(in);
    body = cur_sub(in, length);
    cur_skip(in, CRC);
    return body;
}

static void read_hello(struct parse *p, struct ceph_state *s, struct cursor *in)
{
    uint8_t tag, kind;
    struct cursor body = read_frame(in, &tag);

    kind = cur_u8(&body);
    cur_join(in, &body);
    if (tag != HELLO)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    put_kind(p, kind);
    s->step[p->dir] = AT_AUTH;
}

/* Method, modes, and in the first question its mode, what asks, and its name. */
static void put_user(struct parse *p, struct cursor c)
{
    uint32_t modes, length;
    struct span name;

    cur_skip(&c, 4);
    modes = cur_le32(&c);
    cur_skip(&c, modes <= MODES_MOST ? modes * (size_t)4 : SIZE_MAX);
    cur_skip(&c, 4 + 1 + 4);
    length = cur_le32(&c);
    name = cur_span(&c, length <= NAME_MOST ? length : SIZE_MAX);
    if (c.state == CUR_OK && name.n && span_printable(name))
        parse_field(p, FIELD_CEPH_USER, name);
}

static void read_auth(struct parse *p, struct ceph_state *s, struct cursor *in)
{
    uint8_t tag;
    struct cursor body = read_frame(in, &tag);

    if (in->state != CUR_OK)
        return;
    parse_tx(p, TX_BOTH);
    if (p->dir == DIR_CLIENT && tag == AUTH_REQUEST)
        put_user(p, body);
    if (p->dir == DIR_SERVER && tag == AUTH_BAD_METHOD)
        parse_refused(p, "Ceph refuses the authentication", span_of("", 0));
    s->step[p->dir] = AT_END;
}

/* ---- both ---- */

static void read_step(struct parse *p, struct ceph_state *s, struct cursor *in)
{
    switch ((enum step)s->step[p->dir]) {
    case AT_BANNER:
        read_banner(p, s, in);
        break;
    case AT_GREETING:
        if (s->version == 1)
            read_greeting_1(p, s, in);
        else
            read_greeting_2(p, s, in);
        break;
    case AT_HELLO:
        read_hello(p, s, in);
        break;
    case AT_AUTH:
        read_auth(p, s, in);
        break;
    case AT_END:
        (void)cur_rest(in);
        break;
    }
}

static enum parse_result ceph_parse(struct parse *p, struct cursor *in)
{
    struct ceph_state *s = p->state;

    while (in->pos < in->end) {
        read_step(p, s, in);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    if (s->step[DIR_CLIENT] == AT_END && s->step[DIR_SERVER] == AT_END) {
        parse_tx(p, TX_BOTH);
        parse_tx(p, TX_DONE);
        return PARSE_DONE;
    }
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool ceph_probe(enum dir from, struct span first)
{
    (void)from;
    return span_starts(first, span_first(SPAN("ceph v02"), first.n)) ||
           span_starts(first, span_first(SPAN("ceph v2\n"), first.n));
}

const struct parser parser_ceph = {
    .name = "ceph",
    .evidence = "banner of the messenger, of both sides",
    .app = APP_CEPH,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct ceph_state),
    .max_pending = PENDING,
    .probe = ceph_probe,
    .parse = ceph_parse,
};
