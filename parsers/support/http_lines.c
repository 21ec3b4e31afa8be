/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_lines.h"

#include "base/byte_set.h"
#include "support/http_machine.h"
#include "support/http_target.h"
#include "support/http_value.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* ---- the lines ---- */

static void piece(struct parse *p, struct http_lines *l, struct span text)
{
    parse_buffer(p, BUFFER_HEADER, l->begun ? BUFFER_NEXT : BUFFER_BEGINS, text);
    l->begun = true;
}

void http_lines_more(struct parse *p, struct http_lines *l, struct span text)
{
    if (parse_wants(p, BUFFER_HEADER))
        piece(p, l, text);
}

/* ---- values ---- */

static void view(struct parse *p, struct span name, struct span value, struct span read)
{
    if (span_equal(read, value))
        return;
    parse_buffer(p, BUFFER_HEADER_VIEW, BUFFER_BEGINS, name);
    parse_buffer(p, BUFFER_HEADER_VIEW, BUFFER_NEXT, SPAN(": "));
    parse_buffer(p, BUFFER_HEADER_VIEW, BUFFER_ENDS, read);
}

/* What a value may mean beside what it says. */
static void value_views(struct parse *p, struct span name, struct span value)
{
    static const struct byte_set signs = {3, 1, {'%', '=', '+'}, {{0xc0, 0xff}}};
    uint8_t room[HTTP_LINE_MAX];
    uint16_t flags = 0;
    struct span read;

    if (byte_set_find(&signs, value, 0) == value.n)
        return;
    read = http_argument_decode(value, room, &flags);
    view(p, name, value, read);
    if (flags & HTTP_TARGET_DOUBLE)
        view(p, name, value, http_argument_decode(read, room, &flags));
    view(p, name, value, http_value_words(value, room));
    view(p, name, value, http_value_extended(value, room));
}

/* RFC 6265 section 4. */
static void cookies(struct parse *p, struct span value)
{
    uint8_t room[HTTP_LINE_MAX];
    struct http_cookie cookie;
    uint16_t flags = 0;

    while (http_cookie_next(&value, &cookie)) {
        parse_buffer(p, BUFFER_COOKIE, BUFFER_BEGINS, cookie.name);
        parse_buffer(p, BUFFER_COOKIE, BUFFER_NEXT, SPAN("="));
        parse_buffer(p, BUFFER_COOKIE, BUFFER_ENDS,
                     http_argument_decode(cookie.value, room, &flags));
    }
}

static void values(struct parse *p, struct span name, struct span value)
{
    value = span_first(span_trim(value), HTTP_LINE_MAX);
    if (span_equal_nocase(name, SPAN("cookie")) || span_equal_nocase(name, SPAN("set-cookie")))
        cookies(p, value);
    if (parse_wants(p, BUFFER_HEADER_VIEW))
        value_views(p, name, value);
}

/* The line that is held has ended. */
static void held_line(struct parse *p, struct http_lines *l)
{
    struct span line = span_of(l->held, l->held_n);
    size_t colon = span_index(line, ':');

    l->held_n = 0;
    if (colon < line.n)
        values(p, span_trim(span_first(line, colon)), span_from(line, colon + 1));
}

/* Without memory nobody reads it. */
static void hold(struct parse *p, struct http_lines *l, struct span text)
{
    if (l->held == NULL)
        l->held = parse_alloc(p, HTTP_LINE_MAX);
    if (l->held == NULL)
        return;
    text = span_first(text, (size_t)HTTP_LINE_MAX - l->held_n);
    if (text.n)
        memcpy(l->held + l->held_n, text.p, text.n);
    l->held_n = (uint16_t)(l->held_n + text.n);
}

/* ---- all of it ---- */

void http_lines_store(struct parse *p, struct http_lines *l, struct span line)
{
    bool lines = parse_wants(p, BUFFER_HEADER), views = p->wants_buffers & HTTP_LINES_VIEWS;
    bool folded = l->more && line.n && is_blank(line.p[0]);

    while (folded && line.n && is_blank(line.p[0]))
        line = span_from(line, 1);
    if (lines && l->begun) /* the end of a line is told with the next one */
        piece(p, l, folded ? SPAN(" ") : SPAN("\r\n"));
    if (lines)
        piece(p, l, line);
    if (views && !folded)
        held_line(p, l);
    else if (views)
        hold(p, l, SPAN(" "));
    if (views)
        hold(p, l, line);
    l->more = true;
}

void http_lines_field(struct parse *p, struct http_lines *l, struct span name, struct span value)
{
    if (!(p->wants_buffers & HTTP_LINES_READ))
        return;
    l->more = true;
    if (p->wants_buffers & HTTP_LINES_VIEWS)
        values(p, name, value);
    if (!parse_wants(p, BUFFER_HEADER))
        return;
    if (l->begun)
        piece(p, l, SPAN("\r\n"));
    piece(p, l, name);
    piece(p, l, SPAN(": "));
    piece(p, l, value);
}

void http_lines_finish(struct parse *p, struct http_lines *l)
{
    held_line(p, l);
    parse_free(p, l->held);
    if (l->begun)
        parse_buffer(p, BUFFER_HEADER, BUFFER_ENDS, SPAN("\r\n"));
    *l = (struct http_lines){0};
}
