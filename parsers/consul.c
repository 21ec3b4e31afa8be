/* SPDX-License-Identifier: Apache-2.0
 *
 * The port of Consul's servers. The client's first byte says what follows:
 *
 *     0 calls   1 Raft   3 TLS   4 calls in streams (yamux)   5 a snapshot   6 gossip   7 TLS   8
 * gRPC
 *
 * yamux: version(1)=0 type(1) flags(2) stream(4) length(4); type 0 has so many bytes behind it, and
 * a call begins where such a frame begins.
 */
#include "parser/parser.h"
#include "support/consul_rpc.h"
#include "support/gossip.h"
#include "support/msgpack.h"
#include "support/walk.h"

enum {
    PORT = 8300,
    PENDING = 16 << 10,
    LOOK = 8 << 10, /* of arguments */
    FRAME_MOST = 16 << 20,
    ERROR_MOST = 4096,
    RAFT_TYPES = 5,
    RAFT_SNAPSHOT = 2,
    RAFT_SURE = 3,
};

enum mode {
    MODE_CALLS,
    MODE_RAFT,
    MODE_TLS = 3,
    MODE_STREAMS,
    MODE_SNAPSHOT,
    MODE_GOSSIP,
    MODE_TLS_ANY,
    MODE_GRPC,
    MODES,
};

enum frame { FRAME_DATA, FRAME_WINDOW, FRAME_PING, FRAME_LEAVE, FRAMES };

enum step { AT_HEAD, AT_VALUE, AT_REST, AT_RAW };

struct side {
    struct mp_rest rest;
    uint64_t raw;      /* bytes behind the value */
    uint64_t sequence; /* of the call, or how many of Raft's messages there were */
    uint8_t step;      /* enum step */
    bool answer;       /* the value is a call's result */
    bool lost;
};

struct consul_state {
    struct side side[2];
    bool known; /* the mode */
    uint8_t mode;
    uint8_t frames; /* saturates */
    bool matched;
};

extern const struct parser parser_memberlist;

static const uint16_t ports[] = {PORT, 0};

static void prove(struct parse *p, struct consul_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* A value, as much of it as is looked at. SHORT: wait for it. */
static struct cursor value_here(struct cursor *in)
{
    struct cursor here = cur_of(span_first(cur_look(in), LOOK)), all = here;

    mp_pass(&all);
    if (all.state == CUR_BAD)
        cur_fail(in);
    else if (all.state == CUR_SHORT && cur_left(in) < LOOK)
        cur_short(in, all.need < LOOK - cur_left(in) ? all.need : LOOK - cur_left(in));
    return here;
}

static void rest_begin(struct side *side, uint64_t raw)
{
    side->rest = (struct mp_rest){.items = 1};
    side->raw = raw;
    side->step = AT_REST;
}

/* What of a value is still to come, and the bytes behind it. */
static uint64_t rest_step(struct parse *p, struct side *side, struct cursor *in)
{
    uint64_t raw = side->raw;

    if (side->step == AT_RAW) {
        side->step = AT_HEAD;
        return walk_pass(in, raw);
    }
    mp_rest_pass(in, &side->rest);
    if (in->state != CUR_OK || !mp_rest_over(&side->rest))
        return 0;
    side->step = raw ? AT_RAW : AT_HEAD;
    if (side->answer)
        consul_call_done(p, 0, side->sequence);
    return 0;
}

/* ---- calls ---- */

static void call_step(struct parse *p, struct consul_state *s, struct side *side, struct cursor *in)
{
    struct consul_call call;
    struct cursor here;

    if (side->step == AT_HEAD) {
        consul_call_read(in, &call);
        if (in->state == CUR_OK && call.answer != (p->dir == DIR_SERVER))
            cur_fail(in);
        if (in->state != CUR_OK)
            return;
        prove(p, s, PROOF_CERTAIN);
        consul_call_report(p, 0, &call);
        side->answer = call.answer;
        side->sequence = call.sequence;
        side->step = AT_VALUE;
        return;
    }
    here = value_here(in);
    if (in->state != CUR_OK)
        return;
    if (!side->answer)
        consul_arguments_report(p, here);
    rest_begin(side, 0);
}

/* ---- calls in streams ---- */

struct frame_head {
    uint8_t type;
    uint16_t flags;
    uint32_t stream, length;
};

static void frame_head_read(struct cursor *in, struct frame_head *f)
{
    uint8_t version = cur_u8(in);
    bool control;

    f->type = cur_u8(in);
    f->flags = cur_be16(in);
    f->stream = cur_be32(in);
    f->length = cur_be32(in);
    control = f->type == FRAME_PING || f->type == FRAME_LEAVE;
    if (version != 0 || f->type >= FRAMES || f->flags > 15)
        cur_fail(in);
    if (in->state == CUR_OK &&
        (control != (f->stream == 0) || (f->type == FRAME_LEAVE && f->length > 2) ||
         (f->type < FRAME_PING && f->length > FRAME_MOST)))
        cur_fail(in);
}

/* What comes first on a connection opens a stream (the client's have odd numbers) or is a ping. */
static bool frame_opens(const struct frame_head *f, enum dir dir)
{
    enum { SYN = 1, ACK = 2, LAST = 64 }; /* nobody opens many streams at once before an answer */

    if (f->type == FRAME_PING)
        return f->flags == SYN || f->flags == ACK;
    if (dir == DIR_CLIENT)
        return f->flags == SYN && f->stream % 2 == 1 && f->stream <= LAST;
    return f->flags <= ACK;
}

static void frame_call(struct parse *p, struct consul_state *s, const struct frame_head *f,
                       struct cursor c)
{
    struct consul_call call;

    consul_call_read(&c, &call);
    if (c.state != CUR_OK || call.answer != (p->dir == DIR_SERVER))
        return;
    prove(p, s, PROOF_CERTAIN);
    consul_call_report(p, f->stream, &call);
    if (call.answer)
        consul_call_done(p, f->stream, call.sequence);
    else
        consul_arguments_report(p, c);
}

static uint64_t frame_step(struct parse *p, struct consul_state *s, struct cursor *in)
{
    struct frame_head f;
    struct cursor body;
    uint32_t here;

    frame_head_read(in, &f);
    if (in->state == CUR_OK && s->frames == 0 && !frame_opens(&f, p->dir))
        cur_fail(in);
    if (f.type != FRAME_DATA)
        f.length = 0;
    here = f.length < LOOK ? f.length : LOOK;
    body = cur_sub(in, here);
    if (in->state != CUR_OK)
        return 0;
    if (s->frames < 2)
        s->frames++;
    /* The byte in front and a frame are more than chance; two frames are much more. */
    if (s->frames > 1 || p->dir == DIR_CLIENT)
        prove(p, s, s->frames > 1 ? PROOF_STRONG : PROOF_FAIR);
    if (here)
        frame_call(p, s, &f, body);
    return walk_pass(in, f.length - here);
}

/* ---- Raft ---- */

static void raft_ask_step(struct parse *p, struct consul_state *s, struct side *side,
                          struct cursor *in)
{
    static const char *const types[RAFT_TYPES] = {"append-entries", "request-vote",
                                                  "install-snapshot", "timeout-now", "pre-vote"};
    uint8_t type = cur_u8(in);
    struct consul_raft raft = {.known = 0};
    struct cursor here;

    if (type >= RAFT_TYPES || mp_kind_of(cur_peek(in)) != MP_MAP)
        if (cur_left(in))
            cur_fail(in);
    here = value_here(in);
    if (in->state != CUR_OK)
        return;
    consul_raft_read(here, &raft);
    if (raft.known == 0) {
        cur_fail(in);
        return;
    }
    prove(p, s, raft.known >= RAFT_SURE ? PROOF_STRONG : PROOF_FAIR);
    parse_tx_key(p, TX_REQUEST, side->sequence++);
    parse_text(p, FIELD_CONSUL_KIND, "raft");
    parse_text(p, FIELD_CONSUL_METHOD, types[type]);
    if (raft.term)
        parse_uint(p, FIELD_CONSUL_TERM, raft.term);
    if (raft.leader.n && span_printable(raft.leader))
        parse_field(p, FIELD_CONSUL_LEADER, raft.leader);
    rest_begin(side, type == RAFT_SNAPSHOT ? raft.size : 0);
}

static void raft_answer_step(struct parse *p, struct consul_state *s, struct side *side,
                             struct cursor *in)
{
    struct span error = mp_text(in, ERROR_MOST);

    if (cur_left(in) == 0)
        cur_short(in, 1);
    if (in->state == CUR_OK && mp_kind_of(cur_peek(in)) != MP_MAP)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    prove(p, s, PROOF_CERTAIN);
    parse_tx_key(p, TX_REPLY, side->sequence);
    if (error.n)
        parse_field(p, FIELD_CONSUL_ERROR, error);
    parse_tx_key(p, TX_DONE, side->sequence++);
    rest_begin(side, 0);
}

/* ---- the first byte, and the rest ---- */

static uint64_t consul_step(struct parse *p, struct cursor *in)
{
    struct consul_state *s = p->state;
    struct side *side = &s->side[p->dir];

    if (side->step >= AT_REST)
        return rest_step(p, side, in);
    if (s->mode == MODE_STREAMS)
        return frame_step(p, s, in);
    if (s->mode == MODE_CALLS)
        call_step(p, s, side, in);
    else if (p->dir == DIR_CLIENT)
        raft_ask_step(p, s, side, in);
    else
        raft_answer_step(p, s, side, in);
    return 0;
}

static enum parse_result snapshot(struct parse *p, struct consul_state *s, struct cursor *in)
{
    struct span datacenter = span_of("", 0);
    uint64_t op = 0;

    consul_snapshot_read(in, &datacenter, &op);
    if (in->state != CUR_OK)
        return parse_stop(in);
    prove(p, s, PROOF_STRONG);
    parse_tx_key(p, TX_REQUEST, 0);
    parse_text(p, FIELD_CONSUL_KIND, "snapshot");
    parse_text(p, FIELD_CONSUL_METHOD, op ? "restore" : "save");
    if (datacenter.n)
        parse_field(p, FIELD_CONSUL_DATACENTER, datacenter);
    parse_tx_key(p, TX_DONE, 0);
    parse_commit(p, in);
    return PARSE_DONE;
}

/* Could what a client sends behind its first byte begin so? */
static bool mode_begins(uint8_t mode, struct span next)
{
    static const char grpc[] = "PRI * HTTP/2.0", tls[] = {0x16, 3};

    if (mode >= MODES || mode == 2)
        return false;
    if (next.n == 0)
        return true;
    switch (mode) {
    case MODE_RAFT:
        return next.p[0] < RAFT_TYPES && (next.n == 1 || mp_kind_of(next.p[1]) == MP_MAP);
    case MODE_TLS:
    case MODE_TLS_ANY:
        return span_starts(span_of(tls, 2), span_first(next, 2));
    case MODE_GRPC:
        return span_starts(span_text(grpc), span_first(next, sizeof grpc - 1));
    case MODE_STREAMS:
        return next.p[0] == 0 && (next.n == 1 || next.p[1] < FRAMES);
    case MODE_GOSSIP:
        return gossip_begins(next) || next.p[0] == GOSSIP_COMPRESSED || next.p[0] == GOSSIP_LABEL;
    default:
        return mp_kind_of(next.p[0]) == MP_MAP;
    }
}

/* Others speak from here on; what they are is seen by two bytes of theirs. */
static enum parse_result lead_on(struct parse *p, struct consul_state *s, struct cursor *in)
{
    struct cursor next = *in;

    (void)cur_be16(&next);
    if (next.state != CUR_OK)
        return PARSE_MORE;
    prove(p, s, PROOF_STRONG);
    parse_commit(p, in);
    if (s->mode == MODE_GOSSIP)
        parse_upgrade_to(p, &parser_memberlist);
    else
        parse_upgrade(p);
    return PARSE_DONE;
}

/* Only the server is heard: it does not say in which way it speaks. */
static void mode_guess(struct consul_state *s, struct cursor *in)
{
    s->mode = cur_peek(in) == 0 ? MODE_STREAMS : MODE_CALLS;
    s->known = true;
}

static enum parse_result consul_parse(struct parse *p, struct cursor *in)
{
    struct consul_state *s = p->state;

    if (!s->known && p->dir == DIR_SERVER)
        mode_guess(s, in);
    if (s->side[p->dir].lost) {
        (void)cur_rest(in);
        parse_commit(p, in);
        return walk_verdict(&s->matched);
    }
    if (!s->known) {
        struct cursor at = *in;

        s->mode = cur_u8(&at);
        if (!mode_begins(s->mode, cur_look(&at)))
            return PARSE_REJECT;
        if (cur_left(&at) == 0)
            return PARSE_MORE;
        *in = at;
        if (s->mode == MODE_SNAPSHOT)
            return snapshot(p, s, in);
        if (s->mode > MODE_STREAMS || s->mode == MODE_TLS)
            return lead_on(p, s, in);
        s->known = true;
        parse_commit(p, in);
    }
    return walk(p, in, consul_step, &s->matched);
}

/* Where the next message begins cannot be told. */
static void consul_gap(struct parse *p, uint64_t missing)
{
    struct consul_state *s = p->state;

    (void)missing;
    s->side[p->dir].lost = true;
}

static bool consul_probe(enum dir from, struct span first)
{
    if (from == DIR_CLIENT)
        return mode_begins(first.p[0], span_from(first, 1));
    /* Frames, a call's map, Raft's text. */
    return first.p[0] == 0 || mp_kind_of(first.p[0]) == MP_MAP || mp_kind_of(first.p[0]) == MP_TEXT;
}

const struct parser parser_consul = {
    .name = "consul",
    .evidence =
        "the kind's byte, then calls by name, streams of yamux, Raft or a snapshot's request",
    .app = APP_CONSUL,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct consul_state),
    .max_pending = PENDING,
    .probe = consul_probe,
    .parse = consul_parse,
    .gap = consul_gap,
};
