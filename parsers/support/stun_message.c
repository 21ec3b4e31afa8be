/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN messages: header, attributes, addresses behind their mask.
 */
#include "support/stun_message.h"

#include "base/ipaddr.h"

#include <zlib.h>

enum attribute {
    MAPPED_ADDRESS = 0x0001,
    USERNAME = 0x0006,
    ERROR_CODE = 0x0009,
    CLASSIC_LAST = 0x000b,
    LIFETIME = 0x000d,
    XOR_PEER_ADDRESS = 0x0012,
    DATA = 0x0013,
    REALM = 0x0014,
    XOR_RELAYED_ADDRESS = 0x0016,
    XOR_MAPPED_ADDRESS = 0x0020,
    XOR_MAPPED_OLD = 0x8020,
    SOFTWARE = 0x8022,
    FINGERPRINT = 0x8028,
};

enum { FINGERPRINT_MASK = 0x5354554e, CLASSIC_MOST = 548 };

struct piece {
    uint16_t type;
    struct span value;
};

/* Attributes are padded to four bytes; some forget that at the end of the message. */
static struct piece piece_next(struct cursor *c)
{
    struct piece a = {.type = cur_be16(c)};
    size_t n = cur_be16(c), padding;

    a.value = cur_span(c, n);
    padding = (4 - n % 4) % 4;
    cur_skip(c, padding < cur_left(c) ? padding : cur_left(c));
    return a;
}

/* RFC 8489 section 14.7: CRC-32 of all before it, with the length as if it were the last. */
static bool fingerprint_right(struct span whole, struct span value)
{
    size_t n = (size_t)(value.p - whole.p) - 4;
    struct cursor c = cur_of(value);
    uint32_t crc = (uint32_t)crc32(0, whole.p, (uInt)n);

    return value.n == 4 && n + 8 == whole.n && cur_be32(&c) == (crc ^ FINGERPRINT_MASK);
}

static uint16_t error_read(struct cursor c)
{
    uint8_t hundreds;

    cur_skip(&c, 2);
    hundreds = cur_u8(&c) & 7;
    return (uint16_t)(hundreds * 100 + cur_u8(&c) % 100);
}

static void attributes_read(struct cursor *body, struct stun_message *m)
{
    struct cursor c = *body;

    m->familiar = cur_left(&c) > 0;
    while (cur_left(&c)) {
        struct piece a = piece_next(&c);

        if (a.type == 0 || a.type > CLASSIC_LAST)
            m->familiar = false;
        if (a.type == USERNAME)
            m->user = a.value;
        if (a.type == DATA)
            m->payload = a.value;
        if (a.type == ERROR_CODE)
            m->error = error_read(cur_of(a.value));
        if (a.type == FINGERPRINT && c.state == CUR_OK)
            m->checked = fingerprint_right(m->whole, a.value);
    }
    cur_join(body, &c);
}

bool stun_begins(struct span first)
{
    struct cursor c = cur_of(first);
    uint8_t expected[4] = {0x21, 0x12, 0xa4, 0x42};
    uint16_t type = cur_be16(&c);
    struct span cookie;

    if (first.n && first.p[0] & 0xc0)
        return false;
    if (first.n > 1 && !(type & ~0x0110)) /* no method */
        return false;
    cur_skip(&c, 2);
    cookie = span_first(cur_look(&c), 4);
    return span_starts(span_of(expected, 4), cookie);
}

void stun_read(struct cursor *in, struct stun_message *m)
{
    const uint8_t *start = in->pos;
    uint16_t type = cur_be16(in);
    uint16_t length = cur_be16(in);
    struct span id = cur_span(in, STUN_HEAD - 4);
    struct cursor body = cur_sub(in, length);
    struct cursor cookie = cur_of(id);

    *m = (struct stun_message){.id = id};
    m->classic = cur_be32(&cookie) != STUN_COOKIE;
    m->method = (uint16_t)((type & 0x0f) | (type & 0xe0) >> 1 | (type & 0x3e00) >> 2);
    m->class = (enum stun_class)((type >> 4 & 1) | (type >> 7 & 2));
    m->whole = span_of(start, (size_t)(in->pos - start));
    m->attributes = body;
    if (in->state != CUR_OK)
        return;
    attributes_read(&body, m);
    cur_join(in, &body);
    if (type & 0xc000 || m->method == 0)
        cur_fail(in);
    if (m->classic &&
        (m->method > 2 || m->class == STUN_INDICATION || length % 4 || length > CLASSIC_MOST))
        cur_fail(in);
}

/* ---- reporting ---- */

static const char *const classes[] = {"request", "indication", "success", "error"};

static const char *method_text(uint16_t method)
{
    static const char *const names[] = {
        [1] = "binding",
        [2] = "shared_secret",
        [3] = "allocate",
        [4] = "refresh",
        [6] = "send",
        [7] = "data",
        [8] = "create_permission",
        [9] = "channel_bind",
        [10] = "connect",
        [11] = "connection_bind",
        [12] = "connection_attempt",
    };

    return method < sizeof names / sizeof names[0] && names[method] ? names[method] : "other";
}

/* Port and address; those that begin with X are hidden from rewriting gateways behind the cookie
 * and the transaction (RFC 8489 section 14.2). */
static void report_address(struct parse *p, const struct stun_message *m, const struct piece *a,
                           enum field address)
{
    bool masked = a->type != MAPPED_ADDRESS;
    struct cursor c = cur_of(a->value), mask = cur_of(m->id);
    uint8_t bytes[16], family;
    uint16_t port;
    size_t n;

    cur_skip(&c, 1);
    family = cur_u8(&c);
    port = cur_be16(&c);
    if (masked)
        port ^= STUN_COOKIE >> 16;
    n = cur_left(&c);
    if (!(family == 1 && n == 4) && !(family == 2 && n == 16))
        return;
    for (size_t i = 0; i < n; i++)
        bytes[i] = cur_u8(&c) ^ (masked ? cur_u8(&mask) : 0);
    parse_field(p, address, span_of(bytes, n));
    parse_uint(p, address + 1, port);
}

static void report_error(struct parse *p, const struct stun_message *m, struct span value)
{
    parse_uint(p, FIELD_STUN_ERROR_CODE, m->error);
    value = span_from(value, 4);
    while (value.n && !value.p[value.n - 1])
        value.n--;
    if (value.n)
        parse_field(p, FIELD_STUN_ERROR_TEXT, value);
}

static void report_attribute(struct parse *p, const struct stun_message *m, const struct piece *a)
{
    struct cursor value = cur_of(a->value);

    switch (a->type) {
    case MAPPED_ADDRESS:
    case XOR_MAPPED_ADDRESS:
    case XOR_MAPPED_OLD:
        report_address(p, m, a, FIELD_STUN_MAPPED);
        break;
    case XOR_RELAYED_ADDRESS:
        report_address(p, m, a, FIELD_STUN_RELAYED);
        break;
    case XOR_PEER_ADDRESS:
        report_address(p, m, a, FIELD_STUN_PEER);
        break;
    case USERNAME:
        parse_field(p, FIELD_STUN_USER, a->value);
        break;
    case REALM:
        parse_field(p, FIELD_STUN_REALM, a->value);
        break;
    case SOFTWARE:
        parse_field(p, FIELD_STUN_SOFTWARE, a->value);
        break;
    case LIFETIME:
        parse_uint(p, FIELD_STUN_LIFETIME, cur_be32(&value));
        break;
    case ERROR_CODE:
        report_error(p, m, a->value);
        break;
    default:
        break;
    }
}

void stun_report(struct parse *p, const struct stun_message *m)
{
    struct cursor attributes = m->attributes;

    if (!p->wants_tx)
        return;
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_STUN_METHOD, method_text(m->method));
    parse_text(p, FIELD_STUN_CLASS, classes[m->class]);
    while (cur_left(&attributes)) {
        struct piece a = piece_next(&attributes);

        report_attribute(p, m, &a);
    }
    parse_tx(p, TX_DONE);
}
