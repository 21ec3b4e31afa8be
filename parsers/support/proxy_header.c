/* SPDX-License-Identifier: Apache-2.0 */
#include "support/proxy_header.h"

enum {
    LINE_MOST = 105, /* 107 with its end */
    LOCAL = 0x20,
    PROXIED = 0x21,
};

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
static void read_line(struct cursor *in, struct proxy_ends *e)
{
    struct cursor line = cur_of(cur_line(in, LINE_MOST));
    struct span family;

    if (in->state != CUR_OK)
        return;
    e->version = 1;
    cur_skip(&line, SPAN("PROXY ").n);
    if (span_equal(cur_look(&line), SPAN("UNKNOWN")) ||
        span_starts(cur_look(&line), SPAN("UNKNOWN "))) {
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

static void read_addresses(struct cursor *body, uint8_t family, struct proxy_ends *e)
{
    static const char *const transports[] = {"unknown", "tcp", "udp"};
    uint8_t net = family >> 4, transport = family & 15;

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

static bool is_family(uint8_t family)
{
    return family >> 4 <= 3 && (family & 15) <= 2;
}

static struct cursor read_binary(struct cursor *in, struct proxy_ends *e)
{
    uint8_t command, family;
    uint16_t length;
    struct cursor body;

    cur_skip(in, SPAN(PROXY_MAGIC).n);
    command = cur_u8(in);
    family = cur_u8(in);
    length = cur_be16(in);
    if (in->state == CUR_OK &&
        ((command != LOCAL && command != PROXIED) || length > PROXY_LENGTH_MOST ||
         (command == PROXIED && !is_family(family))))
        cur_fail(in);
    body = cur_sub(in, length);
    if (in->state != CUR_OK)
        return body;
    e->version = 2;
    e->protocol = "local";
    if (command == LOCAL) /* section 2.2: who receives it discards all of it */
        return cur_of(span_of("", 0));
    read_addresses(&body, family, e);
    cur_join(in, &body);
    return body;
}

struct cursor proxy_header_read(struct cursor *in, struct proxy_ends *e)
{
    *e = (struct proxy_ends){.protocol = "unknown"};
    if (cur_peek(in) != 'P')
        return read_binary(in, e);
    read_line(in, e);
    return cur_of(span_of("", 0));
}

static bool begins(struct span first, struct span magic)
{
    return span_starts(magic, span_first(first, magic.n));
}

bool proxy_header_begins(struct span first)
{
    return begins(first, SPAN("PROXY TCP4 ")) || begins(first, SPAN("PROXY TCP6 ")) ||
           begins(first, SPAN("PROXY UNKNOWN")) || begins(first, SPAN(PROXY_MAGIC));
}
