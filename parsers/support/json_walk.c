/* SPDX-License-Identifier: Apache-2.0 */
#include "support/json_walk.h"

#include "base/hex.h"
#include "support/utf8.h"

/* A member's name waits in the room for its value, which is written behind it. */
struct walk {
    struct span text;
    size_t at;
    uint8_t *room;
    size_t n;   /* of the room in use */
    bool named; /* there is a name in it, and "=" */
    unsigned pieces;
    json_piece_fn *piece;
    void *arg;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_quote(uint8_t c)
{
    return c == '"' || c == '\'';
}

/* Ends a word that has no quotes. */
static bool is_mark(uint8_t c)
{
    return is_blank(c) || is_quote(c) || c == ',' || c == ':' || c == '{' || c == '}' || c == '[' ||
           c == ']';
}

static uint8_t peek(const struct walk *w, size_t ahead)
{
    return w->at + ahead < w->text.n ? w->text.p[w->at + ahead] : 0;
}

static void put(struct walk *w, uint8_t c)
{
    w->room[w->n++] = c;
}

static void put_character(struct walk *w, uint32_t c)
{
    w->n += utf8_put(w->room + w->n, c);
}

/* \uXXXX, of which two may be one character. What is written is never longer than what is read. */
static void unicode(struct walk *w, int value)
{
    uint32_t c = (uint32_t)value;
    int low;

    w->at += 6;
    if (utf16_is_high(c) && peek(w, 0) == '\\' && peek(w, 1) == 'u') {
        low = hex_quad(w->text, w->at + 2);
        if (low != HEX_NONE && utf16_is_low((uint32_t)low)) {
            c = utf16_pair(c, (uint32_t)low);
            w->at += 6;
        }
    }
    put_character(w, utf16_is_high(c) || utf16_is_low(c) ? (uint32_t)UTF8_REPLACEMENT : c);
}

/* Behind a backslash; what is no escape stays as it is. */
static void escape(struct walk *w)
{
    static const char from[] = "\"'\\/bfnrt", to[] = "\"'\\/\b\f\n\r\t";
    uint8_t c = peek(w, 1);
    const char *known = c ? strchr(from, c) : NULL;
    int value = c == 'u'   ? hex_quad(w->text, w->at + 2)
                : c == 'x' ? hex_pair(w->text, w->at + 2)
                           : HEX_NONE;

    if (value != HEX_NONE && c == 'u') {
        unicode(w, value);
    } else if (value != HEX_NONE) {
        put(w, (uint8_t)value);
        w->at += 4;
    } else if (known) {
        put(w, (uint8_t)to[known - from]);
        w->at += 2;
    } else {
        put(w, '\\');
        w->at++;
    }
}

static void string(struct walk *w)
{
    uint8_t quote = w->text.p[w->at++];

    while (w->at < w->text.n && w->text.p[w->at] != quote) {
        if (w->text.p[w->at] == '\\')
            escape(w);
        else
            put(w, w->text.p[w->at++]);
    }
    w->at++;
}

/* A number, a literal, a name of JavaScript. Escapes are read here as well, should we and a parser
 * not agree about where strings begin. */
static void word(struct walk *w)
{
    while (w->at < w->text.n && !is_mark(w->text.p[w->at])) {
        if (w->text.p[w->at] == '\\')
            escape(w);
        else
            put(w, w->text.p[w->at++]);
    }
}

static void give(struct walk *w)
{
    w->piece(w->arg, span_of(w->room, w->n));
    w->pieces++;
    w->n = 0;
    w->named = false;
}

static void skip_blanks(struct walk *w)
{
    while (w->at < w->text.n && is_blank(w->text.p[w->at]))
        w->at++;
}

/* A string or word has been read: is it a name? */
static void token(struct walk *w, bool quoted)
{
    skip_blanks(w);
    if (!w->named && peek(w, 0) == ':') {
        w->at++;
        put(w, '=');
        w->named = true;
        return;
    }
    if (w->named || quoted)
        give(w);
    w->n = 0;
}

static void walk(struct walk *w)
{
    while (w->at < w->text.n && w->pieces < JSON_PIECES_MOST) {
        uint8_t c = w->text.p[w->at];

        if (is_quote(c)) {
            string(w);
            token(w, true);
        } else if (!is_mark(c)) {
            word(w);
            token(w, false);
        } else {
            w->at++;
            if (w->named && !is_blank(c)) { /* the value is an object or a list, or missing */
                w->n--;
                give(w);
            }
        }
    }
    if (w->named && w->pieces < JSON_PIECES_MOST) {
        w->n--;
        give(w);
    }
}

/* What keeps browsers from running it as a program. */
static size_t guard_length(struct span text)
{
    if (span_starts(text, SPAN(")]}'")))
        return 4;
    return span_starts(text, SPAN("for(;;);")) ? 8 : 0;
}

void json_walk(struct span text, uint8_t *room, json_piece_fn *piece, void *arg)
{
    struct walk w = {.text = text, .room = room, .piece = piece, .arg = arg};

    w.at = guard_length(text);
    walk(&w);
}

bool json_begins(struct span text)
{
    if (span_starts(text, SPAN("\xef\xbb\xbf")))
        text = span_from(text, 3);
    if (guard_length(text))
        return true;
    while (text.n && is_blank(text.p[0]))
        text = span_from(text, 1);
    return text.n && (text.p[0] == '{' || text.p[0] == '[');
}
