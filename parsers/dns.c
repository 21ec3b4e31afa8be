/* SPDX-License-Identifier: Apache-2.0
 *
 * DNS over UDP and TCP (RFC 1035, 6891, 7766), multicast DNS (RFC 6762) and LLMNR (RFC 4795).
 *
 * On the ports of DNS one sound message is proof enough. Elsewhere only plain questions count, and
 * only a question with its answer makes them certain. Every message is a transaction of its own.
 */
#include "support/dns_answers.h"
#include "support/dns_message.h"
#include "support/dns_report.h"
#include "support/dns_tunnel.h"

#include "parser/parser.h"

#define OPEN_MAX        16  /* questions that wait for their answers */
#define OPEN_SECONDS    30  /* and how long they may */
#define PORT_NETBIOS    137 /* messages like those of DNS, other names */
#define QUESTIONS_MAX   16  /* in one message, but for multicast */
#define BROKEN_MAX      3   /* unreadable messages in a row */
#define DNS_MESSAGE_MAX 65535
#define TRIES_MAX       8    /* segments that were no beginning of a message */
#define OVERFLOW_FROM   2048 /* a message so long, with so much behind it that is none of it */
#define OVERFLOW_REST   1024
#define TUNNEL_AFTER    8 /* questions of a session */

enum { TYPE_NULL = 10, TYPE_IXFR = 251, TYPE_AXFR = 252 };

enum told { TOLD_NULL = 1, TOLD_TUNNEL = 2 };

struct open_question {
    uint32_t mark; /* of the question section, letters in either case */
    uint32_t time_us;
    uint16_t id;
    bool used;
    uint8_t from;
};

struct dns_state {
    struct open_question open[OPEN_MAX];
    uint8_t next;
    uint8_t proof;
    uint8_t broken[2]; /* per direction, as all below */
    uint8_t tries[2];
    bool synced[2]; /* the place in the stream is known for sure */
    bool lost[2];   /* it was, before a gap */
    uint8_t asked;  /* questions, as far as they are counted */
    uint8_t told;   /* enum told */
    struct dns_tunnel *tunnel;
};

static const uint16_t ports[] = {53, 5353, 5355, 5300, 8053, 8600, 0};

/* The name these ports give, APP_UNKNOWN for foreign ones. 53 first: a client may ask from 5353. */
static enum app home(const struct parse *p)
{
    if (p->server_port == 53 || p->client_port == 53)
        return APP_DNS;
    if (p->server_port == 5353 || p->client_port == 5353)
        return APP_MDNS;
    if (p->server_port == 5355 || p->client_port == 5355)
        return APP_LLMNR;
    return APP_UNKNOWN;
}

/* The start of the next message is a guess. */
static bool adrift(const struct parse *p)
{
    const struct dns_state *s = p->state;

    return p->transport == OVER_TCP && !s->synced[p->dir] && (p->midstream || s->lost[p->dir]);
}

/* A message that can be read: is it also one to believe? `rest` stands behind it. */
static bool acceptable(const struct parse *p, const struct dns_message *m,
                       const struct cursor *rest, enum app name)
{
    const struct dns_state *s = p->state;
    bool empty = !(m->counts[DNS_QUESTION] | m->counts[DNS_ANSWER] | m->counts[DNS_AUTHORITY] |
                   m->counts[DNS_ADDITIONAL]);

    if (m->flags & DNS_Z && s->proof < PROOF_STRONG)
        return false;
    if (m->counts[DNS_QUESTION] > QUESTIONS_MAX && name != APP_MDNS)
        return false;
    if (!cur_done(rest) && (empty || name != APP_DNS || adrift(p)))
        return false;
    if (empty && adrift(p))
        return false;
    return name != APP_UNKNOWN || s->proof >= PROOF_STRONG || dns_message_plausible(m);
}

/* ---- question and answer ---- */

/* Letters of either case are the same to it; so are some other bytes, which does no harm. */
static uint64_t mix(uint64_t h, struct cursor *c)
{
    const uint8_t *bytes = cur_take(c, 8);
    uint64_t word = 0;

    if (bytes)
        memcpy(&word, bytes, sizeof(word));
    return (h ^ (word | 0x2020202020202020)) * 0x9e3779b97f4a7c15;
}

/* Equal for equal questions, whatever the case of their letters (RFC 1035 section 2.3.3). */
static uint32_t question_mark(struct span questions)
{
    size_t name = questions.n - 4; /* type and class of the last one are not letters */
    struct cursor c = cur_of(span_first(questions, name)), end = cur_of(questions);
    uint64_t h = name;

    while (cur_left(&c) >= 8)
        h = mix(h, &c);
    if (name < 8) {
        while (cur_left(&c))
            h = (h ^ (cur_u8(&c) | 0x20)) * 0x9e3779b97f4a7c15;
    } else { /* the last bytes, some of them for the second time */
        cur_skip(&end, name - 8);
        h = mix(h, &end);
    }
    end = cur_of(span_from(questions, name));
    return (uint32_t)((h ^ cur_be32(&end)) * 0x9e3779b97f4a7c15 >> 32);
}

static void remember(const struct parse *p, const struct dns_message *m)
{
    struct dns_state *s = p->state;

    if (!m->counts[DNS_QUESTION])
        return;
    s->open[s->next++ % OPEN_MAX] = (struct open_question){
        .mark = question_mark(m->questions),
        .time_us = (uint32_t)p->time_us,
        .id = m->id,
        .used = true,
        .from = (uint8_t)p->dir,
    };
}

/* The open question that this message answers, which is open no more; NULL: none. */
static struct open_question *answered(const struct parse *p, const struct dns_message *m)
{
    struct dns_state *s = p->state;
    uint32_t mark;

    if (!m->counts[DNS_QUESTION])
        return NULL;
    mark = question_mark(m->questions);
    for (unsigned i = 1; i <= OPEN_MAX; i++) {
        struct open_question *q = &s->open[(uint8_t)(s->next - i) % OPEN_MAX];

        if (q->id != m->id || q->mark != mark || !q->used || q->from == p->dir)
            continue;
        q->used = false;
        return (uint32_t)p->time_us - q->time_us <= OPEN_SECONDS * 1000000u ? q : NULL;
    }
    return NULL;
}

static void prove(struct parse *p, enum app name, enum proof proof)
{
    struct dns_state *s = p->state;

    if (proof <= s->proof)
        return;
    if (name == APP_MDNS || name == APP_LLMNR)
        parse_app(p, name);
    s->proof = (uint8_t)proof;
    parse_proof(p, proof);
}

static void report(struct parse *p, const struct dns_message *m, const struct open_question *q)
{
    bool reply = m->flags & DNS_QR;

    parse_tx(p, reply ? TX_REPLY : TX_REQUEST);
    dns_report(p, m);
    /* Over TCP the time depends on how the message was cut; multicast answers go elsewhere. */
    if (q && p->transport == OVER_UDP)
        parse_uint(p, FIELD_DNS_RTT, (uint32_t)p->time_us - q->time_us);
    if (reply && !q && home(p) != APP_MDNS && home(p) != APP_LLMNR)
        parse_uint(p, FIELD_DNS_UNMATCHED, 1);
    parse_tx(p, TX_DONE);
}

/* ---- attacks ---- */

/* What was no message, for a reason that is no accident. */
static bool judge_broken(struct parse *p, const struct dns_message *m, struct span all)
{
    const struct dns_state *s = p->state;
    bool dns = home(p) == APP_DNS;

    if (dns && m->wire.loops && (s->proof || dns_header_fits(all, all.n))) {
        parse_threat(p, THREAT_DNS_LOOP, "a compressed name leads forward or too far");
        return true;
    }
    if (s->proof >= PROOF_STRONG && p->server_port == 53 && all.n > OVERFLOW_FROM)
        parse_threat(p, THREAT_DNS_OVERFLOW, "a long message that cannot be read");
    return false;
}

static void judge_type(struct parse *p, uint16_t type)
{
    struct dns_state *s = p->state;

    if ((type == TYPE_AXFR || type == TYPE_IXFR) && p->dir == DIR_CLIENT)
        parse_threat(p, THREAT_ZONE_TRANSFER,
                     type == TYPE_AXFR ? "AXFR is asked" : "IXFR is asked");
    if (type == TYPE_NULL && !(s->told & TOLD_NULL)) {
        s->told |= TOLD_NULL;
        parse_threat(p, THREAT_DNS_NULL, "records of type NULL are asked for");
    }
}

/* Few sessions ask often: the others cost nothing. */
static void judge_tunnel(struct parse *p, struct span question)
{
    struct dns_state *s = p->state;
    const char *why;

    if (s->told & TOLD_TUNNEL || ++s->asked < TUNNEL_AFTER)
        return;
    s->asked = TUNNEL_AFTER;
    if (s->tunnel == NULL) {
        s->tunnel = parse_alloc(p, sizeof *s->tunnel);
        if (s->tunnel == NULL)
            return;
        memset(s->tunnel, 0, sizeof *s->tunnel);
    }
    why = dns_tunnel_ask(s->tunnel, question, p->time_us);
    if (why == NULL)
        return;
    s->told |= TOLD_TUNNEL;
    parse_threat(p, THREAT_DNS_TUNNEL, why);
}

static void judge_question(struct parse *p, const struct dns_message *m, enum app name)
{
    struct cursor end;

    if (m->counts[DNS_QUESTION] != 1 || name == APP_MDNS || name == APP_LLMNR)
        return; /* nobody answers several */
    end = cur_of(span_from(m->questions, m->questions.n - 4));
    judge_type(p, cur_be16(&end));
    judge_tunnel(p, m->questions);
}

/* ---- messages ---- */

/* Reads one message, all of the cursor. False: it is none, or none to believe. */
static bool take_message(struct parse *p, struct cursor *c)
{
    const struct dns_state *s = p->state;
    enum app name = home(p);
    enum proof proof = name != APP_UNKNOWN ? PROOF_STRONG : PROOF_FAIR;
    struct open_question *question = NULL;
    struct span all = cur_look(c);
    struct dns_message m = {0};

    dns_message_read(&m, c, name != APP_UNKNOWN ? 0 : DNS_HEADER);
    if (c->state != CUR_OK && judge_broken(p, &m, all)) {
        prove(p, name, PROOF_FAIR);
        return true;
    }
    if (c->state != CUR_OK || !acceptable(p, &m, c, name))
        return false;
    if (s->proof >= PROOF_STRONG && p->server_port == 53 && all.n > OVERFLOW_FROM &&
        cur_left(c) > OVERFLOW_REST)
        parse_threat(p, THREAT_DNS_OVERFLOW, "a long message with much behind it");
    if (!(m.flags & DNS_QR))
        judge_question(p, &m, name);
    if (s->proof == PROOF_CERTAIN && !p->wants_tx && !p->wants_names)
        return true; /* nothing that an answer could add */
    if (!(m.flags & DNS_QR))
        remember(p, &m);
    else if ((question = answered(p, &m)) != NULL)
        proof = PROOF_CERTAIN;
    prove(p, name, proof);
    if (question != NULL && p->wants_names && p->dir == DIR_SERVER && name == APP_DNS)
        dns_answers(p, &m);
    if (p->wants_tx)
        report(p, &m, question);
    return true;
}

static bool sure(const struct parse *p)
{
    const struct dns_state *s = p->state;

    return s->proof >= PROOF_STRONG;
}

static enum parse_result undecided(const struct parse *p)
{
    const struct dns_state *s = p->state;

    return s->proof ? PARSE_MATCH : PARSE_MORE;
}

static enum parse_result parse_datagram(struct parse *p, struct cursor *in)
{
    struct cursor message = *in;

    if (p->server_port == PORT_NETBIOS || p->client_port == PORT_NETBIOS)
        return PARSE_REJECT;
    if (!take_message(p, &message))
        return sure(p) ? PARSE_MATCH : PARSE_REJECT;
    in->pos = in->end;
    parse_commit(p, in);
    return PARSE_MATCH;
}

/* What begins here is no message. After a lost start or a gap the next segment may be one. */
static enum parse_result drift(struct parse *p, struct cursor *in)
{
    struct dns_state *s = p->state;

    if (!adrift(p) || (!sure(p) && ++s->tries[p->dir] >= TRIES_MAX))
        return PARSE_REJECT;
    in->pos = in->end;
    parse_commit(p, in);
    return undecided(p);
}

/* RFC 1035 section 4.2.2 */
static enum parse_result parse_stream(struct parse *p, struct cursor *in)
{
    struct dns_state *s = p->state;

    while (in->pos < in->end) {
        size_t length = cur_be16(in);
        bool tied = sure(p) && !adrift(p);
        struct cursor message, at = *in;

        if (in->state == CUR_OK && !tied &&
            !dns_header_fits(span_first(cur_look(in), length), length))
            return drift(p, in);
        cur_skip(&at, tied ? 0 : DNS_HEADER); /* first of all see whether it can be one */
        if (at.state != CUR_OK) {
            *in = at;
            return undecided(p);
        }
        message = cur_sub(in, length);
        if (in->state != CUR_OK)
            return undecided(p);
        if (take_message(p, &message)) {
            s->broken[p->dir] = 0;
            s->synced[p->dir] = true;
        } else if (!tied) {
            return drift(p, in);
        } else if (++s->broken[p->dir] >= BROKEN_MAX) {
            return PARSE_REJECT;
        }
        parse_commit(p, in);
    }
    return undecided(p);
}

static enum parse_result dns_parse(struct parse *p, struct cursor *in)
{
    return p->transport == OVER_UDP ? parse_datagram(p, in) : parse_stream(p, in);
}

static void dns_gap(struct parse *p, uint64_t missing)
{
    struct dns_state *s = p->state;

    (void)missing;
    s->synced[p->dir] = false;
    s->lost[p->dir] = true;
}

static bool dns_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);
    size_t length = cur_be16(&c);

    (void)from;
    return first.n < 4 || dns_header_fits(first, DNS_MESSAGE_MAX) ||
           dns_header_fits(span_first(cur_look(&c), length), length);
}

const struct parser parser_dns = {
    .name = "dns",
    .evidence = "header, names and records exact; query and answer paired",
    .app = APP_DNS,
    .transports = OVER_UDP | OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct dns_state),
    .max_pending = 2 + DNS_MESSAGE_MAX,
    .midstream = true,
    .probe = dns_probe,
    .parse = dns_parse,
    .gap = dns_gap,
};
