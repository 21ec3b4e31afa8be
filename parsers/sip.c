/* SPDX-License-Identifier: Apache-2.0
 *
 * SIP (RFC 3261), over UDP and TCP, with the session descriptions (RFC 8866) it carries.
 *
 * A message that has all of Via, From, To, Call-ID and CSeq is nothing else, whoever sent it.
 */
#include "parser/parser.h"
#include "support/text_message.h"

enum {
    PORT = 5060,
    PENDING = 64 << 10,
    REFUSALS_NOTED = 5, /* of registrations and calls in one session: somebody tries */
    MEDIA_MOST = 8,
};

enum must {
    MUST_VIA = 1,
    MUST_FROM = 2,
    MUST_TO = 4,
    MUST_CALL = 8,
    MUST_CSEQ = 16,
    MUST_ALL = 31
};

struct sip_message {
    struct text_start start;
    struct span via, from, to, call, cseq, agent, server, type;
    uint64_t length;
    unsigned must;
    struct span body;
};

struct sip_state {
    bool matched;
    bool lost[2];
    uint8_t refusals;
};

static const uint16_t ports[] = {PORT, 5061, 5080, 0};

static const char *const methods[] = {
    "INVITE",    "ACK",    "BYE",     "CANCEL", "REGISTER", "OPTIONS", "PRACK",
    "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",   "REFER",    "MESSAGE", "UPDATE",
};

static bool is_method(struct span name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (span_equal(name, span_text(methods[i])))
            return true;
    return false;
}

static bool is_target(struct span target)
{
    return span_starts_nocase(target, SPAN("sip:")) || span_starts_nocase(target, SPAN("sips:")) ||
           span_starts_nocase(target, SPAN("tel:")) || span_starts_nocase(target, SPAN("urn:"));
}

/* RFC 3261 section 7.3.3: some names have a short form. */
static bool is_named(struct span name, struct span full, char letter)
{
    return span_equal_nocase(name, full) ||
           (letter && name.n == 1 && span_lower(name.p[0]) == letter);
}

static void read_header(struct sip_message *m, const struct text_header *h)
{
    static const struct {
        const char *name;
        char letter;
        uint8_t must;
        size_t offset;
    } known[] = {
        {"Via", 'v', MUST_VIA, offsetof(struct sip_message, via)},
        {"From", 'f', MUST_FROM, offsetof(struct sip_message, from)},
        {"To", 't', MUST_TO, offsetof(struct sip_message, to)},
        {"Call-ID", 'i', MUST_CALL, offsetof(struct sip_message, call)},
        {"CSeq", 0, MUST_CSEQ, offsetof(struct sip_message, cseq)},
        {"User-Agent", 0, 0, offsetof(struct sip_message, agent)},
        {"Server", 0, 0, offsetof(struct sip_message, server)},
        {"Content-Type", 'c', 0, offsetof(struct sip_message, type)},
    };

    if (is_named(h->name, SPAN("Content-Length"), 'l')) {
        m->length = text_number(h->value);
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct span *at = (struct span *)(void *)((char *)m + known[i].offset);

        if (!is_named(h->name, span_text(known[i].name), known[i].letter))
            continue;
        m->must |= known[i].must;
        if (at->n == 0)
            *at = h->value;
        return;
    }
}

/* A datagram may go without the length of its body: all of the rest. Some cut it short. */
static void read_body(const struct parse *p, struct cursor *in, struct sip_message *m)
{
    if (p->transport == OVER_UDP) {
        m->body = span_first(cur_rest(in), m->length == UINT64_MAX ? SIZE_MAX : (size_t)m->length);
        return;
    }
    if (m->length == UINT64_MAX)
        m->length = 0;
    if (m->length > PENDING)
        cur_fail(in);
    m->body = cur_span(in, (size_t)m->length);
}

static struct sip_message read_message(const struct parse *p, struct cursor *in)
{
    struct sip_message m = {.length = UINT64_MAX};

    m.start = text_start_read(in, SPAN("SIP/"));
    if (in->state != CUR_OK)
        return m;
    if (!m.start.answer && (!is_method(m.start.method) || !is_target(m.start.target)))
        cur_fail(in);
    for (int i = 0; i < TEXT_HEADERS_MOST && in->state == CUR_OK; i++) {
        struct text_header h = text_header_read(in);

        if (h.name.n == 0)
            break;
        read_header(&m, &h);
    }
    if (p->transport == OVER_UDP && in->state == CUR_SHORT)
        in->state = m.must == MUST_ALL ? CUR_OK : CUR_BAD; /* cut by somebody on the way */
    if (in->state == CUR_OK)
        read_body(p, in, &m);
    return m;
}

/* ---- report ---- */

/* "m=audio 49170 RTP/AVP 0" */
static void put_media(struct parse *p, struct span body)
{
    struct cursor c = cur_of(body);

    for (int told = 0; told < MEDIA_MOST && cur_left(&c);) {
        struct span line = cur_line(&c, TEXT_LINE_MOST);

        if (c.state != CUR_OK)
            return;
        if (!span_starts(line, SPAN("m=")))
            continue;
        parse_field(p, FIELD_SIP_MEDIA, span_from(line, 2));
        told++;
    }
}

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void report(struct parse *p, const struct sip_message *m)
{
    bool answer = m->start.answer;

    parse_tx(p, TX_REQUEST); /* both sides ask: each message stands by itself */
    if (answer) {
        parse_field(p, FIELD_SIP_VERSION, m->start.version);
        parse_uint(p, FIELD_SIP_CODE, m->start.status);
        put(p, FIELD_SIP_REASON, m->start.reason);
        parse_field(p, FIELD_SIP_RESPONSE_LINE, m->start.line);
    } else {
        parse_field(p, FIELD_SIP_METHOD, m->start.method);
        parse_field(p, FIELD_SIP_URI, m->start.target);
        parse_field(p, FIELD_SIP_VERSION, m->start.version);
        parse_field(p, FIELD_SIP_REQUEST_LINE, m->start.line);
    }
    put(p, FIELD_SIP_VIA, m->via);
    put(p, FIELD_SIP_FROM, m->from);
    put(p, FIELD_SIP_TO, m->to);
    put(p, FIELD_SIP_CALL, m->call);
    put(p, FIELD_SIP_AGENT, m->agent.n ? m->agent : m->server);
    if (span_starts_nocase(m->type, SPAN("application/sdp")))
        put_media(p, m->body);
    parse_tx(p, TX_DONE);
    if (m->body.n)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, m->body);
}

/* Who guesses names and passwords is refused again and again. */
static void count_refusal(struct parse *p, struct sip_state *s, const struct sip_message *m)
{
    unsigned code = m->start.status;
    bool wanted = span_index(m->cseq, 'R') < m->cseq.n || span_index(m->cseq, 'I') < m->cseq.n;

    if (!m->start.answer || !wanted || (code != 401 && code != 403 && code != 407))
        return;
    if (s->refusals < UINT8_MAX && ++s->refusals == REFUSALS_NOTED)
        parse_refused(p, "SIP server refuses again and again", m->to);
}

/* Keep-alives: CR LF, or single zeros (RFC 5626 section 3.5.1 and those before it). */
static void pass_keepalives(struct cursor *in)
{
    while (in->pos < in->end && (*in->pos == '\r' || *in->pos == '\n' || *in->pos == 0))
        cur_skip(in, 1);
}

static bool sip_probe(enum dir from, struct span first)
{
    (void)from;
    while (first.n && (first.p[0] == '\r' || first.p[0] == '\n' || first.p[0] == 0))
        first = span_from(first, 1);
    if (first.n == 0)
        return true;
    if (span_starts(SPAN("SIP/2.0 "), span_first(first, 8)))
        return true;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct span method = span_text(methods[i]);

        if (!span_starts(method, span_first(first, method.n)))
            continue;
        if (first.n <= method.n)
            return true;
        if (first.p[method.n] != ' ')
            continue;
        return first.n < method.n + 6 || is_target(span_from(first, method.n + 1));
    }
    return false;
}

static enum parse_result sip_parse(struct parse *p, struct cursor *in)
{
    struct sip_state *s = p->state;

    if (s->lost[p->dir] && !sip_probe(p->dir, cur_look(in))) {
        (void)cur_rest(in);
        parse_commit(p, in);
        return s->matched ? PARSE_MATCH : PARSE_MORE;
    }
    s->lost[p->dir] = false;
    while (in->pos < in->end) {
        struct sip_message m;

        pass_keepalives(in);
        parse_commit(p, in);
        if (in->pos == in->end)
            break;
        m = read_message(p, in);
        if (in->state == CUR_OK && m.must != MUST_ALL && !s->matched)
            cur_fail(in);
        if (in->state != CUR_OK)
            break;
        parse_proof(p, PROOF_CERTAIN);
        s->matched = true;
        report(p, &m);
        count_refusal(p, s, &m);
        parse_commit(p, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* The next segment that begins a message is where reading goes on. */
static void sip_gap(struct parse *p, uint64_t missing)
{
    struct sip_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

const struct parser parser_sip = {
    .name = "sip",
    .evidence = "request or answer with Via, From, To, Call-ID and CSeq",
    .app = APP_SIP,
    .transports = OVER_TCP | OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct sip_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = sip_probe,
    .parse = sip_parse,
    .gap = sip_gap,
};
