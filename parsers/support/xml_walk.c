/* SPDX-License-Identifier: Apache-2.0 */
#include "support/xml_walk.h"

#include "base/hex.h"
#include "support/utf8.h"

enum {
    REFERENCE_MOST = 32, /* bytes of a reference: longer ones are text */
};

struct entity {
    struct span name, value;
};

struct walk {
    struct span text;
    size_t at;
    uint8_t *room;
    size_t n; /* of the room in use */
    unsigned pieces;
    unsigned entity_count;
    struct entity entities[XML_ENTITIES_MOST];
    xml_piece_fn *piece;
    void *arg;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span ahead(const struct walk *w)
{
    return span_from(w->text, w->at);
}

/* ---- pieces ---- */

static void put(struct walk *w, struct span s)
{
    s = span_first(s, w->text.n - w->n);
    if (s.n)
        memcpy(w->room + w->n, s.p, s.n);
    w->n += s.n;
}

static void put_character(struct walk *w, uint32_t c)
{
    uint8_t bytes[UTF8_ROOM];

    put(w, span_of(bytes, utf8_put(bytes, c)));
}

static bool is_white(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_blank(s.p[i]))
            return false;
    return true;
}

static void give(struct walk *w)
{
    struct span piece = span_of(w->room, w->n);

    if (!is_white(piece)) {
        w->piece(w->arg, piece);
        w->pieces++;
    }
    w->n = 0;
}

/* ---- references ---- */

static unsigned digit(uint8_t c, unsigned base)
{
    int value = hex_value(c);

    return value == HEX_NONE || (unsigned)value >= base ? base : (unsigned)value;
}

/* "#65;", "#x41;", however many zeros are in front of it. Returns its length, 0: it is none. */
static size_t character(struct span s, uint32_t *c)
{
    bool hex = s.n > 1 && span_lower(s.p[1]) == 'x';
    unsigned base = hex ? 16 : 10;
    size_t start = hex ? 2 : 1, at = start;

    for (*c = 0; at < s.n && digit(s.p[at], base) < base; at++)
        *c = *c > UTF8_LAST ? *c : *c * base + digit(s.p[at], base);
    if (at == start || *c > UTF8_LAST || *c == 0)
        return 0;
    return at + (at < s.n && s.p[at] == ';');
}

static const struct {
    const char *name;
    uint8_t c;
} named[] = {{"lt;", '<'}, {"gt;", '>'}, {"amp;", '&'}, {"quot;", '"'}, {"apos;", '\''}};

/* What stands behind an "&". Returns how much of it was read; 0: it is no reference. */
static size_t predefined(struct walk *w, struct span s)
{
    uint32_t c;
    size_t n;

    if (s.n && s.p[0] == '#') {
        n = character(s, &c);
        if (n)
            put_character(w, c);
        return n;
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (span_starts(s, span_text(named[i].name))) {
            put(w, span_of(&named[i].c, 1));
            return strlen(named[i].name);
        }
    return 0;
}

/* Text with references, but none to entities of the document. */
static void put_resolved(struct walk *w, struct span s)
{
    while (s.n) {
        size_t plain = span_index(s, '&'), n;

        put(w, span_first(s, plain));
        s = span_from(s, plain);
        if (s.n == 0)
            return;
        n = predefined(w, span_from(s, 1));
        if (n == 0)
            put(w, SPAN("&"));
        s = span_from(s, n + 1);
    }
}

static const struct entity *entity_find(const struct walk *w, struct span name)
{
    for (unsigned i = 0; i < w->entity_count; i++)
        if (span_equal(w->entities[i].name, name))
            return &w->entities[i];
    return NULL;
}

/* At an "&"; returns how much was read. */
static size_t reference(struct walk *w, struct span s)
{
    size_t n = predefined(w, span_from(s, 1));
    const struct entity *entity;
    struct span name;

    if (n)
        return n + 1;
    name = span_first(span_from(s, 1), REFERENCE_MOST);
    name = span_first(name, span_index(name, ';'));
    entity = name.n < REFERENCE_MOST && name.n + 1 < s.n ? entity_find(w, name) : NULL;
    if (entity == NULL) {
        put(w, SPAN("&"));
        return 1;
    }
    put_resolved(w, entity->value);
    return name.n + 2;
}

/* ---- markup ---- */

/* Behind the next `end`, or the end of the text. Returns what stood before it. */
static struct span until(struct walk *w, struct span end)
{
    struct span rest = ahead(w);
    size_t n = 0;

    while (n < rest.n && !span_starts(span_from(rest, n), end)) {
        n++;
        n += span_index(span_from(rest, n), end.p[0]);
    }
    if (n > rest.n)
        n = rest.n;
    w->at += n + (n < rest.n ? end.n : 0);
    return span_first(rest, n);
}

static void skip_blanks(struct walk *w)
{
    while (w->at < w->text.n && is_blank(w->text.p[w->at]))
        w->at++;
}

/* A name, or a value without quotes. */
static struct span word(struct walk *w, const char *ends)
{
    size_t start = w->at;

    while (w->at < w->text.n && !is_blank(w->text.p[w->at]) &&
           (w->text.p[w->at] == 0 || strchr(ends, w->text.p[w->at]) == NULL))
        w->at++;
    return span_of(w->text.p + start, w->at - start);
}

/* Of an attribute, or of an entity. */
static struct span value(struct walk *w)
{
    uint8_t quote = w->at < w->text.n ? w->text.p[w->at] : 0;

    if (quote != '"' && quote != '\'')
        return word(w, ">");
    w->at++;
    return until(w, span_of(&quote, 1));
}

static void put_value(struct walk *w, struct span s)
{
    while (s.n) {
        size_t plain = span_index(s, '&');

        put(w, span_first(s, plain));
        s = span_from(s, plain);
        if (s.n)
            s = span_from(s, reference(w, s));
    }
}

/* Behind "<": a name, and name="value" as often as it likes. */
static void tag(struct walk *w)
{
    (void)word(w, "/>");
    while (w->pieces < XML_PIECES_MOST) {
        struct span name, v;

        skip_blanks(w);
        if (w->at >= w->text.n || w->text.p[w->at] == '>')
            break;
        name = word(w, "=>");
        skip_blanks(w);
        if (w->at >= w->text.n || w->text.p[w->at] != '=') {
            if (name.n == 0)
                w->at++; /* whatever it is, it is no name */
            continue;
        }
        w->at++;
        skip_blanks(w);
        v = value(w);
        put(w, name);
        put(w, SPAN("="));
        put_value(w, v);
        give(w);
    }
    if (w->at < w->text.n)
        w->at++;
}

/* <!ENTITY name "value">, and those with a "%". */
static void entity(struct walk *w)
{
    struct entity e;

    skip_blanks(w);
    if (w->at < w->text.n && w->text.p[w->at] == '%') {
        w->at++;
        skip_blanks(w);
    }
    e.name = word(w, ">");
    skip_blanks(w);
    e.value = value(w);
    if (w->entity_count < XML_ENTITIES_MOST && e.name.n && e.name.n < REFERENCE_MOST)
        w->entities[w->entity_count++] = e;
    (void)until(w, SPAN(">"));
}

/* At "<"; true: the run of text before it has ended. */
static bool ends_text(struct span s)
{
    return !span_starts(s, SPAN("<!--")) && !span_starts(s, SPAN("<?")) &&
           !span_starts(s, SPAN("<![CDATA["));
}

static void markup(struct walk *w)
{
    struct span s = ahead(w);

    if (ends_text(s))
        give(w);
    if (span_starts(s, SPAN("<!--"))) {
        w->at += 4;
        (void)until(w, SPAN("-->"));
    } else if (span_starts(s, SPAN("<![CDATA["))) {
        w->at += 9;
        put(w, until(w, SPAN("]]>")));
    } else if (span_starts(s, SPAN("<?"))) {
        w->at += 2;
        (void)until(w, SPAN("?>"));
    } else if (span_starts(s, SPAN("<!DOCTYPE"))) {
        while (w->at < w->text.n && w->text.p[w->at] != '[' && w->text.p[w->at] != '>')
            w->at++;
        w->at++;
    } else if (span_starts(s, SPAN("<!ENTITY"))) {
        w->at += 8;
        entity(w);
    } else {
        w->at++;
        tag(w);
    }
}

void xml_walk(struct span text, uint8_t *room, xml_piece_fn *piece, void *arg)
{
    struct walk w = {.text = text, .room = room, .piece = piece, .arg = arg};

    while (w.at < text.n && w.pieces < XML_PIECES_MOST) {
        struct span rest = ahead(&w);
        size_t n = 0;

        while (n < rest.n && rest.p[n] != '<' && rest.p[n] != '&')
            n++;
        put(&w, span_first(rest, n));
        w.at += n;
        if (n == rest.n)
            break;
        if (rest.p[n] == '<')
            markup(&w);
        else
            w.at += reference(&w, ahead(&w));
    }
    if (w.pieces < XML_PIECES_MOST)
        give(&w);
}

bool xml_begins(struct span text)
{
    if (span_starts(text, SPAN("\xef\xbb\xbf")))
        text = span_from(text, 3);
    while (text.n && is_blank(text.p[0]))
        text = span_from(text, 1);
    return text.n && text.p[0] == '<';
}
