/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_target.h"

#include "base/byte_set.h"
#include "base/hex.h"

/* What a view reads beside %XX. */
enum reading {
    READ_PLUS = 1 << 0,    /* '+' as a blank */
    READ_UNICODE = 1 << 1, /* %uXXXX and overlong UTF-8 */
    READ_TWICE = 1 << 2,
};

/* The text at hand and how much of it is written. */
struct writer {
    uint8_t *out;
    size_t n;
    unsigned how;   /* enum reading */
    uint16_t flags; /* enum http_target_flag: what has been found on the way */
    size_t nul;     /* in the piece that was decoded last; its length = none */
};

static bool is_slash(uint8_t c)
{
    return c == '/' || c == '\\';
}

static bool is_continuation(uint8_t c)
{
    return (c & 0xc0) == 0x80;
}

static bool scheme_byte(uint8_t c)
{
    uint8_t letter = span_lower(c);

    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
           c == '.';
}

/* RFC 3986 3.1, and two slashes; empty when the text does not begin so. */
static struct span scheme_of(struct span text)
{
    size_t n = 0;

    while (n < text.n && scheme_byte(text.p[n]))
        n++;
    return span_starts(span_from(text, n), SPAN("://")) ? span_first(text, n) : span_first(text, 0);
}

static size_t slash_index(struct span text)
{
    size_t at = 0;

    while (at < text.n && !is_slash(text.p[at]))
        at++;
    return at;
}

/* "host:port" (RFC 9112 3.2.3). */
static bool is_authority(struct span text)
{
    size_t digits = 0;

    while (digits < text.n && text.p[text.n - 1 - digits] >= '0' &&
           text.p[text.n - 1 - digits] <= '9')
        digits++;
    return digits && digits + 1 < text.n && text.p[text.n - 1 - digits] == ':' &&
           slash_index(text) == text.n;
}

struct http_target http_target_split(struct span target)
{
    struct http_target u = {.raw = target, .nul = target.n};
    struct span text = span_first(target, span_index(target, '#'));
    size_t query = span_index(text, '?');

    u.asks = query < text.n;
    if (u.asks)
        u.query = span_of(text.p + query + 1, text.n - query - 1);
    u.path = text = span_first(text, query);
    if (span_equal(target, SPAN("*"))) {
        u.form = HTTP_TARGET_ASTERISK;
        return u;
    }
    u.scheme = scheme_of(text);
    if (u.scheme.n) {
        u.form = HTTP_TARGET_ABSOLUTE;
        text = span_from(text, u.scheme.n + 3);
        u.authority = span_first(text, slash_index(text));
        u.path = span_from(text, u.authority.n);
    } else if (!u.asks && is_authority(text)) {
        u.form = HTTP_TARGET_AUTHORITY;
        u.authority = text;
        u.path = span_from(text, text.n);
    }
    return u;
}

/* What the sequence at AT stands for; *used says how long it is. */
static uint8_t read_byte(struct writer *w, struct span in, size_t at, size_t *used)
{
    uint8_t c = in.p[at];
    int value = c == '%' ? hex_pair(in, at + 1) : HEX_NONE;

    *used = 1;
    if (c == '+' && w->how & READ_PLUS)
        return ' ';
    if (c != '%')
        return c;
    if (value != HEX_NONE) {
        *used = 3;
        return (uint8_t)value;
    }
    value = at + 1 < in.n && (in.p[at + 1] | 0x20) == 'u' ? hex_quad(in, at + 2) : HEX_NONE;
    w->flags |= value == HEX_NONE ? HTTP_TARGET_BAD_PERCENT : HTTP_TARGET_UNICODE;
    if (value == HEX_NONE || !(w->how & READ_UNICODE))
        return c;
    *used = 6;
    return hex_narrow(value);
}

static bool overlong_pair(uint8_t lead, uint8_t next)
{
    if (!is_continuation(next))
        return false;
    return (lead & 0xfe) == 0xc0 || (lead == 0xe0 && next < 0xa0) || (lead == 0xf0 && next < 0x90);
}

/* What two bytes that have been decoded say. */
static uint16_t pair_flags(uint8_t before, uint8_t c)
{
    if (c < 0x20 || c == 0x7f)
        return c ? HTTP_TARGET_CONTROL : HTTP_TARGET_NUL;
    return overlong_pair(before, c) ? HTTP_TARGET_OVERLONG : 0;
}

/* Appends the piece, decoded; it may lie where it is written. */
static struct span decode(struct writer *w, struct span in)
{
    uint8_t *out = w->out + w->n, before = 0;
    size_t n = 0, used;

    w->nul = in.n;
    for (size_t at = 0; at < in.n; at += used) {
        uint8_t c = read_byte(w, in, at, &used);

        if (c == 0 && w->nul == in.n)
            w->nul = at;
        w->flags |= pair_flags(before, c);
        before = out[n++] = c;
        if (n >= 3 && out[n - 3] == '%' && hex_pair(span_of(out, n), n - 2) != HEX_NONE)
            w->flags |= HTTP_TARGET_DOUBLE;
    }
    w->n += n;
    return span_of(out, n);
}

/* The character that an overlong sequence at AT stands for, when it is one of ASCII. */
static size_t overlong_length(struct span in, size_t at, uint8_t *c)
{
    uint8_t lead = in.p[at];
    size_t length = (lead & 0xfe) == 0xc0 ? 2 : lead == 0xe0 ? 3 : lead == 0xf0 ? 4 : 0;
    unsigned code = lead & 1;

    if (length == 0 || in.n - at < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(in.p[at + i]))
            return 0;
        code = code << 6 | (in.p[at + i] & 0x3f);
    }
    if (code >= 0x80)
        return 0;
    *c = (uint8_t)code;
    return length;
}

/* In place: what is written is never longer. */
static size_t shorten(uint8_t *text, size_t n)
{
    size_t to = 0, used;

    for (size_t at = 0; at < n; at += used) {
        uint8_t c = text[at];

        used = overlong_length(span_of(text, n), at, &c);
        if (used == 0)
            used = 1;
        text[to++] = c;
    }
    return to;
}

/* A piece as this view reads it; returns its length. */
static size_t put_piece(struct writer *w, struct span in, unsigned plus)
{
    size_t start = w->n;
    struct span once;

    w->how = (w->how & ~(unsigned)READ_PLUS) | plus;
    once = decode(w, in);
    if (w->how & READ_TWICE) {
        w->n = start;
        decode(w, once);
    }
    if (w->how & READ_UNICODE)
        w->n = start + shorten(w->out + start, w->n - start);
    return w->n - start;
}

/* What stands before the last segment; a slash in front of the whole stays. */
static size_t without_last(const uint8_t *path, size_t n, size_t floor)
{
    if (n > floor)
        n--; /* its slash */
    while (n > floor && path[n - 1] != '/')
        n--;
    return n;
}

/* RFC 3986 5.2.4, in place, with slashes of either kind and in any number. */
static size_t resolve(struct writer *w, uint8_t *path, size_t n)
{
    size_t to = n && is_slash(path[0]) ? 1 : 0, floor = to;

    if (to)
        path[0] = '/';
    for (size_t at = to; at < n;) {
        struct span segment = span_of(path + at, n - at);

        segment.n = slash_index(segment);
        at += segment.n + 1;
        if (segment.n == 0 || span_equal(segment, SPAN(".")))
            continue;
        if (span_equal(segment, SPAN(".."))) {
            w->flags |= to == floor ? HTTP_TARGET_ABOVE_ROOT : 0;
            to = without_last(path, to, floor);
            continue;
        }
        memmove(path + to, segment.p, segment.n);
        to += segment.n;
        if (at <= n)
            path[to++] = '/';
    }
    return to;
}

static void put(struct writer *w, struct span text)
{
    if (text.n)
        memcpy(w->out + w->n, text.p, text.n);
    w->n += text.n;
}

static void lower(uint8_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text[i] = span_lower(text[i]);
}

/* Without the user's name in front of it, which has letters of either case. */
static void lower_host(uint8_t *text, size_t n)
{
    size_t user = n;

    while (user && text[user - 1] != '@')
        user--;
    lower(text + user, n - user);
}

static void put_authority(struct writer *w, const struct http_target *u)
{
    size_t start = w->n;

    if (u->scheme.n) {
        put(w, u->scheme);
        lower(w->out + start, u->scheme.n);
        put(w, SPAN("://"));
        start = w->n;
    }
    put_piece(w, u->authority, 0);
    lower_host(w->out + start, w->n - start);
}

/* Remembers the first NUL of all pieces. */
static void found_nul(struct http_target *u, const struct writer *w, struct span piece)
{
    if (u->nul == u->raw.n && w->nul < piece.n)
        u->nul = (size_t)(piece.p - u->raw.p) + w->nul;
}

static struct http_target_view view_of(struct http_target *u, struct writer *w)
{
    struct http_target_view view = {.path = 0};
    uint8_t *path;

    put_authority(w, u);
    found_nul(u, w, u->authority);
    view.path = w->n;
    path = w->out + w->n;
    w->n = view.path + put_piece(w, u->path, 0);
    found_nul(u, w, u->path);
    if (span_index(span_of(path, w->n - view.path), '\\') < w->n - view.path)
        w->flags |= HTTP_TARGET_BACKSLASH;
    w->n = view.path + resolve(w, path, w->n - view.path);
    if (u->form == HTTP_TARGET_ABSOLUTE && w->n == view.path)
        put(w, SPAN("/"));
    view.query = w->n;
    if (u->asks) {
        put(w, SPAN("?"));
        view.query = w->n;
        put_piece(w, u->query, READ_PLUS);
        found_nul(u, w, u->query);
    }
    view.text = span_of(w->out, w->n);
    u->flags |= w->flags;
    return view;
}

/* Eight bytes that stand for themselves, none of which a slash and what follows it, here the ninth
 * byte as well, would change. A false alarm costs a second look. */
static bool eight_plain(const uint8_t *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word, next, odd, slash, pair;

    memcpy(&word, p, sizeof word);
    memcpy(&next, p + 1, sizeof next);
    odd = word | (word - ones * 0x20) | ((word ^ ones * '#') - ones) |
          ((word ^ ones * '%') - ones) | ((word ^ ones * '+') - ones) |
          ((word ^ ones * '\\') - ones) | ((word ^ ones * 0x7f) - ones);
    slash = (word ^ ones * '/') - ones;
    pair = ((next ^ ones * '/') - ones) | ((next ^ ones * '.') - ones);
    return ((odd | (slash & pair)) & ones << 7) == 0;
}

enum { MARK_PLUS = 1 << 0, MARK_OTHER = 1 << 1 };

/* What there is to be decoded in it. */
static unsigned marks_of(struct span target)
{
    enum { ORDINARY, SPECIAL, SLASH, PLUS };
    static const uint8_t kinds[256] = {
        [0 ... 0x1f] = SPECIAL, ['#'] = SPECIAL,  ['%'] = SPECIAL,           ['+'] = PLUS,
        ['/'] = SLASH,          ['\\'] = SPECIAL, [0x7f ... 0xff] = SPECIAL,
    };
    unsigned marks = 0;

    for (size_t i = 0; i < target.n; i++) {
        uint8_t kind;

        while (i + 9 <= target.n && eight_plain(target.p + i))
            i += 8;
        kind = kinds[target.p[i]];
        if (kind == SPECIAL || (kind == SLASH && i + 1 < target.n &&
                                (target.p[i + 1] == '/' || target.p[i + 1] == '.')))
            return MARK_OTHER;
        if (kind == PLUS)
            marks = MARK_PLUS;
    }
    return marks;
}

bool http_target_is_plain(struct span target)
{
    return target.n && target.p[0] == '/' && marks_of(target) == 0;
}

bool http_target_is_even(struct span target)
{
    return target.n && target.p[0] == '/' && (marks_of(target) & ~(unsigned)MARK_PLUS) == 0;
}

/* Every view of it is what is written. */
static bool is_plain(const struct http_target *u)
{
    return u->form == HTTP_TARGET_ASTERISK || u->raw.n == 0 || http_target_is_plain(u->raw);
}

struct http_target_view http_target_normal(struct http_target *u, uint8_t *out)
{
    struct writer w = {.out = out};
    struct http_target_view view = {.text = u->raw, .query = u->raw.n};

    if (!is_plain(u))
        view = view_of(u, &w);
    else if (u->asks)
        view.query = (size_t)(u->query.p - u->raw.p);
    if (span_equal(view.text, u->raw))
        view.text = u->raw;
    u->normal = view.text;
    return view;
}

bool http_target_cut(const struct http_target *u, uint8_t *out, struct http_target_view *view)
{
    struct http_target part = http_target_split(span_first(u->raw, u->nul));
    struct writer w = {.out = out};

    if (!(u->flags & HTTP_TARGET_NUL))
        return false;
    *view = view_of(&part, &w);
    return !span_equal(view->text, u->normal);
}

bool http_target_unicode(const struct http_target *u, uint8_t *out, struct http_target_view *view)
{
    struct http_target copy = *u;
    struct writer w = {.out = out, .how = READ_UNICODE};

    if (!(u->flags & (HTTP_TARGET_UNICODE | HTTP_TARGET_OVERLONG)))
        return false;
    *view = view_of(&copy, &w);
    return !span_equal(view->text, u->normal);
}

bool http_target_twice(const struct http_target *u, uint8_t *out, struct http_target_view *view)
{
    struct http_target copy = *u;
    struct writer w = {.out = out, .how = READ_TWICE};

    if (!(u->flags & HTTP_TARGET_DOUBLE))
        return false;
    *view = view_of(&copy, &w);
    return !span_equal(view->text, u->normal);
}

struct span http_percent_decode(struct span text, enum http_plus plus, uint8_t *out)
{
    static const struct byte_set signs = {.bytes = 2, .byte = {'%', '+'}};
    struct writer w = {.out = out, .how = plus == HTTP_PLUS_BLANK ? READ_PLUS : 0};
    size_t at = byte_set_find(&signs, text, 0);

    if (at == text.n)
        return text;
    w.n = at;
    if (at)
        memmove(out, text.p, at);
    decode(&w, span_from(text, at));
    return span_equal(span_of(out, w.n), text) ? text : span_of(out, w.n);
}

struct span http_argument_decode(struct span text, uint8_t *out, uint16_t *flags)
{
    static const struct byte_set signs = {2, 1, {'%', '+'}, {{0xc0, 0xff}}};
    struct writer w = {.out = out, .how = READ_UNICODE};

    if (byte_set_find(&signs, text, 0) == text.n)
        return text;
    put_piece(&w, text, READ_PLUS);
    *flags |= w.flags;
    return span_of(out, w.n);
}

struct http_arguments http_arguments_of(struct span query)
{
    return (struct http_arguments){.left = query};
}

static struct span cut(struct http_arguments *args, struct span text, size_t most,
                       enum http_arguments_flag flag)
{
    if (text.n > most)
        args->flags |= (uint8_t)flag;
    return span_first(text, most);
}

bool http_arguments_next(struct http_arguments *args, struct http_argument *arg)
{
    struct span piece;
    size_t equals;

    while (args->left.n && args->left.p[0] == '&')
        args->left = span_from(args->left, 1);
    if (args->left.n == 0)
        return false;
    if (args->count == HTTP_ARGUMENTS_MOST) {
        args->flags |= HTTP_ARGUMENTS_MANY;
        return false;
    }
    args->count++;
    piece = span_first(args->left, span_index(args->left, '&'));
    args->left = span_from(args->left, piece.n + 1);
    equals = span_index(piece, '=');
    arg->name = cut(args, span_first(piece, equals), HTTP_ARGUMENT_NAME, HTTP_ARGUMENTS_NAME_LONG);
    arg->value =
        cut(args, span_from(piece, equals + 1), HTTP_ARGUMENT_VALUE, HTTP_ARGUMENTS_VALUE_LONG);
    arg->text = span_first(piece, HTTP_ARGUMENT_NAME + 1 + HTTP_ARGUMENT_VALUE);
    return true;
}
