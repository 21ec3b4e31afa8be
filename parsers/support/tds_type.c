/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_type: see tds_type.h.
 */
#include "support/tds_type.h"

enum { SHAPE_FIXED, SHAPE_LEN1, SHAPE_LEN2, SHAPE_LEN4, SHAPE_CHUNKS, SHAPE_POINTER };

enum {
    INFO_NONE,
    INFO_LEN1,    /* most bytes */
    INFO_NUMERIC, /* most bytes, precision, scale */
    INFO_SCALE,
    INFO_LEN2,
    INFO_CHARS, /* most bytes (2), collation */
    INFO_LEN4,
    INFO_LONG, /* most bytes (4), collation when text; table name in columns */
    INFO_XML,
    INFO_UDT,
};

enum {
    COLLATION = 5,
    ENDLESS = 0xffff,
    NAME_PARTS = 4,
};

#define NO_VALUE UINT64_MAX

struct known {
    uint8_t type, info, shape, width, text;
};

static const struct known types[] = {
    {0x1f, INFO_NONE, SHAPE_FIXED, 0, 0},
    {0x22, INFO_LONG, SHAPE_LEN4, 0, 0},
    {0x23, INFO_LONG, SHAPE_LEN4, 0, TDS_TEXT_BYTES},
    {0x24, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x25, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x26, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x27, INFO_LEN1, SHAPE_LEN1, 0, TDS_TEXT_BYTES},
    {0x28, INFO_NONE, SHAPE_LEN1, 0, 0},
    {0x29, INFO_SCALE, SHAPE_LEN1, 0, 0},
    {0x2a, INFO_SCALE, SHAPE_LEN1, 0, 0},
    {0x2b, INFO_SCALE, SHAPE_LEN1, 0, 0},
    {0x2d, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x2f, INFO_LEN1, SHAPE_LEN1, 0, TDS_TEXT_BYTES},
    {0x30, INFO_NONE, SHAPE_FIXED, 1, 0},
    {0x32, INFO_NONE, SHAPE_FIXED, 1, 0},
    {0x34, INFO_NONE, SHAPE_FIXED, 2, 0},
    {0x37, INFO_NUMERIC, SHAPE_LEN1, 0, 0},
    {0x38, INFO_NONE, SHAPE_FIXED, 4, 0},
    {0x3a, INFO_NONE, SHAPE_FIXED, 4, 0},
    {0x3b, INFO_NONE, SHAPE_FIXED, 4, 0},
    {0x3c, INFO_NONE, SHAPE_FIXED, 8, 0},
    {0x3d, INFO_NONE, SHAPE_FIXED, 8, 0},
    {0x3e, INFO_NONE, SHAPE_FIXED, 8, 0},
    {0x3f, INFO_NUMERIC, SHAPE_LEN1, 0, 0},
    {0x62, INFO_LEN4, SHAPE_LEN4, 0, 0},
    {0x63, INFO_LONG, SHAPE_LEN4, 0, TDS_TEXT_UTF16},
    {0x68, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x6a, INFO_NUMERIC, SHAPE_LEN1, 0, 0},
    {0x6c, INFO_NUMERIC, SHAPE_LEN1, 0, 0},
    {0x6d, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x6e, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x6f, INFO_LEN1, SHAPE_LEN1, 0, 0},
    {0x7a, INFO_NONE, SHAPE_FIXED, 4, 0},
    {0x7f, INFO_NONE, SHAPE_FIXED, 8, 0},
    {0xa5, INFO_LEN2, SHAPE_LEN2, 0, 0},
    {0xa7, INFO_CHARS, SHAPE_LEN2, 0, TDS_TEXT_BYTES},
    {0xad, INFO_LEN2, SHAPE_LEN2, 0, 0},
    {0xaf, INFO_CHARS, SHAPE_LEN2, 0, TDS_TEXT_BYTES},
    {0xe7, INFO_CHARS, SHAPE_LEN2, 0, TDS_TEXT_UTF16},
    {0xef, INFO_CHARS, SHAPE_LEN2, 0, TDS_TEXT_UTF16},
    {0xf0, INFO_UDT, SHAPE_CHUNKS, 0, 0},
    {0xf1, INFO_XML, SHAPE_CHUNKS, 0, TDS_TEXT_UTF16},
};

static const struct known *type_find(uint8_t type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].type == type)
            return &types[i];
    return NULL;
}

/* Names with a length of characters in front, of one byte or two. */
static void names1_skip(struct cursor *c, unsigned n)
{
    for (; n; n--)
        cur_skip(c, (size_t)2 * cur_u8(c));
}

static void names2_skip(struct cursor *c, unsigned n)
{
    for (; n; n--)
        cur_skip(c, (size_t)2 * cur_le16(c));
}

static void long_info(struct cursor *c, struct tds_type *t, enum tds_place place, uint8_t version)
{
    unsigned parts = 1;

    cur_skip(c, 4);
    if (t->text && version >= TDS_71)
        cur_skip(c, COLLATION);
    if (place == TDS_PARAMETER)
        return;
    t->shape = SHAPE_POINTER;
    if (version >= TDS_72)
        parts = cur_u8(c);
    if (parts > NAME_PARTS)
        cur_fail(c);
    else
        names2_skip(c, parts);
}

static void info_read(struct cursor *c, uint8_t info, struct tds_type *t, enum tds_place place,
                      uint8_t version)
{
    switch (info) {
    case INFO_LEN1:
    case INFO_SCALE:
        cur_skip(c, 1);
        break;
    case INFO_NUMERIC:
        cur_skip(c, 3);
        break;
    case INFO_LEN2:
    case INFO_CHARS:
        if (cur_le16(c) == ENDLESS)
            t->shape = SHAPE_CHUNKS;
        if (info == INFO_CHARS && version >= TDS_71)
            cur_skip(c, COLLATION);
        break;
    case INFO_LEN4:
        cur_skip(c, 4);
        break;
    case INFO_LONG:
        long_info(c, t, place, version);
        break;
    case INFO_XML:
        if (cur_u8(c)) {
            names1_skip(c, 2);
            names2_skip(c, 1);
        }
        break;
    case INFO_UDT:
        if (place == TDS_COLUMN)
            cur_skip(c, 2);
        names1_skip(c, 3);
        if (place == TDS_COLUMN)
            names2_skip(c, 1);
        break;
    default:
        break;
    }
}

struct tds_type tds_type_read(struct cursor *c, enum tds_place place, uint8_t version)
{
    const struct known *known = type_find(cur_u8(c));
    struct tds_type t = {.shape = SHAPE_FIXED, .width = 0, .text = TDS_TEXT_NONE};

    if (known == NULL) {
        cur_fail(c);
        return t;
    }
    t = (struct tds_type){.shape = known->shape, .width = known->width, .text = known->text};
    info_read(c, known->info, &t, place, version);
    return t;
}

/* The length of a value that is not in chunks. */
static size_t length_read(struct cursor *c, const struct tds_type *t)
{
    uint32_t n;

    switch (t->shape) {
    case SHAPE_FIXED:
        return t->width;
    case SHAPE_LEN1:
        return cur_u8(c);
    case SHAPE_LEN2:
        n = cur_le16(c);
        return n == UINT16_MAX ? 0 : n;
    case SHAPE_POINTER: /* the pointer, a time, the text; or nothing */
        n = cur_u8(c);
        if (n == 0)
            return 0;
        cur_skip(c, n + 8);
        break;
    default:
        break;
    }
    n = cur_le32(c);
    return n == UINT32_MAX ? 0 : n;
}

void tds_value_skip(struct cursor *c, const struct tds_type *t)
{
    uint32_t chunk;

    if (t->shape != SHAPE_CHUNKS) {
        cur_skip(c, length_read(c, t));
        return;
    }
    if (cur_le64(c) == NO_VALUE)
        return;
    do {
        chunk = cur_le32(c);
        cur_skip(c, chunk);
    } while (chunk && c->state == CUR_OK);
}

struct tds_value tds_value_begin(const struct tds_type *t)
{
    return (struct tds_value){.type = t, .chunks = t->shape == SHAPE_CHUNKS};
}

static size_t piece_length(struct tds_value *v, struct cursor *c)
{
    size_t n;

    if (!v->chunks) {
        n = length_read(c, v->type);
        v->begun = v->over = c->state == CUR_OK;
        return n;
    }
    if (!v->begun) {
        v->over = cur_le64(c) == NO_VALUE;
        v->begun = c->state == CUR_OK;
    }
    n = v->over ? 0 : cur_le32(c);
    v->over |= n == 0 && c->state == CUR_OK;
    return n;
}

bool tds_value_next(struct tds_value *v, struct cursor *c, struct span *piece)
{
    size_t n;

    if (v->over || c->state != CUR_OK)
        return false;
    n = piece_length(v, c);
    if (c->state != CUR_OK)
        return false;
    *piece = span_first(cur_look(c), n);
    v->left = (uint32_t)(n - piece->n);
    cur_skip(c, n);
    v->told |= piece->n != 0;
    return piece->n != 0;
}
