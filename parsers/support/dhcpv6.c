/* SPDX-License-Identifier: Apache-2.0
 *
 * dhcpv6: reads DHCPv6 messages (RFC 8415), unwraps those of relays.
 */
#include "support/dhcpv6.h"
#include "support/dns_name.h"

#define RELAYS_MAX 32 /* RFC 3315 section 5.5; later 8 */
#define OPTION_MAX 150

enum {
    DHCPV6_ADVERTISE = 2,
    DHCPV6_REPLY = 7,
    DHCPV6_RECONFIGURE = 10,
    DHCPV6_RELAY_FORWARD = 12,
    DHCPV6_RELAY_REPLY = 13,
    DHCPV6_LEASEQUERY_REPLY = 15,
    DHCPV6_RECONFIGURE_REPLY = 19,
    DHCPV6_DHCPV4_RESPONSE = 21,
};

enum {
    OPTION_CLIENT_ID = 1,
    OPTION_IA_NA = 3,
    OPTION_IA_TA = 4,
    OPTION_IA_ADDRESS = 5,
    OPTION_REQUEST = 6,
    OPTION_RELAY_MESSAGE = 9,
    OPTION_VENDOR_CLASS = 16,
    OPTION_DNS_SERVERS = 23,
    OPTION_DOMAINS = 24,
    OPTION_CLIENT_FQDN = 39,
};

static const char *const types[] = {
    "unknown",
    "solicit",
    "advertise",
    "request",
    "confirm",
    "renew",
    "rebind",
    "reply",
    "release",
    "decline",
    "reconfigure",
    "information-request",
    "relay-forward",
    "relay-reply",
    "leasequery",
    "leasequery-reply",
    "leasequery-done",
    "leasequery-data",
    "reconfigure-request",
    "reconfigure-reply",
    "dhcpv4-query",
    "dhcpv4-response",
    "activeleasequery",
    "starttls",
};

#define TYPES (sizeof(types) / sizeof(types[0]))

static struct cursor next_option(struct cursor *c, uint16_t *code)
{
    *code = cur_be16(c);
    return cur_sub(c, cur_be16(c));
}

/* Reads all options of a list; the first one of the wanted code. */
static struct cursor find_option(struct cursor *c, uint16_t wanted)
{
    struct cursor found = cur_of(span_of(c->pos, 0));
    bool none = true;

    while (cur_left(c)) {
        uint16_t code;
        struct cursor option = next_option(c, &code);

        if (code == wanted && none) {
            found = option;
            none = false;
        }
    }
    return found;
}

void dhcpv6_read(struct dhcpv6_message *m, struct cursor *c)
{
    struct cursor at = *c, options;

    *m = (struct dhcpv6_message){.type = cur_u8(&at)};
    for (unsigned i = 0; m->type == DHCPV6_RELAY_FORWARD || m->type == DHCPV6_RELAY_REPLY; i++) {
        struct cursor inner;

        cur_skip(&at, 1);
        m->relay = cur_span(&at, 16);
        cur_skip(&at, 16);
        inner = find_option(&at, OPTION_RELAY_MESSAGE);
        if (!cur_done(&at) || !cur_left(&inner) || i == RELAYS_MAX) {
            cur_fail(c);
            return;
        }
        at = inner;
        m->type = cur_u8(&at);
    }
    m->id = cur_be24(&at);
    m->options = options = at;
    find_option(&options, 0);
    if (m->type == 0 || m->type >= TYPES || !cur_done(&options))
        cur_fail(c);
    else
        (void)cur_rest(c);
}

bool dhcpv6_is_reply(const struct dhcpv6_message *m)
{
    switch (m->type) {
    case DHCPV6_ADVERTISE:
    case DHCPV6_REPLY:
    case DHCPV6_RECONFIGURE:
    case DHCPV6_LEASEQUERY_REPLY:
    case DHCPV6_LEASEQUERY_REPLY + 1:
    case DHCPV6_LEASEQUERY_REPLY + 2:
    case DHCPV6_RECONFIGURE_REPLY:
    case DHCPV6_DHCPV4_RESPONSE:
        return true;
    default:
        return false;
    }
}

/* RFC 8415 section 11: the link-layer address of those identifiers that have one. */
static struct span client_mac(struct cursor *duid, uint16_t *kind)
{
    *kind = cur_be16(duid);
    if (*kind != 1 && *kind != 3)
        return span_of(duid->pos, 0);
    cur_skip(duid, *kind == 1 ? 6 : 2);
    return cur_rest(duid);
}

bool dhcpv6_plausible(const struct dhcpv6_message *m)
{
    struct cursor all = m->options, duid;
    uint16_t kind, code;

    while (cur_left(&all)) {
        next_option(&all, &code);
        if (code == 0 || code > OPTION_MAX)
            return false;
    }
    all = m->options;
    duid = find_option(&all, OPTION_CLIENT_ID);
    if (cur_left(&duid) < 4 || cur_left(&duid) > 130 || m->type > DHCPV6_RELAY_REPLY)
        return false;
    client_mac(&duid, &kind);
    return duid.state == CUR_OK && kind >= 1 && kind <= 4;
}

/* RFC 8415 section 21.4 to 21.6 */
static void report_addresses(struct parse *p, enum field field, struct cursor *ia)
{
    while (cur_left(ia)) {
        uint16_t code;
        struct cursor option = next_option(ia, &code);
        struct span address = cur_span(&option, 16);

        cur_skip(&option, 4);
        if (code != OPTION_IA_ADDRESS || option.state != CUR_OK)
            continue;
        parse_field(p, field, address);
        parse_uint(p, FIELD_DHCP_LEASE, cur_be32(&option));
    }
}

/* The first name, which may lack its end (RFC 4704 section 4.2). */
static void report_name(struct parse *p, enum field field, struct span first)
{
    uint8_t ended[DNS_OCTETS_MAX + 2] = {0};
    char text[DNS_NAME_TEXT];
    struct cursor c = cur_of(span_of(ended, sizeof(ended)));
    struct dns_wire wire = dns_wire_of(span_of(ended, sizeof(ended)), 0);
    struct span name;

    first = span_first(first, DNS_OCTETS_MAX + 1);
    if (first.n)
        memcpy(ended, first.p, first.n);
    name = dns_name_text(&wire, &c, text);
    if (name.n)
        parse_field(p, field, name);
}

static void report_option(struct parse *p, const struct dhcpv6_message *m, uint16_t code,
                          struct cursor *c)
{
    uint16_t kind;

    switch (code) {
    case OPTION_CLIENT_ID: {
        struct span mac = client_mac(c, &kind);

        if (mac.n)
            parse_field(p, FIELD_DHCP_CLIENT_MAC, mac);
        break;
    }
    case OPTION_IA_NA:
    case OPTION_IA_TA:
        cur_skip(c, code == OPTION_IA_NA ? 12 : 4);
        report_addresses(p, dhcpv6_is_reply(m) ? FIELD_DHCP_ASSIGNED_IP : FIELD_DHCP_REQUESTED_IP,
                         c);
        break;
    case OPTION_REQUEST:
        while (cur_left(c) >= 2)
            parse_uint(p, FIELD_DHCP_PARAMS, cur_be16(c));
        break;
    case OPTION_VENDOR_CLASS:
        cur_skip(c, 4);
        parse_field(p, FIELD_DHCP_VENDOR, cur_span(c, cur_be16(c)));
        break;
    case OPTION_DNS_SERVERS:
        while (cur_left(c) >= 16)
            parse_field(p, FIELD_DHCP_DNS, cur_span(c, 16));
        break;
    case OPTION_DOMAINS:
        report_name(p, FIELD_DHCP_DOMAIN, cur_rest(c));
        break;
    case OPTION_CLIENT_FQDN:
        cur_skip(c, 1);
        report_name(p, FIELD_DHCP_HOSTNAME, cur_rest(c));
        break;
    default:
        break;
    }
}

void dhcpv6_report(struct parse *p, const struct dhcpv6_message *m)
{
    struct cursor c = m->options;

    parse_text(p, FIELD_DHCP_KIND, dhcpv6_is_reply(m) ? "reply" : "request");
    parse_uint(p, FIELD_DHCP_ID, m->id);
    if (m->relay.n)
        parse_field(p, FIELD_DHCP_RELAY_IP, m->relay);
    parse_text(p, FIELD_DHCP_TYPE, types[m->type]);
    while (cur_left(&c)) {
        uint16_t code;
        struct cursor option = next_option(&c, &code);

        report_option(p, m, code, &option);
    }
}
