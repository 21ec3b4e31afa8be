/* SPDX-License-Identifier: Apache-2.0
 *
 * STUN and TURN, over UDP and TCP, and what shares their datagrams once two ends have found each
 * other: DTLS, RTP, TURN's channels, told apart by the first byte (RFC 7983).
 *
 * Over TCP messages follow each other as they are (RFC 8489 section 6.2.2), or each has a length in
 * front (RFC 4571), as ICE does it.
 */
#include "parser/parser.h"
#include "support/stun_message.h"

enum {
    STUN_PORT = 3478,
    TLS_PORT = 5349,
    PENDING = 65535 + STUN_HEAD + 2,
    TOLD_MAX = 16, /* binding messages reported; later ones only keep the way open */
    USER_MAX = 48,
    RTP_HEAD = 12,
};

enum framing { FRAMING_UNKNOWN, FRAMING_NONE, FRAMING_LENGTH };

enum inner_flag { INNER_DTLS = 1, INNER_RTP = 2, INNER_RTCP = 4 };

struct stun {
    uint8_t asked[2][16]; /* the last transaction that either side began */
    uint8_t user[USER_MAX];
    uint8_t user_n;
    uint8_t asks; /* bit DIR_x: asked[DIR_x] is one */
    uint8_t proof;
    uint8_t told;
    uint8_t inner;
    uint8_t framing;
    uint8_t lost[2];
};

static void prove(struct parse *p, struct stun *s, enum proof proof)
{
    if (proof <= s->proof)
        return;
    s->proof = (uint8_t)proof;
    parse_proof(p, proof);
}

static bool home(const struct parse *p)
{
    return p->server_port == STUN_PORT || p->client_port == STUN_PORT;
}

/* ---- messages ---- */

/* Is this the answer to the last request of the other side? */
static bool is_answer(const struct parse *p, const struct stun *s, const struct stun_message *m)
{
    enum dir peer = 1 - p->dir;

    return m->class >= STUN_SUCCESS && s->asks >> peer & 1 &&
           span_equal(m->id, span_of(s->asked[peer], sizeof s->asked[peer]));
}

/* Nothing but its lengths speaks for a message of RFC 3489. */
static void judge(struct parse *p, struct stun *s, const struct stun_message *m)
{
    if (is_answer(p, s, m) || m->checked)
        prove(p, s, PROOF_CERTAIN);
    else if (!m->classic)
        prove(p, s, PROOF_STRONG);
    else if (home(p))
        prove(p, s, m->familiar ? PROOF_STRONG : PROOF_FAIR);
}

static void remember(const struct parse *p, struct stun *s, const struct stun_message *m)
{
    struct span user = span_first(m->user, USER_MAX);

    if (m->class != STUN_REQUEST)
        return;
    memcpy(s->asked[p->dir], m->id.p, sizeof s->asked[p->dir]);
    s->asks |= (uint8_t)(1u << p->dir);
    s->user_n = (uint8_t)user.n;
    if (user.n)
        memcpy(s->user, user.p, user.n);
}

/* The first 401 only tells how to log in; after a name was given it is a refusal. */
static void judge_error(struct parse *p, const struct stun *s, const struct stun_message *m)
{
    struct span user = span_of(s->user, s->user_n);

    if (m->class != STUN_ERROR || !is_answer(p, s, m))
        return;
    if ((m->error == 401 && user.n) || m->error == 441)
        parse_refused(p, "TURN login refused", user);
    if (m->error == 403)
        parse_refused(p, "TURN request forbidden", user);
}

static void inner(struct parse *p, struct stun *s, enum inner_flag flag, enum app app)
{
    if (s->inner & flag)
        return;
    s->inner |= (uint8_t)flag;
    parse_inner(p, app);
}

/* What travels beside, or in the relay. */
static void other(struct parse *p, struct stun *s, struct span bytes)
{
    struct cursor c = cur_of(bytes);
    uint8_t first = cur_u8(&c);
    uint8_t second = cur_u8(&c);

    if (first >= 20 && first <= 63 && second == 0xfe)
        inner(p, s, INNER_DTLS, APP_DTLS);
    else if (first < 128 || first > 191)
        return;
    else if (second >= 192 && second <= 223) /* RFC 5761 section 4 */
        inner(p, s, INNER_RTCP, APP_RTCP);
    else if (bytes.n >= RTP_HEAD)
        inner(p, s, INNER_RTP, APP_RTP);
}

static void message(struct parse *p, struct stun *s, const struct stun_message *m)
{
    judge(p, s, m);
    judge_error(p, s, m);
    if (m->method != STUN_BINDING || s->told < TOLD_MAX) {
        s->told = (uint8_t)(s->told + (m->method == STUN_BINDING));
        stun_report(p, m);
    }
    remember(p, s, m);
    if (m->payload.n && stun_begins(m->payload))
        return;
    if (m->payload.n)
        other(p, s, m->payload);
}

/* RFC 8656 section 12.4: channel, length, data; over TCP padded to four bytes. */
static bool is_channel(struct span bytes)
{
    return bytes.n && bytes.p[0] >> 6 == 1;
}

/* ---- datagrams ---- */

static enum parse_result datagram(struct parse *p, struct stun *s, struct cursor *in)
{
    struct stun_message m;
    struct cursor channel = *in;
    struct span all = cur_look(in);

    stun_read(in, &m);
    if (cur_done(in) && (!m.classic || m.familiar || home(p))) {
        message(p, s, &m);
    } else if (s->proof == PROOF_NONE) {
        return PARSE_REJECT;
    } else if (is_channel(all)) {
        cur_skip(&channel, 2);
        other(p, s, cur_span(&channel, cur_be16(&channel)));
    } else {
        other(p, s, all);
    }
    *in = cur_of(span_from(all, all.n));
    parse_commit(p, in);
    return s->proof >= PROOF_FAIR ? PARSE_MATCH : PARSE_MORE;
}

/* ---- streams ---- */

enum flow { FLOW_ON, FLOW_WAIT, FLOW_SKIP, FLOW_UPGRADE, FLOW_REJECT };

static bool framed_begins(struct span first)
{
    struct cursor c = cur_of(first);
    uint16_t length = cur_be16(&c);

    if (first.p[0] >= 8) /* longer than any message with which two ends begin */
        return false;
    return first.n < 2 || (length >= STUN_HEAD && stun_begins(span_from(first, 2)));
}

/* The first message shows whether lengths stand in front. Without one nothing is known. */
static bool choose_framing(struct stun *s, struct span first)
{
    if (s->framing)
        return true;
    if (stun_begins(first))
        s->framing = first.n >= 8 ? FRAMING_NONE : FRAMING_UNKNOWN;
    else if (framed_begins(first))
        s->framing = first.n >= 10 ? FRAMING_LENGTH : FRAMING_UNKNOWN;
    else
        return false;
    return true;
}

static enum flow pass_channel(struct parse *p, struct cursor *in)
{
    struct cursor at = *in;
    size_t n;

    cur_skip(&at, 2);
    n = cur_be16(&at);
    n += (4 - n % 4) % 4;
    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return FLOW_WAIT;
    }
    *in = at;
    if (cur_left(in) >= n) {
        cur_skip(in, n);
        return FLOW_ON;
    }
    parse_commit(p, in);
    parse_skip(p, n);
    return FLOW_SKIP;
}

static enum flow step_plain(struct parse *p, struct stun *s, struct cursor *in)
{
    struct stun_message m;
    struct cursor at = *in;

    if (s->proof && is_channel(cur_look(in)))
        return pass_channel(p, in);
    if (!stun_begins(cur_look(in)))
        return FLOW_REJECT;
    stun_read(&at, &m);
    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return at.state == CUR_SHORT ? FLOW_WAIT : FLOW_REJECT;
    }
    *in = at;
    message(p, s, &m);
    /* RFC 6062 section 5.4: the connection is the peer's from here on. */
    return m.method == STUN_CONNECTION_BIND && m.class == STUN_SUCCESS ? FLOW_UPGRADE : FLOW_ON;
}

static enum flow step_framed(struct parse *p, struct stun *s, struct cursor *in)
{
    struct stun_message m;
    struct cursor at = *in, body, copy;

    body = cur_sub(&at, cur_be16(&at));
    if (at.state != CUR_OK) {
        cur_short(in, at.need);
        return FLOW_WAIT;
    }
    copy = body;
    stun_read(&body, &m);
    if (cur_done(&body) && !m.classic)
        message(p, s, &m);
    else if (s->proof)
        other(p, s, cur_look(&copy));
    else
        return FLOW_REJECT;
    *in = at;
    return FLOW_ON;
}

/* A message with a cookie at the beginning of a segment is believed. */
static enum flow step_lost(struct stun *s, struct parse *p, struct cursor *in)
{
    struct span look = cur_look(in);

    if (look.n >= 10 && stun_begins(s->framing == FRAMING_LENGTH ? span_from(look, 2) : look)) {
        s->lost[p->dir] = 0;
        return FLOW_ON;
    }
    (void)cur_rest(in);
    return FLOW_ON;
}

static enum flow step(struct parse *p, struct stun *s, struct cursor *in)
{
    if (s->lost[p->dir])
        return step_lost(s, p, in);
    if (!choose_framing(s, cur_look(in)))
        return FLOW_REJECT;
    if (s->framing == FRAMING_UNKNOWN) {
        cur_short(in, 1);
        return FLOW_WAIT;
    }
    return s->framing == FRAMING_NONE ? step_plain(p, s, in) : step_framed(p, s, in);
}

static enum parse_result stream(struct parse *p, struct stun *s, struct cursor *in)
{
    const uint8_t *start = in->pos;
    enum flow flow = FLOW_ON;

    while (flow == FLOW_ON && cur_left(in))
        flow = step(p, s, in);
    if (flow == FLOW_REJECT)
        return PARSE_REJECT;
    if (flow != FLOW_SKIP && in->pos != start)
        parse_commit(p, in);
    if (flow == FLOW_UPGRADE) {
        parse_upgrade(p);
        return PARSE_DONE;
    }
    return s->proof ? PARSE_MATCH : PARSE_MORE;
}

static enum parse_result parse(struct parse *p, struct cursor *in)
{
    return p->transport == OVER_UDP ? datagram(p, p->state, in) : stream(p, p->state, in);
}

static void gap(struct parse *p, uint64_t missing)
{
    struct stun *s = p->state;

    (void)missing;
    s->lost[p->dir] = 1;
}

/* Requests and answers of RFC 3489, which have no cookie. */
static bool classic_begins(struct span first)
{
    struct cursor c = cur_of(first);
    uint16_t type = cur_be16(&c);
    uint16_t length = cur_be16(&c);

    if (first.n < 2)
        return first.p[0] <= 1;
    if ((type & 0xff0f) != 0x0001 && (type & 0xff0f) != 0x0101 && (type & 0xff0f) != 0x0002 &&
        (type & 0xff0f) != 0x0102)
        return false;
    return c.state != CUR_OK || (length % 4 == 0 && length <= 548);
}

static bool probe(enum dir from, struct span first)
{
    (void)from;
    return stun_begins(first) || framed_begins(first) || classic_begins(first);
}

static const uint16_t ports[] = {STUN_PORT, TLS_PORT, 19302, 19305, 0};

const struct parser parser_stun = {
    .name = "stun",
    .evidence = "cookie and exact lengths; answer to a request, or a right fingerprint",
    .app = APP_STUN,
    .transports = OVER_TCP | OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct stun),
    .max_pending = PENDING,
    .midstream = true,
    .probe = probe,
    .parse = parse,
    .gap = gap,
};
