/* SPDX-License-Identifier: Apache-2.0
 *
 * RTSP 1.0 (RFC 2326) and 2.0 (RFC 7826): both sides may ask; media may run through the same
 * connection, behind '$', a channel and a length.
 */
#include "parser/parser.h"
#include "support/rtp.h"
#include "support/text_message.h"

enum {
    PORT = 554,
    PENDING = 32 << 10,
    MEDIA = '$',
};

struct rtsp_state {
    bool matched;
    bool lost[2];
};

struct rtsp_message {
    struct text_start start;
    struct span agent, server, session, transport, type;
    uint64_t sequence; /* UINT64_MAX: none */
    uint64_t length;
};

static const uint16_t ports[] = {PORT, 8554, 322, 0};

static const char *const methods[] = {
    "OPTIONS",       "DESCRIBE",      "ANNOUNCE", "SETUP",    "PLAY",        "PAUSE",
    "GET_PARAMETER", "SET_PARAMETER", "RECORD",   "REDIRECT", "PLAY_NOTIFY", "TEARDOWN",
};

static bool is_method(struct span name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (span_equal(name, span_text(methods[i])))
            return true;
    return false;
}

static void read_header(struct rtsp_message *m, const struct text_header *h)
{
    if (span_equal_nocase(h->name, SPAN("CSeq")))
        m->sequence = text_number(h->value);
    else if (span_equal_nocase(h->name, SPAN("Content-Length")))
        m->length = text_number(h->value);
    else if (span_equal_nocase(h->name, SPAN("User-Agent")))
        m->agent = h->value;
    else if (span_equal_nocase(h->name, SPAN("Server")))
        m->server = h->value;
    else if (span_equal_nocase(h->name, SPAN("Session")))
        m->session = span_first(h->value, span_index(h->value, ';'));
    else if (span_equal_nocase(h->name, SPAN("Transport")))
        m->transport = h->value;
    else if (span_equal_nocase(h->name, SPAN("Content-Type")))
        m->type = h->value;
}

static struct rtsp_message read_message(struct cursor *in)
{
    struct rtsp_message m = {.sequence = UINT64_MAX};

    m.start = text_start_read(in, SPAN("RTSP/"));
    if (in->state == CUR_OK && !m.start.answer && !is_method(m.start.method))
        cur_fail(in);
    for (int i = 0; i < TEXT_HEADERS_MOST && in->state == CUR_OK; i++) {
        struct text_header h = text_header_read(in);

        if (h.name.n == 0)
            break;
        read_header(&m, &h);
    }
    if (m.length == UINT64_MAX)
        m.length = 0;
    return m;
}

/* ---- media ---- */

/* "client_port=4588-4589": the first of the two, 0 when there is none. */
static uint16_t port_of(struct span transport, struct span name)
{
    for (size_t at = 0; at < transport.n;) {
        struct span rest = span_from(transport, at);
        size_t n = span_index(rest, ';');
        struct span part = span_first(rest, n);

        if (span_starts_nocase(part, name)) {
            uint64_t port = text_number(span_from(part, name.n));

            return port <= UINT16_MAX ? (uint16_t)port : 0;
        }
        at += n + 1;
    }
    return 0;
}

/* The answer to SETUP says on which ports of the client the media arrive. */
static void announce_media(struct parse *p, const struct rtsp_message *m)
{
    if (m->start.answer && p->dir == DIR_SERVER && m->start.status == 200)
        rtp_announce(p, DIR_CLIENT, port_of(m->transport, SPAN("client_port=")));
}

/* ---- report ---- */

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

/* Numbers of the two sides' requests are independent of each other. */
static uint64_t key_of(const struct parse *p, const struct rtsp_message *m)
{
    enum dir asker = m->start.answer ? 1 - p->dir : p->dir;

    return m->sequence << 1 | asker;
}

static void report(struct parse *p, const struct rtsp_message *m)
{
    if (!m->start.answer) {
        parse_tx_key(p, TX_REQUEST, key_of(p, m));
        parse_field(p, FIELD_RTSP_METHOD, m->start.method);
        parse_field(p, FIELD_RTSP_URI, m->start.target);
        if (m->sequence != UINT64_MAX)
            parse_uint(p, FIELD_RTSP_SEQUENCE, m->sequence);
        put(p, FIELD_RTSP_AGENT, m->agent);
        return;
    }
    parse_tx_key(p, TX_REPLY, key_of(p, m));
    parse_uint(p, FIELD_RTSP_STATUS, m->start.status);
    put(p, FIELD_RTSP_REASON, m->start.reason);
    put(p, FIELD_RTSP_SERVER, m->server);
    put(p, FIELD_RTSP_SESSION, m->session);
    put(p, FIELD_RTSP_TRANSPORT, m->transport);
    put(p, FIELD_RTSP_TYPE, m->type);
    parse_tx_key(p, TX_DONE, key_of(p, m));
}

/* ---- ---- */

static void prove(struct parse *p, struct rtsp_state *s, const struct rtsp_message *m)
{
    parse_proof(p, m->sequence != UINT64_MAX ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
}

/* A frame of media, or a message; returns how many bytes behind it are a body. */
static uint64_t step(struct parse *p, struct rtsp_state *s, struct cursor *in, bool *body)
{
    struct rtsp_message m;

    *body = false;
    if (cur_peek(in) == MEDIA && s->matched) {
        cur_skip(in, 2);
        return cur_be16(in);
    }
    m = read_message(in);
    if (in->state != CUR_OK)
        return 0;
    *body = true;
    prove(p, s, &m);
    report(p, &m);
    announce_media(p, &m);
    return m.length;
}

static bool rtsp_probe(enum dir from, struct span first)
{
    (void)from;
    if (first.p[0] == MEDIA)
        return first.n == 1;
    if (span_starts(SPAN("RTSP/"), span_first(first, 5)))
        return true;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct span method = span_text(methods[i]);

        if (span_starts(method, span_first(first, method.n)) &&
            (first.n <= method.n || first.p[method.n] == ' '))
            return true;
    }
    return false;
}

static enum parse_result rtsp_parse(struct parse *p, struct cursor *in)
{
    struct rtsp_state *s = p->state;

    if (s->lost[p->dir] && !rtsp_probe(p->dir, cur_look(in))) {
        (void)cur_rest(in);
        parse_commit(p, in);
        return s->matched ? PARSE_MATCH : PARSE_MORE;
    }
    s->lost[p->dir] = false;
    while (in->pos < in->end) {
        bool body;
        uint64_t n = step(p, s, in, &body);

        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
        if (n == 0)
            continue;
        if (body)
            parse_pass(p, n, BUFFER_BODY, BUFFER_WHOLE);
        else
            parse_skip(p, n);
        break;
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* The next segment that begins a message is where reading goes on. */
static void rtsp_gap(struct parse *p, uint64_t missing)
{
    struct rtsp_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

const struct parser parser_rtsp = {
    .name = "rtsp",
    .evidence = "request or status line of RTSP, CSeq",
    .app = APP_RTSP,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct rtsp_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = rtsp_probe,
    .parse = rtsp_parse,
    .gap = rtsp_gap,
};
