/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_uri.h"

enum escapes { ESCAPES_PLAIN = 0, ESCAPES_PLUS = 1, ESCAPES_LOOSE = 2 };

static int digit(uint8_t c)
{
    uint8_t lower = c | 0x20;

    if (c >= '0' && c <= '9')
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Two hexadecimal digits; -1: they are not. */
static int byte_at(struct span s, size_t at)
{
    int high = at + 1 < s.n ? digit(s.p[at]) : -1;
    int low = high >= 0 ? digit(s.p[at + 1]) : -1;

    return low < 0 ? -1 : high << 4 | low;
}

/* %uXXXX: the low byte, and of the full-width forms the letter that they stand for. */
static int wide_at(struct span s, size_t at)
{
    int high = byte_at(s, at), low = high >= 0 ? byte_at(s, at + 2) : -1;

    if (low < 0)
        return -1;
    return high == 0xff && low >= 1 && low <= 0x5e ? low + 0x20 : low;
}

/* One escape at `at`, where a percent sign stands. Returns how many bytes it has; 0: none. */
static size_t escape(struct span s, size_t at, unsigned how, uint8_t *c, uint32_t *odd)
{
    int value = byte_at(s, at + 1);

    if (value >= 0) {
        *c = (uint8_t)value;
        if (value == 0)
            *odd |= HTTP_URI_NUL;
        if (value == '%' && byte_at(s, at + 3) >= 0)
            *odd |= HTTP_URI_TWICE;
        return 3;
    }
    if (at + 1 < s.n && (s.p[at + 1] | 0x20) == 'u' && (value = wide_at(s, at + 2)) >= 0) {
        *odd |= HTTP_URI_WIDE;
        if (!(how & ESCAPES_LOOSE))
            return 0;
        *c = (uint8_t)value;
        return 6;
    }
    *odd |= HTTP_URI_PERCENT;
    return 0;
}

/* In place if `to` is where `s` is. */
static size_t decode(struct span s, uint8_t *to, unsigned how, uint32_t *odd)
{
    size_t n = 0;

    for (size_t at = 0; at < s.n; n++) {
        uint8_t c = s.p[at];
        size_t used = c == '%' ? escape(s, at, how, &c, odd) : 0;

        if (used == 0 && c == '+' && how & ESCAPES_PLUS)
            c = ' ';
        to[n] = c;
        at += used ? used : 1;
    }
    return n;
}

/* How many bytes an overlong form of an ASCII character has; 0: it is none (RFC 3629 section 3). */
static size_t overlong(struct span s, size_t at, uint8_t *c)
{
    uint8_t lead = s.p[at];
    size_t n = lead == 0xc0 || lead == 0xc1 ? 2 : lead == 0xe0 ? 3 : lead == 0xf0 ? 4 : 0;
    uint32_t value = n == 2 ? lead & 1 : 0;

    if (n == 0 || n > s.n - at)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s.p[at + i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s.p[at + i] & 0x3f);
    }
    *c = (uint8_t)value;
    return value < 0x80 ? n : 0;
}

static size_t shorten(uint8_t *p, size_t n, bool change, uint32_t *odd)
{
    size_t to = 0;

    for (size_t at = 0; at < n; to++) {
        uint8_t c = p[at];
        size_t used = c >= 0xc0 ? overlong(span_of(p, n), at, &c) : 0;

        if (used)
            *odd |= HTTP_URI_OVERLONG;
        if (!change)
            used = 0;
        p[to] = used ? c : p[at];
        at += used ? used : 1;
    }
    return to;
}

/* RFC 3986 section 5.2.4, and as servers do it: empty segments go, "\" is "/". */
static size_t resolve(uint8_t *p, size_t n, uint32_t *odd)
{
    size_t to = 0;

    for (size_t at = 0; at < n; at++)
        if (p[at] == '\\') {
            *odd |= HTTP_URI_BACKSLASH;
            p[at] = '/';
        }
    if (n == 0 || p[0] != '/')
        return n;
    for (size_t at = 0; at < n;) {
        size_t from = at + 1, end = from;

        while (end < n && p[end] != '/')
            end++;
        if (end - from == 2 && p[from] == '.' && p[from + 1] == '.') {
            if (to == 0)
                *odd |= HTTP_URI_ABOVE;
            while (to && p[--to] != '/')
                ;
            if (end == n)
                p[to++] = '/';
        } else if (end - from == 0 || (end - from == 1 && p[from] == '.')) {
            if (end == n)
                p[to++] = '/';
        } else {
            p[to++] = '/';
            while (from < end)
                p[to++] = p[from++];
        }
        at = end;
    }
    return to;
}

bool http_uri_is_special(struct span target)
{
    enum { ORDINARY, SPECIAL, SLASH };
    static const uint8_t kinds[256] = {
        ['%'] = SPECIAL,  ['+'] = SPECIAL,           ['#'] = SPECIAL,
        ['\\'] = SPECIAL, [0xc0 ... 0xff] = SPECIAL, ['/'] = SLASH,
    };

    for (size_t i = 0; i < target.n; i++) {
        uint8_t kind = kinds[target.p[i]];
        uint8_t next = kind == SLASH && i + 1 < target.n ? target.p[i + 1] : 0;

        if (kind == SPECIAL || next == '/' || next == '.')
            return true;
    }
    return false;
}

/* Scheme and authority of an absolute URI, up to its path. */
static size_t authority(struct span target)
{
    size_t colon = span_index(target, ':');
    struct span rest = span_from(target, colon + 1);

    if (target.n == 0 || target.p[0] == '/' || !span_starts(rest, SPAN("//")))
        return 0;
    for (size_t at = colon + 3; at < target.n; at++)
        if (target.p[at] == '/' || target.p[at] == '?' || target.p[at] == '\\')
            return at;
    return target.n;
}

static size_t part(struct span s, uint8_t *to, enum http_uri_reading reading, unsigned how,
                   uint32_t *odd)
{
    size_t n = decode(s, to, how | (reading == HTTP_URI_LOOSE ? ESCAPES_LOOSE : 0), odd);

    if (reading == HTTP_URI_AGAIN)
        n = decode(span_of(to, n), to, ESCAPES_PLAIN, odd);
    return shorten(to, n, reading == HTTP_URI_LOOSE, odd);
}

struct span http_uri_read(struct span target, enum http_uri_reading reading, uint8_t *room,
                          uint32_t *odd)
{
    struct span rest = span_first(target, span_index(target, '#'));
    size_t n = authority(rest), path = n, question;

    for (size_t i = 0; i < n; i++)
        room[i] = span_lower(rest.p[i]);
    rest = span_from(rest, n);
    question = span_index(rest, '?');
    n += part(span_first(rest, question), room + n, reading, ESCAPES_PLAIN, odd);
    n = path + resolve(room + path, n - path, odd);
    if (question < rest.n) {
        room[n++] = '?';
        n += part(span_from(rest, question + 1), room + n, reading, ESCAPES_PLUS, odd);
    }
    return span_of(room, n);
}

struct span http_uri_query(struct span target)
{
    target = span_first(target, span_index(target, '#'));
    return span_from(target, span_index(target, '?') + 1);
}

bool http_args_next(struct span *args, struct span *arg)
{
    while (args->n) {
        size_t end = span_index(*args, '&');

        *arg = span_first(*args, end);
        *args = span_from(*args, end + 1);
        if (arg->n)
            return true;
    }
    return false;
}

struct span http_arg_read(struct span arg, uint8_t *room)
{
    uint32_t odd = 0;
    size_t n;

    if (span_index(arg, '%') == arg.n && span_index(arg, '+') == arg.n)
        return arg;
    n = decode(arg, room, ESCAPES_PLUS | ESCAPES_LOOSE, &odd);
    return span_of(room, shorten(room, n, true, &odd));
}
