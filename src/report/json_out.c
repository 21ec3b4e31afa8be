/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_out.h"

#include "report/timestamp.h"

#include <stdlib.h>

enum { ROOM_FIRST = 1 << 16, UTF8_MOST = 4, ESCAPE_MOST = 6 };

void json_out_fini(struct json_out *out)
{
    free(out->text);
    *out = (struct json_out){0};
}

static bool grow(struct json_out *out, size_t n)
{
    size_t room = out->room ? out->room : ROOM_FIRST;
    char *more;

    if (out->failed)
        return false;
    while (room - out->used < n)
        room *= 2;
    more = realloc(out->text, room);
    if (more == NULL) {
        out->failed = true;
        return false;
    }
    out->text = more;
    out->room = room;
    return true;
}

static inline bool reserve(struct json_out *out, size_t n)
{
    return (__builtin_expect(!out->failed && out->room - out->used >= n, 1) || grow(out, n)) &&
           out->text != NULL;
}

static inline void put_bytes(struct json_out *out, const void *bytes, size_t n)
{
    if (!reserve(out, n))
        return;
    memcpy(out->text + out->used, bytes, n);
    out->used += n;
}

static inline void put_char(struct json_out *out, char c)
{
    if (reserve(out, 1))
        out->text[out->used++] = c;
}

/* Room for a value or key of n bytes, behind a comma unless it is the first of its object or list:
 * the last character tells, since text always ends with a quote. NULL: there is none. */
static inline char *begin(struct json_out *out, size_t n)
{
    char last = '{';

    if (!reserve(out, n + 1))
        return NULL;
    if (out->used > out->line)
        last = out->text[out->used - 1];
    if (last != '{' && last != '[' && last != ':')
        out->text[out->used++] = ',';
    return out->text + out->used;
}

void json_line_begin(struct json_out *out)
{
    out->failed = false;
    out->line = out->used;
    put_char(out, '{');
}

bool json_line_end(struct json_out *out)
{
    put_bytes(out, "}\n", 2);
    if (!out->failed)
        return true;
    out->used = out->line;
    return false;
}

/* How many bytes the UTF-8 character at the front has (RFC 3629); 0: it is none. */
static size_t utf8_length(struct span s)
{
    uint8_t first = s.p[0], low = 0x80, high = 0xbf;
    size_t n;

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    n = first < 0xe0 ? 2 : first < 0xf0 ? 3 : UTF8_MOST;
    if (n > s.n)
        return 0;
    if (first == 0xe0)
        low = 0xa0; /* overlong */
    else if (first == 0xed)
        high = 0x9f; /* surrogates */
    else if (first == 0xf0)
        low = 0x90; /* overlong */
    else if (first == 0xf4)
        high = 0x8f; /* beyond Unicode */
    if (s.p[1] < low || s.p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (s.p[i] < 0x80 || s.p[i] > 0xbf)
            return 0;
    return n;
}

static size_t escape(char *at, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "btn\0fr"; /* from 0x08 on */

    at[0] = '\\';
    if (c == '"' || c == '\\') {
        at[1] = (char)c;
        return 2;
    }
    if (c >= 0x08 && c <= 0x0d && c != 0x0b) {
        at[1] = names[c - 0x08];
        return 2;
    }
    if (c < 0x80) {
        memcpy(at + 1, "u00", 3);
        at[4] = hex[c >> 4];
        at[5] = hex[c & 15];
        return ESCAPE_MOST;
    }
    memcpy(at + 1, "\\x", 2);
    at[3] = hex[c >> 4];
    at[4] = hex[c & 15];
    return 5;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Bytes of eight that do not stand for themselves have their top bit set; perhaps some behind the
 * first of them, too. */
static uint64_t eight_odd(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\', del = word ^ ones * 0x7f;

    return (word | (word - ones * 0x20) | (quote - ones) | (slash - ones) | (del - ones)) &
           ones << 7;
}

/* Writes the bytes at the front that stand for themselves. There is room for more than `s` has. */
static size_t plain_run(char *at, struct span s)
{
    size_t n = 0;
    uint64_t word;

    for (; n + sizeof word <= s.n; n += sizeof word) {
        memcpy(&word, s.p + n, sizeof word);
        if (eight_odd(word))
            break;
        memcpy(at + n, &word, sizeof word);
    }
    for (; n < s.n && is_plain(s.p[n]); n++)
        at[n] = (char)s.p[n];
    return n;
}

/* A character that is not plain. Returns how many bytes it had. */
static size_t put_odd(char **at, struct span s)
{
    size_t n = s.p[0] >= 0x80 ? utf8_length(s) : 0;

    if (n == 0) {
        *at += escape(*at, s.p[0]);
        return 1;
    }
    memcpy(*at, s.p, n);
    *at += n;
    return n;
}

void json_text(struct json_out *out, struct span s)
{
    char *at = begin(out, s.n * ESCAPE_MOST + 2);

    if (at == NULL)
        return;
    *at++ = '"';
    while (s.n > 0) {
        size_t n = plain_run(at, s);

        at += n;
        s = span_from(s, n);
        if (s.n > 0)
            s = span_from(s, put_odd(&at, s));
    }
    *at++ = '"';
    out->used = (size_t)(at - out->text);
}

void json_key(struct json_out *out, struct span key)
{
    char *at = begin(out, key.n + 3);

    if (at == NULL)
        return;
    *at = '"';
    memcpy(at + 1, key.p, key.n);
    memcpy(at + 1 + key.n, "\":", 2);
    out->used += key.n + 3;
}

void json_open(struct json_out *out, char bracket)
{
    if (begin(out, 1))
        out->text[out->used++] = bracket;
}

void json_close(struct json_out *out, char bracket)
{
    put_char(out, bracket);
}

void json_uint(struct json_out *out, uint64_t value)
{
    char digits[20];
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    if (begin(out, sizeof digits))
        put_bytes(out, digits + n, sizeof digits - n);
}

void json_hex(struct json_out *out, struct span s)
{
    static const char hex[] = "0123456789abcdef";
    char *at = begin(out, 3 * s.n + 2);

    if (at == NULL)
        return;
    *at++ = '"';
    for (size_t i = 0; i < s.n; i++) {
        if (i > 0)
            *at++ = ':';
        *at++ = hex[s.p[i] >> 4];
        *at++ = hex[s.p[i] & 15];
    }
    *at++ = '"';
    out->used = (size_t)(at - out->text);
}

void json_truth(struct json_out *out, uint64_t value)
{
    if (begin(out, 5))
        put_bytes(out, value ? "true" : "false", value ? 4 : 5);
}

void json_put_object(struct json_out *out, const char *key)
{
    json_key(out, span_text(key));
    json_open(out, '{');
}

void json_put_list(struct json_out *out, const char *key)
{
    json_key(out, span_text(key));
    json_open(out, '[');
}

void json_put_text(struct json_out *out, const char *key, struct span s)
{
    json_key(out, span_text(key));
    json_text(out, s);
}

void json_put_string(struct json_out *out, const char *key, const char *s)
{
    json_put_text(out, key, span_text(s));
}

void json_put_uint(struct json_out *out, const char *key, uint64_t value)
{
    json_key(out, span_text(key));
    json_uint(out, value);
}

void json_put_truth(struct json_out *out, const char *key, uint64_t value)
{
    json_key(out, span_text(key));
    json_truth(out, value);
}

void json_put_time(struct json_out *out, const char *key, uint64_t us)
{
    char text[TIMESTAMP_TEXT];

    json_put_text(out, key, span_of(text, timestamp_text(us, text)));
}
