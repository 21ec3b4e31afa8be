/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_check.h"

#include "support/http_event.h"
#include "support/http_line.h"

enum fault {
    FAULT_ORDER,
    FAULT_AGAIN,
    FAULT_UNKNOWN,
    FAULT_TRAILERS,
    FAULT_HOST,
    FAULT_UPPER,
    FAULT_NAME,
    FAULT_VALUE,
    FAULT_CODING,
    FAULT_CONNECTION,
    FAULT_LENGTH,
    FAULT_LENGTHS,
    FAULT_METHOD,
    FAULT_SCHEME,
    FAULT_PATH,
    FAULT_COUNT
};

_Static_assert(FAULT_COUNT <= 16, "one bit each in h2_check.told");

/* What a server behind a proxy may take for something else is a threat in requests. */
enum weight { WEIGHT_NOTE, WEIGHT_SMUGGLING };

static const struct {
    const char *text;
    enum weight weight;
} faults[] = {
    [FAULT_ORDER] = {"HTTP/2 pseudo header behind others", WEIGHT_NOTE},
    [FAULT_AGAIN] = {"HTTP/2 pseudo header more than once", WEIGHT_NOTE},
    [FAULT_UNKNOWN] = {"unknown HTTP/2 pseudo header", WEIGHT_NOTE},
    [FAULT_TRAILERS] = {"HTTP/2 pseudo header in trailers", WEIGHT_NOTE},
    [FAULT_HOST] = {"HTTP/2 authority and host differ", WEIGHT_NOTE},
    [FAULT_UPPER] = {"upper-case letter in HTTP/2 header name", WEIGHT_SMUGGLING},
    [FAULT_NAME] = {"invalid byte in HTTP/2 header name", WEIGHT_SMUGGLING},
    [FAULT_VALUE] = {"line end or NUL in HTTP/2 header value", WEIGHT_SMUGGLING},
    [FAULT_CODING] = {"transfer coding in HTTP/2", WEIGHT_SMUGGLING},
    [FAULT_CONNECTION] = {"header of HTTP/1 connections in HTTP/2", WEIGHT_SMUGGLING},
    [FAULT_LENGTH] = {"invalid content length in HTTP/2", WEIGHT_SMUGGLING},
    [FAULT_LENGTHS] = {"different content lengths in HTTP/2", WEIGHT_SMUGGLING},
    [FAULT_METHOD] = {"invalid byte in HTTP/2 method", WEIGHT_SMUGGLING},
    [FAULT_SCHEME] = {"invalid byte in HTTP/2 scheme", WEIGHT_SMUGGLING},
    [FAULT_PATH] = {"space or control byte in HTTP/2 path", WEIGHT_NOTE},
};

static void tell(struct parse *p, struct h2_check *c, enum fault f)
{
    if (c->told >> f & 1)
        return;
    c->told = (uint16_t)(c->told | 1u << f);
    if (faults[f].weight == WEIGHT_SMUGGLING && p->dir == DIR_CLIENT)
        parse_threat(p, THREAT_HTTP_SMUGGLING, faults[f].text);
    else
        parse_note(p, faults[f].text);
    if (p->dir == DIR_CLIENT) /* the transaction of an answer may not have begun */
        http_event_note(p, faults[f].text);
}

/* ---- pseudo headers ---- */

static void pseudo(struct parse *p, struct h2_check *c, enum h2_part part, struct span name)
{
    static const char *const known[] = {":method", ":scheme",   ":authority",
                                        ":path",   ":protocol", ":status"};
    unsigned bit = 0;

    while (bit < sizeof known / sizeof known[0] && !span_equal(name, span_text(known[bit])))
        bit++;
    if (bit == sizeof known / sizeof known[0])
        tell(p, c, FAULT_UNKNOWN);
    else if (c->pseudo >> bit & 1)
        tell(p, c, FAULT_AGAIN);
    if (part == H2_PART_TRAILERS)
        tell(p, c, FAULT_TRAILERS);
    else if (c->regular)
        tell(p, c, FAULT_ORDER);
    c->pseudo = (uint8_t)(c->pseudo | 1u << (bit & 7));
}

/* ---- bytes ---- */

static bool has_line_end(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == 0)
            return true;
    return false;
}

/* RFC 9113 section 8.2.1. */
static void name_bytes(struct parse *p, struct h2_check *c, struct span name)
{
    bool upper = false, bad = name.n == 0;

    for (size_t i = 0; i < name.n; i++) {
        uint8_t byte = name.p[i];

        upper = upper || (byte >= 'A' && byte <= 'Z');
        bad = bad || byte <= ' ' || byte >= 0x7f || (byte == ':' && i > 0);
    }
    if (upper)
        tell(p, c, FAULT_UPPER);
    if (bad)
        tell(p, c, FAULT_NAME);
}

static bool is_scheme(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = span_lower(s.p[i]);

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.')
            return false;
    }
    return s.n > 0;
}

/* They make the first line of HTTP/1. */
static void line_bytes(struct parse *p, struct h2_check *c, struct span name, struct span value)
{
    if (span_equal(name, SPAN(":method")) && !http_is_token(value))
        tell(p, c, FAULT_METHOD);
    else if (span_equal(name, SPAN(":scheme")) && !is_scheme(value))
        tell(p, c, FAULT_SCHEME);
    else if (span_equal(name, SPAN(":path")) && !http_target_clean(value))
        tell(p, c, FAULT_PATH);
}

/* ---- fields ---- */

static uint32_t hash_of(struct span s)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ span_lower(s.p[i])) * 16777619u;
    return hash;
}

static void content_length(struct parse *p, struct h2_check *c, struct span value)
{
    uint64_t n = 0;

    for (size_t i = 0; i < value.n; i++) {
        uint8_t digit = (uint8_t)(value.p[i] - '0');

        if (digit > 9 || n > (INT64_MAX - 9) / 10) {
            tell(p, c, FAULT_LENGTH);
            return;
        }
        n = n * 10 + digit;
    }
    if (value.n == 0)
        tell(p, c, FAULT_LENGTH);
    else if (c->has_length && n != c->length)
        tell(p, c, FAULT_LENGTHS);
    c->has_length = value.n > 0;
    c->length = n;
}

/* RFC 9113 section 8.2.2. */
static bool is_of_connections(struct span name, struct span value)
{
    return span_equal_nocase(name, SPAN("connection")) ||
           span_equal_nocase(name, SPAN("keep-alive")) ||
           span_equal_nocase(name, SPAN("proxy-connection")) ||
           span_equal_nocase(name, SPAN("upgrade")) ||
           (span_equal(name, SPAN("te")) && !span_equal_nocase(value, SPAN("trailers")));
}

void h2_check_field(struct parse *p, struct h2_check *c, enum h2_part part, struct span name,
                    struct span value)
{
    name_bytes(p, c, name);
    if (has_line_end(value))
        tell(p, c, FAULT_VALUE);
    if (span_starts(name, SPAN(":"))) {
        pseudo(p, c, part, name);
        line_bytes(p, c, name, value);
        if (span_equal(name, SPAN(":authority")))
            c->authority = hash_of(value);
        return;
    }
    c->regular = true;
    if (span_equal_nocase(name, SPAN("transfer-encoding"))) {
        tell(p, c, FAULT_CODING);
    } else if (is_of_connections(name, value)) {
        tell(p, c, FAULT_CONNECTION);
    } else if (span_equal_nocase(name, SPAN("content-length"))) {
        content_length(p, c, value);
    } else if (span_equal_nocase(name, SPAN("host"))) {
        c->has_host = true;
        c->host = hash_of(value);
    }
}

void h2_check_end(struct parse *p, struct h2_check *c)
{
    bool authority = c->pseudo & 1 << 2;

    if (p->dir == DIR_CLIENT && authority && c->has_host && c->authority != c->host)
        tell(p, c, FAULT_HOST);
}

void h2_check_length(struct parse *p)
{
    static const char text[] = "HTTP/2 body is not as long as its content length";

    if (p->dir == DIR_CLIENT)
        parse_threat(p, THREAT_HTTP_SMUGGLING, text);
    else
        parse_note(p, text);
}
