/* SPDX-License-Identifier: Apache-2.0
 *
 * The header lines of an HTTP/1 message, one after the other as they come.
 */
#include "support/http_machine.h"
#include "support/http_scan.h"

static void count_headers(struct parse *p, struct http_side *s, size_t headers, size_t bytes)
{
    s->block += (uint32_t)bytes;
    headers += s->headers;
    s->headers = headers < UINT16_MAX ? (uint16_t)headers : UINT16_MAX;
    if (s->block > HTTP_BLOCK_MAX)
        http_note(p, s, NOTE_BLOCK_LONG);
    if (s->headers > HTTP_HEADERS_MAX)
        http_note(p, s, NOTE_MANY);
}

/* Names share a place only by chance: as many as it takes to fill one by that are too many anyway.
 */
static void count_name(struct parse *p, struct http_side *s, struct span line, size_t colon)
{
    unsigned digest = (line.p[0] | 0x20u) * 7 + (line.p[line.n > 1] | 0x20u) * 3 + (unsigned)colon;
    uint8_t *count = &s->again[digest % HTTP_NAMES];

    if (*count < HTTP_AGAIN_MAX)
        ++*count;
    else
        http_note(p, s, NOTE_REPEATED);
}

/* Does anybody but us look at the lines? */
static bool is_listened(const struct parse *p, const struct http *h)
{
    return p->wants_buffers & HTTP_LINES_READ || http_event_reads(p) ||
           http_product_wanted(&h->product);
}

static void listen(struct parse *p, struct http *h, struct http_side *s, struct span line,
                   size_t colon)
{
    http_lines_add(p, &s->lines, line);
    if (http_event_reads(p) && !(s->flags & SIDE_QUIET))
        http_event_line(p, &h->event, line, colon);
    if (http_product_wanted(&h->product) && colon < line.n &&
        http_product_hears(&h->product, p->dir, line.p[0]))
        http_product_header(p, &h->product, line, colon);
}

static void take_line(struct parse *p, struct http *h, struct http_side *s, struct span line,
                      size_t colon)
{
    count_headers(p, s, 1, line.n);
    count_name(p, s, line, colon);
    if (is_listened(p, h))
        listen(p, h, s, line, colon);
}

/* A line that ends with CR; a LF behind it belongs to it. */
static enum http_head cr_line(struct parse *p, struct http *h, struct http_side *s,
                              struct span ahead, size_t *used)
{
    size_t end = 0, colon;
    struct span line;

    *used = 0;
    while (end < ahead.n && ahead.p[end] != '\r' && ahead.p[end] != '\n')
        end++;
    if (end == ahead.n && ahead.n < HTTP_LINE_MAX)
        return HTTP_HEAD_WAITS;
    if (end > 0 && end + 1 == ahead.n && ahead.p[end] == '\r' && ahead.n < HTTP_LINE_MAX)
        return HTTP_HEAD_WAITS;
    *used = end + (end < ahead.n);
    if (end + 1 < ahead.n && ahead.p[end] == '\r' && ahead.p[end + 1] == '\n')
        ++*used;
    if (end == 0)
        return HTTP_HEAD_ENDS;
    line = span_first(ahead, end);
    colon = span_index(line, ':');
    take_line(p, h, s, line, colon);
    http_header_line(p, h, s, line, colon);
    return HTTP_HEAD_GOES_ON;
}

/* A line that is not plain, or not here as a whole. */
static enum http_head odd_line(struct parse *p, struct http *h, struct http_side *s,
                               struct span ahead, size_t *used)
{
    struct http_scan scan = http_scan_line(ahead);
    struct span line = span_first(ahead, scan.end);
    bool cut = scan.end == HTTP_LINE_MAX;

    *used = 0;
    if (s->flags & SIDE_WHITE && !http_header_begins(ahead))
        return HTTP_HEAD_ENDS;
    if (scan.end == ahead.n && !cut)
        return HTTP_HEAD_WAITS;
    *used = scan.end + !cut;
    s->flags &= ~(uint32_t)SIDE_WHITE;
    if (line.n && !cut && line.p[line.n - 1] == '\r')
        line.n--;
    if (!line.n)
        return HTTP_HEAD_ENDS;
    while (line.n && !cut && line.p[line.n - 1] == '\r')
        line.n--;
    if (!line.n) {
        http_note(p, s, NOTE_CR);
        s->flags |= SIDE_WHITE;
        return HTTP_HEAD_GOES_ON;
    }
    take_line(p, h, s, line, scan.colon);
    if (scan.cr < line.n)
        http_header_lines(p, h, s, line);
    else
        http_header_line(p, h, s, line, scan.colon < line.n ? scan.colon : line.n);
    if (cut)
        http_note(p, s, NOTE_LINE_LONG);
    return cut ? HTTP_HEAD_CUT : HTTP_HEAD_GOES_ON;
}

/* Takes plain lines, as far as they go. */
static enum http_head plain_lines(struct parse *p, struct http *h, struct http_side *s,
                                  struct span look, size_t *at)
{
    bool listened = is_listened(p, h);
    size_t start = *at, headers = 0;
    struct http_plain_line scan;
    enum http_line_kind kind;

    for (;;) {
        struct span ahead = span_first(span_from(look, *at), HTTP_LINE_MAX), line;

        scan = http_scan_plain(ahead);
        line = span_of(ahead.p, scan.end);
        if (scan.end == SIZE_MAX)
            break;
        *at += scan.end + 2;
        if (!scan.end)
            break;
        headers++;
        count_name(p, s, line, scan.colon);
        if (listened)
            listen(p, h, s, line, scan.colon);
        kind = http_line_kind(p, line, scan.colon);
        if (kind == HTTP_LINE_DULL)
            s->header = HEADER_OTHER;
        else if (kind == HTTP_LINE_PLAIN)
            http_header_plain(p, h, s, line, scan.colon);
        else
            http_header_line(p, h, s, line, scan.colon < line.n ? scan.colon : line.n);
    }
    count_headers(p, s, headers, *at - start);
    return scan.end == 0 ? HTTP_HEAD_ENDS : HTTP_HEAD_GOES_ON;
}

enum http_head http_head_lines(struct parse *p, struct http *h, struct http_side *s,
                               struct span look, size_t *used)
{
    enum http_head head = HTTP_HEAD_GOES_ON;
    size_t at = 0, taken;

    while (head == HTTP_HEAD_GOES_ON) {
        if (!(s->flags & (SIDE_WHITE | SIDE_CR)))
            head = plain_lines(p, h, s, look, &at);
        if (head == HTTP_HEAD_ENDS)
            break;
        head = (s->flags & SIDE_CR ? cr_line : odd_line)(
            p, h, s, span_first(span_from(look, at), HTTP_LINE_MAX), &taken);
        at += taken;
    }
    *used = at;
    return head;
}
