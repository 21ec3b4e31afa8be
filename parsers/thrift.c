/* SPDX-License-Identifier: Apache-2.0
 *
 * Apache Thrift, binary (strict) and compact, framed or not; Jaeger's agent among its speakers.
 *
 *     binary   80 01 00 type   name length(4) name   sequence(4)   struct
 *     compact  82 type*32+1    sequence   name length   name       struct
 *     framed   length(4) in front of either
 *
 * A message that is its own by structure to its last byte proves it, an answer to a call even more.
 */
#include "parser/parser.h"
#include "support/thrift_walk.h"
#include "support/walk.h"

enum {
    MAGIC_BINARY = 0x80,
    MAGIC_COMPACT = 0x82,
    NAME_MOST = 256,
    TEXT_MOST = 512, /* of what is told */
    ASKED = 4,
    NAME_GOOD = 3, /* shorter ones do not speak for themselves behind two bytes */
    PENDING = 4096,
};

enum message { CALL = 1, REPLY, EXCEPTION, ONEWAY };

/* What the next string in a message is. */
enum curious { CURIOUS_NOT, CURIOUS_ERROR, CURIOUS_PROCESS };

struct thrift_state {
    struct thrift_walk walk[2];
    uint32_t frame[2]; /* what is left of it */
    uint32_t seq[2];
    uint32_t asked[ASKED];
    uint8_t next;
    uint8_t type[2];    /* enum message */
    uint8_t curious[2]; /* enum curious */
    bool told[2];       /* this message belongs to a transaction */
    bool paired;        /* the server's message answers a call */
    bool good[2];       /* its name is long enough */
    bool matched, certain;
    bool compact, framed; /* once matched */
    bool lost[2];
    bool deaf[2]; /* no message will be found any more */
};

struct head {
    struct span name;
    uint32_t seq;
    uint32_t frame; /* what is behind the head */
    uint8_t type;
    bool compact, framed;
};

/* ---- heads ---- */

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* `method`, or `Service:method` where several share a connection. */
static bool is_name(struct span s)
{
    if (s.n == 0 || s.n > NAME_MOST || !(is_letter(s.p[0]) || s.p[0] == '_'))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!is_letter(s.p[i]) && !(s.p[i] >= '0' && s.p[i] <= ':') && s.p[i] != '_' &&
            s.p[i] != '.' && s.p[i] != '-' && s.p[i] != '/')
            return false;
    return true;
}

static struct span name_read(struct cursor *in, uint64_t n)
{
    if (n > NAME_MOST)
        cur_fail(in);
    return cur_span(in, n > NAME_MOST ? 0 : (size_t)n);
}

static void binary_read(struct cursor *in, struct head *h)
{
    if (cur_u8(in) != 1 || cur_u8(in) != 0)
        cur_fail(in);
    h->type = cur_u8(in);
    h->name = name_read(in, cur_be32(in));
    h->seq = cur_be32(in);
}

static void compact_read(struct cursor *in, struct head *h)
{
    uint8_t byte = cur_u8(in);
    uint64_t seq = thrift_varint(in);

    if ((byte & 31) != 1 || seq > UINT32_MAX)
        cur_fail(in);
    h->compact = true;
    h->type = byte >> 5;
    h->seq = (uint32_t)seq;
    h->name = name_read(in, thrift_varint(in));
}

static void head_read(struct cursor *in, struct head *h)
{
    const uint8_t *start;
    uint64_t used;
    uint8_t magic;

    *h = (struct head){.framed = cur_peek(in) == 0};
    if (h->framed)
        h->frame = cur_be32(in);
    start = in->pos;
    magic = cur_u8(in);
    if (magic == MAGIC_BINARY)
        binary_read(in, h);
    else if (magic == MAGIC_COMPACT)
        compact_read(in, h);
    else if (in->state == CUR_OK)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    used = (uint64_t)(in->pos - start);
    if (!is_name(h->name) || h->type < CALL || h->type > ONEWAY ||
        (h->framed && (h->frame <= used || h->frame > THRIFT_LENGTH_MOST)))
        cur_fail(in);
    h->frame = h->framed ? (uint32_t)(h->frame - used) : 0;
}

/* FNV-1a of what a call and its answer share. */
static uint32_t fingerprint(const struct head *h)
{
    uint32_t hash = 2166136261u ^ h->seq;

    for (size_t i = 0; i < h->name.n; i++)
        hash = (hash ^ h->name.p[i]) * 16777619u;
    return hash ? hash : 1;
}

static bool was_asked(struct thrift_state *s, uint32_t print)
{
    for (unsigned i = 0; i < ASKED; i++) {
        if (s->asked[i] == print) {
            s->asked[i] = 0;
            return true;
        }
    }
    return false;
}

static bool is_request(uint8_t type)
{
    return type == CALL || type == ONEWAY;
}

/* ---- report ---- */

static void name_tell(struct parse *p, const struct head *h)
{
    size_t colon = span_index(h->name, ':');

    if (colon < h->name.n) {
        parse_field(p, FIELD_THRIFT_SERVICE, span_first(h->name, colon));
        parse_field(p, FIELD_THRIFT_METHOD, span_from(h->name, colon + 1));
    } else {
        parse_field(p, FIELD_THRIFT_METHOD, h->name);
    }
}

static void head_tell(struct parse *p, const struct thrift_state *s, const struct head *h)
{
    parse_tx_key(p, p->dir == DIR_CLIENT ? TX_REQUEST : TX_REPLY, h->seq);
    if (p->dir == DIR_SERVER && s->paired)
        return;
    parse_text(p, FIELD_THRIFT_PROTOCOL, h->compact ? "compact" : "binary");
    if (h->framed)
        parse_uint(p, FIELD_THRIFT_FRAMED, 1);
    if (p->dir == DIR_CLIENT)
        parse_text(p, FIELD_THRIFT_TYPE, h->type == CALL ? "call" : "oneway");
    name_tell(p, h);
    parse_uint(p, FIELD_THRIFT_SEQUENCE, h->seq);
}

/* Jaeger's agent takes spans in one message of two possible names. */
static bool is_jaeger(const struct head *h)
{
    return is_request(h->type) &&
           (span_equal(h->name, SPAN("emitBatch")) || span_equal(h->name, SPAN("emitZipkinBatch")));
}

static void head_step(struct parse *p, struct thrift_state *s, struct cursor *in)
{
    struct head h;

    head_read(in, &h);
    if (in->state != CUR_OK)
        return;
    s->told[p->dir] = is_request(h.type) == (p->dir == DIR_CLIENT);
    if (s->matched ? h.compact != s->compact || h.framed != s->framed : !s->told[p->dir]) {
        cur_fail(in);
        return;
    }
    thrift_walk_begin(&s->walk[p->dir], h.compact);
    s->frame[p->dir] = h.frame;
    s->compact = h.compact;
    s->framed = h.framed;
    s->type[p->dir] = h.type;
    s->seq[p->dir] = h.seq;
    s->good[p->dir] = !h.compact || h.name.n >= NAME_GOOD;
    s->curious[p->dir] = h.type == EXCEPTION ? CURIOUS_ERROR : CURIOUS_NOT;
    if (!s->told[p->dir])
        return;
    if (p->dir == DIR_SERVER)
        s->paired = was_asked(s, fingerprint(&h));
    else if (h.type == CALL)
        s->asked[s->next++ % ASKED] = fingerprint(&h);
    head_tell(p, s, &h);
    if (is_jaeger(&h)) {
        parse_product(p, PRODUCT_JAEGER);
        s->curious[p->dir] = CURIOUS_PROCESS;
    }
}

/* ---- what is behind the head ---- */

static void message_end(struct parse *p, struct thrift_state *s)
{
    bool answers = p->dir == DIR_SERVER && s->paired && s->told[DIR_SERVER];

    if (!s->certain) {
        s->certain = answers;
        if (answers)
            parse_proof(p, PROOF_CERTAIN);
        else
            parse_proof(p, s->good[p->dir] ? PROOF_STRONG : PROOF_FAIR);
    }
    s->matched = true;
    if (!s->told[p->dir])
        return;
    if (s->type[p->dir] == REPLY && s->walk[p->dir].any && s->walk[p->dir].first)
        parse_uint(p, FIELD_THRIFT_EXCEPTION, 1); /* one of those that the method declares */
    if (s->type[p->dir] != CALL)
        parse_tx_key(p, TX_DONE, s->seq[p->dir]);
}

/* The first string: an exception's text, or who sends spans: Batch(1).Process(1).serviceName(1). */
static void string_tell(struct parse *p, const struct thrift_state *s, struct span text)
{
    if (s->curious[p->dir] == CURIOUS_ERROR)
        parse_field(p, FIELD_THRIFT_ERROR, text);
    else if (s->walk[p->dir].depth == 3 && text.n)
        parse_field(p, FIELD_THRIFT_CLIENT, text);
}

static uint64_t string_step(struct parse *p, struct thrift_state *s, struct cursor *in, uint64_t n)
{
    struct span text;

    if (!s->curious[p->dir] || n > TEXT_MOST) {
        s->curious[p->dir] = CURIOUS_NOT;
        return walk_body(p, in, n, BUFFER_BODY, BUFFER_WHOLE);
    }
    text = cur_span(in, (size_t)n);
    if (in->state != CUR_OK)
        return 0;
    string_tell(p, s, text);
    s->curious[p->dir] = CURIOUS_NOT;
    parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, text);
    return 0;
}

/* More nested than is followed: only a frame tells where the next message begins. */
static uint64_t deep_step(struct parse *p, struct thrift_state *s, struct cursor *in)
{
    s->deaf[p->dir] = !s->framed;
    in->state = CUR_OK;
    s->walk[p->dir].depth = 0;
    parse_tx_key(p, TX_DONE, s->seq[p->dir]);
    return walk_pass(in, s->framed ? s->frame[p->dir] : cur_left(in));
}

static uint64_t piece_step(struct parse *p, struct thrift_state *s, struct cursor *in)
{
    struct thrift_walk *w = &s->walk[p->dir], before;
    struct cursor start = *in;
    enum thrift_token token;
    uint64_t n, used, rest;

    before.depth = 0;
    if (s->curious[p->dir])
        before = *w;
    token = thrift_walk_next(w, in, &n);
    if (w->deep && s->matched) {
        *in = start;
        return deep_step(p, s, in);
    }
    if (in->state != CUR_OK)
        return 0;
    used = (uint64_t)(in->pos - start.pos) + n;
    if (s->framed && (used > s->frame[p->dir] || (w->depth == 0 && used < s->frame[p->dir]))) {
        cur_fail(in);
        return 0;
    }
    if (token == THRIFT_STRING) {
        rest = string_step(p, s, in, n);
        if (in->state != CUR_OK) { /* a text that is told is taken whole */
            *w = before;
            return 0;
        }
    } else {
        rest = walk_pass(in, n);
    }
    s->frame[p->dir] -= s->framed ? (uint32_t)used : 0;
    if (w->depth == 0)
        message_end(p, s);
    return rest;
}

static uint64_t thrift_step(struct parse *p, struct cursor *in)
{
    struct thrift_state *s = p->state;

    if (s->walk[p->dir].depth)
        return piece_step(p, s, in);
    head_step(p, s, in);
    return 0;
}

/* A datagram is one message, whole. */
static bool is_message(struct span bytes)
{
    struct cursor in = cur_of(bytes);
    struct thrift_walk w;
    struct head h;
    uint64_t n;

    head_read(&in, &h);
    if (in.state != CUR_OK || h.framed)
        return false;
    thrift_walk_begin(&w, h.compact);
    while (w.depth && in.state == CUR_OK) {
        (void)thrift_walk_next(&w, &in, &n);
        cur_skip(&in, (size_t)n);
    }
    return cur_done(&in);
}

/* Something was lost: does a message begin here? */
static bool is_boundary(const struct thrift_state *s, const struct cursor *in)
{
    struct cursor at = *in;
    struct head h;

    head_read(&at, &h);
    return at.state == CUR_OK &&
           (!s->matched || (h.compact == s->compact && h.framed == s->framed));
}

static enum parse_result thrift_parse(struct parse *p, struct cursor *in)
{
    struct thrift_state *s = p->state;

    if (p->transport == OVER_UDP && !is_message(cur_look(in)))
        return PARSE_REJECT;
    if (s->deaf[p->dir] || (s->lost[p->dir] && !is_boundary(s, in))) {
        (void)walk_over(p, in);
        return walk_verdict(&s->matched);
    }
    s->lost[p->dir] = false;
    return walk(p, in, thrift_step, &s->matched);
}

static void thrift_gap(struct parse *p, uint64_t missing)
{
    struct thrift_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->walk[p->dir].depth = 0;
}

static bool begins(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    uint8_t magic = cur_u8(&in), type;

    if (in.state != CUR_OK)
        return true;
    if (magic == MAGIC_BINARY) {
        uint8_t one = cur_u8(&in), zero;

        if (in.state == CUR_OK && one != 1)
            return false;
        zero = cur_u8(&in);
        if (in.state == CUR_OK && zero != 0)
            return false;
        type = cur_u8(&in);
    } else if (magic == MAGIC_COMPACT) {
        type = cur_u8(&in);
        if (in.state == CUR_OK && (type & 31) != 1)
            return false;
        type >>= 5;
    } else {
        return false;
    }
    return in.state != CUR_OK ||
           (type >= CALL && type <= ONEWAY && is_request(type) == (from == DIR_CLIENT));
}

static bool thrift_probe(enum dir from, struct span first)
{
    if (first.p[0])
        return begins(from, first);
    return begins(from, span_from(first, 4));
}

static const uint16_t ports[] = {9090, 6831, 6832, 9083, 10000, 21000, 0};

const struct parser parser_thrift = {
    .name = "thrift",
    .evidence = "a call or answer, read to its last byte; an answer to a call",
    .app = APP_THRIFT,
    .transports = OVER_TCP | OVER_UDP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct thrift_state),
    .max_pending = PENDING,
    .midstream = true, /* every message stands by itself */
    .probe = thrift_probe,
    .parse = thrift_parse,
    .gap = thrift_gap,
};
