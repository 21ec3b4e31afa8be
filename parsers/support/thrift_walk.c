/* SPDX-License-Identifier: Apache-2.0
 *
 * thrift_walk: see there. The types of the compact protocol are turned into those of the binary
 * one.
 */
#include "support/thrift_walk.h"

enum type {
    STOP = 0,
    BOOL = 2,
    BYTE = 3,
    DOUBLE = 4,
    I16 = 6,
    I32 = 8,
    I64 = 10,
    STRING = 11,
    STRUCT = 12,
    MAP = 13,
    SET = 14,
    LIST = 15,
    UUID = 16,
    BAD_TYPE = 31,
};

enum level { IN_STRUCT, IN_LIST, IN_MAP };

/* What a value has been found to be, before anything is changed. */
struct value {
    enum thrift_token token;
    uint64_t n;
    bool enters;
    enum level level;
    uint32_t left;
    uint8_t key, type;
};

uint64_t thrift_varint(struct cursor *in)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = cur_u8(in);

        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    cur_fail(in);
    return 0;
}

static uint8_t type_of(bool compact, uint8_t code)
{
    static const uint8_t types[] = {STOP,   BOOL,   BOOL, BYTE, I16, I32,    I64,
                                    DOUBLE, STRING, LIST, SET,  MAP, STRUCT, UUID};

    if (compact)
        return code < sizeof types ? types[code] : BAD_TYPE;
    if (code <= UUID && (1u << code & 0x1fd5d))
        return code;
    return BAD_TYPE;
}

/* How many bytes such a value always has; 0: that differs. */
static uint8_t size_of(bool compact, uint8_t type)
{
    switch (type) {
    case BOOL:
    case BYTE:
        return 1;
    case DOUBLE:
        return 8;
    case UUID:
        return 16;
    case I16:
        return compact ? 0 : 2;
    case I32:
        return compact ? 0 : 4;
    case I64:
        return compact ? 0 : 8;
    default:
        return 0;
    }
}

static uint32_t length(bool compact, struct cursor *in)
{
    uint64_t n = compact ? thrift_varint(in) : cur_be32(in);

    if (n > THRIFT_LENGTH_MOST)
        cur_fail(in);
    return (uint32_t)n;
}

static void list_head(bool compact, struct cursor *in, struct value *v)
{
    uint8_t head = cur_u8(in), size;

    if (!compact)
        v->left = length(compact, in);
    else
        v->left = head >> 4 == 15 ? length(compact, in) : head >> 4;
    v->type = type_of(compact, compact ? head & 15 : head);
    if (v->type == BAD_TYPE || (v->type == STOP && v->left))
        cur_fail(in);
    size = size_of(compact, v->type);
    if (size)
        v->n = (uint64_t)size * v->left;
    else
        v->enters = v->left > 0;
    v->level = IN_LIST;
}

static void map_head(bool compact, struct cursor *in, struct value *v)
{
    uint32_t n;
    uint8_t key, type, size;

    if (compact) {
        n = length(compact, in);
        type = n ? cur_u8(in) : 0;
        key = type >> 4;
        type &= 15;
    } else {
        key = cur_u8(in);
        type = cur_u8(in);
        n = length(compact, in);
    }
    v->key = type_of(compact, key);
    v->type = type_of(compact, type);
    if (v->key == BAD_TYPE || v->type == BAD_TYPE || (n && (!v->key || !v->type)))
        cur_fail(in);
    v->left = 2 * n;
    v->level = IN_MAP;
    size = size_of(compact, v->key);
    if (size && size_of(compact, v->type))
        v->n = (uint64_t)n * (size + size_of(compact, v->type));
    else
        v->enters = n > 0;
}

static void value_read(bool compact, uint8_t type, struct cursor *in, struct value *v)
{
    uint8_t size = size_of(compact, type);

    *v = (struct value){.token = THRIFT_PART};
    switch (type) {
    case STRING:
        v->token = THRIFT_STRING;
        v->n = length(compact, in);
        break;
    case STRUCT:
        v->level = IN_STRUCT;
        v->enters = true;
        break;
    case LIST:
    case SET:
        list_head(compact, in, v);
        break;
    case MAP:
        map_head(compact, in, v);
        break;
    case BOOL:
        if (cur_u8(in) > 2)
            cur_fail(in);
        break;
    default:
        if (size)
            cur_skip(in, size);
        else
            (void)thrift_varint(in);
        break;
    }
}

/* The head of a field. STOP: the struct ends. `has_value` is false when the head is all of it. */
static uint8_t field_head(bool compact, struct cursor *in, uint16_t *id, bool *has_value)
{
    uint8_t head = cur_u8(in);
    uint8_t type = type_of(compact, compact ? head & 15 : head);
    uint64_t number;

    *has_value = true;
    if (type == BAD_TYPE || (type == STOP && head))
        cur_fail(in);
    if (type == STOP)
        return STOP;
    if (!compact) {
        *id = cur_be16(in);
        return type;
    }
    *has_value = type != BOOL;
    *id = head >> 4;
    if (*id == 0) {
        number = thrift_varint(in);
        if (number > UINT16_MAX)
            cur_fail(in);
        *id = (uint16_t)(number >> 1); /* negative ones are not told apart, nobody asks */
    }
    return type;
}

static void enter(struct thrift_walk *w, struct cursor *in, const struct value *v)
{
    if (w->depth == THRIFT_DEPTH) {
        w->deep = true;
        cur_fail(in);
        return;
    }
    w->left[w->depth] = v->left;
    w->types[w->depth] = (uint16_t)((unsigned)v->level << 10 | (unsigned)v->key << 5 | v->type);
    w->depth++;
}

static void struct_next(struct thrift_walk *w, struct cursor *in, struct value *v)
{
    bool has_value;
    uint16_t id = 0;
    uint8_t type = field_head(w->compact, in, &id, &has_value);

    if (type != STOP && has_value)
        value_read(w->compact, type, in, v);
    if (in->state != CUR_OK)
        return;
    if (type == STOP) {
        w->depth--;
        return;
    }
    if (!w->any)
        w->first = id;
    w->any = true;
    if (v->enters)
        enter(w, in, v);
}

static void element_next(struct thrift_walk *w, struct cursor *in, struct value *v)
{
    unsigned top = w->depth - 1u;
    bool is_key = w->types[top] >> 10 == IN_MAP && w->left[top] % 2 == 0;
    uint8_t type = w->types[top] >> (is_key ? 5 : 0) & 31;

    value_read(w->compact, type, in, v);
    if (in->state != CUR_OK)
        return;
    if (--w->left[top] == 0)
        w->depth--;
    if (v->enters)
        enter(w, in, v);
}

void thrift_walk_begin(struct thrift_walk *w, bool compact)
{
    *w = (struct thrift_walk){.depth = 1, .compact = compact};
}

enum thrift_token thrift_walk_next(struct thrift_walk *w, struct cursor *in, uint64_t *n)
{
    struct value v = {.token = THRIFT_PART};

    if (w->types[w->depth - 1] >> 10 == IN_STRUCT)
        struct_next(w, in, &v);
    else
        element_next(w, in, &v);
    *n = v.n;
    return v.token;
}
