/* SPDX-License-Identifier: Apache-2.0
 *
 * NetBIOS names and datagrams over UDP (RFC 1002 sections 4.2 and 4.4). Datagrams that carry SMB
 * are that parser's.
 *
 *     name      as DNS: id(2) flags(2) four counts(2) questions, resources
 *     datagram  10-12 flags(1) id(2) source(4) port(2) length(2) offset(2) source destination bytes
 */
#include "parser/parser.h"

enum {
    PORT_NAMES = 137,
    PORT_DATAGRAMS = 138,
    CODED = 32, /* letters of a name of 16 bytes */
    NAME = 16,
    LABELS_MOST = 32,
    NB = 0x20,
    NBSTAT = 0x21,
    CLASS_IN = 1,
    OPEN = 16,
    NAMES_MOST = 32,
    ANSWER = 0x8000,
    DATAGRAM_FIRST = 0x10,
    DATAGRAM_LAST = 0x12,
};

struct name {
    uint8_t text[NAME]; /* without the blanks it is filled with */
    uint8_t n;
    uint8_t suffix;
};

struct netbios_message {
    uint16_t id, flags;
    uint16_t questions, answers, authorities, additionals;
    struct name name;
    uint16_t type;
};

struct netbios_state {
    uint16_t open[OPEN]; /* numbers of questions */
    uint8_t count;
    bool matched;
};

static const uint16_t ports[] = {PORT_NAMES, PORT_DATAGRAMS, 0};

/* ---- names: RFC 1001 section 14.1 ---- */

static void read_coded(struct cursor *c, struct name *name)
{
    uint8_t bytes[NAME];

    for (int i = 0; i < NAME; i++) {
        uint8_t high = (uint8_t)(cur_u8(c) - 'A'), low = (uint8_t)(cur_u8(c) - 'A');

        if (high > 15 || low > 15)
            cur_fail(c);
        bytes[i] = (uint8_t)(high << 4 | (low & 15));
    }
    name->suffix = bytes[NAME - 1];
    name->n = NAME - 1;
    while (name->n && (bytes[name->n - 1] == ' ' || bytes[name->n - 1] == 0))
        name->n--;
    for (int i = 0; i < name->n; i++)
        name->text[i] = bytes[i];
}

static struct name read_name(struct cursor *c)
{
    struct name name = {0};

    if (cur_u8(c) != CODED)
        cur_fail(c);
    read_coded(c, &name);
    for (int i = 0; i < LABELS_MOST; i++) { /* the scope */
        uint8_t n = cur_u8(c);

        if (n > 63)
            cur_fail(c);
        if (n == 0 || c->state != CUR_OK)
            return name;
        cur_skip(c, n);
    }
    cur_fail(c);
    return name;
}

/* "NAME<20>" */
static void put_name(struct parse *p, enum field f, const struct name *name)
{
    static const char digits[] = "0123456789abcdef";
    char text[NAME + 4];
    size_t n = 0;

    for (; n < name->n; n++)
        text[n] = (char)name->text[n];
    text[n++] = '<';
    text[n++] = digits[name->suffix >> 4];
    text[n++] = digits[name->suffix & 15];
    text[n++] = '>';
    parse_field(p, f, span_of(text, n));
}

/* ---- the name service ---- */

static bool is_operation(unsigned operation)
{
    return operation == 0 || (operation >= 5 && operation <= 9) || operation == 15;
}

static bool is_flags(uint16_t flags)
{
    return is_operation(flags >> 11 & 15) && (flags & 0x60) == 0;
}

/* A pointer to the question, or the name once more. */
static void skip_owner(struct cursor *c, struct name *name)
{
    if (cur_peek(c) == 0xc0)
        cur_skip(c, 2);
    else
        *name = read_name(c);
}

static void put_addresses(struct parse *p, struct cursor data)
{
    for (int i = 0; i < NAMES_MOST && cur_left(&data); i++) {
        struct span address;

        cur_skip(&data, 2);
        address = cur_span(&data, 4);
        if (data.state == CUR_OK)
            parse_field(p, FIELD_NETBIOS_ADDRESS, address);
    }
}

/* What a station calls itself: count(1), each name(15) suffix(1) flags(2). */
static void put_names(struct parse *p, struct cursor data)
{
    uint8_t count = cur_u8(&data);

    for (int i = 0; i < count && i < NAMES_MOST; i++) {
        struct name name = {0};
        struct span bytes = cur_span(&data, NAME - 1);

        name.suffix = cur_u8(&data);
        cur_skip(&data, 2);
        if (data.state != CUR_OK)
            return;
        name.n = NAME - 1;
        while (name.n && (bytes.p[name.n - 1] == ' ' || bytes.p[name.n - 1] == 0))
            name.n--;
        for (int at = 0; at < name.n; at++)
            name.text[at] = bytes.p[at];
        put_name(p, FIELD_NETBIOS_NAMES, &name);
    }
}

/* The one resource that a message has, if any; reported when `p` is given. */
static void read_resource(struct parse *p, struct cursor *c, struct netbios_message *m)
{
    uint16_t type, length;
    struct cursor data;

    skip_owner(c, &m->name);
    type = cur_be16(c);
    if (cur_be16(c) != CLASS_IN)
        cur_fail(c);
    cur_skip(c, 4);
    length = cur_be16(c);
    data = cur_sub(c, length);
    if (c->state == CUR_OK)
        m->type = type;
    if (p == NULL || c->state != CUR_OK)
        return;
    if (type == NB)
        put_addresses(p, data);
    else if (type == NBSTAT)
        put_names(p, data);
}

static void read_counts(struct cursor *c, struct netbios_message *m)
{
    m->id = cur_be16(c);
    m->flags = cur_be16(c);
    m->questions = cur_be16(c);
    m->answers = cur_be16(c);
    m->authorities = cur_be16(c);
    m->additionals = cur_be16(c);
    if (!is_flags(m->flags) || m->authorities || m->questions > 1 ||
        m->answers + m->additionals > 1 || m->questions + m->answers == 0)
        cur_fail(c);
}

/* Exact to the end. `resource` is what stands behind the question. */
static struct netbios_message read_message(struct cursor *c, struct cursor *resource)
{
    struct netbios_message m = {0};

    read_counts(c, &m);
    if (m.questions) {
        m.name = read_name(c);
        m.type = cur_be16(c);
        if (cur_be16(c) != CLASS_IN)
            cur_fail(c);
    }
    *resource = *c;
    if (m.answers + m.additionals)
        read_resource(NULL, c, &m);
    if (m.type != NB && m.type != NBSTAT && m.type != 0x0a) /* 0a: no such name, in answers */
        cur_fail(c);
    if (!cur_done(c))
        cur_fail(c);
    return m;
}

static const char *operation_name(uint16_t flags)
{
    static const char *const names[] = {
        [0] = "query",
        [5] = "registration",
        [6] = "release",
        [7] = "wait",
        [8] = "refresh",
        [9] = "refresh",
        [15] = "multi-homed registration",
    };

    return names[flags >> 11 & 15];
}

static void report_message(struct parse *p, struct netbios_message *m, struct cursor resource)
{
    bool answer = m->flags & ANSWER;

    parse_tx_key(p, answer ? TX_REPLY : TX_REQUEST, m->id);
    if (!answer) {
        parse_text(p, FIELD_NETBIOS_OPERATION, operation_name(m->flags));
        put_name(p, FIELD_NETBIOS_NAME, &m->name);
        parse_text(p, FIELD_NETBIOS_TYPE, m->type == NBSTAT ? "NBSTAT" : "NB");
    } else {
        parse_uint(p, FIELD_NETBIOS_RESULT, m->flags & 15);
    }
    if (m->answers + m->additionals)
        read_resource(p, &resource, m);
    if (answer)
        parse_tx_key(p, TX_DONE, m->id);
}

static bool was_asked(struct netbios_state *s, uint16_t id)
{
    for (unsigned i = 0; i < OPEN && i < s->count; i++)
        if (s->open[i] == id)
            return true;
    return false;
}

static enum parse_result names_parse(struct parse *p, struct netbios_state *s, struct cursor *in)
{
    struct cursor resource;
    struct netbios_message m = read_message(in, &resource);

    if (in->state != CUR_OK)
        return s->matched ? PARSE_MATCH : PARSE_REJECT;
    if (!(m.flags & ANSWER)) {
        s->open[s->count % OPEN] = m.id;
        s->count = (uint8_t)(s->count == UINT8_MAX ? OPEN : s->count + 1);
    }
    parse_proof(p, m.flags & ANSWER && was_asked(s, m.id) ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    report_message(p, &m, resource);
    parse_commit(p, in);
    return PARSE_MATCH;
}

/* ---- datagrams ---- */

static enum parse_result datagram_parse(struct parse *p, struct netbios_state *s, struct cursor *in)
{
    struct name source, destination;
    struct cursor body;
    uint16_t length;

    cur_skip(in, 10);
    length = cur_be16(in);
    cur_skip(in, 2);
    body = cur_sub(in, length);
    source = read_name(&body);
    destination = read_name(&body);
    if (!cur_done(in) || body.state != CUR_OK || span_starts(cur_look(&body), SPAN("\xffSMB")))
        return s->matched ? PARSE_MATCH : PARSE_REJECT;
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_NETBIOS_OPERATION, "datagram");
    put_name(p, FIELD_NETBIOS_SOURCE, &source);
    put_name(p, FIELD_NETBIOS_NAME, &destination);
    parse_tx(p, TX_DONE);
    parse_commit(p, in);
    return PARSE_MATCH;
}

static bool is_datagram(const struct parse *p)
{
    return p->server_port == PORT_DATAGRAMS || p->client_port == PORT_DATAGRAMS;
}

static enum parse_result netbios_parse(struct parse *p, struct cursor *in)
{
    struct netbios_state *s = p->state;

    return is_datagram(p) ? datagram_parse(p, s, in) : names_parse(p, s, in);
}

static bool netbios_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t kind = cur_u8(&c);
    uint16_t flags;

    (void)from;
    if (first.n >= 14 && kind >= DATAGRAM_FIRST && kind <= DATAGRAM_LAST)
        return true;
    cur_skip(&c, 1);
    flags = cur_be16(&c);
    if (c.state == CUR_SHORT)
        return true;
    cur_skip(&c, 8);
    return is_flags(flags) && (c.state == CUR_SHORT || cur_left(&c) == 0 || cur_peek(&c) == CODED);
}

const struct parser parser_netbios = {
    .name = "netbios",
    .evidence = "a name of sixteen bytes in thirty-two letters, message exact to its end",
    .app = APP_NETBIOS,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct netbios_state),
    .max_pending = UINT16_MAX,
    .midstream = true,
    .probe = netbios_probe,
    .parse = netbios_parse,
};
