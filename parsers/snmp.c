/* SPDX-License-Identifier: Apache-2.0
 *
 * SNMP versions 1 (RFC 1157), 2c (RFC 1901, 3416) and 3 (RFC 3412, 3414).
 *
 *     v1, v2c  SEQUENCE { version, community, PDU }
 *     v3       SEQUENCE { 3, SEQUENCE { id, size, flags, model }, OCTETS { security }, data }
 *     PDU      [n] { request id, error, index, SEQUENCE { SEQUENCE { object id, value } ... } }
 *     trap v1  [4] { enterprise, address, generic, specific, time, variables }
 */
#include "parser/parser.h"
#include "support/der.h"

enum {
    PORT = 161,
    PORT_TRAP = 162,
    VERSION_1 = 0,
    VERSION_2C = 1,
    VERSION_3 = 3,
    FLAG_PRIVATE = 2, /* version 3: the data is encrypted */
    PDU_GET = 0xa0,
    PDU_RESPONSE = 0xa2,
    PDU_TRAP_V1 = 0xa4,
    PDU_LAST = 0xa8,
    IP_ADDRESS = 0x40,
    TIME_TICKS = 0x43,
    COMMUNITY_MOST = 255,
    VARIABLES_TOLD = 16,
    OBJECT_TEXT = 256,
    NUMBER_MOST = (1 << 25) - 1, /* seven more bits fit into what a number may be */
    OBJECT_BYTES = 128,          /* RFC 3416: 128 numbers; longer ones are shown as far as this */
};

struct snmp_state {
    uint32_t asked; /* request id */
    bool open;
    bool matched;
};

struct snmp_message {
    uint8_t version;
    bool sealed;
    struct span community;
    struct span user;
    uint8_t pdu; /* tag, 0 = cannot be read */
    uint32_t id;
    uint32_t error;
    uint32_t generic; /* trap of version 1 */
    struct cursor variables;
};

static const uint16_t ports[] = {PORT, PORT_TRAP, 0};

/* A whole number that fits; signed ones keep their bits. */
static uint32_t read_number(struct cursor *c, uint8_t tag)
{
    struct cursor in = der_enter(c, tag);
    uint32_t value = 0;
    size_t n = cur_left(&in);

    if (n == 0 || n > 5)
        cur_fail(c);
    while (in.state == CUR_OK && cur_left(&in))
        value = value << 8 | cur_u8(&in);
    cur_join(c, &in);
    return value;
}

/* Every variable is a name and one value, and nothing is behind them. */
static void check_variables(struct cursor *c, struct cursor list)
{
    while (list.state == CUR_OK && cur_left(&list)) {
        struct cursor pair = der_enter(&list, DER_SEQUENCE);

        (void)der_enter(&pair, DER_OID);
        (void)der_next(&pair);
        if (cur_left(&pair))
            cur_fail(&pair);
        cur_join(&list, &pair);
    }
    cur_join(c, &list);
}

static void read_pdu(struct cursor *c, struct snmp_message *m)
{
    struct der pdu = der_next(c);
    struct cursor in = pdu.body;

    if (pdu.tag < PDU_GET || pdu.tag > PDU_LAST)
        cur_fail(c);
    m->pdu = pdu.tag;
    if (pdu.tag == PDU_TRAP_V1) {
        (void)der_enter(&in, DER_OID);
        (void)der_enter(&in, IP_ADDRESS);
        m->generic = read_number(&in, DER_INTEGER);
        (void)read_number(&in, DER_INTEGER);
        (void)read_number(&in, TIME_TICKS);
    } else {
        m->id = read_number(&in, DER_INTEGER);
        m->error = read_number(&in, DER_INTEGER);
        (void)read_number(&in, DER_INTEGER);
    }
    m->variables = der_enter(&in, DER_SEQUENCE);
    if (cur_left(&in))
        cur_fail(&in);
    cur_join(c, &in);
    if (c->state == CUR_OK)
        check_variables(c, m->variables);
}

/* RFC 3414 section 2.4: engine, boots, time, user, two codes. Other models are opaque. */
static void read_security(struct cursor c, uint32_t model, struct snmp_message *m)
{
    struct cursor in;

    if (model != 3)
        return;
    in = der_enter(&c, DER_SEQUENCE);
    (void)der_enter(&in, DER_OCTETS);
    (void)read_number(&in, DER_INTEGER);
    (void)read_number(&in, DER_INTEGER);
    struct cursor user = der_enter(&in, DER_OCTETS);

    if (in.state == CUR_OK)
        m->user = cur_rest(&user);
}

static void read_version_3(struct cursor *c, struct snmp_message *m)
{
    struct cursor head = der_enter(c, DER_SEQUENCE), flags, security, data;
    uint32_t model;

    m->id = read_number(&head, DER_INTEGER);
    (void)read_number(&head, DER_INTEGER);
    flags = der_enter(&head, DER_OCTETS);
    m->sealed = cur_u8(&flags) & FLAG_PRIVATE;
    model = read_number(&head, DER_INTEGER);
    cur_join(&head, &flags);
    if (cur_left(&flags) || cur_left(&head))
        cur_fail(&head);
    cur_join(c, &head);
    security = der_enter(c, DER_OCTETS);
    read_security(security, model, m);
    if (m->sealed) {
        (void)der_enter(c, DER_OCTETS);
        return;
    }
    data = der_enter(c, DER_SEQUENCE);
    (void)der_enter(&data, DER_OCTETS);
    (void)der_enter(&data, DER_OCTETS);
    read_pdu(&data, m);
    if (cur_left(&data))
        cur_fail(&data);
    cur_join(c, &data);
}

static struct snmp_message read_message(struct cursor *in)
{
    struct snmp_message m = {0};
    struct cursor c = der_enter(in, DER_SEQUENCE);
    uint32_t version = read_number(&c, DER_INTEGER);
    struct cursor community;

    m.version = (uint8_t)version;
    if (version == VERSION_3) {
        read_version_3(&c, &m);
    } else if (version <= VERSION_2C) {
        community = der_enter(&c, DER_OCTETS);
        m.community = cur_rest(&community);
        if (m.community.n > COMMUNITY_MOST || !span_printable(m.community))
            cur_fail(&c);
        read_pdu(&c, &m);
    } else {
        cur_fail(&c);
    }
    if (cur_left(&c) || cur_left(in))
        cur_fail(&c);
    cur_join(in, &c);
    return m;
}

/* ---- report ---- */

static size_t put_number(char *text, size_t at, size_t room, uint64_t value)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    if (at + n + 1 > room)
        return at;
    if (at)
        text[at++] = '.';
    while (n)
        text[at++] = digits[--n];
    return at;
}

/* X.690 section 8.19: seven bits a byte; the first number holds two. */
static void put_object(struct parse *p, struct cursor in)
{
    char text[OBJECT_TEXT];
    uint64_t value = 0;
    size_t at = 0;
    bool first = true;

    for (size_t i = 0; i < OBJECT_BYTES && cur_left(&in) && value <= NUMBER_MOST; i++) {
        uint8_t byte = cur_u8(&in);
        size_t before = at;

        value = value << 7 | (byte & 0x7f);
        if (byte & 0x80)
            continue;
        if (first) {
            uint64_t top = value < 80 ? value / 40 : 2;

            at = put_number(text, at, sizeof text, top);
            value -= top * 40;
            first = false;
        }
        at = put_number(text, at, sizeof text, value);
        if (at == before)
            break;
        value = 0;
    }
    if (at)
        parse_field(p, FIELD_SNMP_VARS, span_of(text, at));
}

static void report_variables(struct parse *p, struct cursor list)
{
    for (int told = 0; told < VARIABLES_TOLD && cur_left(&list); told++) {
        struct cursor pair = der_enter(&list, DER_SEQUENCE);

        put_object(p, der_enter(&pair, DER_OID));
    }
}

static const char *pdu_name(uint8_t tag)
{
    static const char *const names[] = {
        "get_request",      "get_next_request", "response", "set_request", "trap_v1",
        "get_bulk_request", "inform_request",   "trap_v2",  "report",
    };

    return names[tag - PDU_GET];
}

static const char *trap_name(uint32_t generic)
{
    static const char *const names[] = {
        "cold_start",
        "warm_start",
        "link_down",
        "link_up",
        "authentication_failure",
        "egp_neighbor_loss",
        "enterprise_specific",
    };

    return generic < sizeof names / sizeof names[0] ? names[generic] : "unknown";
}

static void report(struct parse *p, const struct snmp_message *m)
{
    if (!p->wants_tx)
        return;
    parse_tx(p, TX_REQUEST); /* a message is an event: an answer stands by itself */
    parse_uint(p, FIELD_SNMP_VERSION, m->version == VERSION_3 ? 3u : m->version + 1u);
    if (m->version == VERSION_3)
        parse_field(p, FIELD_SNMP_USER, m->user);
    else
        parse_field(p, FIELD_SNMP_COMMUNITY, m->community);
    if (m->sealed)
        parse_uint(p, FIELD_SNMP_ENCRYPTED, 1);
    if (m->pdu) {
        parse_text(p, FIELD_SNMP_PDU, pdu_name(m->pdu));
        if (m->pdu == PDU_TRAP_V1)
            parse_text(p, FIELD_SNMP_TRAP, trap_name(m->generic));
        if (m->error && m->pdu == PDU_RESPONSE)
            parse_uint(p, FIELD_SNMP_ERROR, m->error);
        report_variables(p, m->variables);
    }
    parse_tx(p, TX_DONE);
}

static enum proof proof_of(const struct parse *p, struct snmp_state *s,
                           const struct snmp_message *m)
{
    enum proof proof = PROOF_FAIR;

    if (p->server_port == PORT || p->server_port == PORT_TRAP || m->version == VERSION_3)
        proof = PROOF_STRONG;
    if (p->dir == DIR_SERVER && s->open && s->asked == m->id)
        proof = PROOF_CERTAIN;
    if (p->dir == DIR_CLIENT) {
        s->asked = m->id;
        s->open = true;
    }
    return proof;
}

static enum parse_result snmp_parse(struct parse *p, struct cursor *in)
{
    struct snmp_state *s = p->state;
    struct snmp_message m = read_message(in);

    if (in->state != CUR_OK)
        return PARSE_REJECT;
    parse_proof(p, proof_of(p, s, &m));
    s->matched = true;
    report(p, &m);
    parse_commit(p, in);
    return PARSE_MATCH;
}

/* SEQUENCE, its length, then the version as an INTEGER of one byte. */
static bool snmp_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t length, version;

    (void)from;
    if (cur_u8(&c) != DER_SEQUENCE)
        return false;
    length = cur_u8(&c);
    if (length & 0x80)
        cur_skip(&c, length & 0x7f);
    if (c.state == CUR_SHORT)
        return true;
    if (!span_starts(SPAN("\2\1"), span_first(cur_look(&c), 2)))
        return false;
    cur_skip(&c, 2);
    version = cur_u8(&c);
    return c.state == CUR_SHORT || version <= VERSION_2C || version == VERSION_3;
}

const struct parser parser_snmp = {
    .name = "snmp",
    .evidence = "version, community or security, PDU, lengths exact; answer with the same id",
    .app = APP_SNMP,
    .transports = OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct snmp_state),
    .max_pending = UINT16_MAX,
    .midstream = true,
    .probe = snmp_probe,
    .parse = snmp_parse,
};
