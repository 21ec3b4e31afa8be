/* SPDX-License-Identifier: Apache-2.0
 *
 * Body framing of HTTP/1 messages: Content-Length, Transfer-Encoding and chunk sizes.
 */
#include "support/http_framing.h"

/* Cuts the next element off a comma-separated list. False when the list is used up. */
static bool list_next(struct span *list, struct span *element)
{
    size_t comma = span_index(*list, ',');

    if (!list->n)
        return false;
    *element = span_trim(span_first(*list, comma));
    *list = span_from(*list, comma + 1);
    return true;
}

enum { SAFE_DIGITS = 18 }; /* that many do not overflow */

static bool decimal(struct span text, uint64_t *value)
{
    uint64_t v = 0;

    for (size_t i = 0; i < text.n; i++) {
        uint8_t digit = (uint8_t)(text.p[i] - '0');

        if (digit > 9 || (i >= SAFE_DIGITS && v > ((uint64_t)INT64_MAX - digit) / 10))
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return text.n > 0;
}

static void length_element(struct framing *f, struct span element)
{
    uint64_t value;

    if (element.n && element.p[0] == '-')
        f->flags |= FRAMING_LENGTH_MINUS;
    else if (!decimal(element, &value))
        f->flags |= FRAMING_LENGTH_BAD;
    else if (f->flags & FRAMING_LENGTH) {
        f->flags |= value == f->length ? FRAMING_LENGTH_AGAIN : FRAMING_LENGTH_DIFFERS;
        if (value != f->length)
            f->other = value;
    } else {
        f->length = value;
        f->flags |= FRAMING_LENGTH;
    }
}

void framing_length(struct framing *f, struct span value)
{
    struct span element;
    uint64_t length;

    value = span_trim(value);
    /* Nearly always it is one number, and the first. */
    if (!(f->flags & FRAMING_LENGTH) && decimal(value, &length)) {
        f->length = length;
        f->flags |= FRAMING_LENGTH;
        return;
    }
    if (!value.n)
        f->flags |= FRAMING_LENGTH_EMPTY;
    while (list_next(&value, &element))
        length_element(f, element);
}

/* "chunked" among the letters of the text, whatever stands between them: quotes, parameters,
 * control bytes, more letters. All its letters differ, so a mismatch can only begin anew at c. */
static bool reads_chunked(struct span text)
{
    static const char word[] = "chunked";
    size_t at = 0;

    for (size_t i = 0; i < text.n && word[at]; i++) {
        uint8_t c = span_lower(text.p[i]);

        if (c < 'a' || c > 'z')
            continue;
        if (c == (uint8_t)word[at])
            at++;
        else
            at = c == 'c';
    }
    return !word[at];
}

static void coding_element(struct framing *f, struct span element)
{
    bool exact = span_equal_nocase(element, SPAN("chunked"));

    if (!element.n)
        return;
    if (!exact && span_equal_nocase(element, SPAN("identity"))) {
        f->flags |= FRAMING_IDENTITY;
        return;
    }
    f->flags |= FRAMING_CODED;
    f->flags &= (uint16_t)~FRAMING_CHUNKED_LAST;
    if (!exact && !reads_chunked(element))
        return;
    if (!exact)
        f->flags |= FRAMING_DISGUISED;
    if (f->flags & FRAMING_CHUNKED)
        f->flags |= FRAMING_CHUNKED_TWICE;
    f->flags |= FRAMING_CHUNKED | FRAMING_CHUNKED_LAST;
}

void framing_coding(struct framing *f, struct span value)
{
    struct span element;

    while (list_next(&value, &element))
        coding_element(f, element);
}

bool framing_next_coding(struct span *list, struct span *element)
{
    while (list_next(list, element))
        if (element->n && !reads_chunked(*element) &&
            !span_equal_nocase(*element, SPAN("identity")))
            return true;
    return false;
}

void framing_disguised(struct framing *f)
{
    f->flags |= FRAMING_DISGUISED;
}

void framing_length_disguised(struct framing *f)
{
    f->flags |= FRAMING_LENGTH_DISGUISED;
}

enum frame framing_decide(const struct framing *f, enum dir from)
{
    if (f->flags & FRAMING_CHUNKED)
        return FRAME_CHUNKED;
    if (f->flags & (FRAMING_CODED | FRAMING_LENGTH_MINUS | FRAMING_LENGTH_BAD))
        return FRAME_TO_END;
    if (f->flags & FRAMING_LENGTH)
        return f->length ? FRAME_LENGTH : FRAME_NONE;
    if (f->flags & FRAMING_LENGTH_EMPTY)
        return FRAME_TO_END;
    return from == DIR_CLIENT ? FRAME_NONE : FRAME_TO_END;
}

bool framing_other_end(const struct framing *f, enum frame frame, uint64_t *away)
{
    uint16_t odd = FRAMING_DISGUISED | FRAMING_CHUNKED_TWICE;

    *away = 0;
    if (frame == FRAME_CHUNKED) {
        if (f->flags & FRAMING_LENGTH)
            *away = f->length;
        return f->flags & (odd | FRAMING_LENGTH) || !(f->flags & FRAMING_CHUNKED_LAST);
    }
    if (frame == FRAME_LENGTH) {
        *away = f->other;
        return f->flags & (FRAMING_LENGTH_DIFFERS | FRAMING_LENGTH_DISGUISED);
    }
    if (f->flags & FRAMING_LENGTH)
        *away = f->length;
    return frame == FRAME_TO_END;
}

enum { CHUNK_DIGITS = 16 };

static unsigned hex_digit(uint8_t c)
{
    uint8_t lower = c | 0x20;

    if (c >= '0' && c <= '9')
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10u : 16;
}

bool framing_chunk_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind a size may stand what no text has there that begins with the same letters. */
static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

bool framing_chunk_begins(struct span first)
{
    size_t at = span_starts_nocase(first, SPAN("0x")) ? 2 : 0, from = at;

    while (at < first.n && hex_digit(first.p[at]) < 16)
        at++;
    if (at - from > CHUNK_DIGITS)
        return false;
    if (at == first.n)
        return true;
    return at > from && !is_word(first.p[at]);
}

struct chunk framing_chunk(struct span line)
{
    struct chunk chunk = {0};
    struct span text;
    uint64_t size = 0;
    size_t at = 0;

    while (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    text = span_trim(line);
    if (span_starts_nocase(text, SPAN("0x"))) {
        chunk.flags |= CHUNK_PREFIX;
        text = span_from(text, 2);
    }
    for (; at < text.n && hex_digit(text.p[at]) < 16 && size <= INT32_MAX; at++)
        size = size << 4 | hex_digit(text.p[at]);
    if (!at || size > INT32_MAX)
        chunk.flags |= CHUNK_BAD;
    if (size > INT32_MAX && at <= CHUNK_DIGITS)
        chunk.flags |= CHUNK_MINUS;
    text = span_trim(span_from(text, at));
    if (text.n && text.p[0] != ';')
        chunk.flags |= CHUNK_TAIL;
    chunk.size = (uint32_t)size;
    return chunk;
}
