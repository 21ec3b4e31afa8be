/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP and RTCP (RFC 3550), announced by SIP or RTSP, or by themselves: a stream is known by a
 * source that stays while its numbers go on, a report by lengths that fill the datagram.
 *
 *     RTP   version 2, sources(4 bits) mark, type(1) number(2) time(4) source(4) sources extension
 *     RTCP  version 2, count(5 bits) type(1) length in words(2) source(4) ..., several in a row
 */
#include "parser/parser.h"

#define NTP_EPOCH UINT64_C(2208988800) /* 1970 in seconds since 1900 */
#define DAY       86400u

enum {
    VERSION = 2,
    PADDED = 0x20,
    EXTENDED = 0x10,
    STATIC_LAST = 34,   /* types of RFC 3551 */
    DYNAMIC_FIRST = 96, /* and those that are agreed on */
    RTCP_FIRST = 192,   /* RFC 5761 section 4: these second bytes are of RTCP */
    RTCP_LAST = 223,
    SENDER_REPORT = 200,
    RECEIVER_REPORT = 201,
    DESCRIPTION = 202,
    REPORT_LAST = 207,
    REPORTS_MOST = 16, /* in one datagram */
    AHEAD = 3,         /* numbers may jump so far when a datagram is lost */
    SURE = 3,          /* times that a stream went on */
};

struct rtp_side {
    uint32_t source, time;
    uint32_t reporter; /* of the last report; 0: none yet */
    uint16_t number;
    uint8_t again; /* times in a row that it went on */
};

struct rtp_state {
    struct rtp_side side[2];
    bool matched;
};

static bool is_report(uint8_t type)
{
    return type >= RTCP_FIRST && type <= RTCP_LAST;
}

/* Somebody has said that it comes: the second byte tells the two apart. */
static enum parse_result announced(struct parse *p, struct cursor *in)
{
    uint8_t first = cur_u8(in), second = cur_u8(in);

    if (in->state != CUR_OK || first >> 6 != VERSION)
        return PARSE_REJECT;
    if (is_report(second))
        parse_app(p, APP_RTCP);
    parse_commit(p, in);
    return PARSE_DONE;
}

static enum parse_result claim(struct parse *p, struct rtp_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
    return proof >= PROOF_STRONG ? PARSE_DONE : PARSE_MATCH;
}

/* ---- streams ---- */

/* The last byte counts the padding, itself included. */
static bool is_padded_well(struct cursor body)
{
    struct span rest = cur_rest(&body);

    return rest.n && rest.p[rest.n - 1] > 0 && rest.p[rest.n - 1] <= rest.n;
}

/* Behind the first two bytes. False: no header of a stream. */
static bool stream_read(struct cursor *in, uint8_t first, uint8_t second, struct rtp_side *now)
{
    uint8_t type = second & 0x7f;

    now->number = cur_be16(in);
    now->time = cur_be32(in);
    now->source = cur_be32(in);
    cur_skip(in, (size_t)4 * (first & 15));
    if (first & EXTENDED) {
        cur_skip(in, 2);
        cur_skip(in, (size_t)4 * cur_be16(in));
    }
    return in->state == CUR_OK && now->source && cur_left(in) &&
           (type <= STATIC_LAST || type >= DYNAMIC_FIRST) &&
           (!(first & PADDED) || is_padded_well(*in));
}

static bool goes_on(const struct rtp_side *before, const struct rtp_side *now)
{
    uint16_t step = (uint16_t)(now->number - before->number);

    return now->source == before->source && step >= 1 && step <= AHEAD &&
           now->time - before->time < UINT32_MAX / 2;
}

static enum parse_result stream(struct parse *p, struct rtp_state *s, struct cursor *in,
                                uint8_t first, uint8_t second)
{
    struct rtp_side *before = &s->side[p->dir], now = {0};

    if (!stream_read(in, first, second, &now))
        return PARSE_REJECT;
    now.reporter = before->reporter;
    now.again = goes_on(before, &now) ? (uint8_t)(before->again + 1) : 0;
    *before = now;
    (void)cur_rest(in);
    parse_commit(p, in);
    if (now.again == 0)
        return PARSE_MORE;
    return claim(p, s, now.again >= SURE ? PROOF_STRONG : PROOF_FAIR);
}

/* ---- reports ---- */

struct reports {
    uint32_t source;
    bool described; /* the source has a name */
    bool today;
};

/* The words behind the head that its count asks for at least: twenty bytes of a sender's, then 24
 * for each source. */
static bool is_long_enough(uint8_t type, unsigned count, uint16_t words)
{
    if (type == SENDER_REPORT)
        return words >= 6 + 6 * count;
    if (type == RECEIVER_REPORT)
        return words >= 1 + 6 * count;
    return words >= 1 || count == 0;
}

/* A sender's report says what time it is: is that today? */
static bool is_of_today(const struct parse *p, struct cursor body)
{
    uint32_t now = (uint32_t)(p->time_us / 1000000 + NTP_EPOCH);

    return cur_be32(&body) - now + DAY < 2 * DAY && body.state == CUR_OK;
}

/* All reports of the datagram; how many, and whether one describes the source of the first. */
static unsigned reports_read(const struct parse *p, struct cursor *in, uint8_t first,
                             uint8_t second, struct reports *r)
{
    unsigned n = 0;

    *r = (struct reports){0};
    while (n < REPORTS_MOST) {
        uint16_t words = cur_be16(in);
        struct cursor body = cur_sub(in, (size_t)4 * words);
        uint32_t from = cur_be32(&body);

        if (in->state != CUR_OK || first >> 6 != VERSION || second < SENDER_REPORT ||
            second > REPORT_LAST || !is_long_enough(second, first & 31u, words))
            return 0;
        if (n++ == 0)
            r->source = from;
        r->described |= second == DESCRIPTION && from == r->source;
        r->today |= second == SENDER_REPORT && is_of_today(p, body);
        if (cur_left(in) == 0)
            return n;
        if (first & PADDED)
            return 0; /* only the last one has padding */
        first = cur_u8(in);
        second = cur_u8(in);
    }
    return 0;
}

/* RFC 3550 section 6.1: a report comes first, and the source is described. */
static enum parse_result report(struct parse *p, struct rtp_state *s, struct cursor *in,
                                uint8_t first, uint8_t second)
{
    struct rtp_side *side = &s->side[p->dir];
    struct reports r;
    unsigned n = reports_read(p, in, first, second, &r);
    bool again;

    if (n == 0 || r.source == 0 || (second != SENDER_REPORT && second != RECEIVER_REPORT))
        return PARSE_REJECT;
    again = side->reporter == r.source;
    side->reporter = r.source;
    if (!s->matched)
        parse_app(p, APP_RTCP);
    parse_commit(p, in);
    if (n == 1 && !again && !r.today)
        return PARSE_MORE;
    return claim(p, s, again || r.described ? PROOF_STRONG : PROOF_FAIR);
}

static enum parse_result rtp_parse(struct parse *p, struct cursor *in)
{
    struct rtp_state *s = p->state;
    uint8_t first, second;
    enum parse_result result;

    if (p->expected)
        return announced(p, in);
    first = cur_u8(in);
    second = cur_u8(in);
    if (in->state != CUR_OK || first >> 6 != VERSION)
        result = PARSE_REJECT;
    else if (is_report(second))
        result = report(p, s, in, first, second);
    else
        result = stream(p, s, in, first, second);
    /* Other things may travel beside it. */
    return result == PARSE_REJECT && s->matched ? PARSE_MATCH : result;
}

static bool rtp_probe(enum dir from, struct span first)
{
    (void)from;
    if (first.p[0] >> 6 != VERSION)
        return false;
    return first.n < 2 || is_report(first.p[1]) || (first.p[1] & 0x7f) <= STATIC_LAST ||
           (first.p[1] & 0x7f) >= DYNAMIC_FIRST;
}

const struct parser parser_rtp = {
    .name = "rtp",
    .evidence = "announced by RTSP or SIP; a source whose numbers go on; reports of exact lengths",
    .app = APP_RTP,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .state_size = sizeof(struct rtp_state),
    .max_pending = UINT16_MAX,
    .midstream = true,
    .probe = rtp_probe,
    .parse = rtp_parse,
};
