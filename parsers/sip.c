/* SPDX-License-Identifier: Apache-2.0
 *
 * SIP (RFC 3261), over UDP and TCP, with the session descriptions (RFC 8866) it carries.
 *
 * A message that has all of Via, From, To, Call-ID and CSeq is nothing else, whoever sent it.
 */
#include "parser/parser.h"
#include "support/rtp.h"
#include "support/sip_message.h"

enum {
    PORT = 5060,
    PENDING = 64 << 10,
    MEDIA_MOST = 8,
    ASKED = 16,
    /* A challenge alone is how every login begins: it weighs less than a refused answer to one. */
    WEIGHT_CHALLENGE = 1,
    WEIGHT_REFUSAL = 5,
    WEIGHT_NOTED = 25, /* within a minute, nobody let in between: somebody tries */
    MINUTE = 60 * 1000 * 1000,
};

struct sip_state {
    bool matched;
    bool begun[2];
    bool lost[2];
    bool noted;
    uint8_t next;
    uint16_t weight;
    uint64_t since_us;
    uint32_t asked[ASKED]; /* what the last requests with credentials were, hashed; 0 = none */
    struct text_head head[2];
};

static const uint16_t ports[] = {PORT, 5061, 5080, 0};

/* ---- report ---- */

/* "audio 49170 RTP/AVP 0": voice and pictures come to this port of who says so. */
static void announce_media(struct parse *p, struct span media)
{
    struct span port = span_from(media, span_index(media, ' ') + 1);
    struct span kind = span_from(port, span_index(port, ' ') + 1);
    uint64_t number = text_number(port);

    if (number <= UINT16_MAX && span_starts(kind, SPAN("RTP/")))
        rtp_announce(p, p->dir, (uint16_t)number);
}

static void read_media(struct parse *p, struct span body)
{
    struct cursor c = cur_of(body);

    for (int told = 0; told < MEDIA_MOST && cur_left(&c);) {
        struct span look = cur_look(&c);
        bool ends = span_index(look, '\n') < look.n;
        struct span line =
            ends ? cur_line(&c, look.n) : cur_rest(&c); /* the last one may go without */

        if (!span_starts(line, SPAN("m=")))
            continue;
        parse_field(p, FIELD_SIP_MEDIA, span_from(line, 2));
        announce_media(p, span_from(line, 2));
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
    put(p, FIELD_SIP_CSEQ, m->cseq);
    put(p, FIELD_SIP_AGENT, m->agent.n ? m->agent : m->server);
    if (sip_is_description(m))
        read_media(p, m->body);
    parse_tx(p, TX_DONE);
    if (m->body.n)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, m->body);
}

/* ---- who guesses names and passwords ---- */

static uint32_t request_hash(const struct sip_message *m)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < m->call.n; i++)
        hash = (hash ^ m->call.p[i]) * 16777619u;
    for (size_t i = 0; i < m->cseq.n; i++)
        hash = (hash ^ m->cseq.p[i]) * 16777619u;
    return hash ? hash : 1;
}

/* Was this answered to a request that had credentials? */
static bool had_credentials(struct sip_state *s, const struct sip_message *m)
{
    uint32_t hash = request_hash(m);

    for (unsigned i = 0; i < ASKED; i++)
        if (s->asked[i] == hash) {
            s->asked[i] = 0;
            return true;
        }
    return false;
}

static void count_refusal(struct parse *p, struct sip_state *s, const struct sip_message *m)
{
    unsigned code = m->start.status, weight = WEIGHT_REFUSAL;

    if (code != 401 && code != 403 && code != 407)
        return;
    if (code != 403 && !had_credentials(s, m))
        weight = WEIGHT_CHALLENGE;
    if (s->weight == 0 || p->time_us - s->since_us > MINUTE) {
        s->since_us = p->time_us;
        s->weight = 0;
    }
    s->weight = (uint16_t)(s->weight + weight);
    if (s->weight < WEIGHT_NOTED || s->noted)
        return;
    s->noted = true;
    parse_refused(p, "SIP server refuses again and again", m->to);
}

static void watch_logins(struct parse *p, struct sip_state *s, const struct sip_message *m)
{
    if (!sip_is_about(m, SPAN("REGISTER")) && !sip_is_about(m, SPAN("INVITE")))
        return;
    if (m->start.answer && m->start.status / 100 == 2)
        s->weight = 0;
    else if (m->start.answer)
        count_refusal(p, s, m);
    else if (m->authorization.n)
        s->asked[s->next++ % ASKED] = request_hash(m);
}

/* Is it known where a message begins in this direction? */
static bool in_step(struct parse *p, struct sip_state *s, const struct cursor *in)
{
    if (!s->begun[p->dir]) {
        s->begun[p->dir] = true;
        s->lost[p->dir] = p->midstream && p->transport == OVER_TCP;
    }
    if (s->lost[p->dir] && sip_message_begins(cur_look(in)))
        s->lost[p->dir] = false;
    return !s->lost[p->dir];
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
    return sip_message_begins(first);
}

static enum parse_result verdict(const struct sip_state *s)
{
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static enum parse_result sip_parse(struct parse *p, struct cursor *in)
{
    struct sip_state *s = p->state;

    if (!in_step(p, s, in)) {
        (void)cur_rest(in);
        parse_commit(p, in);
        return verdict(s);
    }
    while (in->pos < in->end) {
        struct sip_message m;

        pass_keepalives(in);
        parse_commit(p, in);
        if (in->pos == in->end)
            break;
        if (!s->matched && !sip_message_begins(cur_look(in)))
            return PARSE_REJECT;
        m = sip_message_read(p, in, &s->head[p->dir]);
        if (in->state == CUR_OK && m.must != SIP_HAS_ALL && !s->matched)
            cur_fail(in);
        if (in->state != CUR_OK)
            break;
        s->head[p->dir] = (struct text_head){0};
        parse_proof(p, PROOF_CERTAIN);
        s->matched = true;
        report(p, &m);
        watch_logins(p, s, &m);
        parse_commit(p, in);
        if (m.pass) {
            parse_pass(p, m.pass, BUFFER_BODY, BUFFER_WHOLE);
            return PARSE_MATCH;
        }
    }
    return in->state == CUR_BAD ? PARSE_REJECT : verdict(s);
}

/* The next segment that begins a message is where reading goes on. */
static void sip_gap(struct parse *p, uint64_t missing)
{
    struct sip_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->head[p->dir] = (struct text_head){0};
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
