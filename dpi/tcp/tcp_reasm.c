/* SPDX-License-Identifier: Apache-2.0 */
#include "tcp/tcp_reasm.h"

#include "app/app_layer.h"
#include "engine_state.h"
#include "tcp/tcp_seq.h"

#define WINDOW (REASM_PAGE * REASM_PAGES)
#define MANY_INTERVALS 264 /* the configurable maximum and a few */

void tcp_reasm_pool_init(struct tcp_reasm_pool *pool, const struct limits *l)
{
    size_t bytes = l->reassembly_bytes;

    memset(pool, 0, sizeof *pool);
    pool->limit = bytes;
    pool->segments = l->reassembly_segments < MANY_INTERVALS - 8 ? l->reassembly_segments :
                                                                   MANY_INTERVALS - 8;
    slab_init(&pool->kept, sizeof(struct tcp_kept), bytes / sizeof(struct tcp_kept) + 1);
    slab_init(&pool->ahead, sizeof(struct tcp_ahead), bytes / sizeof(struct tcp_ahead) + 1);
    slab_init(&pool->pages, REASM_PAGE, bytes / REASM_PAGE + 1);
    slab_init(&pool->many, MANY_INTERVALS * sizeof(struct interval), bytes / 4096 + 1);
}

void tcp_reasm_pool_fini(struct tcp_reasm_pool *pool)
{
    slab_fini(&pool->kept);
    slab_fini(&pool->ahead);
    slab_fini(&pool->pages);
    slab_fini(&pool->many);
}

size_t tcp_reasm_pool_bytes(const struct tcp_reasm_pool *pool)
{
    return pool->kept.used * pool->kept.object_size +
           pool->ahead.used * pool->ahead.object_size + pool->pages.used * pool->pages.object_size + pool->many.used * pool->many.object_size;
}

static bool pool_full(const struct tcp_reasm_pool *pool)
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
        r->pages[page] = pool_full(&e->reasm) ? NULL : slab_alloc(&e->reasm.pages);
        if (r->pages[page] == NULL)
            return false;
        r->present[page / 64] |= (uint64_t)1 << (page % 64);
        r->page_count++;
    }
    return true;
}

/* The longest run of kept bytes at `seq` that lies in one page. */
static struct span page_run(const struct tcp_ahead *r, uint32_t seq, uint32_t end)
{
    uint32_t offset = seq % REASM_PAGE, n = end - seq;

    hot_assert(page_present(r, page_of(seq)));
    return span_of(r->pages[page_of(seq)] + offset, n < REASM_PAGE - offset ? n :
                                                                              REASM_PAGE - offset);
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
        struct span run = page_run(r, seq, end);

        if (memcmp(run.p, bytes, run.n) != 0)
            return false;
        seq += (uint32_t)run.n;
        bytes += run.n;
    }
    return true;
}

/* ---- intervals ---- */

/* Index of the first interval that ends behind `seq`. */
static unsigned interval_at(const struct tcp_ahead *r, uint32_t seq)
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

static void intervals_shift(struct engine *e, struct tcp_ahead *r, unsigned from, unsigned to)
{
    size_t n = (size_t)(r->count - from) * sizeof *r->intervals;

    memmove(&r->intervals[to], &r->intervals[from], n);
    r->count = (uint16_t)(r->count + to - from);
    e->reasm.bytes_moved += n;
}

static bool intervals_room(struct engine *e, struct tcp_ahead *r)
{
    struct interval *many;

    if (r->count < r->room)
        return r->count < e->reasm.segments;
    if (r->room != sizeof r->few / sizeof r->few[0] || pool_full(&e->reasm))
        return false;
    many = slab_alloc(&e->reasm.many);
    if (many == NULL)
        return false;
    memcpy(many, r->few, sizeof r->few);
    r->intervals = many;
    r->room = MANY_INTERVALS;
    return true;
}

/* Adds [start, end), merging with neighbours that touch it. The caller has made room. */
static void interval_add(struct engine *e, struct tcp_ahead *r, uint32_t start, uint32_t end)
{
    unsigned first = interval_at(r, start - 1), last = first;

    while (last < r->count && !seq_after(r->intervals[last].start, end)) {
        start = seq_min(start, r->intervals[last].start);
        end = seq_max(end, r->intervals[last].end);
        last++;
    }
    if (last != first + 1)
        intervals_shift(e, r, last, first + 1);
    r->intervals[first] = (struct interval){start, end};
}

/* ---- life ---- */

static struct tcp_kept *kept_of(struct engine *e, struct session_side *side)
{
    if (side->kept)
        return side->kept;
    side->kept = pool_full(&e->reasm) ? NULL : slab_alloc(&e->reasm.kept);
    if (side->kept) {
        side->kept->ahead = NULL;
        side->kept->n = 0;
    }
    return side->kept;
}

static void kept_release(struct engine *e, struct session_side *side)
{
    if (side->kept == NULL || side->kept->ahead || side->kept->n)
        return;
    slab_free(&e->reasm.kept, side->kept);
    side->kept = NULL;
}

static struct tcp_ahead *ahead_of(struct engine *e, struct session_side *side)
{
    struct tcp_kept  *kept = kept_of(e, side);
    struct tcp_ahead *r;

    if (kept == NULL || kept->ahead)
        return kept ? kept->ahead : NULL;
    r = pool_full(&e->reasm) ? NULL : slab_alloc(&e->reasm.ahead);
    if (r == NULL) {
        kept_release(e, side);
        return NULL;
    }
    memset(r->present, 0, sizeof r->present);
    r->intervals = r->few;
    r->room = sizeof r->few / sizeof r->few[0];
    r->count = r->urgent_count = r->page_count = 0;
    kept->ahead = r;
    return r;
}

static void ahead_free(struct engine *e, struct session_side *side)
{
    struct tcp_ahead *r = side->kept ? side->kept->ahead : NULL;

    if (r == NULL)
        return;
    for (unsigned page = 0; r->page_count; page++)
        page_release(e, r, page);
    if (r->intervals != r->few)
        slab_free(&e->reasm.many, r->intervals);
    slab_free(&e->reasm.ahead, r);
    side->kept->ahead = NULL;
    kept_release(e, side);
}

static void urgent_trim(struct tcp_ahead *r, uint32_t seq)
{
    uint16_t left = 0;

    for (uint16_t i = 0; i < r->urgent_count; i++)
        if (!seq_before(r->urgent[i], seq))
            r->urgent[left++] = r->urgent[i];
    r->urgent_count = left;
}

/* Forgets everything before `seq`. */
static void ahead_trim(struct engine *e, struct session_side *side, uint32_t seq)
{
    struct tcp_ahead *r = side->kept->ahead;
    unsigned          keep = interval_at(r, seq);
    uint32_t          first = r->count ? r->intervals[0].start : seq;

    if (keep == r->count) {
        ahead_free(e, side);
        return;
    }
    if (keep)
        intervals_shift(e, r, keep, 0);
    r->intervals[0].start = seq_max(r->intervals[0].start, seq);
    urgent_trim(r, seq);

    uint32_t end = r->intervals[0].start & ~(REASM_PAGE - 1);

    for (uint32_t at = first & ~(REASM_PAGE - 1); seq_before(at, end); at += REASM_PAGE)
        page_release(e, r, page_of(at));
}

/* ---- retained bytes ---- */

/* Inspected bytes stay for comparison until they are acknowledged. When there is no more room the
 * earliest ones stay: they are the ones whose fate is decided first. */
static void retain(struct engine *e, const struct session *s, unsigned side, uint32_t seq,
                   struct span bytes)
{
    struct session_side       *me = (struct session_side *)&s->sides[side];
    const struct session_side *peer = &s->sides[1 - side];
    uint32_t                   limit = e->snapshot->limits.retain_bytes;
    struct tcp_kept           *kept;

    if (limit > RETAIN_BYTES)
        limit = RETAIN_BYTES;
    if (limit == 0 || !(s->stages & STAGE_APP) || !(peer->flags & SIDE_ACKED) ||
        !seq_after(seq + (uint32_t)bytes.n, peer->acked))
        return;
    kept = kept_of(e, me);
    if (kept == NULL)
        return;
    if (kept->n == 0)
        kept->seq = seq;
    if (seq - kept->seq != kept->n || kept->n >= limit)
        return;
    bytes = span_first(bytes, limit - kept->n);
    memcpy(kept->bytes + kept->n, bytes.p, bytes.n);
    kept->n += (uint32_t)bytes.n;
}

void tcp_reasm_acked(struct engine *e, struct session_side *me, uint32_t ack)
{
    struct tcp_kept *kept = me->kept;

    if (kept->n == 0 || !seq_after(ack, kept->seq))
        return;
    if (!seq_before(ack, kept->seq + kept->n)) {
        kept->n = 0;
        kept_release(e, me);
        return;
    }
    kept->n -= ack - kept->seq;
    memmove(kept->bytes, kept->bytes + (ack - kept->seq), kept->n);
    kept->seq = ack;
}

/* ---- handing on ---- */

static bool is_urgent(const struct tcp_ahead *r, uint32_t seq, uint32_t end, uint32_t *at)
{
    bool found = false;

    for (unsigned i = 0; i < r->urgent_count; i++)
        if (!seq_before(r->urgent[i], seq) && seq_before(r->urgent[i], end) &&
            (!found || seq_before(r->urgent[i], *at))) {
            *at = r->urgent[i];
            found = true;
        }
    return found;
}

/* Hands bytes at `next` to inspection. They are remembered when somebody looks at them. */
static void hand_on(struct engine *e, struct packet *p, struct session *s, unsigned side,
                    struct span bytes)
{
    struct session_side *me = &s->sides[side];
    enum dir             dir = side == s->client ? DIR_CLIENT : DIR_SERVER;
    uint32_t             seq = me->next;

    me->next += (uint32_t)bytes.n;
    if (!(s->stages & STAGE_APP))
        return;
    if (app_wants(s, dir, bytes.n))
        retain(e, s, side, seq, bytes);
    app_feed(e, p, s, dir, bytes);
}

static struct tcp_ahead *ahead(const struct session_side *me)
{
    return me->kept ? me->kept->ahead : NULL;
}

/* Hands on what waits at `next`. The structure may be gone afterwards (a parser ended the session's
 * inspection), so it is looked at anew for each piece. */
static void hand_on_waiting(struct engine *e, struct packet *p, struct session *s, unsigned side)
{
    struct session_side *me = &s->sides[side];

    while (ahead(me)) {
        struct tcp_ahead *r = ahead(me);
        unsigned          at = interval_at(r, me->next);
        uint32_t          urgent = 0;

        if (at == r->count || seq_after(r->intervals[at].start, me->next))
            break;
        struct span run = page_run(r, me->next, r->intervals[at].end);

        if (is_urgent(r, me->next, me->next + (uint32_t)run.n, &urgent)) {
            run.n = urgent - me->next;
            if (run.n == 0) {
                engine_count(e, COUNTER_TCP_URGENT);
                me->next++;
                continue;
            }
        }
        hand_on(e, p, s, side, run);
    }
    if (ahead(me))
        ahead_trim(e, me, me->next);
}

void tcp_reasm_gap(struct engine *e, struct packet *p, struct session *s, unsigned side,
                   uint32_t seq)
{
    struct session_side *me = &s->sides[side];
    uint32_t             missing = seq - me->next;

    if (!seq_after(seq, me->next))
        return;
    engine_count(e, COUNTER_TCP_GAPS);
    counter_add(&e->counters, COUNTER_TCP_GAP_BYTES, missing);
    engine_trace(e, p, "tcp", "%u bytes are missing: going on behind them", missing);
    me->flags |= SIDE_GAP;
    me->next = seq;
    if (s->stages & STAGE_APP)
        app_gap(e, p, s, side == s->client ? DIR_CLIENT : DIR_SERVER, missing);
    hand_on_waiting(e, p, s, side);
}

bool tcp_reasm_waiting(const struct session_side *me, uint32_t *start)
{
    const struct tcp_ahead *r = ahead(me);

    if (r == NULL)
        return false;
    *start = r->intervals[0].start;
    return true;
}

void tcp_reasm_flush(struct engine *e, struct session *s)
{
    for (unsigned side = 0; side < 2; side++) {
        uint32_t start;

        while (tcp_reasm_waiting(&s->sides[side], &start))
            tcp_reasm_gap(e, NULL, s, side, start);
    }
    tcp_reasm_drop(e, s);
}

void tcp_reasm_drop(struct engine *e, struct session *s)
{
    for (unsigned side = 0; side < 2; side++) {
        ahead_free(e, &s->sides[side]);
        if (s->sides[side].kept)
            s->sides[side].kept->n = 0;
        kept_release(e, &s->sides[side]);
    }
}

/* ---- taking in ---- */

/* Does the part of the segment that we already have say the same? */
static bool agrees_ahead(const struct tcp_ahead *r, uint32_t seq, struct span bytes)
{
    uint32_t end = seq + (uint32_t)bytes.n;

    for (unsigned i = interval_at(r, seq); i < r->count; i++) {
        uint32_t from = seq_max(r->intervals[i].start, seq);
        uint32_t to = seq_min(r->intervals[i].end, end);

        if (!seq_before(from, to))
            break;
        if (!pages_equal(r, from, bytes.p + (from - seq), to - from))
            return false;
    }
    return true;
}

static bool agrees(const struct tcp_kept *kept, uint32_t seq, struct span bytes)
{
    uint32_t from = seq_max(seq, kept->seq);
    uint32_t to = seq_min(seq + (uint32_t)bytes.n, kept->seq + kept->n);

    if (kept->n && seq_before(from, to) &&
        memcmp(kept->bytes + (from - kept->seq), bytes.p + (from - seq), to - from) != 0)
        return false;
    return kept->ahead == NULL || agrees_ahead(kept->ahead, seq, bytes);
}

/* Copies the bytes that are not there yet. */
static void fill_holes(struct tcp_ahead *r, uint32_t seq, struct span bytes)
{
    uint32_t at = seq, end = seq + (uint32_t)bytes.n;

    for (unsigned i = interval_at(r, seq); at != end; i++) {
        uint32_t hole_end = i < r->count ? seq_min(r->intervals[i].start, end) : end;

        if (seq_before(at, hole_end))
            pages_write(r, at, bytes.p + (at - seq), hole_end - at);
        if (i == r->count)
            break;
        at = seq_min(seq_max(at, r->intervals[i].end), end);
    }
}

/* Would [start, end) merge with what is there? Then it needs no interval of its own. */
static bool touches(const struct tcp_ahead *r, uint32_t start, uint32_t end)
{
    unsigned at = interval_at(r, start - 1);

    return at < r->count && !seq_after(r->intervals[at].start, end);
}

/* Keeps a segment that lies behind missing bytes. False: no room, nothing is changed but perhaps
 * empty pages. */
static bool keep(struct engine *e, struct session_side *me, uint32_t seq, struct span bytes,
                 uint32_t urgent)
{
    uint32_t          end = seq + (uint32_t)bytes.n;
    struct tcp_ahead *r;

    if (end - me->next > e->snapshot->limits.reassembly_side_bytes)
        return false;
    if (end - (me->next & ~(REASM_PAGE - 1)) > WINDOW) /* the pages are one window */
        return false;
    r = ahead_of(e, me);
    if (r == NULL)
        return false;
    if ((!touches(r, seq, end) && !intervals_room(e, r)) || !pages_take(e, r, seq, end)) {
        if (r->count == 0)
            ahead_free(e, me);
        return false;
    }
    fill_holes(r, seq, bytes);
    interval_add(e, r, seq, end);
    if (urgent < bytes.n && r->urgent_count < REASM_URGENT)
        r->urgent[r->urgent_count++] = seq + urgent;
    return true;
}

/* The in-order case: straight from the frame, around an urgent byte. */
static void hand_on_frame(struct engine *e, struct packet *p, struct session *s, unsigned side,
                          struct span bytes, uint32_t urgent)
{
    if (__builtin_expect(urgent < bytes.n, 0)) {
        engine_count(e, COUNTER_TCP_URGENT);
        if (urgent)
            hand_on(e, p, s, side, span_first(bytes, urgent));
        s->sides[side].next++;
        bytes = span_from(bytes, urgent + 1);
    }
    if (bytes.n)
        hand_on(e, p, s, side, bytes);
}

/* How many bytes at `next` come before the first that we have already: theirs came first. */
static uint32_t fresh_bytes(const struct session_side *me, uint32_t n)
{
    uint32_t start;

    if (!tcp_reasm_waiting(me, &start) || !seq_before(start, me->next + n))
        return n;
    return start - me->next;
}

/* Cuts off what lies before `next`. False: nothing is left. */
static bool drop_old(const struct session_side *me, uint32_t *seq, struct span *bytes,
                     uint32_t *urgent)
{
    uint32_t old = me->next - *seq;

    if (!seq_before(*seq, me->next))
        return bytes->n != 0;
    if (old >= bytes->n)
        return false;
    *bytes = span_from(*bytes, old);
    *seq += old;
    *urgent = *urgent == UINT32_MAX || *urgent < old ? UINT32_MAX : *urgent - old;
    return true;
}

enum reasm_result tcp_reasm_input(struct engine *e, struct packet *p, struct session *s,
                                  unsigned side, uint32_t seq, struct span bytes, uint32_t urgent)
{
    struct session_side *me = &s->sides[side];
    enum reasm_result    result = REASM_TAKEN;

    if (__builtin_expect(me->kept != NULL, 0) && !agrees(me->kept, seq, bytes)) {
        result = REASM_DIFFERS;
        if (e->mode == ENGINE_INLINE)
            return result;
    }
    while (drop_old(me, &seq, &bytes, &urgent)) {
        if (seq != me->next)
            return keep(e, me, seq, bytes, urgent) ? result : REASM_FULL;
        uint32_t fresh = fresh_bytes(me, (uint32_t)bytes.n);

        if (fresh)
            hand_on_frame(e, p, s, side, span_first(bytes, fresh), urgent);
        if (ahead(me))
            hand_on_waiting(e, p, s, side);
    }
    return result;
}
