/* SPDX-License-Identifier: Apache-2.0
 *
 * mime_param: see mime_param.h. Names have no quotes; each byte is looked at a few times at most.
 */
#include "support/mime_param.h"

#include "support/utf8.h"

enum { PIECES_MOST = 16, NO_NUMBER = 99 };

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span trim(struct span s)
{
    while (s.n && is_blank(s.p[0]))
        s = span_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct span mime_value(struct span field)
{
    return trim(span_first(field, span_index(field, ';')));
}

/* The end of a quoted string, behind its first quote. */
static size_t quote_end(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            return i;
        if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
            i++;
    }
    return s.n;
}

/* Takes the value off the front of what stands behind "=". */
static void take_value(struct span *rest, struct mime_param *p)
{
    size_t end;

    while (rest->n && is_blank(rest->p[0]))
        *rest = span_from(*rest, 1);
    if (rest->n && rest->p[0] == '"') {
        *rest = span_from(*rest, 1);
        end = quote_end(*rest);
        p->quoted = true;
        p->open = end == rest->n;
        p->value = span_first(*rest, end);
        *rest = span_from(*rest, end + 1);
        return;
    }
    p->value = trim(span_first(*rest, span_index(*rest, ';')));
}

bool mime_param_next(struct span *rest, struct mime_param *p)
{
    size_t end;

    *p = (struct mime_param){.quoted = false};
    while (rest->n) {
        *rest = span_from(*rest, span_index(*rest, ';') + 1);
        for (end = 0; end < rest->n && rest->p[end] != '=' && rest->p[end] != ';'; end++)
            continue;
        if (end == rest->n || rest->p[end] == ';')
            continue;
        p->name = trim(span_first(*rest, end));
        *rest = span_from(*rest, end + 1);
        take_value(rest, p);
        return true;
    }
    return false;
}

bool mime_param_find(struct span field, struct span name, struct mime_param *p)
{
    while (mime_param_next(&field, p))
        if (span_equal_nocase(p->name, name))
            return true;
    return false;
}

struct span mime_param_text(const struct mime_param *p, uint8_t *room, size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < p->value.n && n < most; i++) {
        uint8_t c = p->value.p[i], next = i + 1 < p->value.n ? p->value.p[i + 1] : 0;

        if (c == '\r' || c == '\n')
            continue;
        if (p->quoted && c == '\\' && (next == '"' || next == '\\'))
            c = p->value.p[++i];
        room[n++] = c;
    }
    return span_of(room, n);
}

/* ---- RFC 2231 ---- */

static int digit16(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = span_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What follows the name: "*", "*0", "*0*". */
struct suffix {
    unsigned number; /* NO_NUMBER: there is none */
    bool encoded;
};

static bool suffix_read(struct span name, struct span wanted, struct suffix *suffix)
{
    struct span rest = span_from(name, wanted.n + 1);

    *suffix = (struct suffix){.number = NO_NUMBER};
    if (!span_starts_nocase(name, wanted) || name.n <= wanted.n || name.p[wanted.n] != '*')
        return false;
    suffix->encoded = rest.n == 0;
    for (unsigned i = 0; i < 2 && rest.n && rest.p[0] >= '0' && rest.p[0] <= '9'; i++) {
        suffix->number = (i ? suffix->number * 10 : 0) + (unsigned)(rest.p[0] - '0');
        rest = span_from(rest, 1);
    }
    if (suffix->number != NO_NUMBER && rest.n == 1 && rest.p[0] == '*') {
        suffix->encoded = true;
        return true;
    }
    return rest.n == 0;
}

struct joined {
    uint8_t *room;
    size_t most, n;
    bool latin; /* ISO 8859-1 is named */
};

static void add(struct joined *j, uint8_t c)
{
    uint8_t bytes[UTF8_ROOM];
    size_t n = 1;

    bytes[0] = c;
    if (j->latin)
        n = utf8_put(bytes, c);
    if (n > j->most - j->n)
        return;
    memcpy(j->room + j->n, bytes, n);
    j->n += n;
}

/* Past "charset'language'", if it is there. */
static struct span past_charset(struct joined *j, struct span value)
{
    size_t first = span_index(value, '\'');
    struct span rest = span_from(value, first + 1);
    size_t second = span_index(rest, '\'');

    if (first == value.n || second == rest.n)
        return value;
    j->latin = span_equal_nocase(span_first(value, first), SPAN("iso-8859-1"));
    return span_from(rest, second + 1);
}

static void add_encoded(struct joined *j, struct span value)
{
    for (size_t i = 0; i < value.n; i++) {
        int high = value.n - i > 2 ? digit16(value.p[i + 1]) : -1;
        int low = value.n - i > 2 ? digit16(value.p[i + 2]) : -1;
        uint8_t c = value.p[i];

        if (c == '%' && high >= 0 && low >= 0) {
            c = (uint8_t)(high << 4 | low);
            i += 2;
        }
        add(j, c);
    }
}

static bool piece_find(struct span field, struct span name, unsigned number, struct mime_param *p,
                       struct suffix *suffix)
{
    while (mime_param_next(&field, p))
        if (suffix_read(p->name, name, suffix) && suffix->number == number)
            return true;
    return false;
}

static void add_piece(struct joined *j, const struct mime_param *p, const struct suffix *suffix)
{
    if (suffix->encoded)
        add_encoded(j, suffix->number == 0 || suffix->number == NO_NUMBER
                           ? past_charset(j, p->value)
                           : p->value);
    else
        j->n += mime_param_text(p, j->room + j->n, j->most - j->n).n;
}

struct span mime_param_joined(struct span field, struct span name, uint8_t *room, size_t n)
{
    struct joined j = {.room = room, .most = n};
    struct suffix suffix;
    struct mime_param p;

    if (piece_find(field, name, NO_NUMBER, &p, &suffix))
        add_piece(&j, &p, &suffix);
    else
        for (unsigned i = 0; i < PIECES_MOST && piece_find(field, name, i, &p, &suffix); i++)
            add_piece(&j, &p, &suffix);
    return span_of(room, j.n);
}
