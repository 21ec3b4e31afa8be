/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_part: see mail_part.h.
 */
#include "support/mail_part.h"

enum {
    CHUNK = 1024,  /* bytes that are decoded together */
    UU_LINE = 128, /* bytes; those that programs write have 62 */
    NAME_MOST = 512,
    SNIFFED_LEAST = 8,
};

/* ---- the buffers ---- */

static void view(struct parse *p, struct mail_part *m, struct span bytes)
{
    parse_buffer(p, BUFFER_BODY_VIEW, m->viewed ? BUFFER_NEXT : BUFFER_BEGINS, bytes);
    m->viewed = true;
}

static void view_end(struct parse *p, struct mail_part *m)
{
    if (m->viewed)
        parse_buffer(p, BUFFER_BODY_VIEW, BUFFER_ENDS, span_of("", 0));
    m->viewed = false;
}

struct conversion {
    struct parse *p;
    struct mail_part *m;
};

static void converted(void *arg, struct span bytes)
{
    const struct conversion *c = arg;

    if (!c->m->two || !c->m->charset.belied)
        view(c->p, c->m, bytes);
}

static void convert(struct parse *p, struct mail_part *m, struct span bytes)
{
    struct conversion c = {p, m};

    charset_feed(&m->charset, bytes, converted, &c);
}

/* Uuencode has the view for itself. */
static bool converts(const struct parse *p, const struct mail_part *m)
{
    return parse_wants(p, BUFFER_BODY_VIEW) && !m->in_uu && charset_reads(&m->charset);
}

static void body(struct parse *p, struct mail_part *m, struct span bytes)
{
    if (bytes.n == 0)
        return;
    parse_buffer(p, BUFFER_BODY, m->begun ? BUFFER_NEXT : BUFFER_BEGINS, bytes);
    m->begun = true;
    if (!m->two && converts(p, m)) /* the second encoding has the view, when it is there */
        convert(p, m, bytes);
}

/* As it is, and when it is known to be of another character set as UTF-8 from then on. */
static void body_of_second(struct parse *p, struct mail_part *m, struct span bytes)
{
    while (bytes.n && !m->charset.decided) {
        view(p, m, span_first(bytes, 1));
        convert(p, m, span_first(bytes, 1));
        bytes = span_from(bytes, 1);
    }
    if (bytes.n == 0)
        return;
    if (charset_reads(&m->charset) && !m->charset.belied)
        convert(p, m, bytes);
    else
        view(p, m, bytes);
}

/* ---- content ---- */

static void take_second(struct parse *p, struct mail_part *m, struct span run)
{
    uint8_t out[TRANSFER_ROOM(CHUNK)];

    for (; run.n; run = span_from(run, CHUNK))
        body_of_second(p, m, span_of(out, transfer_feed(&m->second, span_first(run, CHUNK), out)));
}

static void take_first(struct parse *p, struct mail_part *m, struct span run)
{
    uint8_t out[TRANSFER_ROOM(CHUNK)];

    if (m->first.as == TRANSFER_PLAIN) {
        body(p, m, run);
        return;
    }
    for (; run.n; run = span_from(run, CHUNK))
        body(p, m, span_of(out, transfer_feed(&m->first, span_first(run, CHUNK), out)));
}

void mail_part_flush(struct parse *p, struct mail_part *m)
{
    struct span run = m->run;

    m->run = span_of(NULL, 0);
    if (run.n == 0)
        return;
    take_first(p, m, run);
    if (m->two && parse_wants(p, BUFFER_BODY_VIEW))
        take_second(p, m, run);
}

void mail_part_end(struct parse *p, struct mail_part *m)
{
    uint8_t out[TRANSFER_ROOM(0)];
    struct conversion c = {p, m};

    if (!p->wants_buffers)
        return;
    mail_part_flush(p, m);
    body(p, m, span_of(out, transfer_end(&m->first, out)));
    if (m->two && parse_wants(p, BUFFER_BODY_VIEW))
        body_of_second(p, m, span_of(out, transfer_end(&m->second, out)));
    if (converts(p, m))
        charset_end(&m->charset, converted, &c);
    if (m->begun)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    view_end(p, m);
    m->begun = m->in_uu = false;
}

void mail_part_lost(struct mail_part *m)
{
    m->first = (struct transfer){.as = m->first.as};
    m->second = (struct transfer){.as = m->second.as};
}

/* ---- encodings ---- */

static void second_is(struct mail_part *m, enum transfer_encoding as)
{
    m->two = true;
    m->charset = (struct charset_reader){.is = m->charset.is};
    m->second = (struct transfer){.as = (uint8_t)as};
}

void mail_part_encoding(struct parse *p, struct mail_part *m, struct span name)
{
    enum transfer_encoding as = span_equal_nocase(name, SPAN("base64")) ? TRANSFER_BASE64
                                : span_equal_nocase(name, SPAN("quoted-printable"))
                                    ? TRANSFER_QUOTED
                                    : TRANSFER_PLAIN;

    if (!m->named) {
        m->named = true;
        m->first.as = (uint8_t)as;
        return;
    }
    if (m->two || m->first.as == as)
        return;
    second_is(m, as);
    parse_note(p, "part of a mail with two transfer encodings");
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (span_lower(c) >= 'a' && span_lower(c) <= 'f');
}

void mail_part_also_plain(struct mail_part *m)
{
    if (m->first.as != TRANSFER_PLAIN && !m->two)
        second_is(m, TRANSFER_PLAIN);
}

/* "=" with two digits, or at the end of the line. */
static bool is_quoted(struct span rest)
{
    if (rest.n == 0 || rest.p[0] == '\r' || rest.p[0] == '\n')
        return true;
    return rest.n > 1 && is_hex(rest.p[0]) && is_hex(rest.p[1]);
}

static bool looks_quoted(struct span line)
{
    for (size_t i = span_index(line, '='); i < line.n;
         i += 1 + span_index(span_from(line, i + 1), '='))
        if (is_quoted(span_from(line, i + 1)))
            return true;
    return false;
}

static struct span without_end(struct span line)
{
    while (line.n && line.p[line.n - 1] <= ' ')
        line.n--;
    return line;
}

static bool looks_base64(struct span line)
{
    line = without_end(line);
    if (line.n < SNIFFED_LEAST || line.n % 4 != 0)
        return false;
    while (line.p[line.n - 1] == '=' && line.n % 4 != 2)
        line.n--;
    return base64_is(line) && span_index(line, '=') == line.n;
}

/* From the line on that looks encoded there is a view of it as if it were. */
static void sniff(struct parse *p, struct mail_part *m, const struct mail_line *line)
{
    enum transfer_encoding as = TRANSFER_PLAIN;

    if (!m->past_first && looks_base64(line->bytes))
        as = TRANSFER_BASE64;
    else if (looks_quoted(line->bytes))
        as = TRANSFER_QUOTED;
    m->past_first = m->past_first || without_end(line->bytes).n;
    if (as == TRANSFER_PLAIN)
        return;
    mail_part_flush(p, m);
    m->sniffs = false;
    if (m->viewed) /* it is text of another character set */
        return;
    second_is(m, as);
}

/* ---- uuencode ---- */

static bool is_octal(uint8_t c)
{
    return c >= '0' && c <= '7';
}

/* "begin 644 name" */
static bool uu_begins(struct span line, struct span *name)
{
    static const struct span begin = {(const uint8_t *)"begin ", 6};
    size_t n = 0;

    if (!span_starts(line, begin))
        return false;
    line = span_from(line, begin.n);
    while (n < line.n && is_octal(line.p[n]))
        n++;
    if (n < 3 || n > 4 || n == line.n || line.p[n] != ' ')
        return false;
    *name = without_end(span_trim(span_from(line, n)));
    return true;
}

static void uu_line(struct parse *p, struct mail_part *m, struct span line)
{
    uint8_t out[UU_LINE];
    struct span name;
    size_t n;

    if (!m->in_uu) {
        if (!uu_begins(line, &name))
            return;
        mail_part_flush(p, m);
        if (name.n)
            parse_buffer(p, BUFFER_FILENAME, BUFFER_WHOLE, span_first(name, NAME_MOST));
        view_end(p, m);
        m->in_uu = true;
        return;
    }
    if (span_starts(line, SPAN("end")) && line.n <= 5) {
        mail_part_flush(p, m); /* before the view is the character set's again */
        view_end(p, m);
        m->in_uu = false;
        return;
    }
    n = uu_decode(span_first(line, UU_LINE), out);
    if (n && parse_wants(p, BUFFER_BODY_VIEW))
        view(p, m, span_of(out, n));
}

/* ---- lines ---- */

void mail_part_line(struct parse *p, struct mail_part *m, const struct mail_line *line)
{
    struct span bytes = line->bytes;

    if (!p->wants_buffers)
        return;
    if (mail_part_is_plain(m) && line->begins)
        uu_line(p, m, bytes);
    if (m->sniffs && line->begins && !m->in_uu && parse_wants(p, BUFFER_BODY_VIEW))
        sniff(p, m, line);
    if (m->run.n && m->run.p + m->run.n == bytes.p) {
        m->run.n += bytes.n;
        return;
    }
    mail_part_flush(p, m);
    m->run = bytes;
}
