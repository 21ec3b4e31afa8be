/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_mask.h"

enum {
    NAME_MOST = 64,   /* bytes of a name that are looked at: its last ones */
    GAP_MOST = 256,   /* between the name of a part of multipart and its content */
    KEY_LEAST = 16,   /* letters and digits together are a key from here on */
    WORD_LEAST = 32,  /* anything that is no path is */
    LONG_LEAST = 40,  /* what may be a path is, with letters and digits */
    VALUE_MOST = 4096 /* of a secret */
};

static const char *const secrets[] = {
    "pass",   "pwd",     "secret",     "token", "apikey", "api-key", "api_key",   "auth",
    "sess",   "credent", "private",    "pin",   "cvv",    "cvc",     "ssn",       "iban",
    "cardnu", "card_nu", "creditcard", "otp",   "jwt",    "sid",     "signature", "key"};

/* Short ones stand for themselves: "pin" is no part of "shipping". */
enum { ALONE = 3 };

static bool contains(struct span name, struct span word)
{
    for (size_t at = 0; at + word.n <= name.n; at++)
        if (span_equal_nocase(span_first(span_from(name, at), word.n), word))
            return true;
    return false;
}

/* A word of its own: "user_pin", "x-sid". */
static bool has_word(struct span name, struct span word)
{
    size_t start = 0;

    for (size_t at = 0; at <= name.n; at++) {
        if (at < name.n && name.p[at] != '_' && name.p[at] != '-' && name.p[at] != '.')
            continue;
        if (span_equal_nocase(span_first(span_from(name, start), at - start), word))
            return true;
        start = at + 1;
    }
    return false;
}

bool http_mask_is_secret(struct span name)
{
    if (name.n > NAME_MOST)
        name = span_from(name, name.n - NAME_MOST);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        struct span word = span_text(secrets[i]);

        if (word.n <= ALONE ? has_word(name, word) : contains(name, word))
            return true;
    }
    return false;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    uint8_t lower = span_lower(c);

    return lower >= 'a' && lower <= 'z';
}

/* Of a name, and of a key in base64 or hexadecimal. */
static bool in_word(uint8_t c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '%' ||
           c == '+' || c == '/' || c == '~';
}

static uint8_t shown(uint8_t c)
{
    if (is_digit(c))
        return '*';
    return (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' ? c : '.';
}

static void cover(uint8_t *out, size_t from, size_t to)
{
    if (to > from)
        memset(out + from, '*', to - from);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static size_t blanks_end(struct span text, size_t at)
{
    while (at < text.n && is_blank(text.p[at]))
        at++;
    return at;
}

static size_t most(struct span text, size_t at)
{
    return text.n - at < VALUE_MOST ? text.n : at + VALUE_MOST;
}

/* What begins at AT with a quote, to its other one. */
static size_t quoted_end(struct span text, size_t at)
{
    uint8_t quote = text.p[at++];
    size_t end = most(text, at);

    for (; at < end && text.p[at] != quote; at++)
        if (text.p[at] == '\\')
            at++;
    return at < end ? at : end;
}

static size_t value_end(struct span text, size_t at, const char *ends)
{
    size_t end = most(text, at);

    while (at < end && text.p[at] && strchr(ends, text.p[at]) == NULL)
        at++;
    return at;
}

/* The content of a part of multipart whose name has been read: behind the next empty line. */
static bool part_value(struct span text, size_t at, size_t *from, size_t *to)
{
    struct span near = span_first(span_from(text, at), GAP_MOST);

    for (size_t i = 0; i + 4 <= near.n; i++)
        if (memcmp(near.p + i, "\r\n\r\n", 4) == 0) {
            *from = at + i + 4;
            *to = value_end(text, *from, "\r\n");
            return true;
        }
    return false;
}

/* The value that belongs to the name which ends at AT: name=, name:, "name":, <name>,
 * name="name" CR LF CR LF. */
static bool value_of(struct span text, size_t start, size_t at, size_t *from, size_t *to)
{
    bool quote = at < text.n && (text.p[at] == '"' || text.p[at] == '\'');

    if (start && text.p[start - 1] == '<' && at < text.n) {
        *from = value_end(text, at, ">");
        *from += *from < text.n;
        *to = value_end(text, *from, "<");
        return true;
    }
    at = blanks_end(text, at + quote);
    if (at == text.n)
        return false;
    if (text.p[at] != '=' && text.p[at] != ':')
        return quote && (text.p[at] == '\r' || text.p[at] == ';') && part_value(text, at, from, to);
    at = blanks_end(text, at + 1);
    *from = at;
    if (at < text.n && (text.p[at] == '"' || text.p[at] == '\'')) {
        *from = at + 1;
        *to = quoted_end(text, at);
    } else {
        *to = value_end(text, at, "&;,}]<>\r\n");
    }
    return true;
}

/* Does the run look like a key? */
static bool is_key(struct span run)
{
    bool digit = false, letter = false, path = false;

    for (size_t i = 0; i < run.n; i++) {
        digit = digit || is_digit(run.p[i]);
        letter = letter || is_letter(run.p[i]);
        path = path || run.p[i] == '/';
    }
    if (!path && run.n >= WORD_LEAST)
        return true;
    return digit && letter && run.n >= (path ? LONG_LEAST : KEY_LEAST);
}

void http_mask_body(struct span text, uint8_t *out)
{
    size_t at = 0, start, from, to;

    for (size_t i = 0; i < text.n; i++)
        out[i] = shown(text.p[i]);
    while (at < text.n) {
        struct span run;

        if (!in_word(text.p[at])) {
            at++;
            continue;
        }
        for (start = at; at < text.n && in_word(text.p[at]); at++)
            ;
        run = span_of(text.p + start, at - start);
        if (http_mask_is_secret(run) && value_of(text, start, at, &from, &to)) {
            cover(out, from, to);
            at = to > at ? to : at;
        } else if (is_key(run)) {
            cover(out, start, at);
        }
    }
}

/* name=value; name=value: names are harmless. `pairs`: of how many the values are covered. */
static void mask_cookies(struct span value, uint8_t *out, size_t pairs)
{
    size_t at = 0;

    for (; pairs && at < value.n; pairs--) {
        size_t end = at + span_index(span_from(value, at), ';');
        size_t equals = at + span_index(span_first(span_from(value, at), end - at), '=');

        cover(out, equals < end ? equals + 1 : at, end);
        at = end + 1;
    }
}

void http_mask_header(struct span name, struct span value, uint8_t *out)
{
    size_t scheme = span_index(value, ' ');

    for (size_t i = 0; i < value.n; i++)
        out[i] = value.p[i];
    if (span_equal_nocase(name, SPAN("Cookie")))
        mask_cookies(value, out, SIZE_MAX);
    else if (span_equal_nocase(name, SPAN("Set-Cookie")))
        mask_cookies(value, out, 1);
    else if (span_equal_nocase(name, SPAN("Authorization")) ||
             span_equal_nocase(name, SPAN("Proxy-Authorization")))
        cover(out, scheme < value.n ? scheme + 1 : 0, value.n);
    else if (http_mask_is_secret(name) && !span_starts_nocase(name, SPAN("Sec-WebSocket")) &&
             !span_starts_nocase(name, SPAN("WWW-Auth")) &&
             !span_starts_nocase(name, SPAN("Proxy-Auth")) && !span_starts(name, SPAN(":")))
        cover(out, 0, value.n);
}
