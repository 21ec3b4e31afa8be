/* SPDX-License-Identifier: Apache-2.0 */
#include "support/multipart.h"

#include "support/charset.h"
#include "support/mime_filename.h"
#include "support/mime_param.h"
#include "support/transfer.h"

#include <string.h>

enum {
    BOUNDARY_MOST = 256,
    BOUNDARIES = 2, /* of one type */
};

enum encoding { ENCODING_NONE, ENCODING_BASE64, ENCODING_QUOTED };

/* A body of parts that is being read. */
struct level {
    struct span rest;
    uint8_t boundary[BOUNDARY_MOST + 2]; /* with the hyphens before it */
    size_t boundary_n;
};

struct walk {
    const struct multipart_sink *sink;
    uint8_t *room;
    size_t room_n;
    unsigned parts;
    unsigned depth;
    struct level levels[MULTIPART_DEPTH];
};

/* ---- lines ---- */

static struct span trim_end(struct span s)
{
    while (s.n && (s.p[s.n - 1] == '\r' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Cuts the first line off, without its end. */
static struct span line_take(struct span *s)
{
    size_t n = span_index(*s, '\n');
    struct span line = span_first(*s, n);

    *s = span_from(*s, n + 1);
    return line.n && line.p[line.n - 1] == '\r' ? span_first(line, line.n - 1) : line;
}

/* Where a line with the boundary begins, or the end. */
static size_t boundary_find(const struct level *l, struct span s)
{
    for (size_t at = 0; at < s.n;) {
        const uint8_t *hit = memmem(s.p + at, s.n - at, l->boundary, l->boundary_n);

        if (hit == NULL)
            return s.n;
        at = (size_t)(hit - s.p);
        if (at == 0 || s.p[at - 1] == '\n')
            return at;
        at++;
    }
    return s.n;
}

/* ---- the head of a part ---- */

struct head {
    struct span name;
    struct span type;
    enum encoding encoding;
};

static void disposition(struct walk *w, struct head *h, struct span value)
{
    struct span rest = value;
    struct mime_param p;

    while (mime_param_next(&rest, &p))
        if (span_equal_nocase(p.name, SPAN("name")))
            h->name = p.value;
    mime_filenames(value, SPAN("filename"), w->sink->filename, w->sink->arg);
}

static void header(struct walk *w, struct head *h, struct span name, struct span value)
{
    if (span_equal_nocase(name, SPAN("content-disposition"))) {
        disposition(w, h, value);
    } else if (span_equal_nocase(name, SPAN("content-type"))) {
        h->type = value;
        mime_filenames(value, SPAN("name"), w->sink->filename, w->sink->arg);
    } else if (span_equal_nocase(name, SPAN("content-transfer-encoding"))) {
        value = mime_value(value);
        h->encoding = span_equal_nocase(value, SPAN("base64"))             ? ENCODING_BASE64
                      : span_equal_nocase(value, SPAN("quoted-printable")) ? ENCODING_QUOTED
                                                                           : ENCODING_NONE;
    }
}

/* Reads the header lines off the front of a part; folded ones belong to those before them. */
static struct head head_take(struct walk *w, struct span *part)
{
    struct head h = {.encoding = ENCODING_NONE};

    while (part->n) {
        struct span before = *part, line = line_take(part), field;
        size_t colon;

        if (line.n == 0)
            break;
        while (part->n && (part->p[0] == ' ' || part->p[0] == '\t'))
            (void)line_take(part);
        field = trim_end(span_first(before, before.n - part->n));
        colon = span_index(field, ':');
        header(w, &h, span_trim(span_first(field, colon)), span_trim(span_from(field, colon + 1)));
    }
    return h;
}

/* ---- its content ---- */

static size_t decode(enum encoding encoding, struct span s, uint8_t *out)
{
    struct base64 state = {0};
    size_t n = 0;

    if (encoding == ENCODING_BASE64) {
        n = base64_decode(&state, s, out);
        return n + base64_decode(&state, SPAN("="), out + n); /* whether or not it ends so */
    }
    while (s.n) {
        size_t line = span_index(s, '\n');

        n += quoted_decode(span_first(s, line + 1), out + n);
        s = span_from(s, line + 1);
    }
    return n;
}

struct converted {
    uint8_t *out;
    size_t n, most;
};

static void convert(void *arg, struct span piece)
{
    struct converted *c = arg;

    piece = span_first(piece, c->most - c->n);
    if (piece.n)
        memcpy(c->out + c->n, piece.p, piece.n);
    c->n += piece.n;
}

/* In UTF-8; `out` is for what changes. */
static struct span in_utf8(struct span type, struct span s, uint8_t *out, size_t most)
{
    struct charset_reader r = {.decided = false};
    struct converted c = {.out = out, .most = most};
    enum charset is = CHARSET_AS_IS;
    struct mime_param p;

    if (mime_param_find(type, SPAN("charset"), &p))
        (void)charset_by_name(p.value, &is);
    r.is = (uint8_t)is;
    charset_feed(&r, s, convert, &c);
    charset_end(&r, convert, &c);
    return r.is == CHARSET_AS_IS ? s : span_of(out, c.n);
}

/* ---- parts ---- */

static bool level_push(struct walk *w, struct span boundary, struct span body)
{
    struct level *l;

    if (w->depth == MULTIPART_DEPTH || boundary.n == 0 || boundary.n > BOUNDARY_MOST)
        return false;
    l = &w->levels[w->depth++];
    l->boundary[0] = l->boundary[1] = '-';
    memcpy(l->boundary + 2, boundary.p, boundary.n);
    l->boundary_n = boundary.n + 2;
    l->rest = span_from(body, boundary_find(l, body));
    return true;
}

static bool is_multipart(struct span type)
{
    return span_starts_nocase(type, SPAN("multipart/"));
}

static void part_tell(struct walk *w, const struct multipart_part *part)
{
    w->sink->part(w->sink->arg, part);
}

static void part_found(struct walk *w, struct span part)
{
    struct span content = part, raw, text, head;
    struct head h = head_take(w, &content);
    uint8_t boundary[BOUNDARY_MOST], *half = w->room + w->room_n / 2;
    struct mime_param p;

    w->parts++;
    if (is_multipart(h.type) && mime_param_find(h.type, SPAN("boundary"), &p) &&
        level_push(w, mime_param_text(&p, boundary, sizeof boundary), content))
        return;
    raw = content;
    head = span_first(part, part.n - raw.n);
    if (h.encoding != ENCODING_NONE && BASE64_ROOM(content.n) <= w->room_n / 2)
        content = span_of(w->room, decode(h.encoding, content, w->room));
    text = in_utf8(h.type, content, half, w->room_n / 2);
    /* Some undo the encoding only. */
    if (content.p != raw.p && text.p != content.p)
        part_tell(w, &(struct multipart_part){head, h.name, content, true});
    part_tell(w, &(struct multipart_part){head, h.name, text, text.p != raw.p});
}

/* The next part of the innermost level; the level ends with its last boundary, or its bytes. */
static void step(struct walk *w)
{
    struct level *l = &w->levels[w->depth - 1];
    struct span line = line_take(&l->rest);
    size_t end;
    struct span part;

    if (line.n < l->boundary_n || span_starts(span_from(line, l->boundary_n), SPAN("--"))) {
        w->depth--;
        return;
    }
    end = boundary_find(l, l->rest);
    part = span_first(l->rest, end);
    l->rest = span_from(l->rest, end);
    if (part.n && end && part.p[part.n - 1] == '\n' && l->rest.n)
        part.n--;
    if (part.n && part.p[part.n - 1] == '\r' && l->rest.n)
        part.n--;
    part_found(w, part);
}

static void walk(struct walk *w, struct span boundary, struct span body)
{
    w->depth = 0;
    if (!level_push(w, boundary, body))
        return;
    while (w->depth && w->parts < MULTIPART_PARTS_MOST)
        step(w);
}

void multipart_walk(struct span type, struct span body, uint8_t *room,
                    const struct multipart_sink *sink)
{
    struct walk w = {.sink = sink, .room = room, .room_n = 2 * body.n};
    uint8_t text[BOUNDARY_MOST];
    struct mime_param p;
    unsigned boundaries = 0;

    while (boundaries < BOUNDARIES && mime_param_next(&type, &p))
        if (span_equal_nocase(p.name, SPAN("boundary"))) {
            walk(&w, mime_param_text(&p, text, sizeof text), body);
            boundaries++;
        }
    for (struct span rest = body; boundaries == 0 && rest.n;) {
        struct span line = trim_end(line_take(&rest));

        if (!span_starts(line, SPAN("--")) || line.n == 2)
            continue;
        walk(&w, span_from(line, 2), body);
        boundaries++;
    }
}
