/* SPDX-License-Identifier: Apache-2.0
 *
 * bson: see bson.h.
 */
#include "support/bson.h"

enum {
    NAME_MOST = 1024,
    TEST_NAME = 128,
    REGEX_MOST = 32764,
};

/* Bytes of a value without a length of its own. */
static const int8_t fixed[] = {
    [0x01] = 8, [0x06] = 0, [0x07] = 12, [0x08] = 1, [0x09] = 8,
    [0x0a] = 0, [0x10] = 4, [0x11] = 8,  [0x12] = 8, [0x13] = 16,
};

static bool is_fixed(uint8_t type)
{
    return (type < sizeof(fixed) && fixed[type]) || type == 0x06 || type == 0x0a;
}

static bool is_extreme(uint8_t type)
{
    return type == 0x7f || type == 0xff;
}

static bool is_type(uint8_t type)
{
    return (type >= BSON_DOUBLE && type <= 0x13) || is_extreme(type);
}

/* The text of a string, without its NUL. */
static struct span string_read(struct cursor *c)
{
    uint32_t n = cur_le32(c);
    struct span text;

    if (n == 0)
        cur_fail(c);
    text = cur_span(c, n);
    return span_first(text, text.n ? text.n - 1 : 0);
}

static struct span binary_read(struct cursor *c)
{
    uint32_t n = cur_le32(c);

    cur_skip(c, 1);
    return cur_span(c, n);
}

static struct span regex_read(struct cursor *c)
{
    struct span pattern = cur_until(c, 0, REGEX_MOST);

    (void)cur_until(c, 0, NAME_MOST);
    return pattern;
}

/* Code with the variables around it: only the code. */
static struct span scoped_read(struct cursor *c)
{
    uint32_t n = cur_le32(c);
    struct cursor body;
    struct span code;

    if (n < 4 + 5 + BSON_SMALLEST)
        cur_fail(c);
    body = cur_sub(c, (size_t)n - 4);
    code = string_read(&body);
    cur_join(c, &body);
    return code;
}

/* The document's end, not beyond `last`. */
static const uint8_t *document_end(struct cursor *c, const uint8_t *last)
{
    const uint8_t *start = c->pos;
    uint32_t n = cur_le32(c);

    if (n < BSON_SMALLEST)
        cur_fail(c);
    return c->state == CUR_OK && n < (size_t)(last - start) ? start + n : last;
}

static void document_enter(struct bson *b)
{
    const uint8_t *end = document_end(&b->at, b->ends[b->inside - 1]);

    if (b->at.state != CUR_OK)
        return;
    if (b->inside == BSON_DEPTH)
        b->at.pos = end;
    else
        b->ends[b->inside++] = end;
}

struct bson bson_open(struct cursor *in)
{
    struct bson b = {.at = *in, .inside = 0};
    const uint8_t *end = document_end(&b.at, in->end);

    if (b.at.state != CUR_OK) {
        b.at.pos = b.at.end = in->end;
        cur_skip(in, cur_left(in));
        return b;
    }
    b.at.end = end;
    b.ends[b.inside++] = end;
    in->pos = end;
    return b;
}

static struct span value_read(struct bson *b)
{
    struct cursor *c = &b->at;

    switch (b->type) {
    case BSON_STRING:
    case BSON_CODE:
    case BSON_SYMBOL:
        return string_read(c);
    case BSON_DOCUMENT:
    case BSON_ARRAY:
        document_enter(b);
        return span_of("", 0);
    case BSON_BINARY:
        return binary_read(c);
    case BSON_REGEX:
        return regex_read(c);
    case 0x0c: { /* a pointer: name and number */
        struct span name = string_read(c);

        cur_skip(c, 12);
        return name;
    }
    case BSON_CODE_SCOPE:
        return scoped_read(c);
    default:
        if (!is_fixed(b->type) && !is_extreme(b->type))
            cur_fail(c);
        return cur_span(c, is_fixed(b->type) ? (size_t)fixed[b->type] : 0);
    }
}

/* Leaves the documents that end here. Their sizes say where, whatever they end with. */
static void documents_leave(struct bson *b)
{
    while (b->inside && b->at.state == CUR_OK) {
        const uint8_t *end = b->ends[b->inside - 1];

        if (b->at.pos < end && b->at.pos[0] != 0)
            return;
        if (b->at.pos > end)
            cur_fail(&b->at);
        b->at.pos = end;
        b->inside--;
    }
}

bool bson_next(struct bson *b)
{
    documents_leave(b);
    if (b->at.state != CUR_OK || b->inside == 0)
        return false;
    b->depth = b->inside - 1;
    b->type = cur_u8(&b->at);
    b->name = cur_until(&b->at, 0, NAME_MOST);
    b->value = value_read(b);
    if (b->at.state != CUR_OK)
        return false;
    if (b->depth < BSON_PATH)
        b->names[b->depth] = b->name;
    return true;
}

bool bson_is(const struct bson *b, const char *path)
{
    struct span left = span_text(path);

    if (b->depth >= BSON_PATH)
        return false;
    for (unsigned i = 0; i <= b->depth; i++) {
        size_t dot = span_index(left, '.');

        if (!span_equal(span_first(left, dot), b->names[i]))
            return false;
        left = span_from(left, dot + 1);
        if ((left.n == 0) != (i == b->depth))
            return false;
    }
    return true;
}

bool bson_is_text(const struct bson *b)
{
    return b->type == BSON_STRING || b->type == BSON_CODE || b->type == BSON_SYMBOL ||
           b->type == BSON_CODE_SCOPE || b->type == BSON_REGEX;
}

int64_t bson_number(const struct bson *b)
{
    struct cursor c = cur_of(b->value);

    switch (b->type) {
    case BSON_INT32:
        return (int32_t)cur_le32(&c);
    case BSON_INT64:
        return (int64_t)cur_le64(&c);
    case BSON_DOUBLE:
        return cur_le64(&c) << 1 != 0; /* minus zero is zero */
    case BSON_BOOL:
        return cur_u8(&c);
    default:
        return 0;
    }
}

uint32_t bson_test(struct cursor *c, uint32_t most)
{
    uint32_t size = cur_le32(c);
    uint8_t type = cur_u8(c);
    struct span name;

    if (c->state != CUR_OK)
        return size;
    if (size < BSON_SMALLEST || size > most)
        cur_fail(c);
    if (type == 0 && size == BSON_SMALLEST)
        return size;
    if (!is_type(type))
        cur_fail(c);
    name = cur_until(c, 0, TEST_NAME);
    if (c->state == CUR_OK && !span_printable(name))
        cur_fail(c);
    return size;
}
