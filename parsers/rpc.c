/* SPDX-License-Identifier: Apache-2.0
 *
 * ONC RPC over TCP (RFC 5531 section 11): the port mapper, mounting, NFS and the like.
 *
 *     record  fragment...      a message
 *     fragment  last(1 bit) length(31 bits) bytes
 *
 * The head of a message and the names in it are in its first fragment; data of reads and writes are
 * passed on, the rest is counted.
 */
#include "support/rpc_session.h"
#include "support/walk.h"

enum {
    FRAGMENT_MOST = 16 << 20,
    LEAST = 20, /* of a message */
    HEAD_MOST = 4096,
    LAST = 1u << 31,
};

struct rpc_side {
    uint32_t tail;  /* bytes of the fragment behind its data */
    bool continues; /* more fragments of the same message follow */
    bool lost;
};

struct rpc_state {
    struct rpc_side side[2];
    struct rpc_session session;
};

static const uint16_t ports[] = {RPC_PORT_NFS, RPC_PORT_MAPPER, 0};

static uint32_t read_mark(struct rpc_side *side, struct cursor *in, uint32_t least)
{
    uint32_t mark = cur_be32(in), n = mark & ~LAST;

    if (n > FRAGMENT_MOST || n < least)
        cur_fail(in);
    if (in->state == CUR_OK)
        side->continues = !(mark & LAST);
    return n;
}

/* Data of n bytes inside of the rest of a fragment. */
static uint64_t pass_data(struct parse *p, struct rpc_side *side, struct cursor *in, uint32_t n,
                          uint32_t rest)
{
    uint32_t data = n < rest ? n : rest;

    side->tail = rest - data;
    return walk_body(p, in, data, BUFFER_BODY, BUFFER_WHOLE);
}

static uint64_t read_message(struct parse *p, struct rpc_state *s, struct rpc_side *side,
                             struct cursor *in)
{
    struct cursor copy = *in;
    struct rpc_side after = *side;
    uint32_t n = read_mark(&after, &copy, LEAST), data, used;
    struct cursor rest = cur_sub(&copy, n < HEAD_MOST ? n : HEAD_MOST);
    const uint8_t *begin = rest.pos;
    struct rpc_head h = rpc_head_read(&rest);

    cur_join(&copy, &rest);
    if (copy.state != CUR_OK) {
        in->state = copy.state;
        in->need = copy.need;
        return 0;
    }
    *side = after;
    data = rpc_message(p, &s->session, &h, &rest);
    used = data ? (uint32_t)(rest.pos - begin) : 0;
    cur_skip(in, 4 + (size_t)used);
    if (data)
        return pass_data(p, side, in, data, n - used);
    return walk_pass(in, n);
}

static uint64_t step(struct parse *p, struct cursor *in)
{
    struct rpc_state *s = p->state;
    struct rpc_side *side = &s->side[p->dir];
    uint32_t n = side->tail;

    side->tail = 0;
    if (n)
        return walk_pass(in, n);
    if (!side->continues)
        return read_message(p, s, side, in);
    n = read_mark(side, in, 0);
    return walk_pass(in, n);
}

static bool rpc_probe(enum dir from, struct span first)
{
    (void)from;
    if (first.p[0] != LAST >> 24)
        return false;
    return first.n <= 4 || rpc_head_begins(span_from(first, 4));
}

static enum parse_result rpc_parse(struct parse *p, struct cursor *in)
{
    struct rpc_state *s = p->state;
    struct rpc_side *side = &s->side[p->dir];

    if (side->lost && !rpc_probe(p->dir, cur_look(in))) {
        (void)walk_over(p, in);
        return walk_verdict(&s->session.matched);
    }
    side->lost = false;
    return walk(p, in, step, &s->session.matched);
}

/* A segment that begins a message is where reading goes on. */
static void rpc_gap(struct parse *p, uint64_t missing)
{
    struct rpc_state *s = p->state;

    (void)missing;
    s->side[p->dir] = (struct rpc_side){.lost = true};
}

const struct parser parser_rpc = {
    .name = "rpc",
    .evidence = "call of a known program and version; a reply with its number",
    .app = APP_RPC,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct rpc_state),
    .max_pending = HEAD_MOST + 8,
    .midstream = true,
    .probe = rpc_probe,
    .parse = rpc_parse,
    .gap = rpc_gap,
};
