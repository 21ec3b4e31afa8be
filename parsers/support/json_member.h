/* SPDX-License-Identifier: Apache-2.0
 *
 * json_member: one member of a JSON object, without reading the rest. Every byte is looked at once,
 * whatever it nests.
 */
#ifndef SUPPORT_JSON_MEMBER_H
#define SUPPORT_JSON_MEMBER_H

#include "base/cursor.h"

static inline void json_blanks(struct cursor *in)
{
    while (cur_left(in) && (cur_peek(in) == ' ' || (cur_peek(in) >= '\t' && cur_peek(in) <= '\r')))
        cur_skip(in, 1);
}

/* A string behind its first quote; escapes stay as they are. */
static inline struct span json_string(struct cursor *in)
{
    const uint8_t *start = in->pos;

    while (in->state == CUR_OK) {
        uint8_t byte = cur_u8(in);

        if (byte == '\\')
            cur_skip(in, 1);
        else if (byte == '"' && in->state == CUR_OK)
            return span_of(start, (size_t)(in->pos - start) - 1);
        else if (byte < 0x20)
            cur_fail(in);
    }
    return span_of(start, 0);
}

/* Any value: the text of a string, else the bytes that it is written with. */
static inline struct span json_value(struct cursor *in)
{
    const uint8_t *start = in->pos;
    unsigned depth = 0;

    if (cur_peek(in) == '"') {
        cur_skip(in, 1);
        return json_string(in);
    }
    while (cur_left(in)) {
        uint8_t byte = cur_peek(in);

        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']'))
            break;
        cur_skip(in, 1);
        if (byte == '{' || byte == '[')
            depth++;
        else if (byte == '}' || byte == ']')
            depth--;
        else if (byte == '"')
            (void)json_string(in);
    }
    return span_trim(span_of(start, (size_t)(in->pos - start)));
}

/* The next member; false at the end of the object. The cursor begins behind the opening brace. */
static inline bool json_next(struct cursor *in, struct span *key, struct span *value)
{
    json_blanks(in);
    if (cur_peek(in) == ',') {
        cur_skip(in, 1);
        json_blanks(in);
    }
    if (cur_peek(in) == '}') {
        cur_skip(in, 1);
        return false;
    }
    if (cur_u8(in) != '"')
        cur_fail(in);
    *key = json_string(in);
    json_blanks(in);
    if (cur_u8(in) != ':')
        cur_fail(in);
    json_blanks(in);
    *value = json_value(in);
    return in->state == CUR_OK;
}

#endif
