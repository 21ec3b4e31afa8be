/* SPDX-License-Identifier: Apache-2.0
 *
 * RTSP 1.0 (RFC 2326) and 2.0 (RFC 7826): both sides may ask; media may run through the same
 * connection, behind '$', a channel and a length.
 */
#include "parser/parser.h"
#include "support/rtp.h"
#include "support/rtsp_message.h"

enum {
    PORT = 554,
    PENDING = 32 << 10,
};

struct rtsp_state {
    bool matched;
    bool begun[2];
    bool lost[2];
    struct text_head head[2];
};

static const uint16_t ports[] = {PORT, 8554, 322, 0};

/* ---- media ---- */

static uint16_t read_port(struct span text)
{
    uint64_t port = text_number(text);

    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* "\"192.0.2.5:4588\"/\":4589\"": what stands behind the last colon of the first address. */
static uint16_t address_port(struct span text)
{
    struct span address = span_from(text, span_index(text, '"') + 1);

    address = span_first(address, span_index(address, '"'));
    for (size_t i = address.n; i > 0; i--)
        if (address.p[i - 1] == ':')
            return read_port(span_from(address, i));
    return 0;
}

/* The first port of the client: "client_port=4588-4589" in RTSP 1.0 (RFC 2326 section 12.39),
 * "dest_addr=..." in 2.0 (RFC 7826 section 18.54). 0: there is none. */
static uint16_t client_port(struct span transport)
{
    static const struct span old = {(const uint8_t *)"client_port=", 12};
    static const struct span new = {(const uint8_t *)"dest_addr=", 10};

    for (size_t at = 0; at < transport.n;) {
        struct span rest = span_from(transport, at);
        size_t n = span_index(rest, ';');
        struct span part = span_trim(span_first(rest, n));

        if (span_starts_nocase(part, old))
            return read_port(span_from(part, old.n));
        if (span_starts_nocase(part, new))
            return address_port(span_from(part, new.n));
        at += n + 1;
    }
    return 0;
}

/* The answer to SETUP says on which ports of the client the media arrive. */
static void announce_media(struct parse *p, const struct rtsp_message *m)
{
    if (m->start.answer && p->dir == DIR_SERVER && m->start.status == 200)
        rtp_announce(p, DIR_CLIENT, client_port(m->transport));
}

static void prove(struct parse *p, struct rtsp_state *s, const struct rtsp_message *m)
{
    parse_proof(p, m->sequence != UINT64_MAX ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
}

static struct rtsp_message message(struct parse *p, struct rtsp_state *s, struct cursor *in)
{
    struct rtsp_message m = rtsp_message_read(in);

    if (in->state != CUR_OK)
        return m;
    s->head[p->dir] = (struct text_head){0};
    prove(p, s, &m);
    rtsp_message_report(p, &m);
    announce_media(p, &m);
    return m;
}

/* A frame of media, or a message; returns how many bytes behind it are a body. */
static uint64_t step(struct parse *p, struct rtsp_state *s, struct cursor *in, bool *body)
{
    *body = false;
    if (cur_peek(in) == RTSP_MEDIA && s->matched) {
        cur_skip(in, 2);
        return cur_be16(in);
    }
    if (!s->matched && !rtsp_message_begins(cur_look(in)))
        cur_fail(in);
    if (!text_head_is_whole(&s->head[p->dir], in, SPAN("RTSP/")))
        return 0;
    *body = true;
    return message(p, s, in).length;
}

/* Of RTP or RTCP (RFC 3550): what else begins a segment so would have to be lucky. */
static bool media_begins(struct span first)
{
    return first.n > 4 && first.p[0] == RTSP_MEDIA && first.p[1] < 32 && first.p[4] >> 6 == 2;
}

/* Is it known where a message begins in this direction? */
static bool in_step(struct parse *p, struct rtsp_state *s, const struct cursor *in)
{
    if (!s->begun[p->dir]) {
        s->begun[p->dir] = true;
        s->lost[p->dir] = p->midstream && p->transport == OVER_TCP;
    }
    if (s->lost[p->dir] &&
        (rtsp_message_begins(cur_look(in)) || (s->matched && media_begins(cur_look(in)))))
        s->lost[p->dir] = false;
    return !s->lost[p->dir];
}

/* Empty lines in front of a message say nothing (RFC 2326 section 4.2). */
static void pass_empty_lines(struct cursor *in)
{
    while (in->pos < in->end && (*in->pos == '\r' || *in->pos == '\n'))
        cur_skip(in, 1);
}

static enum parse_result verdict(const struct rtsp_state *s)
{
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

/* Messages do not go on in the next one. */
static enum parse_result datagram(struct parse *p, struct rtsp_state *s, struct cursor *in)
{
    if (!rtsp_message_begins(cur_look(in)))
        return PARSE_REJECT;
    while (cur_left(in)) {
        uint64_t n = message(p, s, in).length;
        struct span body = cur_span(in, n < cur_left(in) ? (size_t)n : cur_left(in));

        if (in->state != CUR_OK)
            return PARSE_REJECT;
        if (body.n)
            parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, body);
        parse_commit(p, in);
    }
    return verdict(s);
}

static bool rtsp_probe(enum dir from, struct span first)
{
    (void)from;
    if (first.p[0] == RTSP_MEDIA)
        return first.n == 1;
    return rtsp_message_begins(first);
}

static enum parse_result rtsp_parse(struct parse *p, struct cursor *in)
{
    struct rtsp_state *s = p->state;

    if (p->transport == OVER_UDP)
        return datagram(p, s, in);
    if (!in_step(p, s, in)) {
        (void)cur_rest(in);
        parse_commit(p, in);
        return verdict(s);
    }
    while (in->pos < in->end) {
        bool body;
        uint64_t n;

        if (s->matched)
            pass_empty_lines(in);
        parse_commit(p, in);
        if (in->pos == in->end)
            break;
        n = step(p, s, in, &body);
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
    return in->state == CUR_BAD ? PARSE_REJECT : verdict(s);
}

/* The next segment that begins a message or a frame of media is where reading goes on. */
static void rtsp_gap(struct parse *p, uint64_t missing)
{
    struct rtsp_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->head[p->dir] = (struct text_head){0};
}

const struct parser parser_rtsp = {
    .name = "rtsp",
    .evidence = "request or status line of RTSP, CSeq",
    .app = APP_RTSP,
    .transports = OVER_TCP | OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct rtsp_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = rtsp_probe,
    .parse = rtsp_parse,
    .gap = rtsp_gap,
};
