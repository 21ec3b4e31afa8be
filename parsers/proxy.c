/* SPDX-License-Identifier: Apache-2.0
 *
 * The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt sections 2.1 and 2.2): what a
 * balancer says about the real client before anything else. Another protocol follows.
 */
#include "parser/parser.h"
#include "support/proxy_header.h"

enum {
    TLV_ALPN = 0x01,
    TLV_AUTHORITY = 0x02,
    TLV_TLS = 0x20,
    TLV_TLS_VERSION = 0x21,
    TLV_TLS_NAME = 0x22,
    TLVS = 64,
};

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

static void put_address(struct parse *p, enum field f, const struct ipaddr *a)
{
    if (a->family)
        parse_field(p, f, span_of(a->bytes, a->family == 4 ? 4 : 16));
}

static void report(struct parse *p, const struct proxy_ends *e, struct cursor tlvs)
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
    struct proxy_ends e;
    struct cursor tlvs;

    if (p->dir == DIR_SERVER)
        return PARSE_REJECT; /* it speaks when the client has introduced itself */
    tlvs = proxy_header_read(in, &e);
    if (in->state != CUR_OK)
        return parse_stop(in);
    parse_proof(p, PROOF_CERTAIN);
    report(p, &e, tlvs);
    parse_commit(p, in);
    parse_upgrade(p);
    return PARSE_DONE;
}

static bool proxy_probe(enum dir from, struct span first)
{
    if (from == DIR_SERVER)
        return false;
    return proxy_header_begins(first);
}

const struct parser parser_proxy = {
    .name = "proxy",
    .evidence = "the line, or the twelve bytes, of the PROXY protocol; another protocol follows",
    .app = APP_PROXY,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .max_pending = PROXY_HEADER_MOST,
    .midstream = true, /* nothing else begins so */
    .probe = proxy_probe,
    .parse = proxy_parse,
};
