/* SPDX-License-Identifier: Apache-2.0
 *
 * sqli_stream: see sqli_stream.h. The head grows up to SQLI_HEAD; behind it is a ring of SQLI_TAIL
 * bytes, and what leaves the ring is skimmed.
 */
#include "detect/sqli/sqli_stream.h"

enum { ROOM_FIRST = 1024 };

static bool room_for(struct sqli_stream *s, struct budget *b, uint64_t want)
{
    uint32_t room = s->room ? s->room : ROOM_FIRST;
    uint8_t *moved;

    if (want > SQLI_MOST)
        want = SQLI_MOST;
    while (room < want)
        room *= 2;
    if (room == s->room)
        return true;
    moved = s->bytes ? budget_resize(b, s->bytes, s->room, room) : budget_alloc(b, room);
    if (moved == NULL)
        return false;
    s->bytes = moved;
    s->room = room;
    return true;
}

static size_t ring_at(uint64_t total)
{
    return SQLI_HEAD + (size_t)((total - SQLI_HEAD) % SQLI_TAIL);
}

/* Into the ring, as far as to its end or the piece's; what was there goes. */
static size_t ring_put(struct sqli_stream *s, struct span piece)
{
    size_t at = ring_at(s->total), n = SQLI_MOST - at;

    if (n > piece.n)
        n = piece.n;
    if (s->total == SQLI_MOST)
        sql_skim(&s->skim, span_of(s->bytes, SQLI_HEAD));
    if (s->total >= SQLI_MOST)
        sql_skim(&s->skim, span_of(s->bytes + at, n));
    memcpy(s->bytes + at, piece.p, n);
    return n;
}

void sqli_stream_add(struct sqli_stream *s, struct budget *b, struct span piece,
                     enum sql_dialect dialect)
{
    s->skim.dialect = dialect;
    s->lost = s->lost || !room_for(s, b, s->total + piece.n);
    if (s->lost)
        return;
    while (piece.n) {
        size_t n = piece.n;

        if (s->total < SQLI_HEAD) {
            if (n > SQLI_HEAD - s->total)
                n = (size_t)(SQLI_HEAD - s->total);
            memcpy(s->bytes + s->total, piece.p, n);
        } else {
            n = ring_put(s, piece);
        }
        s->total += n;
        piece = span_from(piece, n);
    }
}

static void reverse(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint8_t c = p[i];

        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

/* So that its oldest byte comes first. */
static struct span ring_turn(struct sqli_stream *s)
{
    uint8_t *ring = s->bytes + SQLI_HEAD;
    size_t oldest = ring_at(s->total) - SQLI_HEAD;

    reverse(ring, oldest);
    reverse(ring + oldest, SQLI_TAIL - oldest);
    reverse(ring, SQLI_TAIL);
    return span_of(ring, SQLI_TAIL);
}

bool sqli_stream_end(struct sqli_stream *s, struct sqli_finding *out)
{
    bool ring = s->total > SQLI_MOST;
    struct sqli_text text = {.dialect = s->skim.dialect, .cut = ring || s->lost};

    if (ring && s->lost) {
        text.head = span_of(s->bytes, SQLI_HEAD);
    } else if (ring) {
        text.head = span_of(s->bytes, SQLI_HEAD);
        text.tail = sql_skim_out(&s->skim, ring_turn(s));
        text.tail_at = (size_t)s->total - text.tail.n;
    } else {
        text.head = span_of(s->bytes, (size_t)s->total);
    }
    return sqli_check_text(&text, out);
}

void sqli_stream_clear(struct sqli_stream *s, struct budget *b)
{
    budget_free(b, s->bytes, s->room);
    *s = (struct sqli_stream){.room = 0};
}
