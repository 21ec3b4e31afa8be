/* SPDX-License-Identifier: Apache-2.0
 *
 * Echo (RFC 862): what comes is sent back. There is nothing to recognise but that, so it is tried
 * on its own port, and elsewhere only when nobody else knows the bytes.
 */
#include "parser/parser.h"

enum {
    PORT = 7,
    ENOUGH_HOME = 8,    /* equal bytes, on the port of the service */
    ENOUGH_ABROAD = 64, /* elsewhere, */
    EXCHANGES = 2,      /* in at least so many exchanges */
    MEMORY = 128,
    DATAGRAMS = 8, /* that may wait for their answers */
};

/* Over TCP: of the exchange that goes on. */
struct echo_stream {
    uint64_t sent, back;   /* bytes */
    uint8_t asked[MEMORY]; /* the first of them; what is behind is only counted */
};

/* Over UDP: what was asked, by length and sum. */
struct echo_datagram {
    uint32_t n, sum;
};

struct echo_state {
    union {
        struct echo_stream stream;
        struct echo_datagram asked[DATAGRAMS];
    };
    uint32_t equal;    /* bytes that came back as they were */
    uint8_t exchanges; /* times that the client began to speak after it had everything back */
    uint8_t next;      /* datagram */
    bool matched;
};

static const uint16_t ports[] = {PORT, 0};

static bool home(const struct parse *p)
{
    return p->server_port == PORT;
}

static void ask(struct echo_state *s, struct span bytes)
{
    struct echo_stream *t = &s->stream;

    if (t->sent == t->back && bytes.n) {
        t->sent = t->back = 0;
        if (s->exchanges < EXCHANGES)
            s->exchanges++;
    }
    for (size_t i = 0; i < bytes.n && t->sent + i < MEMORY; i++)
        t->asked[t->sent + i] = bytes.p[i];
    t->sent += bytes.n;
}

/* False: something else came back, or more. */
static bool answer(struct echo_state *s, struct span bytes)
{
    struct echo_stream *t = &s->stream;

    if (bytes.n > t->sent - t->back)
        return false;
    for (size_t i = 0; i < bytes.n && t->back + i < MEMORY; i++, s->equal++)
        if (t->asked[t->back + i] != bytes.p[i])
            return false;
    t->back += bytes.n;
    return true;
}

/* FNV-1a. */
static struct echo_datagram sum(struct span bytes)
{
    struct echo_datagram d = {.n = (uint32_t)bytes.n, .sum = 2166136261u};

    for (size_t i = 0; i < bytes.n; i++)
        d.sum = (d.sum ^ bytes.p[i]) * 16777619u;
    return d;
}

static void ask_datagram(struct echo_state *s, struct span bytes)
{
    s->asked[s->next] = sum(bytes);
    s->next = (uint8_t)((s->next + 1) % DATAGRAMS);
}

/* A datagram comes back whole, and others may have been sent meanwhile. */
static bool answer_datagram(struct echo_state *s, struct span bytes)
{
    struct echo_datagram back = sum(bytes);

    for (int i = 0; i < DATAGRAMS; i++)
        if (back.n && s->asked[i].n == back.n && s->asked[i].sum == back.sum) {
            s->asked[i].n = 0;
            s->equal += back.n;
            return true;
        }
    return false;
}

static enum parse_result verdict(struct parse *p, struct echo_state *s)
{
    if (home(p) && s->equal >= ENOUGH_HOME) {
        parse_proof(p, PROOF_CERTAIN);
        s->matched = true;
    } else if (p->transport == OVER_TCP && s->equal >= ENOUGH_ABROAD && s->exchanges >= EXCHANGES &&
               s->stream.sent == s->stream.back) {
        parse_proof(p, PROOF_FAIR);
        s->matched = true;
    }
    return s->matched ? PARSE_DONE : PARSE_MORE;
}

static enum parse_result echo_parse(struct parse *p, struct cursor *in)
{
    struct echo_state *s = p->state;
    struct span bytes = cur_rest(in);

    parse_commit(p, in);
    if (p->dir == DIR_CLIENT) {
        if (p->transport == OVER_UDP)
            ask_datagram(s, bytes);
        else
            ask(s, bytes);
        return PARSE_MORE;
    }
    if (p->transport == OVER_UDP ? !answer_datagram(s, bytes) : !answer(s, bytes))
        return PARSE_REJECT;
    return verdict(p, s);
}

static bool echo_probe(enum dir from, struct span first)
{
    (void)from;
    (void)first;
    return true;
}

const struct parser parser_echo = {
    .name = "echo",
    .evidence = "the client's own bytes come back",
    .app = APP_ECHO,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .fallback = OVER_TCP,
    .state_size = sizeof(struct echo_state),
    .max_pending = 1,
    .probe = echo_probe,
    .parse = echo_parse,
};
