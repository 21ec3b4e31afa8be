/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of a message: header, parts, boundaries, the end.
 */
#include "support/mail.h"

#include "support/mail_header.h"

/* Part of the message: a line with its end, or a piece of a long one. */
struct piece {
    struct span bytes;
    bool begins; /* a line */
};

void mail_begin(struct mail *m, enum mail_form form)
{
    *m = (struct mail){.in_header = form == MAIL_MESSAGE, .top = form == MAIL_MESSAGE};
}

void mail_lost(struct mail *m)
{
    m->mid_line = true;
    m->digits = (struct base64){0};
}

/* ---- the buffer ---- */

static void give(struct parse *p, struct mail *m, struct span bytes)
{
    if (bytes.n == 0)
        return;
    parse_buffer(p, BUFFER_BODY, m->begun ? BUFFER_NEXT : BUFFER_BEGINS, bytes);
    m->begun = true;
}

static void give_run(struct parse *p, struct mail *m)
{
    struct span run = m->run;

    m->run = span_of(NULL, 0);
    give(p, m, run);
}

/* Lines that follow each other are given as one. */
static void give_line(struct parse *p, struct mail *m, struct span line)
{
    if (m->run.n && m->run.p + m->run.n == line.p) {
        m->run.n += line.n;
        return;
    }
    give_run(p, m);
    m->run = line;
}

static void give_decoded(struct parse *p, struct mail *m, struct span line)
{
    uint8_t decoded[MAIL_LINE];
    size_t n;

    if (!p->wants_buffers)
        return;
    n = m->encoding == MAIL_BASE64 ? base64_decode(&m->digits, line, decoded)
                                   : quoted_decode(line, decoded);
    give(p, m, span_of(decoded, n));
}

void mail_end(struct parse *p, struct mail *m)
{
    give_run(p, m);
    if (m->begun)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    m->begun = false;
}

/* ---- parts ---- */

static void part_begin(struct parse *p, struct mail *m)
{
    mail_end(p, m);
    m->digits = (struct base64){0};
    m->encoding = MAIL_PLAIN;
    m->message = m->named = m->top = false;
}

/* "--boundary" or "--boundary--" of the innermost multipart that has it. */
static bool is_boundary(const struct mail *m, struct span line, uint8_t *level, bool *closes)
{
    for (uint8_t l = m->level; l > 0; l--) {
        struct span name = span_of(m->boundary[l - 1], m->boundary_n[l - 1]);
        struct span rest = span_from(line, 2);

        if (!span_starts(rest, name))
            continue;
        *level = l;
        *closes = span_starts(span_from(rest, name.n), SPAN("--"));
        return true;
    }
    return false;
}

/* True: the line parts the message. */
static bool take_boundary(struct parse *p, struct mail *m, struct span line)
{
    uint8_t level;
    bool closes;

    if (m->level == 0 || !span_starts(line, SPAN("--")) || !is_boundary(m, line, &level, &closes))
        return false;
    part_begin(p, m);
    m->level = closes ? level - 1 : level;
    m->in_header = !closes;
    return true;
}

static bool is_empty(struct span line)
{
    return line.n && (line.p[0] == '\n' || (line.n == 2 && line.p[0] == '\r'));
}

/* An empty line: the header ends. The body may be a message with a header again. */
static void header_end(struct parse *p, struct mail *m)
{
    bool again = m->message;

    m->in_header = m->top = false;
    if (!again)
        return;
    part_begin(p, m);
    m->in_header = true;
}

static void take_body(struct parse *p, struct mail *m, struct span line)
{
    if (m->encoding == MAIL_PLAIN)
        give_line(p, m, line);
    else
        give_decoded(p, m, line);
}

/* Who reads such a header takes this line for the first of the body. */
static bool is_no_field(struct span line)
{
    return line.p[0] != ' ' && line.p[0] != '\t' && span_index(line, ':') == line.n;
}

static void take_piece(struct parse *p, struct mail *m, const struct piece *piece)
{
    struct span line = piece->bytes;

    if (piece->begins && take_boundary(p, m, line))
        return;
    if (m->in_header && piece->begins && is_empty(line)) {
        header_end(p, m);
        return;
    }
    if (m->in_header && piece->begins && is_no_field(line))
        m->in_header = m->top = false;
    if (!m->in_header)
        take_body(p, m, line);
    else if (piece->begins && line.p[0] != ' ' && line.p[0] != '\t')
        mail_field(p, m, line);
}

/* ---- pieces ---- */

/* A header field goes on while lines begin with a blank. Returns its length, 0: not all is here. */
static size_t field_length(struct span look, bool last)
{
    bool full = look.n >= MAIL_FIELD || last;
    size_t at = 0;

    look = span_first(look, MAIL_FIELD);
    for (;;) {
        struct span rest = span_from(look, at);
        size_t n = span_index(rest, '\n');

        if (n == rest.n) /* a line that is too long is read as a piece of its own */
            return full ? at : 0;
        at += n + 1;
        if (at < look.n && look.p[at] != ' ' && look.p[at] != '\t')
            return at;
    }
}

/* The piece that stands here, or nothing (SHORT). `last`: nothing follows the bytes at hand. */
static bool piece_read(struct mail *m, struct cursor *in, bool last, struct piece *piece)
{
    struct span look = cur_look(in);
    size_t n = span_index(span_first(look, MAIL_LINE), '\n');
    bool whole = n < span_first(look, MAIL_LINE).n;

    if (!whole && !last && look.n < MAIL_LINE) {
        cur_short(in, 1);
        return false;
    }
    n += whole;
    if (whole && m->in_header && !m->mid_line && !is_empty(span_first(look, n)) &&
        look.p[0] != '.') {
        size_t field = field_length(look, last);

        if (field == 0) {
            cur_short(in, 1);
            return false;
        }
        n = field;
    }
    *piece = (struct piece){.bytes = cur_span(in, n), .begins = !m->mid_line};
    m->mid_line = !whole;
    return true;
}

static bool ends_bare(struct span line)
{
    return line.n && line.p[line.n - 1] == '\n' && (line.n < 2 || line.p[line.n - 2] != '\r');
}

/* A line with only a dot. Any other loses the dot in front of it. */
static bool take_dot(struct mail *m, struct piece *piece)
{
    bool bare = m->bare;

    m->bare = ends_bare(piece->bytes);
    if (!piece->begins || piece->bytes.p[0] != '.')
        return false;
    piece->bytes = span_from(piece->bytes, 1);
    m->ended_bare = bare || m->bare;
    return is_empty(piece->bytes);
}

bool mail_read_dotted(struct parse *p, struct mail *m, struct cursor *in)
{
    const uint8_t *start = in->pos;
    struct piece piece;

    while (in->pos < in->end && piece_read(m, in, false, &piece)) {
        if (take_dot(m, &piece)) {
            mail_end(p, m);
            return true;
        }
        take_piece(p, m, &piece);
    }
    give_run(p, m);
    if (in->state == CUR_SHORT && in->pos > start)
        in->state = CUR_OK; /* what was read is to be committed first */
    return false;
}

bool mail_read_counted(struct parse *p, struct mail *m, struct cursor *in, uint64_t *left)
{
    const uint8_t *start = in->pos;
    struct cursor child = cur_of(span_first(cur_look(in), *left < SIZE_MAX ? *left : SIZE_MAX));
    bool last = cur_left(&child) == *left;
    struct piece piece;

    while (child.pos < child.end && piece_read(m, &child, last, &piece))
        take_piece(p, m, &piece);
    give_run(p, m);
    *left -= (uint64_t)(child.pos - start);
    in->pos = child.pos;
    if (child.state == CUR_SHORT && child.pos == start)
        cur_short(in, child.need);
    return *left == 0;
}
