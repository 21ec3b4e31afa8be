/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached_udp: the protocols of memcached behind a header of eight bytes.
 *
 *     request(2) number(2) total(2) 0(2), then what TCP would carry
 */
#include "parser/parser.h"
#include "support/memcached_binary.h"
#include "support/memcached_text.h"

enum {
    HEADER = 8,
    LEAST = 3, /* the shortest message is MN LF */
};

struct memcached_udp_state {
    union {
        struct mct_state text;
        struct mcb_state binary;
    };
    uint16_t request; /* the last one */
    bool begun;
    bool is_binary;
    bool asked;
    bool matched;
};

struct head {
    uint16_t request, number, total;
};

static void head_read(struct cursor *in, enum dir from, struct head *h)
{
    h->request = cur_be16(in);
    h->number = cur_be16(in);
    h->total = cur_be16(in);
    if (cur_be16(in) != 0 || h->number >= h->total || (from == DIR_CLIENT && h->total != 1))
        cur_fail(in);
    if (cur_left(in) < LEAST)
        cur_fail(in);
}

/* One message, or as much of it as the datagram holds. */
static void message_read(struct parse *p, struct memcached_udp_state *s, struct cursor *in)
{
    bool binary = mcb_is_magic(cur_peek(in));

    if (s->begun && binary != s->is_binary) {
        cur_fail(in);
        return;
    }
    s->begun = true;
    s->is_binary = binary;
    if (!binary)
        s->text.tail[p->dir] = false;
    if (!binary && p->dir == DIR_CLIENT)
        mct_forget(p, &s->text);
    while (cur_left(in)) {
        uint64_t rest = binary ? mcb_step(p, &s->binary, in, &s->matched)
                               : mct_step(p, &s->text, in, &s->matched);
        if (rest)
            break;
    }
}

static void question_read(struct parse *p, struct memcached_udp_state *s, struct cursor *in)
{
    message_read(p, s, in);
    if (!cur_done(in))
        return;
    if (!s->asked && !parse_addr_internal(p, DIR_CLIENT))
        parse_note(p, "memcached over UDP");
    s->asked = true;
    /* The header and a whole command are more than chance. */
    parse_proof(p, PROOF_FAIR);
    s->matched = true;
}

static enum parse_result memcached_udp_parse(struct parse *p, struct cursor *in)
{
    struct memcached_udp_state *s = p->state;
    struct head h;
    bool client = p->dir == DIR_CLIENT;

    head_read(in, p->dir, &h);
    if (in->state != CUR_OK)
        return PARSE_REJECT;
    if (h.number == 0 && client) {
        s->request = h.request;
        question_read(p, s, in);
    } else if (h.number == 0 && (!s->asked || h.request == s->request)) {
        message_read(p, s, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

static bool memcached_udp_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    struct head h;

    if (first.n < HEADER + LEAST)
        return first.n == 1;
    head_read(&in, from, &h);
    return in.state == CUR_OK &&
           (h.number > 0 || mct_probe(from, cur_look(&in)) || mcb_probe(from, cur_look(&in)));
}

static const uint16_t memcached_udp_ports[] = {11211, 0};

const struct parser parser_memcached_udp = {
    .name = "memcached_udp",
    .evidence = "header of eight bytes, a command and its answer",
    .app = APP_MEMCACHED,
    .transports = OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = memcached_udp_ports,
    .state_size = sizeof(struct memcached_udp_state),
    .max_pending = 64u << 10,
    .midstream = true,
    .probe = memcached_udp_probe,
    .parse = memcached_udp_parse,
};
