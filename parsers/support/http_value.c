/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_value.h"

#include "base/byte_set.h"
#include "base/hex.h"
#include "support/http_target.h"
#include "support/transfer.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n';
}

static uint8_t byte_at(struct span s, size_t at)
{
    return at < s.n ? s.p[at] : 0;
}

/* Where the run of line ends at AT ends. */
static size_t run_end(struct span value, size_t at)
{
    while (at < value.n && is_line_end(value.p[at]))
        at++;
    return at;
}

struct span http_value_unfold(struct span value, uint8_t *out)
{
    static const struct byte_set ends = {.bytes = 2, .byte = {'\r', '\n'}};
    size_t at = 0, n = 0;

    if (byte_set_find(&ends, value, 0) == value.n)
        return span_trim(value);
    while (at < value.n) {
        size_t line = byte_set_find(&ends, value, at), end = run_end(value, line);

        memmove(out + n, value.p + at, line - at);
        n += line - at;
        at = end;
        if (end < value.n && !is_blank(value.p[end])) { /* ends no line, whatever it is */
            memmove(out + n, value.p + line, end - line);
            n += end - line;
            continue;
        }
        while (n && is_blank(out[n - 1]))
            n--;
        while (at < value.n && is_blank(value.p[at]))
            at++;
        if (end > line)
            out[n++] = ' ';
    }
    return span_trim(span_of(out, n));
}

/* "=?charset?Q?text?=" */
struct word {
    size_t length; /* 0: it is none */
    struct span text;
    uint8_t encoding; /* lower case */
};

/* What the word at AT consists of, where a "=?" is. */
static struct word read_word(struct span value, size_t at)
{
    struct span rest = span_from(value, at + 2);
    size_t charset = span_index(rest, '?');
    struct word word = {.length = 0};

    word.encoding = span_lower(byte_at(rest, charset + 1));
    if (charset == 0 || byte_at(rest, charset + 2) != '?')
        return word;
    word.text = span_from(rest, charset + 3);
    word.text.n = span_index(word.text, '?');
    if ((word.encoding == 'q' || word.encoding == 'b') &&
        byte_at(rest, charset + 3 + word.text.n + 1) == '=')
        word.length = 2 + charset + 3 + word.text.n + 2;
    return word;
}

static size_t put_q(struct span text, uint8_t *out)
{
    size_t n = 0;

    for (size_t at = 0; at < text.n; at++) {
        int value = text.p[at] == '=' ? hex_pair(text, at + 1) : HEX_NONE;

        out[n++] = value != HEX_NONE ? (uint8_t)value : text.p[at] == '_' ? ' ' : text.p[at];
        at += value != HEX_NONE ? 2 : 0;
    }
    return n;
}

static size_t put_b(struct span text, uint8_t *out)
{
    struct base64 state = {0};
    size_t n = base64_decode(&state, text, out);

    return n + base64_decode(&state, SPAN("="), out + n); /* when the padding is missing */
}

static bool is_begin(struct span value, size_t at)
{
    return value.p[at] == '=' && byte_at(value, at + 1) == '?';
}

struct span http_value_words(struct span value, uint8_t *out)
{
    size_t at = 0, n = 0;
    size_t joint = SIZE_MAX; /* of `out`: behind a word, while only blanks have followed */

    while (at < value.n && !is_begin(value, at))
        at += 1 + span_index(span_from(value, at + 1), '=');
    if (at >= value.n)
        return value;
    n = at;
    if (n)
        memmove(out, value.p, n);
    while (at < value.n) {
        struct word word = {.length = 0};

        if (is_begin(value, at))
            word = read_word(value, at);
        if (word.length == 0) {
            if (!is_blank(value.p[at]) && !is_line_end(value.p[at]))
                joint = SIZE_MAX;
            out[n++] = value.p[at++];
            continue;
        }
        if (joint != SIZE_MAX)
            n = joint; /* RFC 2047 6.2: blanks between two words are none of the text */
        n += word.encoding == 'q' ? put_q(word.text, out + n) : put_b(word.text, out + n);
        joint = n;
        at += word.length;
    }
    return span_equal(span_of(out, n), value) ? value : span_of(out, n);
}

static bool ends_parameter(uint8_t c)
{
    return c == ';' || c == ',' || is_blank(c) || is_line_end(c) || c == '"';
}

/* What of the text is the value: behind the quotes of charset and language, when they are there. */
static struct span ext_text(struct span text)
{
    size_t charset = span_index(text, '\'');
    struct span rest = span_from(text, charset + 1);
    size_t language = span_index(rest, '\'');

    return charset < text.n && language < rest.n ? span_from(rest, language + 1) : text;
}

/* RFC 8187 3.2.1. Quotes around it are wrong and understood. */
static size_t put_extended(struct span value, size_t *at, uint8_t *out)
{
    size_t start = *at, n = 0;
    struct span text;

    if (byte_at(value, start) == '"')
        out[n++] = value.p[start++];
    *at = start;
    while (*at < value.n && !ends_parameter(value.p[*at]))
        ++*at;
    text = ext_text(span_first(span_from(value, start), *at - start));
    text = http_percent_decode(text, HTTP_PLUS_KEPT, out + n);
    if (text.n && text.p != out + n)
        memmove(out + n, text.p, text.n);
    return n + text.n;
}

/* The next "*=" from AT on; value.n when there is none. */
static size_t next_extended(struct span value, size_t at)
{
    while (at < value.n) {
        at += span_index(span_from(value, at), '*');
        if (byte_at(value, at + 1) == '=')
            return at;
        at++;
    }
    return value.n;
}

struct span http_value_extended(struct span value, uint8_t *out)
{
    size_t star = next_extended(value, 0), at = 0, n = 0;

    if (star == value.n)
        return value;
    while (at < value.n) {
        memmove(out + n, value.p + at, star - at);
        n += star - at;
        at = star + 2;
        if (star == value.n)
            break;
        out[n++] = '=';
        n += put_extended(value, &at, out + n);
        star = next_extended(value, at);
    }
    return span_of(out, n);
}

static struct span unquoted(struct span text)
{
    if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
        return span_of(text.p + 1, text.n - 2);
    return text;
}

bool http_cookie_next(struct span *left, struct http_cookie *cookie)
{
    while (left->n) {
        struct span piece = span_first(*left, span_index(*left, ';'));
        size_t equals = span_index(piece, '=');

        *left = span_from(*left, piece.n + 1);
        cookie->name = span_trim(span_first(piece, equals));
        cookie->value = unquoted(span_trim(span_from(piece, equals + 1)));
        if (cookie->name.n || cookie->value.n)
            return true;
    }
    return false;
}
