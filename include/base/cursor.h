/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor: the only way bytes from the network are read.
 *
 * A cursor walks [pos, end). Errors stick: after the first failure every read yields zero or an
 * empty span, and `state` keeps the first error. So a message is read field by field and tested
 * once at its end.
 *
 *   CUR_SHORT  the bytes ended too early. On a stream: wait. In a child cut to a length that the
 *              message itself announced: malformed; cur_join() turns it into CUR_BAD.
 *   CUR_BAD    the bytes can never be right.
 *
 * `need` is set together with CUR_SHORT: at least this many more bytes are needed before another
 * try can get further. The stream layer uses it to call a parser once and not once per byte.
 *
 * A cursor is a value; it owns nothing. Any thread.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/span.h"

enum cur_state {
    CUR_OK,
    CUR_SHORT,
    CUR_BAD,
};

struct cursor {
    const uint8_t *pos;
    const uint8_t *end;
    enum cur_state state;
    uint32_t need;
};

static inline struct cursor cur_of(struct span s)
{
    /* NULL plus zero is undefined in C. */
    return (struct cursor){.pos = s.p, .end = s.n ? s.p + s.n : s.p, .state = CUR_OK, .need = 0};
}

static inline size_t cur_left(const struct cursor *c)
{
    return c->state == CUR_OK ? (size_t)(c->end - c->pos) : 0;
}

/* All that is left has been read, and nothing failed. */
static inline bool cur_done(const struct cursor *c)
{
    return c->state == CUR_OK && c->pos == c->end;
}

static inline void cur_fail(struct cursor *c)
{
    if (c->state == CUR_OK)
        c->state = CUR_BAD;
}

static inline void cur_short(struct cursor *c, size_t need)
{
    if (c->state != CUR_OK)
        return;
    c->state = CUR_SHORT;
    c->need = need > UINT32_MAX ? UINT32_MAX : (uint32_t)need;
}

/* The next n bytes, or NULL (and CUR_SHORT). The building block of every read below. */
static inline const uint8_t *cur_take(struct cursor *c, size_t n)
{
    const uint8_t *p = c->pos;
    size_t left = (size_t)(c->end - p);

    if (__builtin_expect(c->state != CUR_OK, 0))
        return NULL;
    if (__builtin_expect(left < n, 0)) {
        cur_short(c, n - left);
        return NULL;
    }
    c->pos = p + n;
    return p;
}

static inline void cur_skip(struct cursor *c, size_t n)
{
    (void)cur_take(c, n);
}

static inline uint8_t cur_u8(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 1);

    return p ? p[0] : 0;
}

/* The next byte without consuming it; zero at the end (no error). */
static inline uint8_t cur_peek(const struct cursor *c)
{
    return cur_left(c) ? c->pos[0] : 0;
}

static inline uint16_t be16_at(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t le16_at(const uint8_t *p)
{
    return (uint16_t)(p[1] << 8 | p[0]);
}

static inline uint32_t le32_at(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline uint16_t cur_be16(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 2);

    return p ? be16_at(p) : 0;
}

static inline uint32_t cur_be24(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 3);

    return p ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : 0;
}

static inline uint32_t cur_be32(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 4);

    return p ? be32_at(p) : 0;
}

static inline uint64_t cur_be64(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 8);

    return p ? (uint64_t)be32_at(p) << 32 | be32_at(p + 4) : 0;
}

static inline uint16_t cur_le16(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 2);

    return p ? le16_at(p) : 0;
}

static inline uint32_t cur_le24(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 3);

    return p ? (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

static inline uint32_t cur_le32(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 4);

    return p ? le32_at(p) : 0;
}

static inline uint64_t cur_le64(struct cursor *c)
{
    const uint8_t *p = cur_take(c, 8);

    return p ? (uint64_t)le32_at(p + 4) << 32 | le32_at(p) : 0;
}

static inline struct span cur_span(struct cursor *c, size_t n)
{
    const uint8_t *p = cur_take(c, n);

    return span_of(p ? p : c->pos, p ? n : 0);
}

/* Everything that is left. */
static inline struct span cur_rest(struct cursor *c)
{
    return cur_span(c, cur_left(c));
}

/* What is left, not consumed. */
static inline struct span cur_look(const struct cursor *c)
{
    return span_of(c->pos, cur_left(c));
}

/* Bytes up to BYTE, which is consumed and not returned. More than max bytes before it: BAD. */
static inline struct span cur_until(struct cursor *c, uint8_t byte, size_t max)
{
    struct span look = cur_look(c);
    size_t at = span_index(span_first(look, max + 1), byte);

    if (c->state != CUR_OK)
        return look;
    if (at > max) {
        cur_fail(c);
        return span_of(c->pos, 0);
    }
    if (at == look.n) {
        cur_short(c, 1);
        return span_of(c->pos, 0);
    }
    cur_skip(c, at + 1);
    return span_first(look, at);
}

/* A line without its end (CR LF, or LF alone). Longer than max: BAD. */
static inline struct span cur_line(struct cursor *c, size_t max)
{
    struct span line = cur_until(c, '\n', max + 1);

    if (c->state == CUR_OK && line.n && line.p[line.n - 1] == '\r')
        line.n--;
    if (line.n > max)
        cur_fail(c);
    return line;
}

/* A child limited to the next n bytes, which the parent skips. */
static inline struct cursor cur_sub(struct cursor *c, size_t n)
{
    struct cursor child = cur_of(cur_span(c, n));

    child.state = c->state;
    return child;
}

/* The child was cut to an announced length: whatever ailed it, the message is malformed. */
static inline void cur_join(struct cursor *parent, const struct cursor *child)
{
    if (child->state != CUR_OK)
        cur_fail(parent);
}

#endif
