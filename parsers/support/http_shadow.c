/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_shadow.h"

#include "base/cursor.h"
#include "support/http_detect.h"
#include "support/http_line.h"
#include "support/http_lines.h"

enum { HEAD_MOST = 16 << 10, LEAD_MOST = 8 };

struct http_shadow {
    uint64_t away;    /* bytes before it begins */
    uint64_t message; /* the number that detection knows it by */
    uint32_t left;    /* bytes that are looked at */
    uint32_t n, room; /* of head[] */
    bool told;        /* its head is read: the rest is body */
    bool begun;       /* the body */
    uint8_t *head;
};

void http_shadow_end(struct parse *p, struct http_shadow **shadow)
{
    struct http_shadow *s = *shadow;

    if (s == NULL)
        return;
    parse_message(p, s->message);
    if (s->begun)
        parse_buffer(p, BUFFER_BODY, BUFFER_ENDS, span_of("", 0));
    parse_free(p, s->head);
    parse_free(p, s);
    *shadow = NULL;
}

void http_shadow_begin(struct parse *p, struct http_shadow **shadow, uint64_t away,
                       uint64_t message)
{
    http_shadow_end(p, shadow);
    *shadow = parse_alloc(p, sizeof **shadow);
    if (*shadow)
        **shadow = (struct http_shadow){.away = away, .message = message, .left = HTTP_SHADOW_MOST};
}

/* Bytes of the head up to and with its empty line; 0: it is not here yet. The first `known` bytes
 * have been looked through. */
static size_t head_end(struct span head, size_t known)
{
    size_t at = known > 3 ? known - 3 : 0;

    for (at += span_index(span_from(head, at), '\n'); at < head.n;) {
        struct span rest = span_from(head, at + 1);

        if (span_starts(rest, SPAN("\n")))
            return at + 2;
        if (span_starts(rest, SPAN("\r\n")))
            return at + 3;
        at += 1 + span_index(rest, '\n');
    }
    return 0;
}

static struct span line_next(struct span *text)
{
    size_t at = span_index(*text, '\n');
    struct span line = span_first(*text, at);

    *text = span_from(*text, at + 1);
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static bool head_tell(struct parse *p, struct span head)
{
    struct http_lines lines = {0};
    struct http_request request;
    struct span line = line_next(&head);

    if (!http_request_line(line, &request) || request.form == HTTP_VERSION_NONE)
        return false;
    http_detect_request(p, line, request.method, request.target);
    while (head.n && (line = line_next(&head)).n)
        http_lines_add(p, &lines, line);
    http_lines_end(p, &lines);
    return true;
}

static bool head_keep(struct parse *p, struct http_shadow *s, struct span piece)
{
    size_t want = s->n + piece.n, room = s->room ? s->room : 512;
    uint8_t *moved = s->head;

    if (want > HEAD_MOST)
        return false;
    while (room < want)
        room *= 2;
    if (room != s->room && (moved = parse_resize(p, s->head, room)) == NULL)
        return false;
    s->head = moved;
    s->room = (uint32_t)room;
    memcpy(s->head + s->n, piece.p, piece.n);
    s->n = (uint32_t)want;
    return true;
}

static void body(struct parse *p, struct http_shadow *s, struct span piece)
{
    if (piece.n == 0)
        return;
    parse_buffer(p, BUFFER_BODY, s->begun ? BUFFER_NEXT : BUFFER_BEGINS, piece);
    s->begun = true;
}

/* False: this is no request. */
static bool feed(struct parse *p, struct http_shadow *s, struct span piece)
{
    size_t known = s->n, lead = 0, end;
    struct span head;

    if (s->told) {
        body(p, s, piece);
        return true;
    }
    if (!head_keep(p, s, piece))
        return false;
    while (lead < s->n && (s->head[lead] == '\r' || s->head[lead] == '\n'))
        lead++;
    head = span_from(span_of(s->head, s->n), lead);
    if (lead > LEAD_MOST || (head.n && !http_request_begins(head)))
        return false;
    end = head_end(head, known > lead ? known - lead : 0);
    if (end == 0)
        return true;
    s->told = head_tell(p, span_first(head, end));
    if (s->told)
        body(p, s, span_from(head, end));
    return s->told;
}

bool http_shadow_agrees(const struct http_shadow *s)
{
    return s->away == 0 && s->n == 0 && !s->told;
}

bool http_shadow_has_line(const struct http_shadow *s)
{
    return s->told || span_index(span_of(s->head, s->n), '\n') < s->n;
}

bool http_shadow_feed(struct parse *p, struct http_shadow **shadow, struct span piece)
{
    struct http_shadow *s = *shadow;
    bool told = s->told, goes_on, found;

    if (s->away >= piece.n) {
        s->away -= piece.n;
        return false;
    }
    piece = span_first(span_from(piece, (size_t)s->away), s->left);
    s->away = 0;
    s->left -= (uint32_t)piece.n;
    parse_message(p, s->message);
    goes_on = feed(p, s, piece);
    found = s->told && !told;
    if (!goes_on || s->left == 0)
        http_shadow_end(p, shadow);
    return found;
}
