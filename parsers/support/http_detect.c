/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_detect.h"

#include "support/http_uri.h"

enum { TARGET_MOST = 16 << 10 };

void http_detect_request(struct parse *p, struct span line, struct span method, struct span target)
{
    parse_buffer(p, BUFFER_REQUEST_LINE, BUFFER_WHOLE, line);
    parse_buffer(p, BUFFER_METHOD, BUFFER_WHOLE, method);
    http_detect_target(p, target);
}

static void tell_odd(struct parse *p, uint32_t odd)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } notes[] = {
        {HTTP_URI_TWICE, "HTTP target encoded twice"},
        {HTTP_URI_ABOVE, "HTTP target leads above the root"},
        {HTTP_URI_NUL, "NUL in HTTP target"},
        {HTTP_URI_WIDE, "%u escape in HTTP target"},
        {HTTP_URI_OVERLONG, "overlong UTF-8 in HTTP target"},
    };

    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (odd & notes[i].bit)
            parse_note(p, notes[i].text);
}

static void view(struct parse *p, struct span url, struct span other)
{
    if (!span_equal(url, other))
        parse_buffer(p, BUFFER_URL_VIEW, BUFFER_WHOLE, other);
}

/* A target that reads otherwise than it is written. */
static void special_target(struct parse *p, struct span target)
{
    uint8_t room[TARGET_MOST], other[TARGET_MOST];
    uint32_t odd = 0, ignored = 0;
    struct span url = http_uri_read(target, HTTP_URI_ONCE, room, &odd);

    tell_odd(p, odd);
    parse_buffer(p, BUFFER_URL, BUFFER_WHOLE, url);
    if (!parse_wants(p, BUFFER_URL_VIEW))
        return;
    if (odd & HTTP_URI_NUL)
        view(p, url, span_first(url, span_index(url, 0)));
    if (odd & (HTTP_URI_WIDE | HTTP_URI_OVERLONG))
        view(p, url, http_uri_read(target, HTTP_URI_LOOSE, other, &ignored));
    if (odd & HTTP_URI_TWICE)
        view(p, url, http_uri_read(target, HTTP_URI_AGAIN, other, &ignored));
}

static void arguments(struct parse *p, struct span args)
{
    uint8_t room[TARGET_MOST];
    struct span arg;

    for (unsigned n = 0; n < HTTP_ARGS_MOST && http_args_next(&args, &arg); n++)
        parse_buffer(p, BUFFER_URL_ARGS, BUFFER_WHOLE, http_arg_read(arg, room));
}

void http_detect_target(struct parse *p, struct span target)
{
    parse_buffer(p, BUFFER_URL_RAW, BUFFER_WHOLE, target);
    target = span_first(target, TARGET_MOST);
    if (http_uri_is_special(target))
        special_target(p, target);
    else
        parse_buffer(p, BUFFER_URL, BUFFER_WHOLE, target);
    if (parse_wants(p, BUFFER_URL_ARGS))
        arguments(p, http_uri_query(target));
}

void http_detect_request2(struct parse *p, struct span method, struct span path)
{
    parse_buffer(p, BUFFER_METHOD, BUFFER_WHOLE, method);
    parse_buffer(p, BUFFER_REQUEST_LINE, BUFFER_BEGINS, method);
    parse_buffer(p, BUFFER_REQUEST_LINE, BUFFER_NEXT, SPAN(" "));
    parse_buffer(p, BUFFER_REQUEST_LINE, BUFFER_NEXT, path);
    parse_buffer(p, BUFFER_REQUEST_LINE, BUFFER_ENDS, SPAN(" HTTP/2"));
}

void http_detect_status2(struct parse *p, struct span code)
{
    parse_buffer(p, BUFFER_STATUS_LINE, BUFFER_BEGINS, SPAN("HTTP/2 "));
    parse_buffer(p, BUFFER_STATUS_LINE, BUFFER_ENDS, code);
}

void http_detect_status(struct parse *p, struct span line)
{
    parse_buffer(p, BUFFER_STATUS_LINE, BUFFER_WHOLE, line);
}

static void line_piece(struct parse *p, struct http_lines *l, struct span piece)
{
    parse_buffer(p, BUFFER_HEADER, l->begun ? BUFFER_NEXT : BUFFER_BEGINS, piece);
    l->begun = true;
}

/* The end of a line is told with the next one, which may go on with it (RFC 9112 section 5.2). */
void http_detect_line_store(struct parse *p, struct http_lines *l, struct span line)
{
    if (l->begun && line.n && (line.p[0] == ' ' || line.p[0] == '\t')) {
        while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
            line = span_from(line, 1);
        line_piece(p, l, SPAN(" "));
    } else if (l->begun) {
        line_piece(p, l, SPAN("\r\n"));
    }
    line_piece(p, l, line);
}

void http_detect_more(struct parse *p, struct http_lines *l, struct span piece)
{
    if (parse_wants(p, BUFFER_HEADER))
        line_piece(p, l, piece);
}

void http_detect_field(struct parse *p, struct http_lines *l, struct span name, struct span value)
{
    if (!parse_wants(p, BUFFER_HEADER))
        return;
    if (l->begun)
        line_piece(p, l, SPAN("\r\n"));
    line_piece(p, l, name);
    line_piece(p, l, SPAN(": "));
    line_piece(p, l, value);
}
