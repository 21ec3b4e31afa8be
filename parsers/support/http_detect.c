/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_detect.h"

#include "support/http_target.h"

enum {
    TARGET_MOST = 16 << 10,
    READS_TARGET = 1 << BUFFER_URL | 1 << BUFFER_URL_VIEW | 1 << BUFFER_URL_ARGS,
};

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
        {HTTP_TARGET_DOUBLE, "HTTP target encoded twice"},
        {HTTP_TARGET_ABOVE_ROOT, "HTTP target leads above the root"},
        {HTTP_TARGET_NUL, "NUL in HTTP target"},
        {HTTP_TARGET_UNICODE, "%u escape in HTTP target"},
        {HTTP_TARGET_OVERLONG, "overlong UTF-8 in HTTP target"},
    };

    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (odd & notes[i].bit)
            parse_note(p, notes[i].text);
}

static void url_views(struct parse *p, const struct http_target *u, struct span fragment)
{
    uint8_t room[HTTP_TARGET_ROOM(TARGET_MOST)];
    struct http_target_view view;
    uint16_t flags = 0;

    if (fragment.n) /* a server may not know that they stay at home */
        parse_buffer(p, BUFFER_URL_VIEW, BUFFER_WHOLE,
                     http_argument_decode(fragment, room, &flags));
    if (http_target_cut(u, room, &view))
        parse_buffer(p, BUFFER_URL_VIEW, BUFFER_WHOLE, view.text);
    if (http_target_unicode(u, room, &view))
        parse_buffer(p, BUFFER_URL_VIEW, BUFFER_WHOLE, view.text);
    if (http_target_twice(u, room, &view))
        parse_buffer(p, BUFFER_URL_VIEW, BUFFER_WHOLE, view.text);
}

static void url(struct parse *p, struct http_target *u)
{
    uint8_t room[HTTP_TARGET_ROOM(TARGET_MOST)];
    struct http_target_view view = http_target_normal(u, room);
    struct span fragment = span_from(u->raw, span_index(u->raw, '#'));

    parse_buffer(p, BUFFER_URL, BUFFER_WHOLE, view.text);
    tell_odd(p, u->flags);
    if ((u->flags || fragment.n) && parse_wants(p, BUFFER_URL_VIEW))
        url_views(p, u, fragment);
}

void http_detect_arguments(struct parse *p, enum buffer buffer, struct span text, uint8_t *room)
{
    struct http_arguments args = http_arguments_of(text);
    struct http_argument arg;

    while (http_arguments_next(&args, &arg)) {
        uint16_t once = 0, twice = 0;
        struct span read = http_argument_decode(arg.text, room, &once);

        parse_buffer(p, buffer, BUFFER_WHOLE, read);
        if (once & HTTP_TARGET_DOUBLE)
            parse_buffer(p, buffer, BUFFER_WHOLE, http_argument_decode(read, room, &twice));
    }
    if (args.flags & HTTP_ARGUMENTS_MANY)
        parse_note(p, "more than 1000 HTTP arguments");
    if (args.flags & HTTP_ARGUMENTS_NAME_LONG)
        parse_note(p, "name of an HTTP argument over 256 bytes");
    if (args.flags & HTTP_ARGUMENTS_VALUE_LONG)
        parse_note(p, "value of an HTTP argument over 64 KiB");
}

static void arguments(struct parse *p, struct span query)
{
    uint8_t room[TARGET_MOST];

    http_detect_arguments(p, BUFFER_URL_ARGS, query, room);
}

void http_detect_target(struct parse *p, struct span target)
{
    struct http_target u;

    parse_buffer(p, BUFFER_URL_RAW, BUFFER_WHOLE, target);
    target = span_first(target, TARGET_MOST);
    if (!(p->wants_buffers & READS_TARGET) && http_target_is_even(target))
        return;
    if (http_target_is_plain(target)) {
        parse_buffer(p, BUFFER_URL, BUFFER_WHOLE, target);
        if (parse_wants(p, BUFFER_URL_ARGS))
            arguments(p, span_from(target, span_index(target, '?') + 1));
        return;
    }
    u = http_target_split(target);
    url(p, &u);
    if (u.asks && parse_wants(p, BUFFER_URL_ARGS))
        arguments(p, u.query);
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
