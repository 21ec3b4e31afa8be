/* SPDX-License-Identifier: Apache-2.0
 *
 * Discovery of UPnP (UPnP Device Architecture 2.0 section 1): HTTP's looks in single datagrams.
 */
#include "parser/parser.h"

enum {
    PORT = 1900,
    LINE_MOST = 2048,
    LINES_MOST = 64,
};

enum kind { SEARCH, NOTIFY, ANSWER };

struct ssdp_message {
    enum kind kind;
    struct span target, usn, location, server, state;
    bool man; /* a search says "ssdp:discover" */
};

static const uint16_t ports[] = {PORT, 0};

static bool read_start(struct cursor *in, struct ssdp_message *m)
{
    struct span line = cur_line(in, LINE_MOST);

    if (in->state != CUR_OK)
        return false;
    if (span_equal(line, SPAN("M-SEARCH * HTTP/1.1")))
        m->kind = SEARCH;
    else if (span_equal(line, SPAN("NOTIFY * HTTP/1.1")))
        m->kind = NOTIFY;
    else if (span_starts(line, SPAN("HTTP/1.1 200")) || span_starts(line, SPAN("HTTP/1.0 200")))
        m->kind = ANSWER;
    else
        return false;
    return true;
}

static void read_header(struct span line, struct ssdp_message *m)
{
    size_t colon = span_index(line, ':');
    struct span name = span_first(line, colon);
    struct span value = span_trim(span_from(line, colon + 1 < line.n ? colon + 1 : line.n));

    if (span_equal_nocase(name, SPAN("st")) || span_equal_nocase(name, SPAN("nt")))
        m->target = value;
    else if (span_equal_nocase(name, SPAN("usn")))
        m->usn = value;
    else if (span_equal_nocase(name, SPAN("location")))
        m->location = value;
    else if (span_equal_nocase(name, SPAN("server")) || span_equal_nocase(name, SPAN("user-agent")))
        m->server = value;
    else if (span_equal_nocase(name, SPAN("nts")))
        m->state = value;
    else if (span_equal_nocase(name, SPAN("man")))
        m->man = span_equal(value, SPAN("\"ssdp:discover\"")) ||
                 span_equal(value, SPAN("ssdp:discover"));
}

/* Headers up to the empty line; some senders forget it. */
static void read_headers(struct cursor *in, struct ssdp_message *m)
{
    for (int i = 0; i < LINES_MOST && cur_left(in); i++) {
        struct span line = cur_line(in, LINE_MOST);

        if (in->state != CUR_OK)
            return;
        if (line.n == 0)
            break;
        if (span_index(line, ':') == line.n)
            cur_fail(in);
        read_header(line, m);
    }
    (void)cur_rest(in);
}

/* What its kind must have. */
static bool is_complete(const struct ssdp_message *m)
{
    switch (m->kind) {
    case SEARCH:
        return m->target.n && m->man;
    case NOTIFY:
        return m->target.n && span_starts(m->state, SPAN("ssdp:"));
    case ANSWER:
        return m->target.n && m->usn.n;
    }
    return false;
}

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void report(struct parse *p, const struct ssdp_message *m)
{
    static const char *const methods[] = {"M-SEARCH", "NOTIFY", "response"};

    parse_tx(p, TX_REQUEST); /* answers come from others than were asked: each stands alone */
    parse_text(p, FIELD_SSDP_METHOD, methods[m->kind]);
    put(p, FIELD_SSDP_TARGET, m->target);
    put(p, FIELD_SSDP_STATE, m->state);
    put(p, FIELD_SSDP_USN, m->usn);
    put(p, FIELD_SSDP_LOCATION, m->location);
    put(p, FIELD_SSDP_SERVER, m->server);
    parse_tx(p, TX_DONE);
}

static enum parse_result ssdp_parse(struct parse *p, struct cursor *in)
{
    struct ssdp_message m = {0};

    if (!read_start(in, &m))
        return PARSE_REJECT;
    read_headers(in, &m);
    if (in->state != CUR_OK || !is_complete(&m))
        return PARSE_REJECT;
    parse_proof(p, PROOF_STRONG);
    report(p, &m);
    parse_commit(p, in);
    return PARSE_MATCH;
}

static bool begins(struct span first, struct span line)
{
    return span_starts(line, span_first(first, line.n));
}

static bool ssdp_probe(enum dir from, struct span first)
{
    (void)from;
    return begins(first, SPAN("M-SEARCH * HTTP/1.1")) || begins(first, SPAN("NOTIFY * HTTP/1.1")) ||
           begins(first, SPAN("HTTP/1.1 200")) || begins(first, SPAN("HTTP/1.0 200"));
}

const struct parser parser_ssdp = {
    .name = "ssdp",
    .evidence = "M-SEARCH, NOTIFY or an answer in a datagram, with the headers each must have",
    .app = APP_SSDP,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .max_pending = UINT16_MAX,
    .midstream = true,
    .probe = ssdp_probe,
    .parse = ssdp_parse,
};
