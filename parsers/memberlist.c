/* SPDX-License-Identifier: Apache-2.0
 *
 * Gossip of hashicorp/memberlist (Consul, Serf, Docker Swarm, Loki and others), over UDP and TCP:
 *
 *     UDP   [244 n label] [12 crc(4)] [9 packed map] message, or 7 n sizes(2 each) messages
 *     TCP   [244 n label] [9 packed map] message; behind a push/pull one map for each node, then
 *           what the program above has to tell
 *
 * Messages: support/gossip.h. Encrypted ones begin with a random number and are nobody's.
 */
#include "parser/parser.h"
#include "support/gossip.h"
#include "support/gossip_report.h"
#include "support/lzw.h"
#include "support/msgpack.h"
#include "support/walk.h"

#include <zlib.h>

enum {
    PENDING = 64 << 10,
    UNPACKED_MOST = 64 << 10,
    NODES_MOST = 100000,
    USER_MOST = 32 << 20,
    MEMBERS_TOLD = 16,
    SERF_TYPES = 10,
};

enum step { AT_MESSAGE, AT_NODES, AT_USER };

/* Where a stream stands. */
struct place {
    uint8_t step; /* enum step */
    bool packed;  /* inside of something that was packed */
    uint8_t told;
    uint32_t nodes;
    uint32_t user;
};

struct memberlist_state {
    struct place place[2];
    struct gossip_session session;
};

typedef void message_seen(struct parse *, struct gossip_session *, const struct gossip_map *);

static const uint16_t ports[] = {8301, 8302, 7946, 0};

/* ---- datagrams ---- */

/* Unpacked bytes, freed by the caller; none when there is no memory. */
static struct cursor unpack(struct parse *p, struct cursor *c)
{
    uint64_t n = 0;
    struct span packed = gossip_packed_read(c, PENDING, &n);

    return cur_of(c->state == CUR_OK ? unpack_lzw(p, packed, UNPACKED_MOST) : span_of(NULL, 0));
}

/* A message that fills the cursor. */
static void message_visit(struct parse *p, struct gossip_session *s, struct cursor *c,
                          message_seen *visit)
{
    uint8_t type = cur_peek(c);
    struct gossip_map m;

    if (cur_left(c) == 0 || !gossip_begins(cur_look(c)) || type == GOSSIP_PUSH_PULL ||
        type == GOSSIP_ERROR) {
        cur_fail(c);
        return;
    }
    cur_skip(c, 1);
    gossip_map_read(c, type, &m);
    if (cur_left(c))
        cur_fail(c);
    if (c->state == CUR_OK && visit)
        visit(p, s, &m);
}

/* What others than Serf send in a message of their own could be anything. */
static void part_visit(struct parse *p, struct gossip_session *s, struct cursor *c,
                       message_seen *visit)
{
    struct cursor serf;
    struct gossip_serf m;

    if (cur_peek(c) != GOSSIP_USER) {
        message_visit(p, s, c, visit);
        return;
    }
    cur_skip(c, 1);
    serf = *c;
    gossip_serf_read(&serf, &m);
    if (serf.state == CUR_OK && visit)
        gossip_report_serf(p, &m);
    else if (serf.state != CUR_OK && !s->matched)
        cur_fail(c);
    (void)cur_rest(c);
}

static void datagram_visit(struct parse *p, struct gossip_session *s, struct cursor c,
                           message_seen *visit, struct cursor *out)
{
    uint8_t parts = 1;
    const uint8_t *sizes = NULL;

    if (cur_peek(&c) == GOSSIP_COMPOUND) {
        cur_skip(&c, 1);
        parts = cur_u8(&c);
        sizes = cur_take(&c, (size_t)parts * 2);
    }
    for (uint8_t i = 0; i < parts && c.state == CUR_OK; i++) {
        struct cursor part = cur_sub(&c, sizes ? be16_at(sizes + (size_t)2 * i) : cur_left(&c));

        part_visit(p, s, &part, visit);
        cur_join(&c, &part);
    }
    if (parts == 0 || cur_left(&c))
        cur_fail(&c);
    cur_join(out, &c);
}

/* A checksum over all that follows. */
static bool is_checked(struct cursor *c)
{
    uint32_t sum;
    struct span rest;

    if (cur_peek(c) != GOSSIP_CHECKSUM)
        return false;
    cur_skip(c, 1);
    sum = cur_be32(c);
    rest = cur_look(c);
    if (c->state == CUR_OK && crc32(0, rest.p, (uInt)rest.n) != sum)
        cur_fail(c);
    return c->state == CUR_OK;
}

static enum parse_result datagram(struct parse *p, struct gossip_session *s, struct cursor *in)
{
    struct cursor c = *in, messages;
    bool checked, packed, readable;

    gossip_label_read(&c);
    checked = is_checked(&c);
    packed = cur_peek(&c) == GOSSIP_COMPRESSED;
    messages = packed ? unpack(p, &c) : c;
    if (packed && cur_left(&c))
        cur_fail(&c);
    readable = messages.pos != NULL;
    /* All of it is read before any of it is told. */
    if (c.state == CUR_OK && readable)
        datagram_visit(p, s, messages, NULL, &c);
    if (c.state == CUR_OK && readable) {
        if (checked)
            gossip_prove(p, s, PROOF_STRONG);
        datagram_visit(p, s, messages, gossip_report, &c);
    }
    if (packed)
        parse_free(p, (void *)messages.pos);
    if (c.state != CUR_OK)
        return PARSE_REJECT;
    (void)cur_rest(in);
    parse_commit(p, in);
    return walk_verdict(&s->matched);
}

/* ---- streams ---- */

static void members_end(struct parse *p, struct place *at)
{
    parse_tx(p, TX_DONE);
    at->step = AT_USER;
}

static void member_step(struct parse *p, struct gossip_session *s, struct place *at,
                        struct cursor *in)
{
    struct gossip_map m;

    gossip_map_read(in, GOSSIP_NODE, &m);
    if (in->state != CUR_OK)
        return;
    if (at->told < MEMBERS_TOLD) {
        gossip_report_member(p, s, &m);
        at->told++;
    }
    if (--at->nodes == 0)
        members_end(p, at);
}

static void message_step(struct parse *p, struct gossip_session *s, struct place *at,
                         struct cursor *in)
{
    uint8_t type = cur_peek(in);
    struct gossip_map m;

    if (cur_left(in) && !gossip_begins(cur_look(in)))
        cur_fail(in);
    cur_skip(in, 1);
    gossip_map_read(in, type, &m);
    if (m.nodes > NODES_MOST || m.user_state > USER_MOST || m.user_length > USER_MOST)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    gossip_report(p, s, &m);
    if (type == GOSSIP_PUSH_PULL) {
        *at = (struct place){.step = AT_NODES,
                             .packed = at->packed,
                             .nodes = (uint32_t)m.nodes,
                             .user = (uint32_t)m.user_state};
        if (at->nodes == 0)
            members_end(p, at);
    } else if (type == GOSSIP_USER) {
        at->user = (uint32_t)m.user_length;
        at->step = AT_USER;
    }
}

static uint64_t step(struct parse *p, struct gossip_session *s, struct place *at,
                     struct cursor *in);

/* What was unpacked ends where it was cut: that is no mistake. */
static uint64_t packed_step(struct parse *p, struct gossip_session *s, struct cursor *in)
{
    struct place at = {.packed = true};
    struct cursor c;
    uint64_t n = 0;
    struct span packed = gossip_packed_read(in, PENDING - 64, &n);

    if (in->state != CUR_OK)
        return 0;
    if (n) {
        gossip_prove(p, s, PROOF_FAIR);
        return walk_pass(in, n);
    }
    c = cur_of(unpack_lzw(p, packed, UNPACKED_MOST));
    if (c.pos) {
        const uint8_t *memory = c.pos;

        while (cur_left(&c))
            (void)step(p, s, &at, &c);
        if (at.step == AT_NODES)
            members_end(p, &at);
        parse_free(p, (void *)memory);
    }
    if (c.state == CUR_BAD)
        cur_fail(in);
    return 0;
}

static uint64_t step(struct parse *p, struct gossip_session *s, struct place *at, struct cursor *in)
{
    uint32_t user = at->user;

    switch (at->step) {
    case AT_NODES:
        member_step(p, s, at, in);
        return 0;
    case AT_USER:
        at->step = AT_MESSAGE;
        return walk_pass(in, user);
    default:
        break;
    }
    if (!at->packed) {
        gossip_label_read(in);
        if (cur_peek(in) == GOSSIP_COMPRESSED)
            return packed_step(p, s, in);
    }
    message_step(p, s, at, in);
    return 0;
}

static uint64_t stream_step(struct parse *p, struct cursor *in)
{
    struct memberlist_state *s = p->state;

    return step(p, &s->session, &s->place[p->dir], in);
}

static enum parse_result memberlist_parse(struct parse *p, struct cursor *in)
{
    struct memberlist_state *s = p->state;

    if (p->transport == OVER_UDP)
        return datagram(p, &s->session, in);
    return walk(p, in, stream_step, &s->session.matched);
}

static bool memberlist_probe(enum dir from, struct span first)
{
    struct cursor c = cur_of(first);

    (void)from;
    if (first.p[0] == GOSSIP_LABEL) {
        gossip_label_read(&c);
        return c.state != CUR_BAD;
    }
    if (first.n == 1)
        return gossip_begins(first) || first.p[0] == GOSSIP_COMPRESSED ||
               first.p[0] == GOSSIP_COMPOUND || first.p[0] == GOSSIP_CHECKSUM ||
               first.p[0] == GOSSIP_USER;
    if (first.p[0] == GOSSIP_COMPRESSED)
        return first.p[1] == 0x82; /* two pairs */
    if (first.p[0] == GOSSIP_COMPOUND)
        return first.p[1] > 0 && (first.n == 2 || first.p[2] < 8); /* size of the first */
    if (first.p[0] == GOSSIP_CHECKSUM)
        return first.n < 6 || first.p[5] < GOSSIP_NODE;
    return gossip_begins(first) || (first.p[0] == GOSSIP_USER && first.p[1] < SERF_TYPES);
}

const struct parser parser_memberlist = {
    .name = "memberlist",
    .evidence = "type and a map with the names of its fields; checksum; ping and ack. Consul's by "
                "its ports and what its nodes say of themselves",
    .app = APP_MEMBERLIST,
    .transports = OVER_TCP | OVER_UDP,
    .first = EITHER_FIRST,
    .ports = ports,
    .state_size = sizeof(struct memberlist_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = memberlist_probe,
    .parse = memberlist_parse,
};
