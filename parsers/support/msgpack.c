/* SPDX-License-Identifier: Apache-2.0 */
#include "support/msgpack.h"

enum { FIRST_LONG = 0xc0, FIRST_NEGATIVE = 0xe0 };

/* c0 to df: what follows the byte (how many bytes of a number or length), and what it is. */
static const struct {
    uint8_t kind;  /* enum mp_kind */
    uint8_t wide;  /* bytes of the number, or of the length */
    uint8_t fixed; /* the length, when it is not written */
} longs[] = {
    {MP_NIL, 0, 0},        {0xff, 0, 0},         {MP_BOOL, 0, 0},      {MP_BOOL, 0, 0},
    {MP_TEXT, 1, 0},       {MP_TEXT, 2, 0},      {MP_TEXT, 4, 0},      {MP_EXTENSION, 1, 0},
    {MP_EXTENSION, 2, 0},  {MP_EXTENSION, 4, 0}, {MP_FLOAT, 4, 0},     {MP_FLOAT, 8, 0},
    {MP_NUMBER, 1, 0},     {MP_NUMBER, 2, 0},    {MP_NUMBER, 4, 0},    {MP_NUMBER, 8, 0},
    {MP_NUMBER, 1, 1},     {MP_NUMBER, 2, 1},    {MP_NUMBER, 4, 1},    {MP_NUMBER, 8, 1},
    {MP_EXTENSION, 0, 1},  {MP_EXTENSION, 0, 2}, {MP_EXTENSION, 0, 4}, {MP_EXTENSION, 0, 8},
    {MP_EXTENSION, 0, 16}, {MP_TEXT, 1, 0},      {MP_TEXT, 2, 0},      {MP_TEXT, 4, 0},
    {MP_LIST, 2, 0},       {MP_LIST, 4, 0},      {MP_MAP, 2, 0},       {MP_MAP, 4, 0},
};

enum { LONG_FALSE = 0xc2, LONG_BIN_8 = 0xc4, LONG_BIN_32 = 0xc6 };

static uint64_t read_wide(struct cursor *c, uint8_t bytes)
{
    switch (bytes) {
    case 1:
        return cur_u8(c);
    case 2:
        return cur_be16(c);
    case 4:
        return cur_be32(c);
    case 8:
        return cur_be64(c);
    default:
        return 0;
    }
}

/* A number that was written with its sign in so many bytes. */
static uint64_t sign_extend(uint64_t value, uint8_t bytes)
{
    uint64_t sign = (uint64_t)1 << (bytes * 8u - 1);

    return (value ^ sign) - sign;
}

static struct mp_item head_long(struct cursor *c, uint8_t first)
{
    struct mp_item item = {.kind = mp_kind_of(first)};
    uint8_t wide, fixed;

    if (longs[first - FIRST_LONG].kind == 0xff) {
        cur_fail(c);
        return item;
    }
    wide = longs[first - FIRST_LONG].wide;
    fixed = longs[first - FIRST_LONG].fixed;
    item.n = read_wide(c, wide);
    switch (item.kind) {
    case MP_BOOL:
        item.n = first > LONG_FALSE;
        break;
    case MP_NUMBER:
        if (fixed)
            item.n = sign_extend(item.n, wide);
        break;
    case MP_TEXT:
        item.binary = first >= LONG_BIN_8 && first <= LONG_BIN_32;
        break;
    case MP_EXTENSION:
        item.n += fixed;
        item.type = cur_u8(c);
        break;
    default:
        break;
    }
    return item;
}

enum mp_kind mp_kind_of(uint8_t first)
{
    if (first < 0x80 || first >= FIRST_NEGATIVE)
        return MP_NUMBER;
    if (first < 0x90)
        return MP_MAP;
    if (first < 0xa0)
        return MP_LIST;
    if (first < FIRST_LONG || longs[first - FIRST_LONG].kind == 0xff)
        return first < FIRST_LONG ? MP_TEXT : MP_NIL;
    return (enum mp_kind)longs[first - FIRST_LONG].kind;
}

struct mp_item mp_head(struct cursor *c)
{
    uint8_t first = cur_u8(c);
    struct mp_item item = {.kind = mp_kind_of(first)};

    if (first >= FIRST_LONG && first < FIRST_NEGATIVE)
        return head_long(c, first);
    if (item.kind == MP_NUMBER)
        item.n = first < 0x80 ? first : sign_extend(first, 1);
    else
        item.n = item.kind == MP_TEXT ? first & 0x1f : first & 0x0f;
    return item;
}

/* The head of an item of this kind and at most this size. */
static uint64_t head_of(struct cursor *c, enum mp_kind kind, uint64_t most)
{
    struct mp_item item = mp_head(c);

    if (c->state == CUR_OK && (item.kind != kind || item.n > most))
        cur_fail(c);
    return c->state == CUR_OK ? item.n : 0;
}

struct span mp_text(struct cursor *c, size_t most)
{
    return cur_span(c, (size_t)head_of(c, MP_TEXT, most));
}

uint64_t mp_number(struct cursor *c)
{
    return head_of(c, MP_NUMBER, UINT64_MAX);
}

bool mp_bool(struct cursor *c)
{
    return head_of(c, MP_BOOL, 1) != 0;
}

uint32_t mp_map(struct cursor *c, uint32_t most)
{
    return (uint32_t)head_of(c, MP_MAP, most);
}

uint32_t mp_list(struct cursor *c, uint32_t most)
{
    return (uint32_t)head_of(c, MP_LIST, most);
}

/* What the item whose head was read brings with it. Every element has a byte at least, and counts
 * have 32 bits: no sum of them overflows. */
static void rest_add(struct mp_rest *r, const struct mp_item *item)
{
    if (item->kind == MP_MAP)
        r->items += item->n * 2;
    else if (item->kind == MP_LIST)
        r->items += item->n;
    else if (item->kind == MP_TEXT || item->kind == MP_EXTENSION)
        r->bytes = item->n;
}

void mp_rest_pass(struct cursor *c, struct mp_rest *r)
{
    const uint8_t *start = c->pos;

    while (c->state == CUR_OK && !mp_rest_over(r) && cur_left(c)) {
        size_t left = cur_left(c), here = r->bytes < left ? (size_t)r->bytes : left;
        struct cursor at;
        struct mp_item item;

        if (r->bytes) {
            cur_skip(c, here);
            r->bytes -= here;
            continue;
        }
        at = *c;
        item = mp_head(&at);
        if (at.state == CUR_SHORT) {
            if (c->pos == start)
                cur_short(c, at.need);
            return;
        }
        *c = at;
        r->items--;
        rest_add(r, &item);
    }
}

void mp_pass(struct cursor *c)
{
    struct mp_rest rest = {.items = 1};

    mp_rest_pass(c, &rest);
    if (!mp_rest_over(&rest))
        cur_short(c, rest.bytes ? (size_t)rest.bytes : 1);
}
