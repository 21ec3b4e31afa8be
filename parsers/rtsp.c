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
    bool lost[2];
};

static const uint16_t ports[] = {PORT, 8554, 322, 0};

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
    if (cur_peek(in) == RTSP_MEDIA && s->matched) {
        cur_skip(in, 2);
        return cur_be16(in);
    }
    m = rtsp_message_read(in);
    if (in->state != CUR_OK)
        return 0;
    *body = true;
    prove(p, s, &m);
    rtsp_message_report(p, &m);
    announce_media(p, &m);
    return m.length;
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
