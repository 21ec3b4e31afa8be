/* SPDX-License-Identifier: Apache-2.0
 *
 * multipart: see multipart.h. Each level looks at a line once.
 */
#include "support/multipart.h"

#include "support/mime_param.h"

static void boundary_set(struct boundary *b, struct span text)
{
    text = span_first(text, MULTIPART_BOUNDARY);
    b->n = (uint8_t)text.n;
    if (text.n)
        memcpy(b->bytes, text.p, text.n);
}

static bool is_known(const struct boundary *known, unsigned n, const struct boundary *b)
{
    for (unsigned i = 0; i < n; i++)
        if (span_equal(span_of(known[i].bytes, known[i].n), span_of(b->bytes, b->n)))
            return true;
    return false;
}

unsigned multipart_boundaries(struct span type, struct boundary *found, unsigned most)
{
    struct mime_param param;
    struct boundary b;
    unsigned n = 0;

    while (n < most && mime_param_next(&type, &param)) {
        if (!span_equal_nocase(param.name, SPAN("boundary")))
            continue;
        b.n = (uint8_t)mime_param_text(&param, b.bytes, MULTIPART_BOUNDARY).n;
        if (b.n && !is_known(found, n, &b))
            found[n++] = b;
    }
    return n;
}

/* ---- lines ---- */

/* With its end. */
static struct span line_of(struct span s)
{
    return span_first(s, span_index(s, '\n') + 1);
}

static struct span bare(struct span line)
{
    if (line.n && line.p[line.n - 1] == '\n')
        line.n--;
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* Behind the boundary there may be blanks, and anything behind the "--" that ends the parts. */
static bool is_delimiter(const struct boundary *b, struct span line, bool *closes)
{
    struct span rest = span_from(line, (size_t)b->n + 2);

    if (!span_starts(line, SPAN("--")) || !span_starts(span_from(line, 2), span_of(b->bytes, b->n)))
        return false;
    *closes = span_starts(rest, SPAN("--"));
    return *closes || b->n == MULTIPART_BOUNDARY || span_trim(bare(rest)).n == 0;
}

/* Cuts what stands before the next delimiter off `rest`, and that one, too. */
static struct span take_until(struct multipart_level *l)
{
    struct span s = l->rest;
    size_t at = 0;
    bool closes;

    while (at < s.n) {
        struct span line = line_of(span_from(s, at));

        if (is_delimiter(&l->boundary, line, &closes)) {
            l->rest = span_from(s, at + line.n);
            l->closed = closes;
            return bare(span_first(s, at));
        }
        at += line.n;
    }
    l->rest = span_from(s, s.n);
    l->over = true;
    return s;
}

static void guess(struct boundary *b, struct span body)
{
    while (body.n && b->n == 0) {
        struct span line = line_of(body);

        if (span_starts(line, SPAN("--")))
            boundary_set(b, span_trim(span_from(bare(line), 2)));
        body = span_from(body, line.n);
    }
}

static void level_begin(struct multipart_level *l, const struct boundary *b, struct span body)
{
    l->boundary = *b;
    l->rest = body;
    l->closed = l->over = false;
    if (b->n == 0)
        guess(&l->boundary, body);
    if (l->boundary.n == 0)
        l->over = true;
    else
        take_until(l);
}

void multipart_begin(struct multipart *m, const struct boundary *b, struct span body)
{
    m->depth = 1;
    m->parts = 0;
    level_begin(&m->level[0], b, body);
}

/* ---- headers ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* A line without a colon is the first of the contents. */
static void header_split(struct span part, struct multipart_part *out)
{
    size_t at = 0;

    out->header = span_first(part, 0);
    out->contents = part;
    while (at < part.n) {
        struct span line = line_of(span_from(part, at));

        if (bare(line).n == 0) {
            out->contents = span_from(part, at + line.n);
            break;
        }
        if (!(at && is_blank(line.p[0])) && span_index(line, ':') == line.n)
            break;
        at += line.n;
        out->contents = span_from(part, at);
    }
    out->header = span_first(part, at);
}

bool mime_field_next(struct span *header, struct mime_field *f)
{
    struct span s = *header;
    size_t n = line_of(s).n, colon;

    while (n && n < s.n && is_blank(s.p[n]))
        n += line_of(span_from(s, n)).n;
    *header = span_from(s, n);
    s = span_first(s, n);
    colon = span_index(s, ':');
    f->name = span_trim(span_first(s, colon));
    f->value = span_trim(bare(span_from(s, colon + 1)));
    return n > 0;
}

/* ---- parts ---- */

static bool opens(const struct multipart_part *part, struct boundary *b)
{
    struct span header = part->header;
    struct mime_field f;

    while (mime_field_next(&header, &f))
        if (span_equal_nocase(f.name, SPAN("content-type")) &&
            span_starts_nocase(mime_value(f.value), SPAN("multipart/")))
            return multipart_boundaries(f.value, b, 1) > 0;
    return false;
}

bool multipart_next(struct multipart *m, struct multipart_part *part)
{
    struct boundary b;

    while (m->depth && m->parts < MULTIPART_PARTS) {
        struct multipart_level *l = &m->level[m->depth - 1];
        bool closed = l->closed;
        struct span piece;

        if (l->over) {
            m->depth--;
            continue;
        }
        m->parts++;
        piece = take_until(l);
        if (closed && (l->over || piece.n == 0))
            continue; /* what stands behind the end is no part, unless one more comes */
        header_split(piece, part);
        part->opens = m->depth < MULTIPART_LEVELS && opens(part, &b);
        if (part->opens) {
            level_begin(&m->level[m->depth++], &b, part->contents);
            part->contents = span_first(part->contents, 0);
        }
        return true;
    }
    return false;
}
