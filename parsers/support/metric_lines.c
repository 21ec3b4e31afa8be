/* SPDX-License-Identifier: Apache-2.0 */
#include "support/metric_lines.h"

enum { SURE = 2 };

bool metric_number_byte(uint8_t byte)
{
    return metric_digit(byte) || span_index(SPAN("+-.eE"), byte) < 5;
}

static void sign_skip(struct cursor *in)
{
    if (cur_peek(in) == '-' || cur_peek(in) == '+')
        cur_skip(in, 1);
}

bool metric_number(struct span text)
{
    struct cursor in = cur_of(text);
    size_t digits;

    sign_skip(&in);
    digits = metric_take(&in, metric_digit).n;
    if (cur_peek(&in) == '.') {
        cur_skip(&in, 1);
        digits += metric_take(&in, metric_digit).n;
    }
    if (digits && (cur_peek(&in) | 0x20) == 'e') {
        cur_skip(&in, 1);
        sign_skip(&in);
        digits = metric_take(&in, metric_digit).n;
    }
    return digits && cur_done(&in) && text.n <= METRIC_NUMBER_MOST;
}

static void lines_prove(struct parse *p, struct metric_lines *s)
{
    if (s->lines < UINT8_MAX)
        s->lines++;
    parse_proof(p, s->lines >= SURE ? PROOF_STRONG : PROOF_FAIR);
    s->matched = true;
}

static void line_tell(struct parse *p, struct metric_lines *s, const struct metric_kind *kind,
                      struct span line)
{
    lines_prove(p, s);
    kind->tell(p, line);
    parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, line);
}

/* The last line of a datagram may lack its end. */
static struct span line_next(struct cursor *in)
{
    struct span look = cur_look(in), line = span_first(look, span_index(look, '\n'));

    cur_skip(in, line.n < look.n ? line.n + 1 : line.n);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* All of its lines must be right before one of them is told. */
static enum parse_result datagram(struct parse *p, struct cursor *in,
                                  const struct metric_kind *kind)
{
    struct metric_lines *s = p->state;
    struct cursor all = *in;
    bool some = false;

    while (cur_left(&all)) {
        struct span line = line_next(&all);

        if (line.n && (line.n > METRIC_LINE_MOST || kind->check(p, line) != CUR_OK))
            return PARSE_REJECT;
        some = some || line.n;
    }
    if (!some)
        return s->matched ? PARSE_MATCH : PARSE_REJECT;
    while (cur_left(in)) {
        struct span line = line_next(in);

        if (line.n)
            line_tell(p, s, kind, line);
    }
    parse_commit(p, in);
    return PARSE_MATCH;
}

/* One line; of one that is cut what is here must fit. */
static void stream_line(struct parse *p, struct cursor *in, const struct metric_kind *kind)
{
    struct metric_lines *s = p->state;
    struct span look = cur_look(in), line = cur_line(in, METRIC_LINE_MOST);

    if (in->state == CUR_SHORT) {
        if (look.n && look.p[look.n - 1] == '\r')
            look.n--;
        if (kind->check(p, look) == CUR_BAD)
            in->state = CUR_BAD;
        return;
    }
    if (in->state == CUR_OK && line.n == 0 && s->matched)
        return;
    if (in->state == CUR_OK && kind->check(p, line) != CUR_OK)
        cur_fail(in);
    if (in->state == CUR_OK)
        line_tell(p, s, kind, line);
}

/* Who hears an answer has spoken something else. */
static enum parse_result answer(struct parse *p, struct cursor *in)
{
    const struct metric_lines *s = p->state;

    if (s->lines < SURE)
        return PARSE_REJECT;
    (void)cur_rest(in);
    parse_commit(p, in);
    return PARSE_MATCH;
}

/* Within a line whose beginning is missing. */
static void line_leave(struct parse *p, struct metric_lines *s, struct cursor *in)
{
    struct span look = cur_look(in);
    size_t n = span_index(look, '\n');

    s->lost = n == look.n;
    cur_skip(in, s->lost ? n : n + 1);
    parse_commit(p, in);
}

enum parse_result metric_walk(struct parse *p, struct cursor *in, const struct metric_kind *kind)
{
    struct metric_lines *s = p->state;

    if (p->dir == DIR_SERVER)
        return answer(p, in);
    if (p->transport == OVER_UDP)
        return datagram(p, in, kind);
    if (s->lost)
        line_leave(p, s, in);
    while (in->pos < in->end) {
        stream_line(p, in, kind);
        if (in->state != CUR_OK)
            break;
        parse_commit(p, in);
    }
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    return s->matched ? PARSE_MATCH : PARSE_MORE;
}

void metric_gap(struct parse *p, uint64_t missing)
{
    struct metric_lines *s = p->state;

    (void)missing;
    s->lost = true;
}
