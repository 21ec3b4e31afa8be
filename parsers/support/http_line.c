/* SPDX-License-Identifier: Apache-2.0
 *
 * Request lines, status lines and hosts of HTTP/1 (RFC 9112 sections 3 and 4).
 */
#include "support/http_line.h"

#include <string.h>

enum {
    METHOD_MAX = 20,
    VERSION_MAX = 12,
    BLANK_LINES_MAX = 4,
};

enum byte_class {
    TOKEN = 1 << 0, /* tchar, RFC 9110 section 5.6.2 */
    HOST = 1 << 1,  /* may stand in a registered name or a bracketed address */
};

static const uint8_t classes[256] = {
    ['0' ... '9'] = TOKEN | HOST,
    ['A' ... 'Z'] = TOKEN | HOST,
    ['a' ... 'z'] = TOKEN | HOST,
    ['!'] = TOKEN | HOST,
    ['#'] = TOKEN,
    ['$'] = TOKEN | HOST,
    ['%'] = TOKEN | HOST,
    ['&'] = TOKEN | HOST,
    ['\''] = TOKEN | HOST,
    ['*'] = TOKEN | HOST,
    ['+'] = TOKEN | HOST,
    ['-'] = TOKEN | HOST,
    ['.'] = TOKEN | HOST,
    ['^'] = TOKEN,
    ['_'] = TOKEN | HOST,
    ['`'] = TOKEN,
    ['|'] = TOKEN,
    ['~'] = TOKEN | HOST,
    ['('] = HOST,
    [')'] = HOST,
    [';'] = HOST,
    ['='] = HOST,
    [':'] = HOST,
    ['['] = HOST,
    [']'] = HOST,
};

static const char *const methods[] = {
    "GET",      "HEAD",   "POST",      "PUT",         "DELETE",     "CONNECT",  "OPTIONS",
    "TRACE",    "PATCH",  "PROPFIND",  "PROPPATCH",   "MKCOL",      "COPY",     "MOVE",
    "LOCK",     "UNLOCK", "SEARCH",    "REPORT",      "MKACTIVITY", "CHECKOUT", "MERGE",
    "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE",      "LINK",     "UNLINK",
};

enum { METHODS = sizeof methods / sizeof methods[0] };

static bool blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static size_t token_length(struct span text)
{
    size_t n = 0;

    while (n < text.n && n <= METHOD_MAX && classes[text.p[n]] & TOKEN)
        n++;
    return n;
}

bool http_is_token(struct span s)
{
    uint8_t all = TOKEN;

    for (size_t i = 0; i < s.n; i++)
        all &= classes[s.p[i]];
    return s.n && all;
}

bool http_request_begins(struct span first)
{
    size_t at = 0, lines = 0, token;

    for (; at < first.n && (first.p[at] == '\r' || first.p[at] == '\n'); at++)
        lines += first.p[at] == '\n';
    first = span_from(first, at);
    token = token_length(first);
    if (lines > BLANK_LINES_MAX || token > METHOD_MAX)
        return false;
    if (token == first.n)
        return true;
    if (!token || !blank(first.p[token]))
        return false;
    first = span_trim(span_from(first, token));
    return !first.n || (first.p[0] > ' ' && first.p[0] != 0x7f);
}

/* Equal as far as both go. */
static bool agrees(struct span text, struct span with)
{
    size_t n = text.n < with.n ? text.n : with.n;

    return span_equal_nocase(span_first(text, n), span_first(with, n));
}

bool http_status_begins(struct span first)
{
    struct span magic = span_first(SPAN("HTTP/1."), first.n);

    return span_starts(first, magic) && (first.n <= magic.n || digit(first.p[magic.n]));
}

bool http_status_begins_loosely(struct span first)
{
    while (first.n && (blank(first.p[0]) || first.p[0] == '\r' || first.p[0] == '\n'))
        first = span_from(first, 1);
    return agrees(first, SPAN("HTTP"));
}

bool http_method_begins(struct span first)
{
    for (size_t i = 0; i < METHODS; i++) {
        struct span method = span_text(methods[i]);

        if (span_starts(first, span_first(method, first.n)) &&
            (first.n <= method.n || blank(first.p[method.n])))
            return true;
    }
    return false;
}

bool http_method_known(struct span method)
{
    for (size_t i = 0; i < METHODS; i++)
        if (span_equal_nocase(method, span_text(methods[i])))
            return true;
    return false;
}

static struct span last_word(struct span text)
{
    size_t n = 0;

    while (n < text.n && n <= VERSION_MAX && !blank(text.p[text.n - 1 - n]))
        n++;
    return span_from(text, text.n - n);
}

static enum http_version version_form(struct span word)
{
    size_t digits = 0;

    if (word.n == 8 && span_starts(word, SPAN("HTTP/")) && digit(word.p[5]) && word.p[6] == '.' &&
        digit(word.p[7]))
        return HTTP_VERSION_PLAIN;
    if (word.n > VERSION_MAX || !span_starts_nocase(word, SPAN("HTTP")))
        return HTTP_VERSION_NONE;
    /* Servers that refuse it do not take it for part of the target, and others read on. */
    if (span_starts_nocase(word, SPAN("HTTP/")) && digit(word.p[word.n > 5 ? 5 : 0]))
        return HTTP_VERSION_ODD;
    for (size_t i = 4; i < word.n; i++) {
        if (!digit(word.p[i]) && word.p[i] != '.' && word.p[i] != '/')
            return HTTP_VERSION_NONE;
        digits += digit(word.p[i]);
    }
    return digits ? HTTP_VERSION_ODD : HTTP_VERSION_NONE;
}

bool http_request_line(struct span line, struct http_request *r)
{
    size_t token = token_length(line);
    struct span rest = span_trim(span_from(line, token));
    struct span word = span_from(rest, rest.n - 8);

    if (!token || token > METHOD_MAX || token == line.n || !blank(line.p[token]) || !rest.n)
        return false;
    r->method = span_first(line, token);
    r->form = HTTP_VERSION_NONE;
    if (rest.n > 8 && blank(rest.p[rest.n - 9]))
        r->form = version_form(word);
    if (r->form != HTTP_VERSION_PLAIN) {
        word = last_word(rest);
        r->form = word.n < rest.n ? version_form(word) : HTTP_VERSION_NONE;
    }
    r->version = r->form == HTTP_VERSION_NONE ? span_first(word, 0) : word;
    r->target = span_trim(span_first(rest, rest.n - r->version.n));
    return true;
}

/* A byte up to SP, or DEL, among eight. */
static bool eight_dirty(const uint8_t *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t word, del;

    memcpy(&word, p, sizeof word);
    del = word ^ ones * 0x7f;
    return (((word - ones * 0x21) & ~word) | ((del - ones) & ~del)) & tops;
}

bool http_target_clean(struct span target)
{
    bool dirty = false;

    for (; target.n >= 8; target = span_from(target, 8))
        dirty |= eight_dirty(target.p);
    for (size_t i = 0; i < target.n; i++)
        dirty |= target.p[i] <= ' ' || target.p[i] == 0x7f;
    return !dirty;
}

static struct span behind_scheme(struct span target)
{
    size_t colon = span_index(span_first(target, 16), ':');
    bool absolute = colon && span_starts(span_from(target, colon), SPAN("://"));

    for (size_t i = 0; i < colon && absolute; i++)
        absolute = classes[target.p[i]] & TOKEN;
    return span_from(target, absolute ? colon + 3 : target.n);
}

bool http_target_plain(struct span target)
{
    return span_starts(target, SPAN("/")) || span_equal(target, SPAN("*")) ||
           behind_scheme(target).n;
}

bool http_status_line(struct span line, struct http_status *s)
{
    struct span rest = span_trim(span_from(line, 8));

    if (line.n < 12 || !span_starts(line, SPAN("HTTP/1.")) || !digit(line.p[7]) ||
        !blank(line.p[8]) || rest.n < 3)
        return false;
    if (!digit(rest.p[0]) || !digit(rest.p[1]) || !digit(rest.p[2]))
        return false;
    if (rest.n > 3 && !blank(rest.p[3]))
        return false;
    s->version = span_first(line, 8);
    s->code = (uint16_t)((rest.p[0] - '0') * 100 + (rest.p[1] - '0') * 10 + (rest.p[2] - '0'));
    s->odd = s->code < 100;
    return true;
}

bool http_status_line_loosely(struct span line, struct http_status *s)
{
    struct span text = span_trim(line);
    size_t word = 0, at = 0;
    unsigned code = 0;

    if (http_status_line(line, s))
        return true;
    if (!span_starts_nocase(text, SPAN("HTTP")))
        return false;
    while (word < text.n && !blank(text.p[word]))
        word++;
    s->version = span_first(text, word);
    text = span_trim(span_from(text, word));
    for (; at < text.n && at < 4 && digit(text.p[at]); at++)
        code = code * 10 + text.p[at] - '0';
    s->code = (uint16_t)code;
    s->odd = true;
    return true;
}

/* 0 unless it is a port number. */
static uint16_t port_number(struct span text)
{
    unsigned port = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (!digit(text.p[i]) || port > 6553)
            return 0;
        port = port * 10 + text.p[i] - '0';
    }
    return port > UINT16_MAX ? 0 : (uint16_t)port;
}

struct http_host http_host_read(struct span text)
{
    struct http_host host = {0};
    struct span port;
    size_t at = span_index(text, '@');
    size_t close;
    uint8_t all = HOST;

    if (at < text.n) {
        host.user = true;
        text = span_from(text, at + 1);
    }
    if (!text.n)
        return host;
    close = span_starts(text, SPAN("[")) ? span_index(text, ']') : 0;
    host.bad = close == text.n;
    close += span_index(span_from(text, close), ':');
    port = span_from(text, close + 1);
    host.name = span_first(text, close);
    host.port = port_number(port);
    if (host.name.n && host.name.p[host.name.n - 1] == '.')
        host.name.n--;
    host.bad |= port.n && !host.port;
    for (size_t i = 0; i < host.name.n; i++)
        all &= classes[host.name.p[i]];
    host.bad |= !(all & HOST);
    return host;
}

struct span http_target_authority(const struct http_request *r)
{
    struct span text = behind_scheme(r->target);
    size_t n = 0;

    if (span_equal_nocase(r->method, SPAN("CONNECT")))
        text = r->target;
    while (n < text.n && text.p[n] != '/' && text.p[n] != '?' && text.p[n] != '#')
        n++;
    return span_first(text, n);
}
