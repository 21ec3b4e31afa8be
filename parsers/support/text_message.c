/* SPDX-License-Identifier: Apache-2.0 */
#include "support/text_message.h"

uint64_t text_number(struct span value)
{
    uint64_t number = 0;
    size_t i = 0;

    for (; i < value.n && i < 18 && value.p[i] >= '0' && value.p[i] <= '9'; i++)
        number = number * 10 + (uint64_t)(value.p[i] - '0');
    return i ? number : UINT64_MAX;
}

static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z') ||
              s.p[i] == '_' || s.p[i] == '-'))
            return false;
    return s.n > 0 && s.n <= 20;
}

/* "2.0" behind the protocol's name. */
static bool is_version(struct span version, struct span protocol)
{
    struct span rest = span_from(version, protocol.n);

    return span_starts(version, protocol) && rest.n == 3 && rest.p[0] >= '0' && rest.p[0] <= '9' &&
           rest.p[1] == '.' && rest.p[2] >= '0' && rest.p[2] <= '9';
}

/* "SIP/2.0 200 OK" */
static void read_answer(struct cursor *c, struct cursor *line, struct span protocol,
                        struct text_start *s)
{
    struct span code;

    s->answer = true;
    s->version = cur_until(line, ' ', 16);
    code = span_first(cur_look(line), 3);
    s->status = code.n == 3 ? (unsigned)text_number(code) : 0;
    cur_skip(line, 3);
    s->reason = span_trim(cur_rest(line));
    if (!is_version(s->version, protocol) || s->status < 100 || s->status > 799)
        cur_fail(c);
}

/* "INVITE sip:joe@a.org SIP/2.0" */
static void read_request(struct cursor *c, struct span line, struct span protocol,
                         struct text_start *s)
{
    size_t first = span_index(line, ' '), last = line.n;

    while (last > first && line.p[last - 1] != ' ')
        last--;
    s->method = span_first(line, first);
    s->version = span_from(line, last);
    if (first == line.n || last <= first + 1) {
        cur_fail(c);
        return;
    }
    s->target = span_trim(span_first(span_from(line, first + 1), last - first - 1));
    if (!is_token(s->method) || !is_version(s->version, protocol) || s->target.n == 0)
        cur_fail(c);
}

struct text_start text_start_read(struct cursor *c, struct span protocol)
{
    struct text_start s = {0};
    struct span text = cur_line(c, TEXT_LINE_MOST);
    struct cursor line = cur_of(text);

    if (c->state != CUR_OK)
        return s;
    s.line = text;
    if (span_starts(text, protocol))
        read_answer(c, &line, protocol, &s);
    else
        read_request(c, text, protocol, &s);
    return s;
}

bool text_head_is_whole(struct text_head *h, struct cursor *c, struct span protocol)
{
    struct span look = cur_look(c);

    while (!h->whole && c->state == CUR_OK) {
        struct span fresh = span_from(look, h->seen);
        size_t end = h->seen + span_index(fresh, '\n');
        struct span line = span_from(span_first(look, end), h->line);
        struct cursor start = *c;

        if (line.n > TEXT_LINE_MOST + 1) {
            cur_fail(c);
        } else if (end == look.n) {
            h->seen = (uint32_t)end;
            cur_short(c, 1);
        } else {
            if (h->line == 0) {
                (void)text_start_read(&start, protocol);
                c->state = start.state;
            }
            h->whole = line.n == 0 || (line.n == 1 && line.p[0] == '\r');
            h->line = h->seen = (uint32_t)end + 1;
        }
    }
    return c->state == CUR_OK;
}

static bool is_continued(struct span line)
{
    return line.n && (line.p[0] == ' ' || line.p[0] == '\t');
}

struct text_header text_header_read(struct cursor *c)
{
    struct text_header h = {{0}, {0}};
    struct span line = cur_line(c, TEXT_LINE_MOST);
    size_t colon = span_index(line, ':');

    if (c->state != CUR_OK || line.n == 0)
        return h;
    if (is_continued(line)) { /* the value before had a line already: not looked at */
        h.name = SPAN(" ");
        return h;
    }
    h.name = span_trim(span_first(line, colon));
    if (colon == line.n || h.name.n == 0) {
        cur_fail(c);
        return h;
    }
    h.value = span_trim(span_from(line, colon + 1));
    while (h.value.n == 0 && c->state == CUR_OK && is_continued(cur_look(c)))
        h.value = span_trim(cur_line(c, TEXT_LINE_MOST));
    return h;
}
