/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of a message: header, parts, boundaries, the end.
 */
#include "support/mail.h"

#include "support/mail_header.h"
#include "support/mail_levels.h"

enum {
    CRS_MOST = 4,     /* in front of LF that belong to the line end */
    HELD_STEP = 1024, /* bytes that are put behind a held line together */
    HELD_MOST = 2 * MAIL_FIELD,
};

void mail_begin(struct parse *p, struct mail *m, enum mail_form form)
{
    struct mail_levels *levels = m->levels;

    if (m->dir == (uint8_t)p->dir)
        mail_end(p, m);
    *m = (struct mail){
        .levels = levels,
        .form = (uint8_t)form,
        .dir = (uint8_t)p->dir,
        .in_header = form == MAIL_MESSAGE,
        .top = form == MAIL_MESSAGE,
        .unbounded = form == MAIL_TEXT,
        .part.sniffs = form == MAIL_SECTION,
    };
    if (levels)
        levels->count = levels->fresh = 0;
}

void mail_lost(struct mail *m)
{
    m->mid_line = true;
    m->seen = 0;
    mail_part_lost(&m->part);
}

/* ---- parts ---- */

static void part_begin(struct parse *p, struct mail *m)
{
    mail_part_end(p, &m->part);
    m->part = (struct mail_part){.named = false};
    m->message = m->multi = m->typed = m->named = m->top = m->unbounded = false;
    if (m->levels)
        mail_levels_enter(m->levels);
}

static struct mail_boundary match(const struct mail *m, struct span line)
{
    if (m->levels == NULL || m->levels->count == 0)
        return (struct mail_boundary){.found = false};
    return mail_levels_match(m->levels, line);
}

/* The first line that may be a boundary is one, when nobody names it. */
static struct mail_boundary guess(struct parse *p, struct mail *m, struct span line)
{
    struct span text = span_from(line, 2);

    while (text.n && text.p[text.n - 1] <= ' ')
        text.n--;
    if (text.n == 0)
        return (struct mail_boundary){.found = false};
    if (m->levels)
        mail_levels_enter(m->levels);
    mail_boundary_add(p, m, text);
    return match(m, line);
}

/* True: the line parts the message. */
static bool take_boundary(struct parse *p, struct mail *m, struct span line)
{
    struct mail_boundary b;

    if (line.n < 2 || line.p[0] != '-' || line.p[1] != '-')
        return false;
    b = match(m, line);
    if (!b.found && m->unbounded)
        b = guess(p, m, line);
    if (!b.found)
        return false;
    part_begin(p, m);
    m->in_header = !b.closes;
    m->message = b.digest && !b.closes;
    return true;
}

static bool is_empty(struct span line)
{
    while (line.n && (line.p[0] == '\r' || line.p[0] == '\n'))
        line = span_from(line, 1);
    return line.n == 0;
}

static void header_over(struct mail *m)
{
    m->in_header = m->top = false;
    m->unbounded = m->multi && (m->levels == NULL || m->levels->fresh == 0);
    if (m->multi || m->message) /* RFC 2045 section 6.4: these may not have an encoding */
        mail_part_also_plain(&m->part);
}

/* An empty line: the header ends. The body may be a message with a header again. */
static void header_end(struct parse *p, struct mail *m)
{
    bool again = m->message && mail_part_is_plain(&m->part);

    header_over(m);
    if (!again)
        return;
    part_begin(p, m);
    m->in_header = true;
}

/* Who reads such a header takes this line for the first of the body. */
static bool is_no_field(struct span line)
{
    return line.p[0] != ' ' && line.p[0] != '\t' && span_index(line, ':') == line.n;
}

static void take_header(struct parse *p, struct mail *m, const struct mail_line *line)
{
    struct span field = line->bytes;

    if (m->form == MAIL_TEXT) /* perhaps there are no parts at all */
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, field);
    if (line->begins && field.p[0] != ' ' && field.p[0] != '\t')
        mail_field(p, m, field);
}

static void take_line(struct parse *p, struct mail *m, const struct mail_line *line)
{
    if (line->begins && take_boundary(p, m, line->bytes))
        return;
    if (m->in_header && line->begins && is_empty(line->bytes)) {
        header_end(p, m);
        return;
    }
    if (m->in_header && line->begins && is_no_field(line->bytes))
        header_over(m);
    if (m->in_header)
        take_header(p, m, line);
    else
        mail_part_line(p, &m->part, line);
}

/* ---- lines ---- */

/* How long the line is, its end included; 0: not all is here. `whole`: it has an end. */
static size_t line_length(struct span look, bool last, bool *whole)
{
    struct span most = span_first(look, MAIL_LINE);
    size_t lf = span_index(most, '\n'), cr = span_index(span_first(most, lf), '\r'), end = cr;

    *whole = true;
    while (end < lf && most.p[end] == '\r' && end - cr < CRS_MOST)
        end++;
    if (end == lf && lf < most.n)
        return lf + 1;
    *whole = cr < lf;
    if (end == most.n && !last && look.n < MAIL_LINE)
        return 0; /* LF may follow, or anything */
    return cr < lf ? cr + 1 : most.n;
}

/* A header field goes on while lines begin with a blank. Returns its length, 0: not all is here.
 * What has been seen of it before is not looked at again. */
static size_t field_length(struct mail *m, struct span look, bool last)
{
    bool full = look.n >= MAIL_FIELD || last, whole;
    size_t at = m->seen;

    look = span_first(look, MAIL_FIELD);
    while (at >= look.n || look.p[at] == ' ' || look.p[at] == '\t') {
        size_t n = line_length(span_from(look, at), false, &whole);

        if (n == 0 && !full) {
            m->seen = (uint16_t)at;
            return 0;
        }
        if (n == 0 || !whole) /* a line that is too long is read as a piece of its own */
            break;
        at += n;
    }
    m->seen = 0;
    return at;
}

static bool begins_field(const struct mail *m, struct span line)
{
    return m->in_header && !m->mid_line && !is_empty(line) && line.p[0] != '.';
}

/* The line or piece that stands here, or nothing (SHORT). `last`: nothing follows the bytes at
 * hand. */
static bool line_read(struct mail *m, struct cursor *in, bool last, struct mail_line *line)
{
    struct span look = cur_look(in);
    bool whole = true;
    size_t n = m->seen ? m->seen : line_length(look, last, &whole);

    if (n && whole && begins_field(m, span_first(look, n))) {
        m->seen = (uint16_t)n;
        n = field_length(m, look, last);
    }
    if (n == 0) {
        cur_short(in, 1);
        return false;
    }
    *line = (struct mail_line){.bytes = cur_span(in, n), .begins = !m->mid_line};
    m->mid_line = !whole;
    return true;
}

static bool ends_bare(struct span line)
{
    return line.n && line.p[line.n - 1] == '\n' && (line.n < 2 || line.p[line.n - 2] != '\r');
}

static bool is_line_end(struct span s)
{
    return s.n && (s.p[0] == '\n' || (s.n == 2 && s.p[0] == '\r' && s.p[1] == '\n'));
}

/* A line with only a dot. Any other loses the dot in front of it. CR alone ends no line here. */
static bool take_dot(struct mail *m, struct mail_line *line)
{
    bool bare = m->bare, begins = line->begins && !m->after_cr;

    m->bare = ends_bare(line->bytes);
    m->after_cr = !m->mid_line && line->bytes.n && line->bytes.p[line->bytes.n - 1] == '\r';
    if (!begins || line->bytes.p[0] != '.')
        return false;
    line->bytes = span_from(line->bytes, 1);
    m->ended_bare = bare || m->bare;
    return is_line_end(line->bytes);
}

/* ---- nobody reads the body ---- */

enum lookout {
    LOOKOUT_NONE,
    LOOKOUT_DOTS = 1,
    LOOKOUT_BOUNDARIES = 2, /* of parts, whose names are told */
};

static bool is_idle(const struct parse *p, const struct mail *m)
{
    return !p->wants_buffers && !m->in_header && !m->after_cr;
}

static unsigned lookout_for(const struct parse *p, const struct mail *m)
{
    bool parts = m->unbounded || (m->levels && m->levels->count);

    return p->wants_tx && parts ? LOOKOUT_BOUNDARIES : LOOKOUT_NONE;
}

/* A line that n bytes are before the LF of: may it be passed over? */
static bool is_dull(struct span line, size_t n, unsigned lookout)
{
    if ((lookout & LOOKOUT_DOTS) && line.p[0] == '.')
        return false;
    return !(lookout & LOOKOUT_BOUNDARIES) ||
           (line.p[0] != '-' && span_index(span_first(line, n), '\r') + 1 >= n);
}

/* Passes over whole lines, of which no one needs anything. True: there were some. */
static bool idle_lines(struct mail *m, struct cursor *in, unsigned lookout)
{
    struct span look = cur_look(in);
    size_t at = 0;

    while (at < look.n) {
        struct span rest = span_from(look, at);
        size_t n = span_index(rest, '\n');

        if (n == rest.n || !is_dull(rest, n, m->mid_line ? LOOKOUT_NONE : lookout))
            break;
        m->mid_line = false;
        m->bare = n == 0 || rest.p[n - 1] != '\r';
        at += n + 1;
    }
    if (at)
        (void)cur_span(in, at);
    return at > 0;
}

static bool idle_read(const struct parse *p, struct mail *m, struct cursor *in, unsigned lookout)
{
    return is_idle(p, m) && idle_lines(m, in, lookout | lookout_for(p, m));
}

/* ---- a message up to a dot ---- */

bool mail_read_dotted(struct parse *p, struct mail *m, struct cursor *in)
{
    const uint8_t *start = in->pos;
    struct mail_line line;

    while (in->pos < in->end) {
        if (idle_read(p, m, in, LOOKOUT_DOTS))
            continue;
        if (!line_read(m, in, false, &line))
            break;
        if (take_dot(m, &line)) {
            mail_end(p, m);
            return true;
        }
        take_line(p, m, &line);
    }
    mail_part_flush(p, &m->part);
    if (in->state == CUR_SHORT && in->pos > start)
        in->state = CUR_OK; /* what was read is to be committed first */
    return false;
}

/* ---- a message of so many bytes, or some ---- */

static void read_lines(struct parse *p, struct mail *m, struct cursor *in, bool last)
{
    struct mail_line line;

    while (in->pos < in->end) {
        if (idle_read(p, m, in, LOOKOUT_NONE))
            continue;
        if (!line_read(m, in, last, &line))
            break;
        take_line(p, m, &line);
    }
    mail_part_flush(p, &m->part);
}

/* Reads what is held. */
static void read_held(struct parse *p, struct mail *m, struct span held, bool last)
{
    struct cursor in = cur_of(held);

    read_lines(p, m, &in, last);
    m->held = in.pos < in.end;
    parse_unhold(p, (size_t)(in.pos - held.p));
}

/* Without room for it the line is two pieces. */
static void hold(struct parse *p, struct mail *m, struct span rest)
{
    struct cursor in = cur_of(rest);

    if (!m->held)
        parse_unhold(p, parse_held(p).n);
    m->held = parse_hold(p, rest, HELD_MOST).n > 0;
    if (!m->held)
        read_lines(p, m, &in, true);
}

/* The line that the bytes before these began goes on. */
static void go_on(struct parse *p, struct mail *m, struct cursor *in, bool last)
{
    while (m->held && in->pos < in->end) {
        struct span look = span_first(cur_look(in), HELD_STEP);
        size_t n = span_index(look, '\n');
        struct span held = parse_hold(p, cur_span(in, n < look.n ? n + 1 : n), HELD_MOST);

        m->held = held.n > 0;
        m->mid_line = m->mid_line || !m->held;
        if (m->held)
            read_held(p, m, held, last && in->pos == in->end);
    }
}

bool mail_read_counted(struct parse *p, struct mail *m, struct cursor *in, uint64_t *left)
{
    struct cursor child = cur_of(span_first(cur_look(in), *left < SIZE_MAX ? *left : SIZE_MAX));
    const uint8_t *start = child.pos;
    bool ends = cur_left(&child) == *left;

    go_on(p, m, &child, ends && !m->more);
    read_lines(p, m, &child, ends && !m->more);
    if (ends && child.pos < child.end) {
        hold(p, m, span_of(child.pos, (size_t)(child.end - child.pos)));
        child.pos = child.end;
    }
    *left -= (uint64_t)(child.pos - start);
    in->pos = child.pos;
    if (child.state == CUR_SHORT && child.pos == start)
        cur_short(in, child.need);
    return *left == 0;
}

void mail_end(struct parse *p, struct mail *m)
{
    if (m->held)
        read_held(p, m, parse_held(p), true);
    m->held = false;
    mail_part_end(p, &m->part);
}
