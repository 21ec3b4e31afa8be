/* SPDX-License-Identifier: Apache-2.0 */
#include "support/body_views.h"

#include "support/http_detect.h"
#include "support/json_walk.h"
#include "support/mime_param.h"
#include "support/multipart.h"
#include "support/protobuf_strings.h"
#include "support/xml_walk.h"

enum {
    KEPT_FIRST = 1 << 10,
    JUDGED_BY = 64, /* bytes: then it is known whether it is worth to keep it */
};

/* ---- types ---- */

static bool ends_with(struct span s, struct span end)
{
    return s.n >= end.n && span_equal_nocase(span_from(s, s.n - end.n), end);
}

static enum body_kind kind_of(struct span type)
{
    if (span_equal_nocase(type, SPAN("application/x-www-form-urlencoded")))
        return BODY_FORM;
    if (span_starts_nocase(type, SPAN("multipart/")))
        return BODY_MULTIPART;
    if (span_equal_nocase(type, SPAN("application/grpc")))
        return BODY_PROTOBUF;
    if (ends_with(type, SPAN("json")) || ends_with(type, SPAN("javascript")))
        return BODY_JSON;
    return ends_with(type, SPAN("xml")) ? BODY_XML : BODY_UNKNOWN;
}

/* As a value that holds nothing else, so that no other parameter takes their place. */
static void boundaries_keep(struct body_views *b, struct span value)
{
    static const struct span before = {(const uint8_t *)";boundary=\"", 11};
    struct mime_param p;
    size_t n = 0;

    while (mime_param_next(&value, &p)) {
        if (!span_equal_nocase(p.name, SPAN("boundary")) || BODY_TYPE_MOST - n <= before.n + 1)
            continue;
        memcpy(b->value + n, before.p, before.n);
        n += before.n;
        n += mime_param_text(&p, b->value + n, BODY_TYPE_MOST - n - 1).n;
        b->value[n++] = '"';
    }
    b->value_n = (uint8_t)n;
}

void body_views_type(struct body_views *b, struct span value)
{
    enum charset is = CHARSET_AS_IS;
    struct mime_param p;

    b->kind = (uint8_t)kind_of(mime_value(value));
    if (mime_param_find(value, SPAN("charset"), &p))
        b->odd = !charset_by_name(p.value, &is) || is == CHARSET_UTF7 || is == CHARSET_EBCDIC;
    b->charset = (struct charset_reader){.is = (uint8_t)is, .decided = b->kind == BODY_PROTOBUF};
    boundaries_keep(b, value);
}

/* ---- what is kept ---- */

/* Without memory it is less. */
static void keep(struct parse *p, struct body_views *b, struct span piece)
{
    uint32_t room = b->kept_room ? b->kept_room : KEPT_FIRST;
    uint8_t *moved;

    piece = span_first(piece, BODY_KEPT_MOST - b->kept_n);
    while (room < b->kept_n + piece.n)
        room *= 2;
    if (room != b->kept_room) {
        moved = parse_resize(p, b->kept, room);
        if (moved == NULL)
            return;
        b->kept = moved;
        b->kept_room = room;
    }
    if (piece.n)
        memcpy(b->kept + b->kept_n, piece.p, piece.n);
    b->kept_n += (uint32_t)piece.n;
}

static void drop(struct parse *p, struct body_views *b)
{
    parse_free(p, b->kept);
    b->kept = NULL;
    b->kept_n = b->kept_room = 0;
    b->keeps = false;
}

/* The beginning is here: is there anything in it to show? */
static void judge(struct parse *p, struct body_views *b)
{
    struct span start = span_of(b->kept, b->kept_n);

    b->judged = true;
    if (b->kind == BODY_UNKNOWN && !json_begins(start) && !xml_begins(start))
        drop(p, b);
}

/* ---- text ---- */

struct conversion {
    struct parse *p;
    struct body_views *b;
    out_fn *text;
    void *arg;
};

/* Takes the place of what has been kept, but when the name may be false: there are servers that
 * pass over it. */
static void convert(void *arg, struct span piece)
{
    const struct conversion *c = arg;
    struct body_views *b = c->b;

    if (!b->converted && !b->charset.belied)
        b->kept_n = 0;
    if (!b->converted && b->charset.belied)
        parse_note(c->p, "character set of HTTP body announced and not there");
    parse_buffer(c->p, BUFFER_BODY_VIEW, b->converted ? BUFFER_NEXT : BUFFER_BEGINS, piece);
    b->converted = true;
    if (b->charset.belied)
        return;
    if (b->keeps)
        keep(c->p, b, piece);
    c->text(c->arg, piece);
}

/* Does anybody read its pieces? */
static bool is_wanted(const struct parse *p, const struct body_views *b)
{
    return parse_wants(p, BUFFER_BODY_VIEW) ||
           (b->kind == BODY_PROTOBUF && parse_wants(p, BUFFER_URL_ARGS));
}

static void open_body(struct parse *p, struct body_views *b)
{
    b->opened = true;
    b->keeps = is_wanted(p, b) || parse_wants(p, BUFFER_FILENAME);
    if (b->odd)
        parse_note(p, "odd character set of HTTP body");
}

void body_views_feed(struct parse *p, struct body_views *b, struct span piece, out_fn *text,
                     void *arg)
{
    struct conversion c = {p, b, text, arg};

    if (!b->opened)
        open_body(p, b);
    charset_feed(&b->charset, piece, convert, &c);
    if (b->keeps && (!b->converted || b->charset.belied))
        keep(p, b, piece);
    if (b->keeps && !b->judged && b->kept_n >= JUDGED_BY)
        judge(p, b);
}

bool body_views_looks(const struct parse *p, const struct body_views *b)
{
    if (p->dir == DIR_SERVER && !is_wanted(p, b))
        return false;
    return !b->opened || charset_reads(&b->charset) || (b->keeps && b->kept_n < BODY_KEPT_MOST);
}

/* ---- pieces ---- */

static void form(struct parse *p, struct span body)
{
    uint8_t *room = parse_alloc(p, body.n);

    if (room)
        http_detect_arguments(p, BUFFER_BODY_VIEW, body, room);
    parse_free(p, room);
}

static void piece_found(void *arg, struct span piece)
{
    parse_buffer(arg, BUFFER_BODY_VIEW, BUFFER_WHOLE, piece);
}

static void string_found(void *arg, struct span piece)
{
    parse_buffer(arg, BUFFER_URL_ARGS, BUFFER_WHOLE, piece);
}

static void part_found(void *arg, const struct multipart_part *part)
{
    parse_buffer(arg, BUFFER_BODY_VIEW, BUFFER_BEGINS, part->name);
    if (part->name.n)
        parse_buffer(arg, BUFFER_BODY_VIEW, BUFFER_NEXT, SPAN("="));
    parse_buffer(arg, BUFFER_BODY_VIEW, BUFFER_ENDS, part->content);
}

static void filename_found(void *arg, struct span name)
{
    parse_buffer(arg, BUFFER_FILENAME, BUFFER_WHOLE, name);
}

static void parts(struct parse *p, struct span type, struct span body)
{
    const struct multipart_sink sink = {part_found, filename_found, p};
    uint8_t *room = parse_alloc(p, 2 * body.n);

    if (room)
        multipart_walk(type, body, room, &sink);
    parse_free(p, room);
}

static void values(struct parse *p, struct span body, size_t room_n,
                   void (*walk)(struct span, uint8_t *, void (*)(void *, struct span), void *))
{
    uint8_t *room = parse_alloc(p, room_n);

    if (room)
        walk(body, room, piece_found, p);
    parse_free(p, room);
}

static void show(struct parse *p, const struct body_views *b)
{
    struct span body = span_of(b->kept, b->kept_n);

    if (body.n == 0)
        return;
    if (b->kind == BODY_FORM)
        form(p, body);
    if (b->kind == BODY_MULTIPART)
        parts(p, span_of(b->value, b->value_n), body);
    if (b->kind == BODY_PROTOBUF && parse_wants(p, BUFFER_URL_ARGS))
        protobuf_strings(body, string_found, p);
    if (b->kind == BODY_JSON || json_begins(body))
        values(p, body, body.n, json_walk);
    if (b->kind == BODY_XML || xml_begins(body))
        values(p, body, xml_walk_room(body), xml_walk);
}

void body_views_end(struct parse *p, struct body_views *b, out_fn *text, void *arg)
{
    struct conversion c = {p, b, text, arg};

    if (b->opened)
        charset_end(&b->charset, convert, &c);
    if (b->converted)
        parse_buffer(p, BUFFER_BODY_VIEW, BUFFER_ENDS, span_of("", 0));
    b->converted = false;
    if (b->keeps)
        show(p, b);
    drop(p, b);
}
