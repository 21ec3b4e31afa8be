/* SPDX-License-Identifier: Apache-2.0
 *
 * GTP, what controls the tunnels of mobile networks: version 1 (3GPP TS 29.060), version 2 (TS
 * 29.274), and GTP' for charging (TS 32.295). What travels in the tunnels (port 2152) is taken out
 * before any parser sees it.
 *
 *     1   flags 001 1 0 E S PN   type length(2) TEID(4) sequence(2) N-PDU next, elements
 *     2   flags 010 P T 000      type length(2) [TEID(4)] sequence(3) 0, elements
 *     '   flags vvv 0 111 0      type length(2) sequence(2), elements
 *
 * Short headers: a message is believed when its elements fill it exactly, and more when its answer
 * has been seen.
 */
#include "parser/parser.h"

enum {
    PORT_CONTROL = 2123,
    PORT_CHARGING = 3386,
    DIGITS_MOST = 16,
    NAME_MOST = 100,
    ELEMENTS_MOST = 256,
    ELEMENTS_GOOD = 2, /* fewer do not speak for themselves */
    ASKED = 8,
    PENDING = 65535,
};

enum kind { NONE, REQUEST, ANSWER, ALONE };

enum { VERSION_CHARGING = 0, VERSION_1 = 1, VERSION_2 = 2 };

/* Elements of version 1 and GTP'; those from 128 on have a length. */
enum element_1 {
    V1_CAUSE = 1,
    V1_IMSI = 2,
    V1_LENGTHS = 128,
    V1_END_USER = 128,
    V1_APN = 131,
    V1_MSISDN = 134,
};

enum element_2 {
    V2_IMSI = 1,
    V2_CAUSE = 2,
    V2_APN = 71,
    V2_MSISDN = 76,
    V2_ADDRESS = 79,
};

struct gtp_state {
    uint32_t asked[2][ASKED]; /* type and sequence of requests, 0: none */
    uint8_t next[2];
    bool matched;
};

struct digits {
    char text[DIGITS_MOST];
    uint8_t n;
};

struct gtp_message {
    const char *name;
    struct digits imsi, msisdn;
    char apn[NAME_MOST];
    uint8_t apn_n;
    struct span address; /* 4 or 16 bytes */
    uint32_t teid, seq;
    uint16_t elements;
    uint8_t version, type, cause;
    uint8_t kind; /* enum kind */
    bool has_teid, has_cause;
    bool more; /* another message follows */
};

static const struct gtp_type {
    uint8_t version, number, kind;
    const char *name;
} types[] = {
#define GTP_TYPE(version, number, name, kind) {version, number, kind, name},
#include "support/gtp_types.def"
#undef GTP_TYPE
};

static const struct gtp_type *type_find(uint8_t version, uint8_t number)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].version == version && types[i].number == number)
            return &types[i];
    return NULL;
}

/* ---- elements ---- */

/* Two digits a byte, the lower half first, 15 at the end when their number is odd. */
static bool digits_read(struct span bytes, struct digits *d)
{
    bool ended = false;

    d->n = 0;
    for (size_t i = 0; i < 2 * bytes.n; i++) {
        uint8_t digit = bytes.p[i / 2] >> (i % 2 ? 4 : 0) & 15;

        if (digit == 15) {
            ended = true;
        } else if (digit > 9 || ended || d->n == DIGITS_MOST) {
            d->n = 0;
            return false;
        } else {
            d->text[d->n++] = (char)('0' + digit);
        }
    }
    return true;
}

/* Labels with a length in front, as in DNS. */
static void apn_read(struct cursor *in, struct span bytes, struct gtp_message *m)
{
    struct cursor c = cur_of(bytes);

    m->apn_n = 0;
    while (cur_left(&c) && c.state == CUR_OK) {
        struct span label = cur_span(&c, cur_u8(&c));

        if (c.state != CUR_OK || label.n == 0 || !span_printable(label) ||
            m->apn_n + label.n + 1 > NAME_MOST) {
            cur_fail(in);
            return;
        }
        if (m->apn_n)
            m->apn[m->apn_n++] = '.';
        memcpy(m->apn + m->apn_n, label.p, label.n);
        m->apn_n = (uint8_t)(m->apn_n + label.n);
    }
}

static void address_keep(struct gtp_message *m, struct span address)
{
    if (address.n == 4 || address.n == 16)
        m->address = address;
}

static void element_1(struct cursor *in, struct gtp_message *m, uint8_t type, struct span value)
{
    switch (type) {
    case V1_CAUSE:
        m->cause = value.p[0];
        m->has_cause = true;
        break;
    case V1_IMSI:
        if (!digits_read(value, &m->imsi))
            cur_fail(in);
        break;
    case V1_APN:
        apn_read(in, value, m);
        break;
    case V1_MSISDN:
        (void)digits_read(span_from(value, 1), &m->msisdn); /* behind what kind it is of */
        break;
    case V1_END_USER:
        address_keep(m, span_from(value, 2)); /* behind two bytes of type */
        break;
    default:
        break;
    }
}

/* How long elements without a length are (TS 29.060 section 7.7). */
static uint8_t size_of(uint8_t type)
{
    static const uint8_t sizes[30] = {0, 1, 8, 6, 4, 4, 0, 0, 1, 28, 0, 1, 3, 1, 1,
                                      1, 4, 4, 5, 1, 1, 1, 9, 1, 1,  2, 2, 2, 2, 1};

    if (type < sizeof sizes)
        return sizes[type];
    if (type == 126) /* GTP': what is to be done with the packet */
        return 1;
    return type == 127 ? 4 : 0;
}

static void elements_1(struct cursor *in, struct gtp_message *m)
{
    while (cur_left(in) && m->elements < ELEMENTS_MOST) {
        uint8_t type = cur_u8(in);
        uint16_t size = type < V1_LENGTHS ? size_of(type) : cur_be16(in);
        struct span value = cur_span(in, size);

        if (type < V1_LENGTHS && size == 0)
            cur_fail(in);
        if (in->state != CUR_OK)
            return;
        m->elements++;
        /* in charging these numbers stand for other things */
        if (m->version == VERSION_1 || type == V1_CAUSE)
            element_1(in, m, type, value);
    }
}

static void element_2(struct cursor *in, struct gtp_message *m, uint8_t type, struct span value)
{
    switch (type) {
    case V2_IMSI:
        if (!digits_read(value, &m->imsi))
            cur_fail(in);
        break;
    case V2_CAUSE:
        if (value.n == 0)
            cur_fail(in);
        else
            m->cause = value.p[0];
        m->has_cause = true;
        break;
    case V2_APN:
        apn_read(in, value, m);
        break;
    case V2_MSISDN:
        (void)digits_read(value, &m->msisdn); /* may hold others */
        break;
    case V2_ADDRESS:
        /* behind a type; IPv6 behind the length of its prefix, too, and before IPv4 */
        address_keep(m, span_first(span_from(value, value.n == 5 ? 1 : 2), 16));
        break;
    default:
        break;
    }
}

static void elements_2(struct cursor *in, struct gtp_message *m)
{
    while (cur_left(in) && m->elements < ELEMENTS_MOST) {
        uint8_t type = cur_u8(in);
        uint16_t size = cur_be16(in);
        uint8_t instance = cur_u8(in);
        struct span value = cur_span(in, size);

        if (type == 0 || instance > 15)
            cur_fail(in);
        if (in->state != CUR_OK)
            return;
        m->elements++;
        element_2(in, m, type, value);
    }
}

/* ---- messages ---- */

/* Chain of extension headers: a length in words of 4, which counts itself and the next type. */
static void extensions_pass(struct cursor *in, uint8_t next)
{
    while (next && in->state == CUR_OK) {
        uint8_t words = cur_u8(in);

        if (words == 0)
            cur_fail(in);
        cur_skip(in, (size_t)words * 4 - 2);
        next = cur_u8(in);
    }
}

static void read_1(struct cursor *in, struct gtp_message *m, uint8_t flags)
{
    uint16_t length = cur_be16(in);
    struct cursor body;
    uint8_t next;

    m->teid = cur_be32(in);
    m->has_teid = true;
    body = cur_sub(in, length);
    if ((flags & 0x0a) != 0x02) /* control always has sequence numbers */
        cur_fail(in);
    m->seq = cur_be16(&body);
    cur_skip(&body, 1);
    next = cur_u8(&body);
    if (flags & 4)
        extensions_pass(&body, next);
    elements_1(&body, m);
    cur_join(in, &body);
}

static void read_2(struct cursor *in, struct gtp_message *m, uint8_t flags)
{
    uint16_t length = cur_be16(in);
    struct cursor body = cur_sub(in, length);

    if (flags & 3)
        cur_fail(in);
    if (flags & 8)
        m->teid = cur_be32(&body);
    m->has_teid = flags & 8;
    m->more = flags & 0x10;
    m->seq = cur_be24(&body);
    cur_skip(&body, 1);
    elements_2(&body, m);
    cur_join(in, &body);
}

static void read_charging(struct cursor *in, struct gtp_message *m, uint8_t flags)
{
    uint16_t length = cur_be16(in);
    struct cursor body;

    m->seq = cur_be16(in);
    if (flags >> 5 > 2 || (flags & 0x0e) != 0x0e)
        cur_fail(in);
    if (flags >> 5 == 0 && !(flags & 1))
        cur_skip(in, 14); /* the header of version 0 has 20 bytes */
    body = cur_sub(in, length);
    elements_1(&body, m);
    cur_join(in, &body);
}

static void message_read(struct cursor *in, struct gtp_message *m)
{
    uint8_t flags = cur_u8(in);
    const struct gtp_type *type;

    *m = (struct gtp_message){.type = cur_u8(in)};
    if (flags >> 5 == 2 && flags != 0x4e && flags != 0x4f)
        m->version = VERSION_2;
    else
        m->version = flags & 0x10 ? VERSION_1 : VERSION_CHARGING;
    type = type_find(m->version, m->type);
    if (type == NULL || (m->version == VERSION_1 && flags >> 5 != 1)) {
        cur_fail(in);
        return;
    }
    m->name = type->name;
    m->kind = type->kind;
    if (m->version == VERSION_1)
        read_1(in, m, flags);
    else if (m->version == VERSION_2)
        read_2(in, m, flags);
    else
        read_charging(in, m, flags);
}

/* ---- proof ---- */

static uint32_t request_key(const struct gtp_message *m)
{
    return (uint32_t)(m->kind == ANSWER ? m->type - 1 : m->type) << 24 | m->seq;
}

static bool was_asked(const struct gtp_state *s, enum dir by, const struct gtp_message *m)
{
    for (unsigned i = 0; i < ASKED; i++)
        if (m->kind == ANSWER && s->asked[by][i] == request_key(m))
            return true;
    return false;
}

static bool is_home(const struct parse *p, uint16_t port)
{
    return p->server_port == port || p->client_port == port;
}

static enum proof judge(const struct parse *p, const struct gtp_state *s,
                        const struct gtp_message *m)
{
    bool home = is_home(p, m->version == VERSION_CHARGING ? PORT_CHARGING : PORT_CONTROL);

    if (was_asked(s, 1 - p->dir, m))
        return PROOF_CERTAIN;
    if (m->elements >= ELEMENTS_GOOD && (m->imsi.n || m->apn_n || m->elements > ELEMENTS_GOOD))
        return home ? PROOF_STRONG : PROOF_FAIR;
    return home ? PROOF_FAIR : PROOF_NONE;
}

/* ---- report ---- */

static void message_tell(struct parse *p, const struct gtp_message *m, bool asked)
{
    static const char *const versions[] = {"prime", "1", "2"};
    /* who asked: numbers of both sides may be the same */
    bool by_client = (p->dir == DIR_CLIENT) != (m->kind == ANSWER);
    uint64_t key = (uint64_t)by_client << 32 | request_key(m);

    parse_tx_key(p, TX_BOTH, key);
    if (!asked)
        parse_text(p, FIELD_GTP_VERSION, versions[m->version]);
    parse_text(p, m->kind == ANSWER ? FIELD_GTP_RESPONSE : FIELD_GTP_REQUEST, m->name);
    if (!asked && m->has_teid)
        parse_uint(p, FIELD_GTP_TEID, m->teid);
    if (!asked)
        parse_uint(p, FIELD_GTP_SEQUENCE, m->seq);
    if (m->imsi.n)
        parse_field(p, FIELD_GTP_IMSI, span_of(m->imsi.text, m->imsi.n));
    if (m->msisdn.n)
        parse_field(p, FIELD_GTP_MSISDN, span_of(m->msisdn.text, m->msisdn.n));
    if (m->apn_n)
        parse_field(p, FIELD_GTP_APN, span_of(m->apn, m->apn_n));
    if (m->address.n && m->kind == ANSWER) /* a request has zeros there */
        parse_field(p, FIELD_GTP_ADDRESS, m->address);
    if (m->has_cause)
        parse_uint(p, FIELD_GTP_CAUSE, m->cause);
    if (m->kind != REQUEST)
        parse_tx_key(p, TX_DONE, key);
}

/* ---- datagrams ---- */

/* All messages of a datagram must be sound before one of them is told. */
static bool is_sound(struct span bytes)
{
    struct cursor in = cur_of(bytes);
    struct gtp_message m;

    do
        message_read(&in, &m);
    while (in.state == CUR_OK && m.more);
    return cur_done(&in);
}

static enum parse_result gtp_parse(struct parse *p, struct cursor *in)
{
    struct gtp_state *s = p->state;

    if (!is_sound(cur_look(in)))
        return PARSE_REJECT;
    while (cur_left(in)) {
        struct gtp_message m;
        enum proof proof;

        message_read(in, &m);
        proof = judge(p, s, &m);
        if (m.kind == REQUEST)
            s->asked[p->dir][s->next[p->dir]++ % ASKED] = request_key(&m);
        if (proof != PROOF_NONE) {
            parse_proof(p, proof);
            s->matched = true;
        }
        message_tell(p, &m, was_asked(s, 1 - p->dir, &m));
    }
    parse_commit(p, in);
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool gtp_probe(enum dir from, struct span first)
{
    uint8_t flags = first.p[0], version;

    (void)from;
    if (flags >> 5 == 1 && flags & 0x10)
        version = (flags & 0x0a) == 0x02 ? VERSION_1 : UINT8_MAX;
    else if (flags >> 5 == 2 && (flags & 3) == 0)
        version = VERSION_2;
    else
        version = flags >> 5 <= 2 && (flags & 0x1e) == 0x0e ? VERSION_CHARGING : UINT8_MAX;
    return version != UINT8_MAX && (first.n < 2 || type_find(version, first.p[1]));
}

static const uint16_t ports[] = {PORT_CONTROL, PORT_CHARGING, 0};

const struct parser parser_gtp = {
    .name = "gtp",
    .evidence = "elements that fill a message exactly; the answer to a request",
    .app = APP_GTP,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct gtp_state),
    .max_pending = PENDING,
    .midstream = true, /* every datagram stands by itself */
    .probe = gtp_probe,
    .parse = gtp_parse,
};
