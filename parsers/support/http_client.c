/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_client.h"

#include "support/http_forwarded.h"

enum { ELEMENTS_MOST = 32 };

struct http_client {
    uint32_t said; /* a bit for each enum http_forwarded_header that was there */
    bool any;      /* something was said of this request */
    bool host;     /* and to which host it went */
    uint8_t proto; /* enum http_proto; of X-Forwarded-Proto and -Scheme */
    uint16_t port;
    struct http_chain chains[FORWARDED_NONE];
};

static struct http_client *client_of(struct parse *p, struct http_client **client)
{
    if (*client == NULL) {
        *client = parse_alloc(p, sizeof **client);
        if (*client)
            memset(*client, 0, sizeof **client);
    }
    return *client;
}

static bool is_believed(const struct parse *p, enum http_forwarded_header header)
{
    return header < FORWARDED_CONNECTING_IP || p->http->client_ip;
}

/* To which host it went, for the proxy: the first one said. */
static void take_host(struct parse *p, struct http_client *c, struct span host)
{
    if (!c->host && host.n)
        parse_field(p, FIELD_HTTP_FORWARDED_HOST, host);
    c->host |= host.n > 0;
}

/* RFC 7239 5.3. */
static void element_hosts(struct parse *p, struct http_client *c, struct span value)
{
    struct http_forwarded f = http_forwarded_of(FORWARDED, value);
    struct http_hop hop;

    while (!c->host && http_forwarded_next(&f, &hop))
        take_host(p, c, hop.host);
}

static void take_list(struct parse *p, struct http_client *c, enum http_forwarded_header header,
                      struct span value)
{
    struct http_chain *chain = &c->chains[header];

    if (!(c->said >> header & 1))
        *chain = (struct http_chain){0};
    c->said |= 1u << header;
    http_chain_add(chain, header, value, p->http->trusted, p->http->trusted_count);
    if (header == FORWARDED && p->wants_tx)
        element_hosts(p, c, value);
}

static uint32_t lengths_of(uint8_t letter)
{
    switch (letter) {
    case 'c':
        return HTTP_CLIENT_LENGTHS_C;
    case 'f':
        return HTTP_CLIENT_LENGTHS_F;
    case 't':
        return HTTP_CLIENT_LENGTHS_T;
    case 'x':
        return HTTP_CLIENT_LENGTHS_X;
    default:
        return 0;
    }
}

static void take(struct parse *p, struct http_client **client, struct span name, struct span value)
{
    enum http_forwarded_header header = http_forwarded_header(name);
    bool proto = span_equal_nocase(name, SPAN("X-Forwarded-Proto")) ||
                 span_equal_nocase(name, SPAN("X-Forwarded-Scheme"));
    bool port = span_equal_nocase(name, SPAN("X-Forwarded-Port"));
    bool host = span_equal_nocase(name, SPAN("X-Forwarded-Host"));
    struct http_client *c;

    if (header == FORWARDED_NONE ? !proto && !port && !host : !is_believed(p, header))
        return;
    c = client_of(p, client);
    if (c == NULL)
        return;
    c->any = true;
    if (header != FORWARDED_NONE)
        take_list(p, c, header, value);
    else if (proto && c->proto == HTTP_PROTO_NONE)
        c->proto = (uint8_t)http_forwarded_proto(value);
    else if (port && c->port == 0)
        c->port = http_forwarded_port(value);
    else if (host)
        take_host(p, c, span_trim(span_first(value, span_index(value, ','))));
}

void http_client_header(struct parse *p, struct http_client **client, struct span name,
                        struct span value)
{
    if (name.n && name.n < 32 && lengths_of(span_lower(name.p[0])) >> name.n & 1)
        take(p, client, name, value);
}

/* The one that counts most and names an address; else the one that counts most. */
static const struct http_chain *chain_of(const struct http_client *c)
{
    const struct http_chain *best = NULL;

    for (unsigned i = 0; i < FORWARDED_NONE; i++) {
        if (!(c->said >> i & 1) || c->chains[i].kind == HOP_NONE)
            continue;
        if (c->chains[i].kind == HOP_ADDRESS)
            return &c->chains[i];
        if (best == NULL)
            best = &c->chains[i];
    }
    return best;
}

/* Where proxies are named, no one else's word is taken. */
static bool peer_is_believed(const struct parse *p)
{
    struct ipaddr peer = parse_addr(p, DIR_CLIENT);
    size_t n = p->http->trusted_count;

    for (size_t i = 0; i < n; i++)
        if (ipprefix_has(&p->http->trusted[i], &peer))
            return true;
    return n == 0;
}

/* What is said of it for itself, or beside the one who asks, or beside one without a name. */
static enum http_proto proto_of(const struct http_client *c, const struct http_chain *chain)
{
    if (c->proto != HTTP_PROTO_NONE)
        return (enum http_proto)c->proto;
    if (chain && chain->proto != HTTP_PROTO_NONE)
        return (enum http_proto)chain->proto;
    return (enum http_proto)(c->said >> FORWARDED & 1 ? c->chains[FORWARDED].proto : 0);
}

static void tell(struct parse *p, const struct http_client *c, const struct http_chain *chain,
                 enum http_proto proto)
{
    char text[IPADDR_TEXT];

    if (chain && chain->kind == HOP_ADDRESS)
        parse_field(p, FIELD_HTTP_XFF, span_of(text, ipaddr_text(&chain->addr, text)));
    else if (chain)
        parse_field(p, FIELD_HTTP_FORWARDED_FOR, span_of(chain->text, chain->text_n));
    if (proto != HTTP_PROTO_NONE)
        parse_text(p, FIELD_HTTP_FORWARDED_PROTO, proto == HTTP_PROTO_HTTPS ? "https" : "http");
    if (c->port)
        parse_uint(p, FIELD_HTTP_FORWARDED_PORT, c->port);
}

static unsigned odd_of(const struct parse *p, const struct http_client *c)
{
    unsigned odd = 0;
    struct ipaddr peer;

    for (unsigned i = 0; i < FORWARDED_NONE; i++) {
        if (!(c->said >> i & 1))
            continue;
        odd |= c->chains[i].count > ELEMENTS_MOST ? HTTP_CLIENT_MANY : 0;
        odd |= c->chains[i].inside ? HTTP_CLIENT_INSIDE : 0;
    }
    if (!(odd & HTTP_CLIENT_INSIDE))
        return odd;
    peer = parse_addr(p, DIR_CLIENT);
    if (http_hop_internal(&peer) || parse_addr_internal(p, DIR_CLIENT))
        odd &= ~(unsigned)HTTP_CLIENT_INSIDE;
    return odd;
}

void http_client_forget(struct http_client *c)
{
    c->said = 0;
    c->any = c->host = false;
    c->proto = 0;
    c->port = 0;
}

unsigned http_client_finish(struct parse *p, struct http_client *c)
{
    static const enum app apps[] = {[HTTP_PROTO_NONE] = APP_UNKNOWN,
                                    [HTTP_PROTO_HTTP] = APP_HTTP,
                                    [HTTP_PROTO_HTTPS] = APP_TLS};
    const struct http_chain *chain;
    enum http_proto proto;
    unsigned odd;

    if (!c->any)
        return 0;
    chain = chain_of(c);
    proto = proto_of(c, chain);
    if (p->wants_tx)
        tell(p, c, chain, proto);
    if (chain && chain->kind == HOP_ADDRESS && peer_is_believed(p))
        parse_forwarded(p, &chain->addr, c->port, apps[proto]);
    odd = odd_of(p, c);
    http_client_forget(c);
    return odd;
}
