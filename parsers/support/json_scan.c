/* SPDX-License-Identifier: Apache-2.0 */
#include "support/json_scan.h"

#include "support/json_member.h"

enum at {
    AT_VALUE,
    AT_FIRST_VALUE, /* or the end of the array */
    AT_FIRST_KEY,   /* or the end of the object */
    AT_KEY,
    AT_COLON,
    AT_NEXT, /* a comma, or the end */
    AT_STRING,
    AT_ESCAPE,
    AT_HEX,
    AT_NUMBER,
    AT_LITERAL,
    AT_END,
};

static const char *const literals[] = {"true", "false", "null"};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex(uint8_t byte)
{
    byte |= 0x20;
    return is_digit(byte) || (byte >= 'a' && byte <= 'f');
}

static bool is_deep(const struct json_scan *s)
{
    return s->depth > JSON_DEPTH;
}

static bool open_level(struct json_scan *s, uint8_t byte)
{
    if (s->depth == UINT32_MAX)
        return false;
    if (s->depth++ >= JSON_DEPTH) {
        s->at = AT_NEXT;
        return true;
    }
    s->objects = s->objects << 1 | (byte == '{');
    s->at = byte == '{' ? AT_FIRST_KEY : AT_FIRST_VALUE;
    return true;
}

static bool close_level(struct json_scan *s, uint8_t byte)
{
    if (s->depth-- <= JSON_DEPTH) {
        if ((s->objects & 1) != (byte == '}'))
            return false;
        s->objects >>= 1;
    }
    s->at = s->depth ? AT_NEXT : AT_END;
    return true;
}

static bool begin_string(struct json_scan *s, bool is_key)
{
    s->is_key = is_key;
    s->at = AT_STRING;
    return true;
}

static bool begin_value(struct json_scan *s, uint8_t byte)
{
    if (byte == '{' || byte == '[')
        return open_level(s, byte);
    if (byte == '"')
        return begin_string(s, false);
    if (s->depth == 0)
        return false;
    for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++)
        if (byte == (uint8_t)literals[i][0]) {
            s->literal = (uint8_t)i;
            s->left = 1;
            s->at = AT_LITERAL;
            return true;
        }
    s->at = AT_NUMBER;
    return is_digit(byte) || byte == '-';
}

/* What separates values; far inside, whatever is not a bracket or a string. */
static bool next_byte(struct json_scan *s, uint8_t byte)
{
    bool opens = byte == '{' || byte == '[';

    if (byte == '}' || byte == ']')
        return close_level(s, byte);
    if (is_deep(s)) {
        if (opens)
            return open_level(s, byte);
        return byte == '"' ? begin_string(s, false) : byte >= ' ';
    }
    s->at = s->objects & 1 ? AT_KEY : AT_VALUE;
    return byte == ',';
}

static bool escape_byte(struct json_scan *s, uint8_t byte)
{
    s->left = 4;
    s->at = byte == 'u' ? AT_HEX : AT_STRING;
    return span_index(SPAN("\"\\/bfnrtu"), byte) < 9;
}

static bool string_byte(struct json_scan *s, uint8_t byte)
{
    if (byte == '\\')
        s->at = AT_ESCAPE;
    else if (byte == '"')
        s->at = s->is_key ? AT_COLON : AT_NEXT;
    return byte >= ' ';
}

static bool literal_byte(struct json_scan *s, uint8_t byte)
{
    const char *word = literals[s->literal];

    if (byte != (uint8_t)word[s->left++])
        return false;
    if (word[s->left] == 0)
        s->at = AT_NEXT;
    return true;
}

/* Between two values. */
static bool outer_byte(struct json_scan *s, uint8_t byte)
{
    if (is_blank(byte))
        return true;
    switch ((enum at)s->at) {
    case AT_FIRST_VALUE:
        return byte == ']' ? close_level(s, byte) : begin_value(s, byte);
    case AT_VALUE:
        return begin_value(s, byte);
    case AT_FIRST_KEY:
        if (byte == '}')
            return close_level(s, byte);
        return begin_string(s, true) && byte == '"';
    case AT_KEY:
        return begin_string(s, true) && byte == '"';
    case AT_COLON:
        s->at = AT_VALUE;
        return byte == ':';
    default:
        return next_byte(s, byte);
    }
}

static bool take_byte(struct json_scan *s, uint8_t byte)
{
    switch ((enum at)s->at) {
    case AT_STRING:
        return string_byte(s, byte);
    case AT_ESCAPE:
        return escape_byte(s, byte);
    case AT_HEX:
        if (--s->left == 0)
            s->at = AT_STRING;
        return is_hex(byte);
    case AT_LITERAL:
        return literal_byte(s, byte);
    case AT_NUMBER:
        if (is_digit(byte) || span_index(SPAN("+-.eE"), byte) < 5)
            return true;
        s->at = AT_NEXT;
        return outer_byte(s, byte);
    default:
        return outer_byte(s, byte);
    }
}

bool json_scan(struct json_scan *s, struct cursor *in)
{
    while (cur_left(in) && s->at != AT_END)
        if (!take_byte(s, cur_u8(in)))
            cur_fail(in);
    return in->state == CUR_OK && s->at == AT_END;
}

static bool item_begins(struct cursor *in, struct json_item *item)
{
    *item = (struct json_item){.key = span_of(in->pos, 0), .text = span_of(in->pos, 0)};
    json_blanks(in);
    if (cur_peek(in) == ',') {
        cur_skip(in, 1);
        json_blanks(in);
    }
    return cur_left(in) && cur_peek(in) != '}' && cur_peek(in) != ']';
}

static bool item_ends(struct cursor *in, struct json_item *item)
{
    item->kind = cur_peek(in);
    item->text = json_value(in);
    json_blanks(in);
    return item->kind != 0;
}

bool json_member(struct cursor *in, struct json_item *item)
{
    struct span key;

    if (!item_begins(in, item) || cur_u8(in) != '"')
        return false;
    key = json_string(in);
    json_blanks(in);
    if (cur_u8(in) != ':' || in->state != CUR_OK)
        return false;
    item->key = key;
    json_blanks(in);
    return item_ends(in, item);
}

bool json_element(struct cursor *in, struct json_item *item)
{
    return item_begins(in, item) && item_ends(in, item);
}

static unsigned hex_value(uint8_t byte)
{
    return is_digit(byte) ? byte - (unsigned)'0' : (byte | 0x20u) - 'a' + 10;
}

/* One character, when it is of ASCII; else something that is not. */
static unsigned character(struct cursor *text)
{
    static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    unsigned code = cur_u8(text);
    size_t which;

    if (code != '\\')
        return code;
    code = cur_u8(text);
    if (code == 'u') {
        code = 0;
        for (int i = 0; i < 4; i++)
            code = code << 4 | hex_value(cur_u8(text));
        return code < 0x80 ? code : 0x100;
    }
    which = span_index(span_of(plain, sizeof plain - 1), (uint8_t)code);
    return which < sizeof plain - 1 ? (unsigned)means[which] : 0x100;
}

bool json_says(struct span text, struct span what)
{
    struct cursor in = cur_of(text);

    for (size_t i = 0; i < what.n; i++)
        if (character(&in) != what.p[i])
            return false;
    return cur_done(&in);
}
