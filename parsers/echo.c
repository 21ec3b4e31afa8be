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
};

struct echo_state {
    uint8_t asked[MEMORY];
    uint8_t sent;      /* bytes of the client that are remembered */
    uint8_t back;      /* of these, sent back */
    uint8_t exchanges; /* times that the client went on after it had everything back */
    bool matched;
};

static const uint16_t ports[] = {PORT, 0};

static bool home(const struct parse *p)
{
    return p->server_port == PORT;
}

static void ask(struct echo_state *s, struct span bytes)
{
    if (s->sent == s->back && bytes.n && s->exchanges < EXCHANGES)
        s->exchanges++;
    for (size_t i = 0; i < bytes.n && s->sent < MEMORY; i++)
        s->asked[s->sent++] = bytes.p[i];
}

/* False: something else came back. Beyond what is remembered nothing is compared. */
static bool answer(struct echo_state *s, struct span bytes)
{
    for (size_t i = 0; i < bytes.n && s->back < MEMORY; i++, s->back++)
        if (s->back == s->sent || s->asked[s->back] != bytes.p[i])
            return false;
    return true;
}

/* A datagram comes back whole. */
static bool answer_datagram(struct echo_state *s, struct span bytes)
{
    struct span asked = span_of(s->asked, s->sent);

    if (s->sent == 0 || !span_equal(span_first(bytes, MEMORY), asked))
        return false;
    s->back = s->sent;
    return true;
}

static enum parse_result verdict(struct parse *p, struct echo_state *s)
{
    if (home(p) && s->back >= ENOUGH_HOME) {
        parse_proof(p, PROOF_CERTAIN);
        s->matched = true;
    } else if (s->back >= ENOUGH_ABROAD && s->exchanges >= EXCHANGES) {
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
            s->sent = s->back = 0;
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
