/* SPDX-License-Identifier: Apache-2.0
 *
 * RADIUS (RFC 2865, 2866, 5176), over UDP and, one message behind the other, TCP (RFC 6613).
 *
 *     code(1) id(1) length(2) authenticator(16) attributes: type(1) length(1) value
 */
#include "parser/parser.h"

enum {
    HEAD = 20,
    MOST = 4096,
    QUESTIONS = 24,
    NAMES = 16,
    NAME_MOST = 62,
    SIGNATURE = 16,
    ACCESS_REQUEST = 1,
    ACCESS_ACCEPT = 2,
    ACCESS_REJECT = 3,
    ACCOUNTING_RESPONSE = 5,
    STATUS_SERVER = 12,
    USER_NAME = 1,
    NAS_IP = 4,
    SERVICE_TYPE = 6,
    FRAMED_IP = 8,
    REPLY_MESSAGE = 18,
    CALLED = 30,
    CALLING = 31,
    NAS_IDENTIFIER = 32,
    ACCOUNTING_STATUS = 40,
    EAP = 79,
    MESSAGE_AUTHENTICATOR = 80,
    NAS_IP6 = 95,
};

struct question {
    uint8_t code, id; /* code 0: none */
    uint8_t from;     /* enum dir */
};

/* Who wanted to enter with the last requests: whom a reject is about. */
struct name {
    uint8_t id, n;
    uint8_t text[NAME_MOST];
};

struct radius_state {
    struct name *names; /* NAMES of them; NULL: none yet */
    struct question asked[QUESTIONS];
    uint8_t next, next_name;
    bool matched;
    bool begun[2];
    bool lost[2];
};

struct radius_message {
    uint8_t code, id;
    bool authenticated;
    bool broken; /* attributes do not fill the message */
    struct span user;
    struct cursor attributes;
};

static const uint16_t ports[] = {1812, 1813, 1645, 1646, 3799, 2083, 0};

static const char *code_name(uint8_t code)
{
    static const char *const names[] = {
        [1] = "Access-Request",
        [2] = "Access-Accept",
        [3] = "Access-Reject",
        [4] = "Accounting-Request",
        [5] = "Accounting-Response",
        [11] = "Access-Challenge",
        [12] = "Status-Server",
        [13] = "Status-Client",
        [40] = "Disconnect-Request",
        [41] = "Disconnect-ACK",
        [42] = "Disconnect-NAK",
        [43] = "CoA-Request",
        [44] = "CoA-ACK",
        [45] = "CoA-NAK",
    };

    return code < sizeof names / sizeof names[0] ? names[code] : NULL;
}

/* Which question this code answers; 0: it is one itself. */
static uint8_t question_of(uint8_t code)
{
    switch (code) {
    case 2:
    case 3:
    case 11:
        return 1;
    case 5:
        return 4;
    case 41:
    case 42:
        return 40;
    case 44:
    case 45:
        return 43;
    default:
        return 0;
    }
}

static void read_attributes(struct cursor *c, struct radius_message *m)
{
    while (c->state == CUR_OK && cur_left(c)) {
        uint8_t type = cur_u8(c), length = cur_u8(c);
        struct span value;

        if (length < 2)
            cur_fail(c);
        value = cur_span(c, length - (size_t)2);
        if (type == USER_NAME)
            m->user = value;
        if (type == MESSAGE_AUTHENTICATOR && value.n == SIGNATURE)
            m->authenticated = true;
    }
}

static struct radius_message read_message(struct cursor *in)
{
    struct radius_message m = {0};
    uint16_t length;
    struct cursor walk;

    m.code = cur_u8(in);
    m.id = cur_u8(in);
    length = cur_be16(in);
    if (in->state == CUR_OK && (length < HEAD || length > MOST || code_name(m.code) == NULL))
        cur_fail(in);
    cur_skip(in, 16);
    m.attributes = cur_sub(in, length - (size_t)HEAD);
    if (in->state != CUR_OK)
        return m;
    walk = m.attributes;
    read_attributes(&walk, &m);
    m.broken = walk.state != CUR_OK;
    return m;
}

/* ---- report ---- */

static void put_number(struct parse *p, enum field f, struct span value)
{
    struct cursor c = cur_of(value);
    uint32_t number = cur_be32(&c);

    if (c.state == CUR_OK)
        parse_uint(p, f, number);
}

static void put_address(struct parse *p, enum field f, struct span value, size_t n)
{
    if (value.n == n)
        parse_field(p, f, value);
}

/* RFC 3748 section 4: code, identifier, length, and in requests and responses a type. */
static void put_eap(struct parse *p, struct span value)
{
    struct cursor c = cur_of(value);
    uint8_t type;

    cur_skip(&c, 4);
    type = cur_u8(&c);
    if (c.state == CUR_OK)
        parse_uint(p, FIELD_RADIUS_EAP, type);
}

static void put_attribute(struct parse *p, uint8_t type, struct span value)
{
    switch (type) {
    case USER_NAME:
        parse_field(p, FIELD_RADIUS_USER, value);
        break;
    case NAS_IP:
        put_address(p, FIELD_RADIUS_NAS_IP, value, 4);
        break;
    case NAS_IP6:
        put_address(p, FIELD_RADIUS_NAS_IP, value, 16);
        break;
    case NAS_IDENTIFIER:
        parse_field(p, FIELD_RADIUS_NAS, value);
        break;
    case SERVICE_TYPE:
        put_number(p, FIELD_RADIUS_SERVICE, value);
        break;
    case FRAMED_IP:
        put_address(p, FIELD_RADIUS_FRAMED_IP, value, 4);
        break;
    case CALLED:
        parse_field(p, FIELD_RADIUS_CALLED, value);
        break;
    case CALLING:
        parse_field(p, FIELD_RADIUS_CALLING, value);
        break;
    case ACCOUNTING_STATUS:
        put_number(p, FIELD_RADIUS_ACCOUNTING, value);
        break;
    case REPLY_MESSAGE:
        parse_field(p, FIELD_RADIUS_REPLY, value);
        break;
    default:
        break;
    }
}

static void report(struct parse *p, struct radius_message *m, uint8_t question)
{
    bool answer = question_of(m->code) != 0;
    uint64_t key = (uint64_t)(answer ? question : m->code) << 8 | m->id;
    bool eap = false;

    if (!p->wants_tx || m->broken)
        return;
    parse_tx_key(p, answer ? TX_REPLY : TX_REQUEST, key);
    parse_text(p, answer ? FIELD_RADIUS_REPLY_CODE : FIELD_RADIUS_CODE, code_name(m->code));
    if (!answer)
        parse_uint(p, FIELD_RADIUS_ID, m->id);
    while (cur_left(&m->attributes)) {
        uint8_t type = cur_u8(&m->attributes), length = cur_u8(&m->attributes);
        struct span value = cur_span(&m->attributes, length - (size_t)2);

        if (type != EAP)
            put_attribute(p, type, value);
        else if (!eap) /* one packet of EAP may fill several (RFC 3579 section 3.1) */
            put_eap(p, value);
        eap |= type == EAP;
    }
    if (answer)
        parse_tx_key(p, TX_DONE, key);
}

static void remember_name(struct parse *p, struct radius_state *s, const struct radius_message *m)
{
    struct name *name;

    if (s->names == NULL) {
        s->names = parse_alloc(p, NAMES * sizeof *s->names);
        if (s->names == NULL)
            return;
        memset(s->names, 0, NAMES * sizeof *s->names);
    }
    name = &s->names[s->next_name];
    s->next_name = (uint8_t)((s->next_name + 1) % NAMES);
    name->id = m->id;
    name->n = 0;
    for (size_t i = 0; i < m->user.n && i < NAME_MOST; i++)
        name->text[name->n++] = m->user.p[i];
}

/* Of the newest request with this id; as the answer says when it is forgotten. */
static struct span name_of(const struct radius_state *s, const struct radius_message *m)
{
    for (unsigned i = 1; i <= NAMES && s->names; i++) {
        const struct name *name = &s->names[(s->next_name + NAMES - i) % NAMES];

        if (name->id == m->id && name->n)
            return span_of(name->text, name->n);
    }
    return m->user;
}

/* Again, when nobody answered, is the same question. */
static void remember(struct parse *p, struct radius_state *s, const struct radius_message *m)
{
    struct question question = {m->code, m->id, (uint8_t)p->dir};

    for (size_t i = 0; i < QUESTIONS; i++)
        if (s->asked[i].code == m->code && s->asked[i].id == m->id)
            return;
    s->asked[s->next] = question;
    s->next = (uint8_t)((s->next + 1) % QUESTIONS);
    if (m->code == ACCESS_REQUEST)
        remember_name(p, s, m);
}

static bool may_answer(uint8_t question, uint8_t code)
{
    /* RFC 5997 section 3: a server's state is asked for with one code, told with one of two. */
    if (question == STATUS_SERVER)
        return code == ACCESS_ACCEPT || code == ACCOUNTING_RESPONSE;
    return question && question == question_of(code);
}

/* The code of the question that this message answers; 0: nobody has asked. */
static uint8_t was_asked(struct parse *p, struct radius_state *s, const struct radius_message *m)
{
    for (size_t i = 0; i < QUESTIONS; i++) {
        uint8_t code = s->asked[i].code;

        if (s->asked[i].id != m->id || !may_answer(code, m->code) || s->asked[i].from == p->dir)
            continue;
        s->asked[i].code = 0;
        return code;
    }
    return 0;
}

static bool home(const struct parse *p)
{
    for (const uint16_t *port = ports; *port; port++)
        if (*port == p->server_port || *port == p->client_port)
            return true;
    return false;
}

static void judge(struct parse *p, struct radius_state *s, const struct radius_message *m,
                  uint8_t question)
{
    if (m->code == ACCESS_REJECT)
        parse_refused(p, "RADIUS access rejected", name_of(s, m));
    if (m->code == ACCESS_ACCEPT && !m->authenticated && question != STATUS_SERVER)
        parse_note(p, "RADIUS accept without Message-Authenticator");
}

static void message(struct parse *p, struct radius_state *s, struct radius_message *m)
{
    enum proof proof = home(p) ? PROOF_STRONG : PROOF_FAIR;
    uint8_t question = 0;

    if (m->broken)
        parse_note(p, "RADIUS attributes are malformed");
    if (m->broken && home(p))
        proof = PROOF_FAIR; /* a code and a length that is the datagram's */

    if (question_of(m->code) == 0)
        remember(p, s, m);
    else
        question = was_asked(p, s, m);
    if (question)
        proof = PROOF_CERTAIN;
    parse_proof(p, proof);
    s->matched = true;
    report(p, m, question ? question : question_of(m->code));
    judge(p, s, m, question);
}

/* Who asks and who answers is in the code: a capture may begin with an answer. */
static bool radius_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t code = cur_u8(&c);
    uint16_t length;

    (void)from;
    if (code_name(code) == NULL)
        return false;
    cur_skip(&c, 1);
    length = cur_be16(&c);
    return c.state == CUR_SHORT || (length >= HEAD && length <= MOST);
}

static enum parse_result verdict(const struct radius_state *s)
{
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* What is longer than its message is somebody else's; who is known may pad (RFC 2865 section 3). */
static enum parse_result datagram(struct parse *p, struct radius_state *s, struct cursor *in)
{
    struct radius_message m = read_message(in);

    if (in->state != CUR_OK || (!s->matched && (cur_left(in) || (m.broken && !home(p)))))
        return PARSE_REJECT;
    message(p, s, &m);
    parse_commit(p, in);
    return verdict(s);
}

/* May a message begin here? */
static bool in_step(struct parse *p, struct radius_state *s, const struct cursor *in)
{
    if (!s->begun[p->dir]) {
        s->begun[p->dir] = true;
        s->lost[p->dir] = p->midstream;
    }
    return !s->lost[p->dir] || radius_probe(p->dir, cur_look(in));
}

static enum parse_result radius_parse(struct parse *p, struct cursor *in)
{
    struct radius_state *s = p->state;

    if (p->transport == OVER_UDP)
        return datagram(p, s, in);
    if (!in_step(p, s, in)) {
        (void)cur_rest(in);
        parse_commit(p, in);
        return verdict(s);
    }
    while (in->pos < in->end) {
        struct radius_message m = read_message(in);

        if (in->state != CUR_OK)
            break;
        if (m.broken && (!s->matched || s->lost[p->dir]))
            return PARSE_REJECT;
        s->lost[p->dir] = false;
        message(p, s, &m);
        parse_commit(p, in);
    }
    return in->state == CUR_BAD ? PARSE_REJECT : verdict(s);
}

/* The next segment that begins with a message, exact to its end, is where reading goes on. */
static void radius_gap(struct parse *p, uint64_t missing)
{
    struct radius_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

const struct parser parser_radius = {
    .name = "radius",
    .evidence = "code, exact length, attributes exact to the end; answer with the same id",
    .app = APP_RADIUS,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct radius_state),
    .max_pending = MOST,
    .midstream = true,
    .probe = radius_probe,
    .parse = radius_parse,
    .gap = radius_gap,
};
