/* SPDX-License-Identifier: Apache-2.0
 *
 * DHCP for IPv4 (RFC 2131, 2132) and IPv6 (RFC 8415). BOOTP without the options of DHCP is not
 * claimed. Every message is a transaction of its own: an answer often takes another path.
 */
#include "support/dhcpv6.h"

#include "parser/parser.h"

#define BOOTP_SIZE  236
#define DHCP_COOKIE 0x63825363

enum { /* RFC 2132 */
       OPTION_PAD = 0,
       OPTION_ROUTERS = 3,
       OPTION_DNS_SERVERS = 6,
       OPTION_HOSTNAME = 12,
       OPTION_DOMAIN = 15,
       OPTION_REQUESTED = 50,
       OPTION_LEASE = 51,
       OPTION_OVERLOAD = 52,
       OPTION_TYPE = 53,
       OPTION_SERVER = 54,
       OPTION_PARAMS = 55,
       OPTION_VENDOR = 60,
       OPTION_END = 255,
};

enum { OVERLOAD_FILE = 1, OVERLOAD_NAME = 2 };

enum { TYPE_OFFER = 2, TYPE_ACK = 5 };

static const char *const types[] = {
    "unknown",
    "discover",
    "offer",
    "request",
    "decline",
    "ack",
    "nak",
    "release",
    "inform",
    "forcerenew",
    "leasequery",
    "leaseunassigned",
    "leaseunknown",
    "leaseactive",
    "bulkleasequery",
    "leasequerydone",
    "activeleasequery",
    "leasequerystatus",
    "tls",
};

#define TYPES (sizeof(types) / sizeof(types[0]))

struct dhcp_state {
    uint32_t id[2]; /* of the last message, per direction */
    bool spoke[2];
    uint8_t proof;
    uint8_t broken;
    bool rogue; /* noted */
};

struct dhcp_message {
    uint8_t op, type, overload;
    uint32_t id;
    struct span client_ip, assigned_ip, relay_ip, mac;
    struct cursor options, file, name; /* three places for options, two of them by overload */
};

static const uint16_t ports[] = {67, 68, 546, 547, 0};

static bool on_port(const struct parse *p, uint16_t a, uint16_t b)
{
    return p->server_port == a || p->server_port == b || p->client_port == a || p->client_port == b;
}

/* The next option that is not padding; false at the end. */
static bool next_option(struct cursor *c, uint8_t *code, struct cursor *value)
{
    do
        *code = cur_u8(c);
    while (*code == OPTION_PAD && cur_left(c));
    if (*code == OPTION_PAD || *code == OPTION_END)
        return false;
    *value = cur_sub(c, cur_u8(c));
    return c->state == CUR_OK;
}

/* RFC 2131 section 4.1: of options given twice the first counts for what we decide by. */
static void read_options(struct dhcp_message *m, struct cursor *c)
{
    struct cursor at = *c, value;
    uint8_t code;

    while (cur_left(&at) && next_option(&at, &code, &value)) {
        if (code == OPTION_TYPE && !m->type) {
            m->type = cur_u8(&value);
            if (!cur_done(&value))
                cur_fail(&at);
        }
        if (code == OPTION_OVERLOAD && !m->overload)
            m->overload = cur_u8(&value);
    }
    cur_join(c, &at);
}

static void read_message(struct dhcp_message *m, struct cursor *c)
{
    uint8_t htype, hlen;

    *m = (struct dhcp_message){.op = cur_u8(c)};
    htype = cur_u8(c);
    hlen = cur_u8(c);
    cur_skip(c, 1);
    m->id = cur_be32(c);
    cur_skip(c, 4);
    m->client_ip = cur_span(c, 4);
    m->assigned_ip = cur_span(c, 4);
    cur_skip(c, 4);
    m->relay_ip = cur_span(c, 4);
    m->mac = span_first(cur_span(c, 16), hlen);
    m->name = cur_sub(c, 64);
    m->file = cur_sub(c, 128);
    if (m->op < 1 || m->op > 2 || htype < 1 || htype > 38 || hlen > 16 ||
        cur_be32(c) != DHCP_COOKIE) {
        cur_fail(c);
        return;
    }
    m->options = *c;
    read_options(m, c);
    if (m->overload & OVERLOAD_FILE)
        read_options(m, &m->file);
    if (m->overload & OVERLOAD_NAME)
        read_options(m, &m->name);
    cur_join(c, &m->file);
    cur_join(c, &m->name);
    if (m->type < 1 || m->type >= TYPES)
        cur_fail(c);
}

static void report_addresses(struct parse *p, enum field field, struct cursor *c)
{
    while (cur_left(c) >= 4)
        parse_field(p, field, cur_span(c, 4));
}

static void report_option(struct parse *p, uint8_t code, struct cursor *c)
{
    static const struct {
        uint8_t code;
        enum field field;
    } texts[] =
        {
            {OPTION_HOSTNAME, FIELD_DHCP_HOSTNAME},
            {OPTION_DOMAIN, FIELD_DHCP_DOMAIN},
            {OPTION_VENDOR, FIELD_DHCP_VENDOR},
        },
      addresses[] = {
          {OPTION_ROUTERS, FIELD_DHCP_ROUTERS},
          {OPTION_DNS_SERVERS, FIELD_DHCP_DNS},
          {OPTION_REQUESTED, FIELD_DHCP_REQUESTED_IP},
          {OPTION_SERVER, FIELD_DHCP_SERVER_ID},
      };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].code == code)
            parse_field(p, texts[i].field, cur_look(c));
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
        if (addresses[i].code == code)
            report_addresses(p, addresses[i].field, c);
    if (code == OPTION_LEASE && cur_left(c) >= 4)
        parse_uint(p, FIELD_DHCP_LEASE, cur_be32(c));
    while (code == OPTION_PARAMS && cur_left(c))
        parse_uint(p, FIELD_DHCP_PARAMS, cur_u8(c));
}

static void report_options(struct parse *p, struct cursor c)
{
    struct cursor value;
    uint8_t code;

    while (cur_left(&c) && next_option(&c, &code, &value))
        report_option(p, code, &value);
}

static void report(struct parse *p, const struct dhcp_message *m)
{
    parse_text(p, FIELD_DHCP_KIND, m->op == 1 ? "request" : "reply");
    parse_uint(p, FIELD_DHCP_ID, m->id);
    if (m->mac.n)
        parse_field(p, FIELD_DHCP_CLIENT_MAC, m->mac);
    parse_field(p, FIELD_DHCP_ASSIGNED_IP, m->assigned_ip);
    parse_field(p, FIELD_DHCP_CLIENT_IP, m->client_ip);
    if (!span_equal(m->relay_ip, SPAN("\0\0\0\0")))
        parse_field(p, FIELD_DHCP_RELAY_IP, m->relay_ip);
    parse_text(p, FIELD_DHCP_TYPE, types[m->type]);
    report_options(p, m->options);
    if (m->overload & OVERLOAD_FILE)
        report_options(p, m->file);
    if (m->overload & OVERLOAD_NAME)
        report_options(p, m->name);
}

/* Both sides named the same exchange. */
static bool answered(const struct parse *p, uint32_t id)
{
    struct dhcp_state *s = p->state;
    enum dir other = p->dir == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;

    s->id[p->dir] = id;
    s->spoke[p->dir] = true;
    return s->spoke[other] && s->id[other] == id;
}

static void prove(struct parse *p, uint32_t id, enum proof alone)
{
    struct dhcp_state *s = p->state;
    enum proof proof = answered(p, id) ? PROOF_CERTAIN : alone;

    if (proof > s->proof)
        s->proof = (uint8_t)proof;
    parse_proof(p, s->proof);
}

/* Addresses are given by the network, not by what runs in it. */
static void judge_server(struct parse *p)
{
    struct dhcp_state *s = p->state;

    if (s->rogue || !parse_from_workload(p))
        return;
    s->rogue = true;
    parse_note(p, "DHCP server in a workload");
}

static bool take_v4(struct parse *p, struct cursor *c)
{
    struct dhcp_message m;

    read_message(&m, c);
    if (c->state != CUR_OK)
        return false;
    prove(p, m.id, PROOF_STRONG);
    if (m.op == 2 && (m.type == TYPE_OFFER || m.type == TYPE_ACK))
        judge_server(p);
    parse_tx(p, m.op == 1 ? TX_REQUEST : TX_REPLY);
    if (p->wants_tx)
        report(p, &m);
    parse_tx(p, TX_DONE);
    return true;
}

/* Its grammar is short: away from its ports only an answered question is more than fair. */
static bool take_v6(struct parse *p, struct cursor *c)
{
    const struct dhcp_state *s = p->state;
    bool home = on_port(p, 546, 547);
    struct dhcpv6_message m;

    dhcpv6_read(&m, c);
    if (c->state != CUR_OK || (!home && s->proof < PROOF_STRONG && !dhcpv6_plausible(&m)))
        return false;
    if (!s->proof)
        parse_app(p, APP_DHCPV6);
    prove(p, m.id, home ? PROOF_STRONG : PROOF_FAIR);
    if (dhcpv6_is_reply(&m))
        judge_server(p);
    parse_tx(p, dhcpv6_is_reply(&m) ? TX_REPLY : TX_REQUEST);
    if (p->wants_tx)
        dhcpv6_report(p, &m);
    parse_tx(p, TX_DONE);
    return true;
}

static enum parse_result dhcp_parse(struct parse *p, struct cursor *in)
{
    struct dhcp_state *s = p->state;
    struct cursor v4 = *in, v6 = *in;

    if (!take_v4(p, &v4) && (on_port(p, 67, 68) || !take_v6(p, &v6)))
        return s->proof >= PROOF_STRONG ? PARSE_MATCH : PARSE_REJECT;
    in->pos = in->end;
    parse_commit(p, in);
    return PARSE_MATCH;
}

/* The first byte is an operation, 1 or 2, or a message type of IPv6; the latter is not told apart
 * by anything that stands behind it. */
static bool dhcp_probe(enum dir from, struct span first)
{
    (void)from;
    return first.p[0] >= 1 && first.p[0] <= 23;
}

const struct parser parser_dhcp = {
    .name = "dhcp",
    .evidence = "magic cookie, message type, options exact; DHCPv6 options exact",
    .app = APP_DHCP,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct dhcp_state),
    .max_pending = 65535,
    .probe = dhcp_probe,
    .parse = dhcp_parse,
};
