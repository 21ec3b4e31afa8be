/* SPDX-License-Identifier: Apache-2.0
 *
 * Key exchange for IPsec: IKE version 1 (RFC 2408) and 2 (RFC 7296), also behind the marker that
 * tells it from ESP on port 4500 (RFC 3948).
 *
 *     initiator(8) responder(8) next(1) version(1) exchange(1) flags(1) message(4) length(4)
 * payloads payload: next(1) flags(1) length(2) body
 */
#include "parser/parser.h"

enum {
    PORT = 500,
    PORT_NAT = 4500,
    HEADER = 28,
    PAYLOAD_HEADER = 4,
    V1 = 0x10,
    V2 = 0x20,
    V1_ENCRYPTED = 1, /* flag: payloads cannot be read */
    V1_VENDOR = 13,
    V1_NOTIFY = 11,
    V2_VENDOR = 43,
    V2_NOTIFY = 41,
    V2_ENCRYPTED = 46,
    V2_FRAGMENT = 53,
    VENDOR_MOST = 64,
    PAYLOADS_TOLD = 32,
};

struct ipsec_state {
    uint64_t initiator[2]; /* as each side names it */
    bool matched;
};

struct ike {
    uint64_t initiator, responder;
    uint8_t next, version, exchange, flags;
    uint32_t message;
    struct span payloads;
};

static const uint16_t ports[] = {PORT, PORT_NAT, 0};

/* Exchange types: RFC 2408 section 3.1, RFC 2409 appendix A; RFC 7296 section 3.1, RFC 9242. */
static bool is_exchange(uint8_t version, uint8_t type)
{
    if (version == V1)
        return (type >= 1 && type <= 6) || type == 32 || type == 33;
    return (type >= 34 && type <= 37) || type == 43 || type == 44;
}

static bool is_sealed(const struct ike *m)
{
    if (m->version == V1)
        return m->flags & V1_ENCRYPTED;
    return false;
}

/* Payload types in use; what is not known must not be claimed as a chain. */
static bool is_payload(uint8_t version, uint8_t type)
{
    if (version == V1)
        return (type >= 1 && type <= 21) || type >= 128;
    return (type >= 33 && type <= 54) || type >= 128;
}

/* The chain fills the message exactly. The encrypted payload of version 2 is always the last one:
 * its `next` speaks of what is inside. */
static void check_chain(struct cursor *c, const struct ike *m)
{
    struct cursor in = cur_of(m->payloads);
    uint8_t next = m->next;

    if (is_sealed(m))
        return;
    while (next && in.state == CUR_OK) {
        uint8_t type = next;
        uint16_t length;

        if (!is_payload(m->version, type))
            cur_fail(c);
        next = cur_u8(&in);
        cur_skip(&in, 1);
        length = cur_be16(&in);
        if (length < PAYLOAD_HEADER)
            cur_fail(&in);
        cur_skip(&in, length - (size_t)PAYLOAD_HEADER);
        if (m->version == V2 && (type == V2_ENCRYPTED || type == V2_FRAGMENT))
            next = 0;
    }
    if (cur_left(&in))
        cur_fail(c);
    cur_join(c, &in);
}

static struct ike read_message(struct cursor *c)
{
    struct ike m = {0};
    size_t whole = cur_left(c);
    uint32_t length;

    m.initiator = cur_be64(c);
    m.responder = cur_be64(c);
    m.next = cur_u8(c);
    m.version = cur_u8(c);
    m.exchange = cur_u8(c);
    m.flags = cur_u8(c);
    m.message = cur_be32(c);
    length = cur_be32(c);
    m.payloads = cur_rest(c);
    if (m.initiator == 0 || (m.version != V1 && m.version != V2) || length != whole ||
        !is_exchange(m.version, m.exchange) || m.next == 0)
        cur_fail(c);
    if (c->state == CUR_OK)
        check_chain(c, &m);
    return m;
}

static const char *exchange_name(const struct ike *m)
{
    static const char *const old[] = {"",           "base",       "identity_protection",
                                      "auth_only",  "aggressive", "informational",
                                      "transaction"};
    static const char *const now[] = {"ike_sa_init", "ike_auth", "create_child_sa",
                                      "informational"};

    if (m->version == V2)
        return m->exchange <= 37 ? now[m->exchange - 34]
                                 : (m->exchange == 43 ? "ike_intermediate" : "ike_followup_ke");
    return m->exchange <= 6 ? old[m->exchange] : (m->exchange == 32 ? "quick" : "new_group");
}

static void report_notify(struct parse *p, const struct ike *m, struct cursor body)
{
    uint16_t type;

    if (m->version == V1)
        cur_skip(&body, 4); /* domain of interpretation */
    cur_skip(&body, 2);
    type = cur_be16(&body);
    if (body.state == CUR_OK)
        parse_uint(p, FIELD_IPSEC_NOTIFY, type);
}

/* Vendor identifiers, most of them hashes, and notifications. */
static void report_payloads(struct parse *p, const struct ike *m)
{
    struct cursor in = cur_of(m->payloads);
    uint8_t next = is_sealed(m) ? 0 : m->next;
    uint8_t vendor = m->version == V1 ? V1_VENDOR : V2_VENDOR;
    uint8_t notify = m->version == V1 ? V1_NOTIFY : V2_NOTIFY;

    for (int told = 0; told < PAYLOADS_TOLD && next && in.state == CUR_OK; told++) {
        uint8_t type = next;
        struct cursor body;

        next = cur_u8(&in);
        cur_skip(&in, 1);
        body = cur_sub(&in, cur_be16(&in) - (size_t)PAYLOAD_HEADER);
        if (m->version == V2 && (type == V2_ENCRYPTED || type == V2_FRAGMENT))
            return;
        if (type == vendor)
            parse_field(p, FIELD_IPSEC_VENDOR, span_first(cur_rest(&body), VENDOR_MOST));
        else if (type == notify)
            report_notify(p, m, body);
    }
}

static void put_spi(struct parse *p, enum field f, uint64_t spi)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(spi >> (56 - 8 * i));
    parse_field(p, f, span_of(bytes, sizeof bytes));
}

static void report(struct parse *p, const struct ike *m)
{
    if (!p->wants_tx)
        return;
    parse_tx(p, TX_REQUEST);
    parse_uint(p, FIELD_IPSEC_MAJOR, m->version >> 4);
    parse_uint(p, FIELD_IPSEC_MINOR, m->version & 15);
    parse_text(p, FIELD_IPSEC_EXCHANGE, exchange_name(m));
    parse_uint(p, FIELD_IPSEC_MESSAGE, m->message);
    put_spi(p, FIELD_IPSEC_INITIATOR, m->initiator);
    put_spi(p, FIELD_IPSEC_RESPONDER, m->responder);
    report_payloads(p, m);
    parse_tx(p, TX_DONE);
}

static bool is_first(const struct ike *m)
{
    return m->responder == 0 && m->message == 0;
}

/* ESP and keep-alives share port 4500 once a session is known. */
static enum parse_result other_datagram(struct parse *p, struct cursor *in)
{
    struct ipsec_state *s = p->state;

    (void)cur_rest(in);
    parse_commit(p, in);
    return s->matched ? PARSE_MATCH : PARSE_REJECT;
}

static enum parse_result ipsec_parse(struct parse *p, struct cursor *in)
{
    struct ipsec_state *s = p->state;
    struct cursor c = *in;
    struct ike m;

    if (span_starts(cur_look(&c), SPAN("\0\0\0\0")))
        cur_skip(&c, 4);
    m = read_message(&c);
    if (c.state != CUR_OK)
        return other_datagram(p, in);
    if (s->initiator[1 - p->dir] == m.initiator && (m.responder || p->dir == DIR_CLIENT))
        parse_proof(p, PROOF_CERTAIN);
    else if (is_first(&m) && !is_sealed(&m))
        parse_proof(p, PROOF_STRONG); /* a chain of payloads that fits to the byte */
    else
        parse_proof(p, PROOF_FAIR);
    s->initiator[p->dir] = m.initiator;
    s->matched = true;
    report(p, &m);
    parse_commit(p, &c);
    return PARSE_MATCH;
}

static bool ipsec_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);

    (void)from;
    if (first.n < HEADER)
        return first.n == 1; /* the index asks about every first byte */
    if (span_starts(first, SPAN("\0\0\0\0")))
        cur_skip(&c, 4);
    (void)read_message(&c);
    return c.state == CUR_OK;
}

const struct parser parser_ipsec = {
    .name = "ipsec",
    .event = "ike",
    .evidence = "IKE header, exact length and chain of payloads; answer with the same SPI",
    .app = APP_IPSEC,
    .transports = OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct ipsec_state),
    .max_pending = UINT16_MAX,
    .midstream = true,
    .probe = ipsec_probe,
    .parse = ipsec_parse,
};
