/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_detect.h"

void http_detect_request(struct parse *p, struct span line, struct span method, struct span target)
{
    parse_buffer(p, BUFFER_REQUEST_LINE, BUFFER_WHOLE, line);
    parse_buffer(p, BUFFER_METHOD, BUFFER_WHOLE, method);
    http_detect_target(p, target);
}

void http_detect_target(struct parse *p, struct span target)
{
    parse_buffer(p, BUFFER_URL_RAW, BUFFER_WHOLE, target);
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
void http_detect_line(struct parse *p, struct http_lines *l, struct span line)
{
    if (!parse_wants(p, BUFFER_HEADER))
        return;
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

void http_detect_lines_end(struct parse *p, struct http_lines *l)
{
    if (l->begun)
        parse_buffer(p, BUFFER_HEADER, BUFFER_ENDS, SPAN("\r\n"));
    l->begun = false;
}
