/* SPDX-License-Identifier: Apache-2.0
 *
 * spark: what the processes of Apache Spark say to each other: calls, blocks, files. Either side
 * may ask. Frames are length(8 with itself) type(1), then what spark_frame.h says.
 */
#include "parser/parser.h"
#include "support/open_calls.h"
#include "support/spark_frame.h"
#include "support/walk.h"

struct spark_state {
    struct open_calls open;
    uint8_t frames[2]; /* seen, up to two */
    bool serialised;   /* a body of Java's making was seen */
    bool matched;
    bool secret; /* what follows may be encrypted */
    bool lost[2];
};

static void report_request(struct parse *p, struct spark_state *s, const struct spark_frame *f)
{
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_SPARK_MESSAGE, spark_type_name(f->type));
    if (f->endpoint.n)
        parse_field(p, FIELD_SPARK_ENDPOINT, f->endpoint);
    if (f->application.n)
        parse_field(p, FIELD_SPARK_APPLICATION, f->application);
    if (f->text.n)
        parse_field(p, FIELD_SPARK_STREAM, f->text);
    if (f->type == SPARK_ONE_WAY)
        parse_tx(p, TX_DONE);
    else
        open_calls_add(p, &s->open, f->key, f->type);
}

static void report_answer(struct parse *p, struct spark_state *s, const struct spark_frame *f,
                          unsigned n)
{
    if (n == s->open.count)
        return;
    open_calls_take(p, &s->open, n);
    if (f->error.n)
        parse_field(p, FIELD_SPARK_ERROR, f->error);
    parse_tx(p, TX_DONE);
}

/* A frame is exact; what it is worth beside that. */
static enum proof judge(struct spark_state *s, const struct spark_frame *f, enum dir dir,
                        unsigned n)
{
    if (spark_is_answer(f->type) && n < s->open.count)
        return PROOF_CERTAIN;
    if (f->serialised || f->endpoint.n)
        s->serialised = true;
    if (spark_is_answer(f->type) || f->type == SPARK_ONE_WAY) {
        if (s->frames[dir] < 2)
            return PROOF_NONE;
        return s->serialised ? PROOF_STRONG : (f->type == SPARK_ONE_WAY ? PROOF_NONE : PROOF_FAIR);
    }
    return f->serialised || f->endpoint.n ? PROOF_STRONG : PROOF_FAIR;
}

static uint64_t frame_step(struct parse *p, struct spark_state *s, struct cursor *in)
{
    struct spark_frame f;
    enum proof proof;
    unsigned n;

    spark_frame_read(in, &f);
    if (in->state != CUR_OK)
        return 0;
    n = spark_is_answer(f.type) ? open_calls_find(&s->open, f.key) : 0;
    if (s->frames[p->dir] < 2)
        s->frames[p->dir]++;
    proof = judge(s, &f, p->dir, n);
    if (proof != PROOF_NONE) {
        parse_proof(p, proof);
        s->matched = true;
    }
    s->secret = s->secret || f.secret;
    if (spark_is_answer(f.type))
        report_answer(p, s, &f, n);
    else
        report_request(p, s, &f);
    if (f.data == 0)
        return walk_pass(in, f.body);
    return walk_body(p, in, f.data, BUFFER_BODY, BUFFER_WHOLE);
}

static uint64_t spark_step(struct parse *p, struct cursor *in)
{
    return frame_step(p, p->state, in);
}

static bool is_boundary(struct span first)
{
    return first.n >= SPARK_HEAD && spark_frame_probe(first);
}

static enum parse_result spark_parse(struct parse *p, struct cursor *in)
{
    struct spark_state *s = p->state;
    enum parse_result result;

    if (s->lost[p->dir]) {
        if (!is_boundary(cur_look(in)))
            return walk_over(p, in);
        s->lost[p->dir] = false;
    }
    result = walk(p, in, spark_step, &s->matched);
    return result == PARSE_REJECT && s->secret && s->matched ? PARSE_DONE : result;
}

static void spark_gap(struct parse *p, uint64_t missing)
{
    struct spark_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

static bool spark_probe(enum dir from, struct span first)
{
    (void)from;
    return spark_frame_probe(first);
}

const struct parser parser_spark = {
    .name = "spark",
    .evidence = "a frame whose lengths agree, and its answer",
    .app = APP_SPARK,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .ports = NULL,
    .state_size = sizeof(struct spark_state),
    .max_pending = 64u << 10,
    .midstream = true,
    .probe = spark_probe,
    .parse = spark_parse,
    .gap = spark_gap,
};
