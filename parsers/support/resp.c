/* SPDX-License-Identifier: Apache-2.0
 *
 * resp: see resp.h.
 */
#include "support/resp.h"
#include "support/walk.h"

/* Beside the count in struct resp_levels.left. */
enum {
    LEVEL_COUNT = 0x00ffffff,
    LEVEL_ATTRIBUTE = 1 << 29, /* describes the element that follows and is none itself */
    LEVEL_STREAMED = 1 << 30,  /* has no count, an end mark follows */
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* A number up to its CR. Redis does not look at the byte behind that CR, so neither do we: who
 * writes something else there must not become unreadable for us alone. */
static int64_t number_read(struct cursor *in, int64_t max)
{
    uint8_t c = cur_u8(in);
    bool negative = c == '-';
    int64_t value = 0;

    if (negative)
        c = cur_u8(in);
    do {
        if (!is_digit(c) || value > max) {
            cur_fail(in);
            return 0;
        }
        value = value * 10 + (c - '0');
        c = cur_u8(in);
    } while (c != '\r');
    cur_skip(in, 1);
    if (value > (negative ? 1 : max))
        cur_fail(in);
    return negative ? -value : value;
}

int64_t resp_long_head(struct cursor *in, uint8_t type, int64_t max)
{
    struct cursor at = *in;
    const uint8_t *p = cur_take(&at, 5);

    if (p && p[0] == type && is_digit(p[1]) && is_digit(p[2]) && p[3] == '\r') {
        *in = at;
        return (p[1] - '0') * 10 + (p[2] - '0');
    }
    if (cur_u8(in) != type)
        cur_fail(in);
    if (cur_peek(in) != '?')
        return number_read(in, max);
    if (cur_line(in, 1).n != 1)
        cur_fail(in);
    return RESP_STREAMED;
}

static bool is_decimal(struct span s)
{
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = span_from(s, 1);
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

static bool is_line(uint8_t type, struct span text)
{
    switch (type) {
    case ':':
    case '(':
        return is_decimal(text);
    case '_':
    case '.':
        return text.n == 0;
    case '#':
        return text.n == 1 && (text.p[0] == 't' || text.p[0] == 'f');
    case ',':
        return text.n > 0 && text.n <= 64 && span_printable(text);
    default:
        return text.n > 0;
    }
}

/* Clients do not look at the bytes behind a bulk string either; only who still doubts does, and for
 * that waits for all of it unless it is long. */
static void bulk_read(struct cursor *in, struct resp_bulk how, struct resp_element *e)
{
    size_t text;

    e->n = resp_head(in, e->type, RESP_BULK_MAX);
    if (e->n < 0)
        return;
    text = (uint64_t)e->n < how.text ? (size_t)e->n : how.text;
    if (how.stay && e->n && (!how.strict || e->n > RESP_STRICT_MAX)) {
        struct cursor at = *in;

        e->text = cur_span(&at, text);
        e->body = (uint64_t)e->n;
        if (at.state == CUR_SHORT)
            cur_short(in, at.need);
        return;
    }
    if (how.stay)
        text = (size_t)e->n;
    e->text = cur_span(in, text);
    if (!how.strict || e->n > RESP_STRICT_MAX) {
        e->rest = walk_pass(in, (uint64_t)e->n - text + how.end);
        return;
    }
    cur_skip(in, (size_t)e->n - text);
    if (cur_u8(in) != '\r' || cur_u8(in) != '\n')
        cur_fail(in);
}

/* One line is more frequent than all others together. */
static bool ok_read(struct cursor *in, struct resp_element *e)
{
    struct cursor at = *in;
    const uint8_t *p = cur_take(&at, 5);

    if (!p || memcmp(p, "+OK\r\n", 5) != 0)
        return false;
    e->text = span_of(p + 1, 2);
    in->pos = at.pos;
    return true;
}

static void line_read(struct cursor *in, struct resp_element *e)
{
    if (e->type == '+' && ok_read(in, e))
        return;
    cur_skip(in, 1);
    e->text = cur_line(in, RESP_LINE_MAX);
    if (e->type != '+' && in->state == CUR_OK && !is_line(e->type, e->text))
        cur_fail(in);
}

static void chunk_read(struct cursor *in, struct resp_element *e)
{
    e->n = resp_head(in, ';', RESP_BULK_MAX);
    if (e->n < 0)
        cur_fail(in);
    if (e->n > 0)
        e->rest = walk_pass(in, (uint64_t)e->n + 2);
}

void resp_element_read(struct cursor *in, struct resp_bulk how, struct resp_element *e)
{
    *e = (struct resp_element){.type = cur_peek(in)};
    switch (e->type) {
    case '+':
    case '-':
    case ':':
    case '_':
    case '#':
    case ',':
    case '(':
    case '.':
        line_read(in, e);
        break;
    case '$':
    case '!':
    case '=':
        bulk_read(in, how, e);
        break;
    case '*':
    case '%':
    case '~':
    case '>':
    case '|':
        e->n = resp_head(in, e->type, RESP_COUNT_MAX);
        break;
    case ';':
        chunk_read(in, e);
        break;
    default:
        cur_skip(in, 1);
        cur_fail(in);
        break;
    }
}

static void level_push(struct resp_levels *l, struct cursor *in, const struct resp_element *e)
{
    uint32_t level = e->n < 0 ? LEVEL_STREAMED : (uint32_t)e->n;

    if (l->depth == RESP_DEPTH_MAX) {
        cur_fail(in);
        return;
    }
    if (e->n > 0 && (e->type == '%' || e->type == '|'))
        level *= 2;
    if (e->type == '|')
        level |= LEVEL_ATTRIBUTE;
    l->left[l->depth++] = level;
}

/* One element is complete, and with it perhaps those it is in. */
static bool level_pop(struct resp_levels *l)
{
    while (l->depth) {
        uint32_t *left = &l->left[l->depth - 1];

        if (*left & LEVEL_STREAMED)
            return false;
        --*left;
        if (*left & LEVEL_COUNT)
            return false;
        l->depth--;
        if (*left & LEVEL_ATTRIBUTE)
            return false;
    }
    return true;
}

bool resp_levels_apply(struct resp_levels *l, struct cursor *in, const struct resp_element *e)
{
    if (e->n == RESP_STREAMED || (e->n > 0 && resp_is_aggregate(e->type))) {
        level_push(l, in, e);
        return false;
    }
    if (e->type == '|')
        return false;
    if (e->type == ';' || e->type == '.') {
        if (l->depth == 0 || !(l->left[l->depth - 1] & LEVEL_STREAMED)) {
            cur_fail(in);
            return false;
        }
        if (e->n > 0)
            return false;
        l->depth--;
    }
    return level_pop(l);
}
