/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_struts.h"

static const char *const words[] = {"java.lang.ProcessBuilder", "<command", "<string"};

enum { WORDS = sizeof words / sizeof words[0], FOUND = WORDS + 1 };

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* May the word begin behind this one, end before that one? The class stands in quotes, the names of
 * elements end with a blank or the tag. */
static bool may_begin(const struct http_struts *s)
{
    return s->word != 0 || s->before == '"' || s->before == '\'' || is_blank(s->before);
}

static bool may_end(const struct http_struts *s, uint8_t c)
{
    if (s->word == 0)
        return c == '"' || c == '\'' || is_blank(c);
    return c == '>' || is_blank(c);
}

/* The words' first letters stand nowhere else in them, but for the class, whose dots and capitals
 * keep it from matching itself in the middle: a mismatch begins anew. */
static bool letter(struct http_struts *s, uint8_t c)
{
    const char *word = words[s->word];

    if (word[s->at] == '\0') {
        s->word += may_end(s, c);
        s->at = 0;
        if (s->word == WORDS) {
            s->word = FOUND;
            return true;
        }
        word = words[s->word];
    }
    if (c != (uint8_t)word[s->at])
        s->at = 0;
    if (c == (uint8_t)word[s->at] && (s->at || may_begin(s)))
        s->at++;
    s->before = c;
    return false;
}

/* "&#80;" or "&#x50;"; 0: nothing of the kind. */
static uint8_t entity_value(const struct http_struts *s)
{
    bool hex = s->entity_n > 2 && (s->entity[2] | 0x20) == 'x';
    uint32_t value = 0;

    for (size_t i = hex ? 3 : 2; i < s->entity_n; i++) {
        uint8_t c = s->entity[i], lower = c | 0x20;
        uint32_t digit = 16;

        if (c >= '0' && c <= '9')
            digit = c - (uint32_t)'0';
        else if (lower >= 'a' && lower <= 'f')
            digit = lower - 'a' + 10u;
        if (digit >= (hex ? 16u : 10u) || value > 255)
            return 0;
        value = value * (hex ? 16 : 10) + digit;
    }
    return value < 128 ? (uint8_t)value : 0;
}

static bool entity_end(struct http_struts *s)
{
    uint8_t c = s->entity_n > 2 && s->entity[1] == '#' ? entity_value(s) : 0;

    s->entity_n = 0;
    return letter(s, c);
}

bool http_struts_feed(struct http_struts *s, struct span piece)
{
    piece = span_first(piece, HTTP_STRUTS_LOOK - s->seen);
    s->seen += (uint32_t)piece.n;
    for (size_t i = 0; i < piece.n && s->word < WORDS; i++) {
        uint8_t c = piece.p[i];
        bool found = false;

        if (s->entity_n && c == ';')
            found = entity_end(s);
        else if (c == '&' || (s->entity_n && s->entity_n < HTTP_STRUTS_ENTITY)) {
            if (c == '&')
                s->entity_n = 0;
            s->entity[s->entity_n++] = c;
        } else {
            s->entity_n = 0;
            found = letter(s, c);
        }
        if (found)
            return true;
    }
    return false;
}
