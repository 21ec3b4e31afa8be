/* SPDX-License-Identifier: Apache-2.0
 *
 * iSCSI (RFC 7143): login, discovery, and who serves what to whom. The disk's traffic behind it is
 * not read.
 *
 *     48 bytes: opcode(1) flags(3) extra length in words(1) data length(3) ... task tag(4) at 16
 *     data: key=value NUL ..., filled up to a multiple of 4
 */
#include "parser/parser.h"

enum {
    PORT = 3260,
    HEAD = 48,
    DATA_MOST = 8192,
    PENDING = HEAD + 255 * 4 + DATA_MOST + 4,
    OPCODE = 0x3f,
    IMMEDIATE = 0x40,
    LOGIN = 0x03,
    TEXT = 0x04,
    LOGOUT = 0x06,
    ANSWER = 0x20,
    REJECT = 0x3f,
    TRANSIT = 0x80,
    CONTINUE = 0x40,
    FULL_FEATURE = 3,
    STAGES = 0x0f,
    KEYS_MOST = 64,
    STATUS_INITIATOR_ERROR = 2,
    STATUS_REFUSED = 2, /* detail 1: failed, 2: not allowed */
    NAME_MOST = 63,
};

struct iscsi_pdu {
    uint8_t opcode, flags;
    uint32_t task;
    uint8_t status, detail; /* of a login's answer */
    struct span data;
};

struct iscsi_state {
    uint32_t asked; /* task tag of the login */
    bool asking;
    bool matched;
    bool open; /* a transaction */
    bool discovery;
    uint8_t name_n;
    uint8_t name[NAME_MOST]; /* of the initiator */
};

static const uint16_t ports[] = {PORT, 860, 0};

static bool is_opcode(enum dir from, uint8_t opcode)
{
    if (from == DIR_CLIENT)
        return opcode <= 6 || opcode == 0x10;
    return (opcode >= ANSWER && opcode <= 0x26) || opcode == 0x31 || opcode == 0x32 ||
           opcode == REJECT;
}

static struct iscsi_pdu read_pdu(struct parse *p, struct cursor *in)
{
    struct iscsi_pdu u = {0};
    uint32_t length;
    uint8_t extra;

    u.opcode = cur_u8(in) & OPCODE;
    u.flags = cur_u8(in);
    cur_skip(in, 2);
    extra = cur_u8(in);
    length = (uint32_t)cur_u8(in) << 16;
    length |= cur_be16(in);
    cur_skip(in, 8);
    u.task = cur_be32(in);
    cur_skip(in, 16);
    u.status = cur_u8(in);
    u.detail = cur_u8(in);
    cur_skip(in, HEAD - 38);
    if (!is_opcode(p->dir, u.opcode) || length > DATA_MOST)
        cur_fail(in);
    cur_skip(in, extra * (size_t)4);
    u.data = cur_span(in, length);
    cur_skip(in, -(size_t)length & 3);
    return u;
}

/* ---- keys ---- */

static void remember_name(struct iscsi_state *s, struct span name)
{
    s->name_n = 0;
    for (size_t i = 0; i < name.n && i < NAME_MOST; i++)
        s->name[s->name_n++] = name.p[i];
}

static void take_key(struct parse *p, struct iscsi_state *s, struct span key, struct span value)
{
    static const struct {
        const char *key;
        enum field field;
    } known[] = {
        {"InitiatorName", FIELD_ISCSI_INITIATOR},
        {"InitiatorAlias", FIELD_ISCSI_ALIAS},
        {"SessionType", FIELD_ISCSI_SESSION},
        {"AuthMethod", FIELD_ISCSI_AUTH},
        {"CHAP_N", FIELD_ISCSI_USER},
        {"HeaderDigest", FIELD_ISCSI_DIGEST},
        {"TargetAddress", FIELD_ISCSI_ADDRESS},
        {"TargetAlias", FIELD_ISCSI_TARGET_ALIAS},
    };
    /* One name is what the client wants; several are what there is. */
    enum field target = p->dir == DIR_CLIENT ? FIELD_ISCSI_TARGET : FIELD_ISCSI_TARGETS;

    if (span_equal(key, SPAN("InitiatorName")))
        remember_name(s, value);
    if (span_equal(key, SPAN("SessionType")))
        s->discovery = span_equal(value, SPAN("Discovery"));
    if (span_equal(key, SPAN("TargetName")))
        parse_field(p, target, value);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_equal(key, span_text(known[i].key)))
            parse_field(p, known[i].field, value);
}

/* True when all of it is keys and values. */
static bool is_text(struct span data)
{
    struct cursor c = cur_of(data);

    for (int i = 0; i < KEYS_MOST && cur_left(&c); i++) {
        struct span pair = cur_until(&c, 0, DATA_MOST);

        if (c.state != CUR_OK || !span_printable(pair))
            return false;
        if (pair.n && (span_index(pair, '=') == 0 || span_index(pair, '=') == pair.n))
            return false;
    }
    return true;
}

static void take_text(struct parse *p, struct iscsi_state *s, struct span data)
{
    struct cursor c = cur_of(data);

    for (int i = 0; i < KEYS_MOST && cur_left(&c); i++) {
        struct span pair = cur_until(&c, 0, DATA_MOST);
        size_t equals = span_index(pair, '=');

        if (c.state != CUR_OK)
            return;
        if (equals < pair.n)
            take_key(p, s, span_first(pair, equals), span_from(pair, equals + 1));
    }
}

/* ---- messages ---- */

static bool is_login(const struct iscsi_pdu *u)
{
    return !(u->flags & 0x30) && is_text(u->data);
}

static bool login(struct parse *p, struct iscsi_state *s, const struct iscsi_pdu *u)
{
    if (!is_login(u))
        return false;
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
    s->asking = true;
    s->asked = u->task;
    if (!s->open) {
        parse_tx(p, TX_BOTH);
        parse_text(p, FIELD_ISCSI_OPERATION, "login");
    }
    s->open = true;
    parse_tx(p, TX_BOTH);
    take_text(p, s, u->data);
    return true;
}

static void end(struct parse *p, struct iscsi_state *s)
{
    parse_tx(p, TX_BOTH);
    parse_tx(p, TX_DONE);
    s->open = false;
}

static void put_status(struct parse *p, struct iscsi_state *s, const struct iscsi_pdu *u)
{
    static const char digits[] = "0123456789abcdef";
    char text[] = "0x0000";
    uint16_t status = (uint16_t)(u->status << 8 | u->detail);

    for (int i = 0; i < 4; i++)
        text[2 + i] = digits[status >> (12 - 4 * i) & 15];
    parse_text(p, FIELD_ISCSI_STATUS, text);
    if (u->status == STATUS_INITIATOR_ERROR && u->detail >= 1 && u->detail <= STATUS_REFUSED)
        parse_refused(p, "iSCSI login refused", span_of(s->name, s->name_n));
}

/* True: there is nothing more to learn. */
static bool login_answer(struct parse *p, struct iscsi_state *s, const struct iscsi_pdu *u)
{
    bool over = u->status || ((u->flags & TRANSIT) && (u->flags & 3) == FULL_FEATURE);

    parse_proof(p, s->asking && s->asked == u->task ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    s->open = true;
    parse_tx(p, TX_BOTH);
    take_text(p, s, u->data);
    if (!over)
        return false;
    put_status(p, s, u);
    end(p, s);
    return u->status || !s->discovery;
}

static void text(struct parse *p, struct iscsi_state *s, const struct iscsi_pdu *u)
{
    if (!is_text(u->data))
        return;
    parse_tx(p, TX_BOTH);
    if (p->dir == DIR_CLIENT && !s->open)
        parse_text(p, FIELD_ISCSI_OPERATION, "text");
    s->open = true;
    take_text(p, s, u->data);
    if (p->dir == DIR_SERVER && !(u->flags & CONTINUE))
        end(p, s);
}

/* MORE: go on. */
static enum parse_result take(struct parse *p, struct iscsi_state *s, const struct iscsi_pdu *u)
{
    if (u->opcode == LOGIN)
        return login(p, s, u) ? PARSE_MORE : PARSE_REJECT;
    if (u->opcode == (LOGIN | ANSWER)) {
        if (!is_login(u))
            return PARSE_REJECT;
        return login_answer(p, s, u) ? PARSE_DONE : PARSE_MORE;
    }
    if (!s->matched) /* a session begins with a login */
        return PARSE_REJECT;
    if (u->opcode == TEXT || u->opcode == (TEXT | ANSWER))
        text(p, s, u);
    return PARSE_MORE;
}

static enum parse_result iscsi_parse(struct parse *p, struct cursor *in)
{
    struct iscsi_state *s = p->state;

    while (in->pos < in->end) {
        struct iscsi_pdu u = read_pdu(p, in);
        enum parse_result result;

        if (in->state != CUR_OK)
            break;
        result = take(p, s, &u);
        if (result == PARSE_REJECT)
            return PARSE_REJECT;
        parse_commit(p, in);
        if (result == PARSE_DONE)
            return PARSE_DONE;
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* A login: immediate, versions 0 to 0, no extra, some data. */
static bool iscsi_probe(enum dir from, struct span first)
{
    uint8_t wanted = from == DIR_CLIENT ? LOGIN | IMMEDIATE : LOGIN | ANSWER;

    if (first.p[0] != wanted)
        return false;
    if (first.n < 5)
        return true;
    return !(first.p[1] & 0x30) && first.p[2] == 0 && first.p[3] == 0 && first.p[4] == 0;
}

const struct parser parser_iscsi = {
    .name = "iscsi",
    .evidence = "login of keys and values, its answer with the same task tag",
    .app = APP_ISCSI,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct iscsi_state),
    .max_pending = PENDING,
    .probe = iscsi_probe,
    .parse = iscsi_parse,
};
