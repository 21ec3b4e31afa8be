/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted islands of bytes that grow together.
 */
#include "support/pieces.h"

enum { ROOM_FIRST = 2048 };

struct range {
    uint32_t from, to;
};

struct pieces {
    uint8_t *bytes;
    uint32_t room;
    uint32_t count;
    struct range ranges[PIECES_RANGES]; /* in order, apart from each other */
};

static bool make_room(struct parse *p, struct pieces *s, uint32_t want)
{
    uint32_t room = s->room ? s->room : ROOM_FIRST;
    uint8_t *moved;

    while (room < want)
        room *= 2;
    if (room == s->room)
        return true;
    moved = parse_resize(p, s->bytes, room);
    if (!moved)
        return false;
    s->bytes = moved;
    s->room = room;
    return true;
}

/* Copies what of [from, to) is not there yet. */
static void fill(struct pieces *s, struct range new, const uint8_t *bytes)
{
    uint32_t at = new.from;

    for (uint32_t i = 0; i <= s->count && at < new.to; i++) {
        uint32_t hole_end = i < s->count && s->ranges[i].from < new.to ? s->ranges[i].from : new.to;

        if (at < hole_end)
            memcpy(s->bytes + at, bytes + (at - new.from), hole_end - at);
        if (i < s->count && s->ranges[i].to > at)
            at = s->ranges[i].to;
    }
}

/* Joins a range with those that it touches. False: one island too many. */
static bool mark(struct pieces *s, struct range new)
{
    uint32_t first = 0, last;

    while (first < s->count && s->ranges[first].to < new.from)
        first++;
    last = first;
    while (last < s->count && s->ranges[last].from <= new.to)
        last++;
    if (last == first) {
        if (s->count == PIECES_RANGES)
            return false;
        memmove(&s->ranges[first + 1], &s->ranges[first], (s->count - first) * sizeof s->ranges[0]);
        s->ranges[first] = new;
        s->count++;
        return true;
    }
    if (s->ranges[first].from > new.from)
        s->ranges[first].from = new.from;
    s->ranges[first].to = s->ranges[last - 1].to > new.to ? s->ranges[last - 1].to : new.to;
    memmove(&s->ranges[first + 1], &s->ranges[last], (s->count - last) * sizeof s->ranges[0]);
    s->count -= last - first - 1;
    return true;
}

static bool put(struct parse *p, struct pieces *s, uint32_t offset, struct span piece)
{
    struct range new = {offset, offset + (uint32_t)piece.n};
    struct pieces before;

    if (!make_room(p, s, new.to))
        return false;
    before = *s;
    if (!mark(s, new))
        return false;
    fill(&before, new, piece.p);
    return true;
}

bool pieces_put(struct parse *p, struct pieces **s, uint64_t offset, struct span piece, size_t most)
{
    if (offset > most || piece.n > most - offset)
        return false;
    if (!*s) {
        *s = parse_alloc(p, sizeof **s);
        if (!*s)
            return false;
        **s = (struct pieces){0};
    }
    return piece.n == 0 || put(p, *s, (uint32_t)offset, piece);
}

struct span pieces_ready(const struct pieces *s)
{
    if (!s || !s->count || s->ranges[0].from)
        return span_of("", 0);
    return span_of(s->bytes, s->ranges[0].to);
}

void pieces_free(struct parse *p, struct pieces **s)
{
    if (!*s)
        return;
    parse_free(p, (*s)->bytes);
    parse_free(p, *s);
    *s = NULL;
}
