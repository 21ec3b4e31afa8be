/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_forwarded.h"

enum http_forwarded_header http_forwarded_header(struct span name)
{
    static const struct {
        const char *name;
        enum http_forwarded_header header;
    } headers[] = {
        {"X-Forwarded-For", FORWARDED_FOR},      {"Forwarded", FORWARDED},
        {"X-Real-IP", FORWARDED_REAL_IP},        {"CF-Connecting-IP", FORWARDED_CONNECTING_IP},
        {"True-Client-IP", FORWARDED_CLIENT_IP},
    };

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (span_equal_nocase(name, span_text(headers[i].name)))
            return headers[i].header;
    return FORWARDED_NONE;
}

/* 1 to 65535 in at most five digits, else 0. */
static uint16_t port_of(struct span text)
{
    uint32_t value = 0;

    if (text.n > 5)
        return 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return 0;
        value = value * 10 + text.p[i] - '0';
    }
    return value > UINT16_MAX ? 0 : (uint16_t)value;
}

static bool address_of(struct span text, struct ipaddr *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char copy[IPADDR_TEXT];

    text = span_first(text, span_index(text, '%')); /* the zone of a link (RFC 4007 11) */
    if (text.n >= sizeof copy || span_index(text, 0) < text.n)
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (!ipaddr_parse(copy, addr))
        return false;
    if (addr->family == 6 && memcmp(addr->bytes, mapped, sizeof mapped) == 0)
        *addr = ipaddr_v4(addr->bytes + sizeof mapped);
    return true;
}

/* "[v6]:port", "v6", "v4:port", "v4" into the two halves. */
static bool halve(struct span text, struct span *host, struct span *port)
{
    size_t colon = span_index(text, ':'), close = span_index(text, ']');
    struct span behind = span_from(text, close + 1);

    *port = span_from(behind, 1);
    if (text.n && text.p[0] == '[') {
        *host = span_from(span_first(text, close), 1);
        return close < text.n && (behind.n == 0 || behind.p[0] == ':');
    }
    *host = text;
    if (colon == text.n || span_index(span_from(text, colon + 1), ':') < text.n - colon - 1)
        return true;
    *host = span_first(text, colon);
    *port = span_from(text, colon + 1);
    return true;
}

/* RFC 7239 6, and what is found in the other headers. */
static void read_node(struct span text, struct http_hop *hop)
{
    struct span host, port;

    hop->kind = HOP_BAD;
    if (!halve(text, &host, &port))
        return;
    hop->port = port_of(port);
    if (span_equal_nocase(host, SPAN("unknown")))
        hop->kind = HOP_UNKNOWN;
    else if (host.n && host.p[0] == '_')
        hop->kind = HOP_HIDDEN;
    else if (address_of(host, &hop->addr))
        hop->kind = HOP_ADDRESS;
}

/* The same of what stood between quotes, where a backslash makes any character itself. */
static void read_quoted_node(struct span text, struct http_hop *hop)
{
    uint8_t plain[HTTP_HOP_TEXT];
    size_t n = 0;

    hop->kind = HOP_BAD;
    if (text.n > sizeof plain)
        return;
    for (size_t at = 0; at < text.n; at++) {
        if (text.p[at] == '\\' && at + 1 < text.n)
            at++;
        plain[n++] = text.p[at];
    }
    read_node(span_trim(span_of(plain, n)), hop);
}

/* Behind the quoted string that begins at AT; 0 when it does not end. */
static size_t quoted_end(struct span text, size_t at)
{
    for (at++; at < text.n; at++) {
        if (text.p[at] == '"')
            return at + 1;
        if (text.p[at] == '\\')
            at++;
    }
    return 0;
}

/* Up to one of the two separators that stands outside of quotes. */
static struct span take_piece(struct http_forwarded *f, struct span *left, char a, char b)
{
    size_t at = 0, end;
    struct span piece;

    while (at < left->n && left->p[at] != (uint8_t)a && left->p[at] != (uint8_t)b) {
        end = left->p[at] == '"' && !f->bare ? quoted_end(*left, at) : at + 1;
        f->bare = f->bare || end == 0;
        at = end ? end : at + 1;
    }
    piece = span_trim(span_first(*left, at));
    *left = span_from(*left, at + 1);
    return piece;
}

static bool is_quoted(struct span text)
{
    return text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';
}

static struct span unquoted(struct span text)
{
    return is_quoted(text) ? span_of(text.p + 1, text.n - 2) : text;
}

static enum http_proto proto_of(struct span text)
{
    text = span_trim(unquoted(text));
    if (span_equal_nocase(text, SPAN("https")))
        return HTTP_PROTO_HTTPS;
    return span_equal_nocase(text, SPAN("http")) ? HTTP_PROTO_HTTP : HTTP_PROTO_NONE;
}

static void read_who(struct span text, struct http_hop *hop)
{
    if (hop->kind != HOP_NONE)
        return;
    hop->text = span_trim(unquoted(text));
    if (is_quoted(text))
        read_quoted_node(hop->text, hop);
    else
        read_node(text, hop);
}

/* name=value of an element (RFC 7239 4). */
static void read_pair(struct span pair, struct http_hop *hop)
{
    size_t equals = span_index(pair, '=');
    struct span name = span_trim(span_first(pair, equals));
    struct span value = span_trim(span_from(pair, equals + 1));

    if (span_equal_nocase(name, SPAN("for")))
        read_who(value, hop);
    else if (span_equal_nocase(name, SPAN("proto")))
        hop->proto = (uint8_t)proto_of(value);
    else if (span_equal_nocase(name, SPAN("host")))
        hop->host = unquoted(value);
}

struct http_forwarded http_forwarded_of(enum http_forwarded_header header, struct span value)
{
    return (struct http_forwarded){.left = value, .header = (uint8_t)header};
}

static void read_element(struct http_forwarded *f, struct span element, struct http_hop *hop)
{
    memset(hop, 0, sizeof *hop);
    if (f->header != FORWARDED) {
        read_who(element, hop);
        return;
    }
    while (element.n)
        read_pair(take_piece(f, &element, ';', ';'), hop);
}

bool http_forwarded_next(struct http_forwarded *f, struct http_hop *hop)
{
    while (f->left.n) {
        struct span element = take_piece(f, &f->left, ',', ',');

        if (element.n == 0)
            continue;
        read_element(f, element, hop);
        return true;
    }
    return false;
}

static bool is_trusted(const struct ipaddr *addr, const struct ipprefix *trusted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ipprefix_has(&trusted[i], addr))
            return true;
    return false;
}

void http_chain_add(struct http_chain *chain, enum http_forwarded_header header, struct span value,
                    const struct ipprefix *trusted, size_t n)
{
    struct http_forwarded f = http_forwarded_of(header, value);
    struct http_hop hop;

    while (chain->count < UINT32_MAX && http_forwarded_next(&f, &hop)) {
        bool address = hop.kind == HOP_ADDRESS;
        bool first = chain->count++ == 0;

        chain->inside |= address && http_hop_internal(&hop.addr);
        if (!first && (n == 0 || (address && is_trusted(&hop.addr, trusted, n))))
            continue;
        chain->kind = hop.kind;
        chain->proto = hop.proto;
        chain->addr = hop.addr;
        chain->text_n = (uint8_t)span_first(hop.text, HTTP_HOP_TEXT).n;
        if (chain->text_n)
            memcpy(chain->text, hop.text.p, chain->text_n);
    }
}

bool http_hop_internal(const struct ipaddr *addr)
{
    static const struct ipprefix inside[] = {
        {{{10}, 4}, 8},          {{{172, 16}, 4}, 12},   {{{192, 168}, 4}, 16},
        {{{127}, 4}, 8},         {{{169, 254}, 4}, 16},  {{{0xfc}, 6}, 7},
        {{{0xfe, 0x80}, 6}, 10}, {{{[15] = 1}, 6}, 128},
    };

    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        if (ipprefix_has(&inside[i], addr))
            return true;
    return false;
}

static struct span first_of(struct span list)
{
    return span_trim(unquoted(span_trim(span_first(list, span_index(list, ',')))));
}

enum http_proto http_forwarded_proto(struct span value)
{
    return proto_of(first_of(value));
}

uint16_t http_forwarded_port(struct span value)
{
    return port_of(first_of(value));
}
