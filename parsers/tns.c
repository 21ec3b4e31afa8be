/* SPDX-License-Identifier: Apache-2.0
 *
 * tns: Oracle's net protocol: where a client wants to go, what the listener says, and the calls
 * that travel in DATA packets afterwards.
 */
#include "parser/parser.h"
#include "support/tns_call.h"
#include "support/tns_descriptor.h"
#include "support/walk.h"

enum {
    HEAD = 8,
    PACKET_MAX = 2 << 20,
    WINDOW = 32 << 10,
    WIDE_FROM = 315,
    VERSION_LEAST = 300,
    VERSION_MOST = 330,
    SDU_LEAST = 512,
    OFFSET_LEAST = 34,
    OFFSET_MOST = 74,
    FIRST_MOST = 0x2000, /* longer packets do not come first */
    USER_MOST = 40,
};

enum {
    TYPE_CONNECT = 1,
    TYPE_ACCEPT = 2,
    TYPE_REFUSE = 4,
    TYPE_REDIRECT = 5,
    TYPE_DATA = 6,
    TYPE_RESEND = 11,
    TYPE_LAST = 15,
};

enum { MARK_PROTOCOL = 1, MARK_PARAMETERS = 8 };

enum {
    REFUSED_SID = 12505,
    REFUSED_SERVICE = 12514,
    REFUSED_HANDLER = 12516,
    WRONG_PASSWORD = 1017,
    LOCKED = 28000,
};

struct tns_state {
    struct tns_text statement;
    uint32_t left[2]; /* bytes of a DATA packet that were not read with its beginning */
    char user[USER_MOST];
    uint8_t user_n;
    bool matched;
    bool certain;
    bool wide;    /* lengths have four bytes */
    bool follows; /* the descriptor comes in a DATA packet */
    bool connecting;
    bool open; /* a call waits for its answer */
    bool answered;
    bool secret;    /* it is one of the login */
    bool encrypted; /* nothing more can be read */
    bool lost[2];   /* no packet boundary known */
};

struct packet {
    uint32_t length;
    uint8_t type;
};

/* Short lengths have a checksum behind them, which nobody uses: zero. */
static struct packet head_read(const struct tns_state *s, struct cursor *c)
{
    uint16_t high = cur_be16(c), low = cur_be16(c);
    struct packet k = {.length = high, .type = cur_u8(c)};

    cur_skip(c, 3);
    /* Nobody begins with the long form. */
    if (high == 0 && !s->matched)
        cur_fail(c);
    if (s->wide || high == 0 || (low != 0 && low != 4))
        k.length = (uint32_t)high << 16 | low;
    if (c->state == CUR_OK &&
        (k.length < HEAD || k.length > PACKET_MAX || k.type == 0 || k.type > TYPE_LAST))
        cur_fail(c);
    return k;
}

static void prove(struct parse *p, struct tns_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
    s->certain = proof == PROOF_CERTAIN;
}

/* ---- the way to a service ---- */

static void descriptor_report(struct parse *p, struct span text)
{
    static const struct {
        const char *around, *name;
        enum field field;
    } wanted[] = {
        {"CONNECT_DATA", "SERVICE_NAME", FIELD_TNS_SERVICE},
        {"CONNECT_DATA", "SID", FIELD_TNS_SID},
        {"CONNECT_DATA", "COMMAND", FIELD_TNS_LISTENER},
        {"CID", "PROGRAM", FIELD_TNS_PROGRAM},
        {"CID", "HOST", FIELD_TNS_HOST},
        {"CID", "USER", FIELD_TNS_CLIENT_USER},
    };
    struct tns_descriptor d = tns_descriptor_open(text);

    while (tns_descriptor_next(&d))
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
            if (tns_descriptor_is(&d, wanted[i].around, wanted[i].name))
                parse_field(p, wanted[i].field, d.value);
}

struct connect {
    uint16_t version;
    uint16_t sdu;
    struct span text;
    bool follows;
};

/* Numbers that belong together, and then a descriptor, here or in the next packet. */
static struct connect connect_read(struct cursor *body)
{
    struct span whole = cur_look(body);
    struct connect c = {.version = cur_be16(body)};
    uint16_t compatible = cur_be16(body), length, offset;

    cur_skip(body, 2);
    c.sdu = cur_be16(body);
    cur_skip(body, 8);
    length = cur_be16(body);
    offset = cur_be16(body);
    if (c.version < VERSION_LEAST || c.version > VERSION_MOST || compatible > c.version ||
        c.sdu < SDU_LEAST || offset < OFFSET_LEAST || offset > OFFSET_MOST || length == 0)
        cur_fail(body);
    c.text = span_first(span_from(whole, offset - (size_t)HEAD), length);
    c.follows = c.text.n == 0;
    if (!c.follows && (c.text.n < length || !tns_descriptor_test(c.text)))
        cur_fail(body);
    return c;
}

static void connect_step(struct parse *p, struct tns_state *s, struct cursor *body)
{
    struct connect c = connect_read(body);

    if (body->state != CUR_OK)
        return;
    s->follows = c.follows;
    s->connecting = true;
    if (!c.follows)
        prove(p, s, s->certain ? PROOF_CERTAIN : PROOF_STRONG);
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_TNS_VERSION, c.version);
    parse_uint(p, FIELD_TNS_SDU, c.sdu);
    descriptor_report(p, c.text);
}

/* The data of a CONNECT that had no room for it. */
static void follow_step(struct parse *p, struct tns_state *s, struct span text)
{
    s->follows = false;
    if (!s->matched && tns_descriptor_test(text))
        prove(p, s, PROOF_STRONG);
    parse_tx(p, TX_BOTH);
    descriptor_report(p, text);
}

static void accept_step(struct parse *p, struct tns_state *s, struct cursor *body)
{
    uint16_t version = cur_be16(body), length, offset;

    cur_skip(body, 8);
    length = cur_be16(body);
    offset = cur_be16(body);
    if (version < VERSION_LEAST || version > VERSION_MOST || (length && offset < 24))
        cur_fail(body);
    if (body->state != CUR_OK)
        return;
    s->wide = version >= WIDE_FROM;
    prove(p, s, s->connecting ? PROOF_CERTAIN : PROOF_FAIR);
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_TNS_SERVER_VERSION, version);
    parse_tx(p, TX_DONE);
    s->connecting = false;
}

static uint32_t number_of(struct span text)
{
    uint32_t n = 0;

    for (size_t i = 0; i < text.n && i < 9 && text.p[i] >= '0' && text.p[i] <= '9'; i++)
        n = n * 10 + text.p[i] - '0';
    return n;
}

static void refusal_report(struct parse *p, struct span text)
{
    struct tns_descriptor d = tns_descriptor_open(text);
    uint32_t code = 0;

    while (tns_descriptor_next(&d))
        if (tns_descriptor_is(&d, "DESCRIPTION", "ERR"))
            code = number_of(d.value);
    parse_uint(p, FIELD_TNS_ERROR_CODE, code);
    parse_field(p, FIELD_TNS_ERROR_TEXT, text);
    if (code == REFUSED_SID || code == REFUSED_SERVICE || code == REFUSED_HANDLER)
        parse_note(p, "Oracle's listener knows no such service");
}

/* REFUSE has two reasons in front of the length of its text, REDIRECT only the length. */
static void text_step(struct parse *p, struct tns_state *s, uint8_t type, struct cursor *body)
{
    uint16_t length;
    struct span text;

    cur_skip(body, type == TYPE_REFUSE ? 2 : 0);
    length = cur_be16(body);
    text = span_first(cur_look(body), length);
    if (body->state != CUR_OK || (!s->connecting && (text.n == 0 || text.p[0] != '(')))
        cur_fail(body);
    if (body->state != CUR_OK)
        return;
    prove(p, s, s->connecting ? PROOF_CERTAIN : PROOF_STRONG);
    parse_tx(p, TX_BOTH);
    if (type == TYPE_REFUSE) {
        refusal_report(p, text);
    } else {
        struct tns_descriptor d = tns_descriptor_open(text);

        while (tns_descriptor_next(&d))
            if (tns_descriptor_is(&d, "ADDRESS", "HOST") ||
                tns_descriptor_is(&d, "ADDRESS", "PORT"))
                parse_field(p, FIELD_TNS_REDIRECT, d.value);
    }
    parse_tx(p, TX_DONE);
    s->connecting = false;
}

/* ---- calls ---- */

static void call_close(struct parse *p, struct tns_state *s)
{
    if (s->open)
        parse_tx(p, TX_DONE);
    s->open = s->answered = false;
}

static void user_keep(struct parse *p, struct tns_state *s, struct span user)
{
    if (user.n == 0)
        return;
    parse_field(p, FIELD_TNS_USER, user);
    user = span_first(user, USER_MOST);
    memcpy(s->user, user.p, user.n);
    s->user_n = (uint8_t)user.n;
}

static void call_step(struct parse *p, struct tns_state *s, struct span payload)
{
    struct tns_call call;

    if (tns_statement_goes_on(&s->statement)) {
        size_t n = tns_statement_more(p, &s->statement, payload);

        tns_values_out(p, span_from(payload, n));
        return;
    }
    call = tns_call_find(payload);
    if (call.kind == TNS_CALL_NONE)
        return;
    if (s->connecting) { /* its end was not seen */
        parse_tx(p, TX_BOTH);
        parse_tx(p, TX_DONE);
        s->connecting = false;
    }
    call_close(p, s);
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_TNS_COMMAND, call.name);
    s->open = true;
    s->secret = call.kind == TNS_CALL_LOGIN;
    if (s->secret)
        user_keep(p, s, tns_user_find(payload));
    else
        tns_statement_read(p, &s->statement, payload);
}

static void error_report(struct parse *p, struct tns_state *s, uint32_t code, struct span text)
{
    struct span user = span_of(s->user, s->user_n);

    if (!s->open)
        parse_tx(p, TX_REQUEST);
    parse_uint(p, FIELD_TNS_ERROR_CODE, code);
    parse_field(p, FIELD_TNS_ERROR_TEXT, text);
    parse_tx(p, TX_DONE);
    s->open = s->answered = false;
    if (code == WRONG_PASSWORD || code == LOCKED)
        parse_refused(p, "Oracle refuses the login", user);
}

static void answer_step(struct parse *p, struct tns_state *s, struct span payload)
{
    uint32_t code = 0;
    struct span error = tns_error_find(payload, &code);
    uint8_t mark = payload.n ? payload.p[0] : 0;

    if (s->open && !s->answered)
        parse_tx(p, TX_REPLY);
    s->answered = s->open;
    if (tns_is_encrypted(payload)) {
        s->encrypted = true;
        parse_tx(p, TX_REQUEST);
        parse_uint(p, FIELD_TNS_ENCRYPTED, 1);
        parse_tx(p, TX_DONE);
        return;
    }
    if (!s->open && mark == MARK_PROTOCOL && payload.n > 4) {
        struct span platform = span_from(payload, 3);

        parse_tx(p, TX_REQUEST);
        parse_field(p, FIELD_TNS_PLATFORM, span_first(platform, span_index(platform, 0)));
        parse_tx(p, TX_DONE);
    } else if (error.n) {
        error_report(p, s, code, error);
    }
    if (s->open && !s->secret && mark != MARK_PARAMETERS)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, payload);
}

static void data_step(struct parse *p, struct tns_state *s, struct span payload)
{
    payload = span_from(payload, 2); /* flags */
    if (s->follows && p->dir == DIR_CLIENT)
        follow_step(p, s, payload);
    else if (p->dir == DIR_CLIENT)
        call_step(p, s, payload);
    else
        answer_step(p, s, payload);
}

/* ---- packets ---- */

/* What may come before anything is known. */
static bool may_begin(enum dir from, const struct tns_state *s, uint8_t type)
{
    if (from == DIR_CLIENT)
        return type == TYPE_CONNECT || (type == TYPE_DATA && s->follows);
    return type == TYPE_ACCEPT || type == TYPE_REFUSE || type == TYPE_REDIRECT ||
           (type == TYPE_RESEND && s->connecting);
}

static void packet_step(struct parse *p, struct tns_state *s, uint8_t type, struct cursor *body)
{
    if (p->dir == DIR_CLIENT && type == TYPE_CONNECT)
        connect_step(p, s, body);
    else if (p->dir == DIR_SERVER && type == TYPE_ACCEPT)
        accept_step(p, s, body);
    else if (p->dir == DIR_SERVER && (type == TYPE_REFUSE || type == TYPE_REDIRECT))
        text_step(p, s, type, body);
    else if (p->dir == DIR_SERVER && type == TYPE_RESEND && s->connecting)
        prove(p, s, PROOF_CERTAIN);
    else if (type == TYPE_DATA)
        data_step(p, s, cur_look(body));
}

static uint64_t rest_step(struct parse *p, struct tns_state *s, struct cursor *in)
{
    uint32_t *left = &s->left[p->dir];
    struct span piece = span_first(cur_look(in), *left);

    if (p->dir == DIR_CLIENT && tns_statement_goes_on(&s->statement)) {
        size_t n = tns_statement_more(p, &s->statement, piece);

        *left -= (uint32_t)n;
        cur_skip(in, n);
        return 0;
    }
    uint32_t rest = *left;

    *left = 0;
    return walk_pass(in, rest);
}

static uint64_t tns_step(struct parse *p, struct cursor *in)
{
    struct tns_state *s = p->state;
    struct packet k;
    struct cursor body;
    size_t window;

    if (s->left[p->dir])
        return rest_step(p, s, in);
    k = head_read(s, in);
    if (in->state == CUR_OK && !s->matched && !may_begin(p->dir, s, k.type))
        cur_fail(in);
    window = k.length - HEAD < WINDOW ? k.length - HEAD : WINDOW;
    body = cur_sub(in, window);
    if (in->state != CUR_OK)
        return 0;
    packet_step(p, s, k.type, &body);
    if (!s->matched || (k.type != TYPE_DATA && body.state == CUR_BAD))
        cur_join(in, &body);
    s->left[p->dir] = k.length - HEAD - (uint32_t)window;
    return 0;
}

/* After a loss: a packet begins where its head is right and another, or nothing, follows it. */
static bool is_boundary(const struct tns_state *s, const struct cursor *in)
{
    struct cursor at = *in;
    struct packet k = head_read(s, &at);

    if (at.state != CUR_OK)
        return false;
    if (walk_pass(&at, k.length - HEAD) == 0 && cur_left(&at))
        (void)head_read(s, &at);
    return at.state != CUR_BAD;
}

static enum parse_result tns_parse(struct parse *p, struct cursor *in)
{
    struct tns_state *s = p->state;
    enum parse_result result;

    if (s->lost[p->dir]) {
        if (!is_boundary(s, in)) {
            (void)walk_over(p, in);
            return walk_verdict(&s->matched);
        }
        s->lost[p->dir] = false;
    }
    result = walk(p, in, tns_step, &s->matched);
    return s->encrypted && result == PARSE_MATCH ? PARSE_DONE : result;
}

static void tns_gap(struct parse *p, uint64_t missing)
{
    struct tns_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->left[p->dir] = 0;
    if (p->dir == DIR_SERVER)
        return;
    if (s->statement.begun)
        parse_buffer(p, BUFFER_SQL, BUFFER_ENDS, span_of("", 0));
    s->statement = (struct tns_text){.left = 0};
}

static bool tns_probe(enum dir from, struct span first)
{
    static const struct tns_state fresh = {.wide = false};
    struct cursor in = cur_of(first), body;
    struct packet k;

    if (first.p[0] > FIRST_MOST >> 8)
        return false;
    if (first.n > 4 && !may_begin(from, &fresh, first.p[4]) &&
        (from == DIR_CLIENT || first.p[4] != TYPE_RESEND))
        return false;
    k = head_read(&fresh, &in);
    if (in.state != CUR_OK || from == DIR_SERVER)
        return in.state != CUR_BAD;
    body = cur_of(span_first(cur_look(&in), k.length - HEAD));
    (void)connect_read(&body);
    return body.state != CUR_BAD || cur_left(&in) < k.length - HEAD;
}

static const uint16_t tns_ports[] = {1521, 1522, 1523, 1524, 1525, 1526, 1530, 1540, 2483, 0};

const struct parser parser_tns = {
    .name = "tns",
    .evidence = "CONNECT with a descriptor, and the listener's answer",
    .app = APP_TNS,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = tns_ports,
    .state_size = sizeof(struct tns_state),
    .max_pending = 64u << 10,
    .midstream = false,
    .probe = tns_probe,
    .parse = tns_parse,
    .gap = tns_gap,
};
