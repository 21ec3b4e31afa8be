/* SPDX-License-Identifier: Apache-2.0
 *
 * The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt sections 2.1 and 2.2): what a
 * balancer says about the real client before anything else. Another protocol follows.
 */
#include "parser/parser.h"

enum {
    LINE_MOST = 105, /* 107 with its end */
    HEAD = 16,
    LOCAL = 0x20,
    PROXIED = 0x21,
    TLV_ALPN = 0x01,
    TLV_AUTHORITY = 0x02,
    TLV_TLS = 0x20,
    TLV_TLS_VERSION = 0x21,
    TLV_TLS_NAME = 0x22,
    LENGTH_MOST = 16384,
    TLVS = 64,
};

#define MAGIC "\r\n\r\n\0\r\nQUIT\n"

static uint32_t read_port(struct cursor *c, struct span text)
{
    uint32_t value = 0;

    if (text.n == 0 || text.n > 5)
        cur_fail(c);
    for (size_t i = 0; i < text.n && i < 5; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            cur_fail(c);
        value = value * 10 + (uint32_t)(text.p[i] - '0');
    }
    if (value > UINT16_MAX)
        cur_fail(c);
    return value;
}

struct ends {
    struct ipaddr addr[2];
    uint32_t port[2];
    uint8_t version;
    const char *protocol;
};

static void read_address(struct cursor *c, struct span text, struct ipaddr *addr, uint8_t family)
{
    char copy[IPADDR_TEXT] = "";

    if (text.n >= sizeof copy) {
        cur_fail(c);
        return;
    }
    for (size_t i = 0; i < text.n; i++)
        copy[i] = (char)text.p[i];
    if (!ipaddr_parse(copy, addr) || addr->family != family)
        cur_fail(c);
}

/* "PROXY TCP4 10.1.1.1 10.1.1.2 50000 443", or "PROXY UNKNOWN" and anything. */
static void read_line(struct cursor *in, struct ends *e)
{
    struct cursor line = cur_of(cur_line(in, LINE_MOST));
    struct span family;

    if (in->state != CUR_OK)
        return;
    e->version = 1;
    cur_skip(&line, SPAN("PROXY ").n);
    if (span_starts(cur_look(&line), SPAN("UNKNOWN"))) {
        e->protocol = "unknown";
        return;
    }
    family = cur_until(&line, ' ', 4);
    if (!span_equal(family, SPAN("TCP4")) && !span_equal(family, SPAN("TCP6")))
        cur_fail(&line);
    for (int i = 0; i < 2 && line.state == CUR_OK; i++)
        read_address(&line, cur_until(&line, ' ', IPADDR_TEXT), &e->addr[i],
                     family.p[3] == '4' ? 4 : 6);
    e->port[0] = read_port(&line, cur_until(&line, ' ', 5));
    e->port[1] = read_port(&line, cur_rest(&line));
    e->protocol = "tcp";
    cur_join(in, &line);
}

static void report_tls(struct parse *p, struct cursor c)
{
    cur_skip(&c, 5); /* what the client did, and whether its certificate is good */
    for (int i = 0; i < TLVS && cur_left(&c); i++) {
        uint8_t type = cur_u8(&c);
        struct span value = cur_span(&c, cur_be16(&c));

        if (c.state != CUR_OK)
            return;
        if (type == TLV_TLS_VERSION)
            parse_field(p, FIELD_PROXY_TLS_VERSION, value);
        else if (type == TLV_TLS_NAME)
            parse_field(p, FIELD_PROXY_TLS_NAME, value);
    }
}

static void report_tlvs(struct parse *p, struct cursor c)
{
    for (int i = 0; i < TLVS && cur_left(&c); i++) {
        uint8_t type = cur_u8(&c);
        struct span value = cur_span(&c, cur_be16(&c));

        if (c.state != CUR_OK)
            return;
        if (type == TLV_AUTHORITY) {
            parse_host(p, value);
            parse_field(p, FIELD_PROXY_AUTHORITY, value);
        } else if (type == TLV_ALPN) {
            parse_field(p, FIELD_PROXY_ALPN, value);
        } else if (type == TLV_TLS) {
            report_tls(p, cur_of(value));
        }
    }
}

static void read_addresses(struct cursor *body, uint8_t family, struct ends *e)
{
    static const char *const transports[] = {"unknown", "tcp", "udp"};
    uint8_t net = family >> 4, transport = family & 15;

    if (net > 3 || transport > 2)
        cur_fail(body);
    if (body->state != CUR_OK)
        return;
    e->protocol = transports[transport];
    if (net == 3) {
        cur_skip(body, 216); /* UNIX sockets: two names */
        e->protocol = "unix";
    }
    if (net != 1 && net != 2)
        return;
    for (int i = 0; i < 2; i++) {
        struct span addr = cur_span(body, net == 1 ? 4 : 16);

        if (body->state == CUR_OK)
            e->addr[i] = net == 1 ? ipaddr_v4(addr.p) : ipaddr_v6(addr.p);
    }
    e->port[0] = cur_be16(body);
    e->port[1] = cur_be16(body);
}

static struct cursor read_binary(struct cursor *in, struct ends *e)
{
    uint8_t command, family;
    uint16_t length;
    struct cursor body;

    cur_skip(in, SPAN(MAGIC).n);
    command = cur_u8(in);
    family = cur_u8(in);
    length = cur_be16(in);
    if (in->state == CUR_OK && ((command != LOCAL && command != PROXIED) || length > LENGTH_MOST))
        cur_fail(in);
    body = cur_sub(in, length);
    if (in->state != CUR_OK)
        return body;
    e->version = 2;
    e->protocol = "local";
    if (command == PROXIED)
        read_addresses(&body, family, e);
    cur_join(in, &body);
    return body;
}

static void put_address(struct parse *p, enum field f, const struct ipaddr *a)
{
    if (a->family)
        parse_field(p, f, span_of(a->bytes, a->family == 4 ? 4 : 16));
}

static void report(struct parse *p, const struct ends *e, struct cursor tlvs)
{
    parse_tx(p, TX_BOTH);
    parse_uint(p, FIELD_PROXY_VERSION, e->version);
    parse_text(p, FIELD_PROXY_PROTOCOL, e->protocol);
    if (e->addr[0].family) {
        put_address(p, FIELD_PROXY_SOURCE, &e->addr[0]);
        parse_uint(p, FIELD_PROXY_SOURCE_PORT, e->port[0]);
        put_address(p, FIELD_PROXY_DEST, &e->addr[1]);
        parse_uint(p, FIELD_PROXY_DEST_PORT, e->port[1]);
    }
    report_tlvs(p, tlvs);
    parse_tx(p, TX_DONE);
}

static enum parse_result proxy_parse(struct parse *p, struct cursor *in)
{
    struct ends e = {0};
    struct cursor tlvs = cur_of(span_of("", 0));

    if (p->dir == DIR_SERVER)
        return PARSE_REJECT; /* it speaks when the client has introduced itself */
    if (cur_peek(in) == 'P')
        read_line(in, &e);
    else
        tlvs = read_binary(in, &e);
    if (in->state != CUR_OK)
        return parse_stop(in);
    parse_proof(p, PROOF_CERTAIN);
    report(p, &e, tlvs);
    parse_commit(p, in);
    parse_upgrade(p);
    return PARSE_DONE;
}

static bool begins(struct span first, struct span magic)
{
    return span_starts(magic, span_first(first, magic.n));
}

static bool proxy_probe(enum dir from, struct span first)
{
    if (from == DIR_SERVER)
        return false;
    return begins(first, SPAN("PROXY TCP4 ")) || begins(first, SPAN("PROXY TCP6 ")) ||
           begins(first, SPAN("PROXY UNKNOWN")) || begins(first, SPAN(MAGIC));
}

const struct parser parser_proxy = {
    .name = "proxy",
    .evidence = "the line, or the twelve bytes, of the PROXY protocol; another protocol follows",
    .app = APP_PROXY,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .max_pending = HEAD + LENGTH_MOST,
    .midstream = true, /* nothing else begins so */
    .probe = proxy_probe,
    .parse = proxy_parse,
};
