/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes behind missing ones: pages and intervals.
 */
#include "tcp/tcp_ahead.h"

#include "engine_state.h"
#include "tcp/tcp_seq.h"

#define WINDOW (REASM_PAGE * REASM_PAGES)

bool tcp_pool_full(const struct tcp_reasm_pool *pool)
{
    return tcp_reasm_pool_bytes(pool) >= pool->limit;
}

/* ---- pages ---- */

static unsigned page_of(uint32_t seq)
{
    return seq / REASM_PAGE % REASM_PAGES;
}

static bool page_present(const struct tcp_ahead *r, unsigned page)
{
    return r->present[page / 64] >> (page % 64) & 1;
}

static void page_release(struct engine *e, struct tcp_ahead *r, unsigned page)
{
    if (!page_present(r, page))
        return;
    slab_free(&e->reasm.pages, r->pages[page]);
    r->present[page / 64] &= ~((uint64_t)1 << (page % 64));
    r->page_count--;
}

/* Makes sure that every page of [start, end) is there. */
static bool pages_take(struct engine *e, struct tcp_ahead *r, uint32_t start, uint32_t end)
{
    for (uint32_t at = start & ~(REASM_PAGE - 1); seq_before(at, end); at += REASM_PAGE) {
        unsigned page = page_of(at);

        if (page_present(r, page))
            continue;
        r->pages[page] = tcp_pool_full(&e->reasm) ? NULL : slab_alloc(&e->reasm.pages);
        if (r->pages[page] == NULL)
            return false;
        r->present[page / 64] |= (uint64_t)1 << (page % 64);
        r->page_count++;
    }
    return true;
}

struct span tcp_ahead_run(const struct tcp_ahead *r, uint32_t seq, uint32_t end)
{
    uint32_t offset = seq % REASM_PAGE, n = end - seq;

    hot_assert(page_present(r, page_of(seq)));
    return span_of(r->pages[page_of(seq)] + offset,
                   n < REASM_PAGE - offset ? n : REASM_PAGE - offset);
}

static void pages_write(struct tcp_ahead *r, uint32_t seq, const uint8_t *bytes, uint32_t n)
{
    while (n) {
        uint32_t offset = seq % REASM_PAGE;
        uint32_t part = n < REASM_PAGE - offset ? n : REASM_PAGE - offset;

        memcpy(r->pages[page_of(seq)] + offset, bytes, part);
        seq += part;
        bytes += part;
        n -= part;
    }
}

static bool pages_equal(const struct tcp_ahead *r, uint32_t seq, const uint8_t *bytes, uint32_t n)
{
    uint32_t end = seq + n;

    while (seq != end) {
        struct span run = tcp_ahead_run(r, seq, end);

        if (memcmp(run.p, bytes, run.n) != 0)
            return false;
        seq += (uint32_t)run.n;
        bytes += run.n;
    }
    return true;
}

/* ---- intervals ---- */

unsigned tcp_ahead_at(const struct tcp_ahead *r, uint32_t seq)
{
    unsigned low = 0, high = r->count;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (seq_after(r->intervals[mid].end, seq))
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

uint32_t tcp_ahead_end(const struct tcp_ahead *r, uint32_t seq)
{
    unsigned i = tcp_ahead_at(r, seq);

    if (i < r->count && !seq_after(r->intervals[i].start, seq))
        for (seq = r->intervals[i].end; ++i < r->count && r->intervals[i].start == seq;)
            seq = r->intervals[i].end;
    return seq;
}

/* Moves the intervals from `from` on to `to`: makes room, or takes some away. */
static void shift(struct engine *e, struct tcp_ahead *r, unsigned from, unsigned to)
{
    size_t n = (size_t)(r->count - from) * sizeof *r->intervals;

    memmove(&r->intervals[to], &r->intervals[from], n);
    r->count = (uint16_t)(r->count + to - from);
    e->reasm.bytes_moved += n;
}

/* Merges neighbours that touch. */
static void coalesce(struct tcp_ahead *r)
{
    unsigned last = 0;

    for (unsigned i = 1; i < r->count; i++) {
        if (r->intervals[i].start == r->intervals[last].end)
            r->intervals[last].end = r->intervals[i].end;
        else
            r->intervals[++last] = r->intervals[i];
    }
    if (r->count)
        r->count = (uint16_t)(last + 1);
}

static bool take_many(struct engine *e, struct tcp_ahead *r)
{
    struct interval *many;

    if (r->room != sizeof r->few / sizeof r->few[0] || tcp_pool_full(&e->reasm))
        return false;
    many = slab_alloc(&e->reasm.many);
    if (many == NULL)
        return false;
    memcpy(many, r->few, sizeof r->few);
    r->intervals = many;
    r->room = REASM_INTERVALS;
    return true;
}

/* Adds a piece where nothing is. Pieces of one segment that touch are one interval; when there is
 * no room, all that touch are. */
static bool add(struct engine *e, struct tcp_ahead *r, struct interval piece)
{
    unsigned at = tcp_ahead_at(r, piece.start - 1);
    bool joins = at < r->count && r->intervals[at].end == piece.start;

    if (joins && r->intervals[at].origin == piece.origin) {
        r->intervals[at].end = piece.end;
        return true;
    }
    if (r->count >= e->reasm.segments || (r->count >= r->room && !take_many(e, r))) {
        if (joins) {
            r->intervals[at].end = piece.end;
            return true;
        }
        coalesce(r);
        if (r->count >= e->reasm.segments || r->count >= r->room)
            return false;
    }
    at = tcp_ahead_at(r, piece.start);
    shift(e, r, at, at + 1);
    r->intervals[at] = piece;
    return true;
}

/* Linux reads queued segments in order of their start, and replaces one that a new segment of the
 * same start exceeds: tcp_data_queue_ofo(). */
static bool wins(uint32_t seq, uint32_t end, const struct interval *over)
{
    return seq_before(seq, over->origin) || (seq == over->origin && seq_after(end, over->end));
}

static bool fill(struct engine *e, struct tcp_ahead *r, uint32_t seq, struct span bytes)
{
    uint32_t at = seq, end = seq + (uint32_t)bytes.n;

    while (at != end) {
        unsigned i = tcp_ahead_at(r, at);
        uint32_t start = i < r->count ? seq_min(r->intervals[i].start, end) : end;

        if (seq_after(start, at)) {
            if (!add(e, r, (struct interval){at, start, seq}))
                return at != seq;
            pages_write(r, at, bytes.p + (at - seq), start - at);
            at = start;
        } else if (wins(seq, end, &r->intervals[i])) {
            r->intervals[i].start = seq_min(end, r->intervals[i].end);
            if (r->intervals[i].start == r->intervals[i].end)
                shift(e, r, i + 1, i);
        } else
            at = seq_min(r->intervals[i].end, end);
    }
    return true;
}

bool tcp_ahead_insert(struct engine *e, struct session_side *me, uint32_t seq, struct span bytes)
{
    uint32_t end = seq + (uint32_t)bytes.n;
    struct tcp_ahead *r;

    if (end - me->next > e->snapshot->limits.reassembly_side_bytes)
        return false;
    if (end - (me->next & ~(REASM_PAGE - 1)) > WINDOW) /* the pages are one window */
        return false;
    r = tcp_ahead_of(e, me);
    if (r && pages_take(e, r, seq, end) && fill(e, r, seq, bytes)) {
        r->segments++;
        engine_count(e, COUNTER_TCP_HELD);
        return true;
    }
    if (r && r->count == 0)
        tcp_ahead_free(e, me);
    return false;
}

bool tcp_ahead_agrees(const struct tcp_ahead *r, uint32_t seq, struct span bytes)
{
    uint32_t end = seq + (uint32_t)bytes.n;

    for (unsigned i = tcp_ahead_at(r, seq); i < r->count; i++) {
        uint32_t from = seq_max(r->intervals[i].start, seq);
        uint32_t to = seq_min(r->intervals[i].end, end);

        if (!seq_before(from, to))
            break;
        if (!pages_equal(r, from, bytes.p + (from - seq), to - from))
            return false;
    }
    return true;
}

/* ---- life ---- */

struct tcp_ahead *tcp_ahead_of(struct engine *e, struct session_side *side)
{
    struct tcp_kept *kept = tcp_kept_of(e, side);
    struct tcp_ahead *r;

    if (kept == NULL || kept->ahead)
        return kept ? kept->ahead : NULL;
    r = tcp_pool_full(&e->reasm) ? NULL : slab_alloc(&e->reasm.ahead);
    if (r == NULL) {
        tcp_kept_release(e, side);
        return NULL;
    }
    memset(r->present, 0, sizeof r->present);
    r->intervals = r->few;
    r->room = sizeof r->few / sizeof r->few[0];
    r->count = r->page_count = 0;
    r->segments = 0;
    kept->ahead = r;
    return r;
}

void tcp_ahead_free(struct engine *e, struct session_side *side)
{
    struct tcp_ahead *r = side->kept ? side->kept->ahead : NULL;

    if (r == NULL)
        return;
    counter_add(&e->counters, COUNTER_TCP_RELEASED, r->segments);
    for (unsigned page = 0; r->page_count; page++)
        page_release(e, r, page);
    if (r->intervals != r->few)
        slab_free(&e->reasm.many, r->intervals);
    slab_free(&e->reasm.ahead, r);
    side->kept->ahead = NULL;
    tcp_kept_release(e, side);
}

void tcp_ahead_trim(struct engine *e, struct session_side *side, uint32_t seq)
{
    struct tcp_ahead *r = side->kept->ahead;
    unsigned first = tcp_ahead_at(r, seq);
    uint32_t start = r->count ? r->intervals[0].start : seq;

    if (first == r->count) {
        tcp_ahead_free(e, side);
        return;
    }
    if (first)
        shift(e, r, first, 0);
    r->intervals[0].start = seq_max(r->intervals[0].start, seq);

    uint32_t end = r->intervals[0].start & ~(REASM_PAGE - 1);

    for (uint32_t at = start & ~(REASM_PAGE - 1); seq_before(at, end); at += REASM_PAGE)
        page_release(e, r, page_of(at));
}
