/* SPDX-License-Identifier: Apache-2.0
 *
 * cassandra: the native protocol, versions 1 to 6 and those of DSE; the first words of nodes among
 * themselves.
 *
 * From version 5 on frames travel in segments once the client has introduced itself. A segment may
 * hold many frames, or a part of one; what is left of a frame that nobody needs is passed over
 * through all of them.
 */
#include "parser/parser.h"
#include "support/cql_frame.h"
#include "support/cql_segment.h"
#include "support/open_ids.h"
#include "support/walk.h"

enum {
    WINDOW = 32 << 10, /* of a body, to be read */
    STARTUP_MOST = 8192,
    SEGMENTED_FROM = 5,
    SEGMENTED_TO = 6,
    LOOK = 9, /* bytes that tell a segment from a frame */
};

enum { ERROR_CREDENTIALS = 0x0100, ERROR_UNAUTHORIZED = 0x2100 };

#define NODE_MAGIC 0xca552dfau

enum {
    NODE_KEY = 1 << 16, /* of the one transaction, which is of no stream */
    NODE_HEAD = 8,
    NODE_VERSION_MOST = 20,
    NODE_FLAGS = 0x0c, /* compressed, a stream of files */
    NODE_ADDRESS4 = 6,
    NODE_ADDRESS6 = 18,
};

struct side {
    uint32_t segment;   /* payload that is left of it */
    uint32_t frame;     /* bytes that are left of a frame */
    uint32_t statement; /* so many of them are a statement's */
    bool values;        /* the others are values */
    bool begun;         /* of the buffer */
    bool segmented;
    bool trailer; /* a checksum stands behind the payload */
};

struct cassandra_state {
    struct open_ids open;
    struct cql_login login;
    struct side side[2];
    bool matched;
    bool segments; /* both sides may begin with them */
    bool nodes;    /* node to node */
    bool lost[2];  /* no message boundary known */
};

/* ---- node to node ---- */

/* Version 4.0: magic, flags, address and a checksum over all. */
static bool is_guarded_hello(struct cursor *c, struct span whole)
{
    uint8_t n = cur_u8(c);

    if (c->state == CUR_OK && n != NODE_ADDRESS4 && n != NODE_ADDRESS6)
        cur_fail(c);
    cur_skip(c, n);
    return cql_checksum_is(span_first(whole, NODE_HEAD + 1u + n), cur_be32(c)) &&
           c->state == CUR_OK;
}

static enum parse_result node_hello(struct parse *p, struct cassandra_state *s, struct cursor *in)
{
    struct span whole = cur_look(in);
    uint32_t flags;
    bool guarded;

    if (cur_be32(in) != NODE_MAGIC)
        cur_fail(in);
    flags = cur_be32(in);
    guarded = flags >> 16 != 0;
    if (guarded && !is_guarded_hello(in, whole))
        cur_fail(in);
    if (!guarded &&
        (flags & 0xff & ~(uint32_t)NODE_FLAGS || flags >> 8 == 0 || flags >> 8 > NODE_VERSION_MOST))
        cur_fail(in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    s->nodes = true;
    parse_tx_key(p, TX_BOTH, NODE_KEY);
    parse_text(p, FIELD_CASSANDRA_COMMAND, "internode");
    parse_uint(p, FIELD_CASSANDRA_VERSION, flags >> 8 & 0xff);
    if (guarded) {
        parse_proof(p, PROOF_STRONG);
        s->matched = true;
    }
    (void)walk_over(p, in);
    return walk_verdict(&s->matched);
}

/* The answer: a version; from 4.0 on two and a checksum. */
static enum parse_result node_answer(struct parse *p, struct cursor *in)
{
    uint32_t version = cur_be32(in);

    if (in->state != CUR_OK)
        return parse_stop(in);
    if (version == 0 || version > NODE_VERSION_MOST)
        return PARSE_REJECT;
    parse_proof(p, PROOF_CERTAIN);
    parse_tx_key(p, TX_BOTH, NODE_KEY);
    parse_tx_key(p, TX_DONE, NODE_KEY);
    parse_commit(p, in);
    return PARSE_DONE;
}

/* ---- proof ---- */

static void prove(struct parse *p, struct cassandra_state *s, enum proof proof)
{
    parse_proof(p, proof);
    s->matched = true;
}

/* A first frame that only this protocol has; `body` is all of it. */
static void first_judge(struct parse *p, struct cassandra_state *s, const struct cql_frame *f,
                        struct span body, struct cursor *in)
{
    switch (f->opcode) {
    case CQL_OPTIONS:
        prove(p, s, PROOF_STRONG);
        break;
    case CQL_STARTUP:
        if (cql_startup_test(body))
            prove(p, s, PROOF_STRONG);
        else
            cur_fail(in);
        break;
    case CQL_SUPPORTED:
        if (cql_supported_test(body))
            prove(p, s, PROOF_STRONG);
        else
            cur_fail(in);
        break;
    case CQL_AUTHENTICATE:
        if (body.n > 2 && span_printable(span_from(body, 2)) && span_index(body, '.') < body.n)
            prove(p, s, PROOF_FAIR);
        else
            cur_fail(in);
        break;
    case CQL_ERROR:
        if (cql_error_test(body))
            prove(p, s, PROOF_FAIR);
        else
            cur_fail(in);
        break;
    default:
        if (f->opcode != CQL_READY)
            cur_fail(in);
        break;
    }
}

/* Is the head that of a first frame? */
static bool is_first(const struct cql_frame *f)
{
    switch (f->opcode) {
    case CQL_OPTIONS:
    case CQL_READY:
        return f->length == 0;
    case CQL_STARTUP:
    case CQL_SUPPORTED:
    case CQL_AUTHENTICATE:
    case CQL_ERROR:
        return f->length > 2 && f->length <= STARTUP_MOST;
    default:
        return false;
    }
}

/* ---- frames ---- */

static bool has_segments(uint8_t version)
{
    return version >= SEGMENTED_FROM && version <= SEGMENTED_TO;
}

static struct cql_rest request_read(struct parse *p, struct cassandra_state *s,
                                    const struct cql_frame *f, struct span body)
{
    struct cql_rest rest;

    parse_tx_key(p, TX_REQUEST, f->stream);
    rest = cql_request_read(p, &s->login, f, body);
    open_ids_add(&s->open, f->stream);
    if (f->opcode == CQL_STARTUP)
        s->segments = has_segments(f->version);
    return rest;
}

static void answer_report(struct parse *p, struct cassandra_state *s, uint16_t stream,
                          const struct cql_answer *a)
{
    struct span user = span_of(s->login.user, s->login.user_n);

    parse_tx_key(p, TX_REPLY, stream);
    if (a->authenticator.n)
        parse_field(p, FIELD_CASSANDRA_AUTHENTICATOR, a->authenticator);
    if (a->keyspace.n)
        parse_field(p, FIELD_CASSANDRA_KEYSPACE, a->keyspace);
    if (a->is_error) {
        parse_uint(p, FIELD_CASSANDRA_ERROR_CODE, a->error);
        parse_field(p, FIELD_CASSANDRA_ERROR_TEXT, a->text);
    }
    parse_tx_key(p, TX_DONE, stream);
    if (a->is_error && a->error == ERROR_CREDENTIALS)
        parse_refused(p, "Cassandra refuses the login", user);
    else if (a->is_error && a->error == ERROR_UNAUTHORIZED)
        parse_refused(p, "Cassandra refuses a right", user);
}

static struct cql_rest answer_read(struct parse *p, struct cassandra_state *s,
                                   const struct cql_frame *f, struct span body)
{
    struct cql_answer a = cql_answer_read(p, f, body);

    if (has_segments(f->version) && (f->opcode == CQL_READY || f->opcode == CQL_AUTHENTICATE))
        s->segments = true;
    if (open_ids_take(&s->open, f->stream))
        prove(p, s, PROOF_CERTAIN);
    else if (!a.is_error)
        return a.rest;
    answer_report(p, s, f->stream, &a);
    return a.rest;
}

static void frame_report(struct parse *p, struct cassandra_state *s, const struct cql_frame *f,
                         struct span body)
{
    struct side *me = &s->side[p->dir];
    struct cql_rest rest =
        p->dir == DIR_CLIENT ? request_read(p, s, f, body) : answer_read(p, s, f, body);

    me->frame = f->length - (uint32_t)body.n;
    me->statement = rest.statement < me->frame ? rest.statement : me->frame;
    me->values = rest.values;
    me->begun = rest.begun;
    if (me->frame == 0 && rest.values && rest.begun)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
}

/* A frame, as far as it is to be read, in no more than `most` bytes. */
static void frame_read(struct parse *p, struct cassandra_state *s, struct cursor *in, size_t most)
{
    const uint8_t *start = in->pos;
    struct cql_frame f = cql_frame_read(p->dir, in);
    size_t window = f.length < WINDOW ? f.length : WINDOW;
    struct span body;

    most -= (size_t)(in->pos - start);
    if (window > most)
        window = most;
    if (in->state == CUR_OK && !s->matched && !is_first(&f))
        cur_fail(in);
    body = cur_span(in, window);
    if (in->state == CUR_OK && !s->matched)
        first_judge(p, s, &f, body, in);
    if (in->state == CUR_OK)
        frame_report(p, s, &f, body);
}

/* ---- segments ---- */

/* What is left of a frame is handed on, or passed over, up to the end of the segment. */
static void rest_pass(struct parse *p, struct side *me, struct cursor *in)
{
    uint32_t n = me->statement ? me->statement : me->frame;
    bool ends;

    if (me->segmented && n > me->segment)
        n = me->segment;
    ends = n == (me->statement ? me->statement : me->frame);
    parse_commit(p, in);
    if (me->statement)
        parse_pass(p, n, BUFFER_SQL, ends ? BUFFER_ENDS : BUFFER_NEXT);
    else if (me->values)
        parse_pass(p, n, BUFFER_BODY, (ends ? BUFFER_ENDS : 0u) | (me->begun ? 0u : BUFFER_BEGINS));
    else
        parse_skip(p, n);
    me->begun = true;
    me->frame -= n;
    me->statement -= me->statement ? n : 0;
    me->segment -= me->segmented ? n : 0;
}

/* The next segment's head. True: its payload is not to be read, so many bytes. */
static uint32_t segment_begin(struct side *me, struct cursor *in)
{
    struct cql_segment seg;

    if (me->trailer)
        cur_skip(in, CQL_SEGMENT_TRAILER);
    if (cur_left(in) == 0 && in->state == CUR_OK) {
        me->trailer = false;
        return 0;
    }
    seg = cql_segment_read(in);
    if (in->state != CUR_OK)
        return 0;
    me->trailer = !seg.packed;
    me->segment = seg.packed ? 0 : seg.length;
    if (!seg.packed)
        return 0;
    me->frame = me->statement = 0;
    return seg.length + CQL_SEGMENT_TRAILER;
}

/* Frames of a segment. What cannot be understood in it ends with it: its length was checked. */
static void segment_frame(struct parse *p, struct cassandra_state *s, struct cursor *in)
{
    struct side *me = &s->side[p->dir];
    struct span here = span_first(cur_look(in), me->segment);
    struct cursor c = cur_of(here);

    frame_read(p, s, &c, me->segment);
    if (c.state == CUR_SHORT && here.n < me->segment) {
        cur_short(in, c.need);
        return;
    }
    if (c.state != CUR_OK) {
        me->frame = me->segment;
        me->statement = 0;
        me->values = false;
        return;
    }
    me->segment -= (uint32_t)(c.pos - here.p);
    cur_skip(in, (size_t)(c.pos - here.p));
}

/* ---- both ---- */

/* From the first bytes with a right checksum on a side speaks in segments. */
static void segments_notice(const struct cassandra_state *s, struct side *me, struct cursor *in)
{
    if (!s->segments || me->segmented)
        return;
    if (cur_left(in) < LOOK)
        cur_short(in, LOOK - cur_left(in));
    else
        me->segmented = cql_segment_is(cur_look(in));
}

/* MORE: nothing more can be read now. */
static enum parse_result step(struct parse *p, struct cassandra_state *s, struct cursor *in)
{
    struct side *me = &s->side[p->dir];
    uint32_t skip = 0;

    if (me->frame && (!me->segmented || me->segment)) {
        rest_pass(p, me, in);
        return PARSE_MORE;
    }
    if (me->frame == 0)
        segments_notice(s, me, in);
    if (in->state != CUR_OK)
        return PARSE_MORE;
    if (!me->segmented)
        frame_read(p, s, in, SIZE_MAX);
    else if (me->segment)
        segment_frame(p, s, in);
    else
        skip = segment_begin(me, in);
    if (in->state != CUR_OK)
        return parse_stop(in);
    parse_commit(p, in);
    if (skip)
        parse_skip(p, skip);
    return skip ? PARSE_MORE : PARSE_MATCH;
}

/* After a loss: does a segment, or a frame and what follows it, begin here? */
static bool is_boundary(const struct parse *p, const struct cassandra_state *s,
                        const struct cursor *in)
{
    struct cursor at = *in;
    struct cql_frame f;

    if (s->side[p->dir].segmented)
        return cql_segment_is(cur_look(in));
    f = cql_frame_read(p->dir, &at);
    if (at.state != CUR_OK)
        return false;
    if (walk_pass(&at, f.length) == 0 && cur_left(&at))
        (void)cql_frame_read(p->dir, &at);
    return at.state != CUR_BAD;
}

static enum parse_result cassandra_parse(struct parse *p, struct cursor *in)
{
    struct cassandra_state *s = p->state;
    bool before = s->matched;

    if (s->nodes)
        return p->dir == DIR_SERVER ? node_answer(p, in) : walk_over(p, in);
    if (!s->matched && p->dir == DIR_CLIENT && cur_peek(in) == NODE_MAGIC >> 24)
        return node_hello(p, s, in);
    if (s->lost[p->dir]) {
        if (!is_boundary(p, s, in)) {
            (void)walk_over(p, in);
            return walk_verdict(&s->matched);
        }
        s->lost[p->dir] = false;
    }
    while (in->pos < in->end) {
        enum parse_result result = step(p, s, in);

        /* Who has just found that these bytes are its own says so first. */
        if (result == PARSE_REJECT && before == s->matched)
            return PARSE_REJECT;
        if (result != PARSE_MATCH)
            break;
    }
    return walk_verdict(&s->matched);
}

static void cassandra_gap(struct parse *p, uint64_t missing)
{
    struct cassandra_state *s = p->state;
    bool segmented = s->side[p->dir].segmented || s->segments;

    (void)missing;
    s->lost[p->dir] = true;
    s->side[p->dir] = (struct side){.segmented = segmented};
}

static bool cassandra_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    struct cql_frame f;

    if (from == DIR_CLIENT &&
        span_equal(span_first(first, 4), span_first(SPAN("\xca\x55\x2d\xfa"), first.n)))
        return true;
    if (from == DIR_SERVER && first.p[0] == 0) /* a node's answer */
        return first.n < 4 || (be32_at(first.p) && be32_at(first.p) <= NODE_VERSION_MOST);
    f = cql_frame_read(from, &in);
    return in.state == CUR_SHORT || (in.state == CUR_OK && is_first(&f));
}

static const uint16_t cassandra_ports[] = {9042, 9142, 7000, 7001, 0};

const struct parser parser_cassandra = {
    .name = "cassandra",
    .evidence = "OPTIONS or STARTUP with a CQL version, answers on its stream",
    .app = APP_CASSANDRA,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = cassandra_ports,
    .state_size = sizeof(struct cassandra_state),
    .max_pending = 64u << 10,
    .midstream = false,
    .probe = cassandra_probe,
    .parse = cassandra_parse,
    .gap = cassandra_gap,
};
