/* SPDX-License-Identifier: Apache-2.0 */
#include "tcp/tcp_reasm.h"

#include "app/app_layer.h"
#include "engine_state.h"
#include "tcp/tcp_ahead.h"
#include "tcp/tcp_seq.h"

void tcp_reasm_pool_init(struct tcp_reasm_pool *pool, const struct limits *l, struct budget *memory)
{
    size_t bytes = l->reassembly_bytes;

    memset(pool, 0, sizeof *pool);
    pool->limit = bytes;
    pool->memory = memory;
    pool->segments =
        l->reassembly_segments < REASM_INTERVALS ? l->reassembly_segments : REASM_INTERVALS;
    slab_init(&pool->kept, sizeof(struct tcp_kept), bytes / sizeof(struct tcp_kept) + 1);
    slab_init(&pool->ahead, sizeof(struct tcp_ahead), bytes / sizeof(struct tcp_ahead) + 1);
    slab_init(&pool->pages, REASM_PAGE, bytes / REASM_PAGE + 1);
    slab_init(&pool->many, REASM_INTERVALS * sizeof(struct interval), bytes / 4096 + 1);
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
    return pool->kept.used * pool->kept.object_size + pool->ahead.used * pool->ahead.object_size +
           pool->pages.used * pool->pages.object_size + pool->many.used * pool->many.object_size;
}

/* ---- what is kept ---- */

struct tcp_kept *tcp_kept_of(struct engine *e, struct session_side *side)
{
    struct tcp_kept *k = side->kept;

    if (k)
        return k;
    k = side->kept = tcp_pool_full(&e->reasm) ? NULL : slab_alloc(&e->reasm.kept);
    if (k) {
        k->ahead = NULL;
        k->bytes = k->few;
        k->room = RETAIN_FEW;
        k->head = k->n = k->urgent_count = 0;
    }
    return k;
}

void tcp_kept_release(struct engine *e, struct session_side *side)
{
    struct tcp_kept *k = side->kept;

    if (k == NULL || k->ahead || k->n || k->urgent_count)
        return;
    if (k->bytes != k->few)
        budget_free(e->reasm.memory, k->bytes, k->room);
    slab_free(&e->reasm.kept, k);
    side->kept = NULL;
}

static struct tcp_ahead *ahead(const struct session_side *me)
{
    return me->kept ? me->kept->ahead : NULL;
}

/* Room for n more retained bytes behind those there are. */
static bool retain_room(struct engine *e, struct tcp_kept *k, uint32_t n)
{
    uint32_t room = k->room;
    uint8_t *block;

    if (k->head + k->n + n <= k->room)
        return true;
    if (k->n + n <= k->room) {
        memmove(k->bytes, k->bytes + k->head, k->n);
        k->head = 0;
        return true;
    }
    while (room < k->n + n)
        room *= 2;
    block = budget_alloc(e->reasm.memory, room);
    if (block == NULL)
        return false;
    memcpy(block, k->bytes + k->head, k->n);
    if (k->bytes != k->few)
        budget_free(e->reasm.memory, k->bytes, k->room);
    k->bytes = block;
    k->room = room;
    k->head = 0;
    return true;
}

/* Inspected bytes stay for comparison until they are acknowledged. When there is no more room the
 * earliest ones stay: they are the ones whose fate is decided first. */
static void retain(struct engine *e, const struct session *s, struct session_side *me,
                   const struct session_side *peer, struct span bytes)
{
    uint32_t limit = e->snapshot->limits.retain_bytes;
    uint32_t end = me->next + (uint32_t)bytes.n;
    struct tcp_kept *k;

    if (limit == 0 || !(s->stages & STAGE_APP) || !(peer->flags & SIDE_ACKED) ||
        !seq_after(end, peer->acked))
        return;
    k = tcp_kept_of(e, me);
    if (k == NULL)
        return;
    if (k->n == 0)
        k->seq = me->next;
    if (me->next - k->seq != k->n || k->n >= limit)
        return;
    bytes = span_first(bytes, limit - k->n);
    if (!retain_room(e, k, (uint32_t)bytes.n))
        return;
    memcpy(k->bytes + k->head + k->n, bytes.p, bytes.n);
    k->n += (uint32_t)bytes.n;
}

void tcp_reasm_acked(struct engine *e, struct session_side *me, uint32_t ack)
{
    struct tcp_kept *k = me->kept;
    uint32_t gone = ack - k->seq;

    if (k->n == 0 || !seq_after(ack, k->seq))
        return;
    if (gone < k->n) {
        k->head += gone;
        k->n -= gone;
        k->seq = ack;
        return;
    }
    k->head = k->n = 0;
    tcp_kept_release(e, me);
}

/* ---- urgent bytes ---- */

void tcp_reasm_urgent(struct engine *e, struct session_side *me, uint32_t seq)
{
    struct tcp_kept *k = seq_before(seq, me->next) ? NULL : tcp_kept_of(e, me);

    if (k == NULL || k->urgent_count == REASM_URGENT)
        return;
    for (uint32_t i = 0; i < k->urgent_count; i++)
        if (k->urgent[i] == seq)
            return;
    k->urgent[k->urgent_count++] = seq;
}

/* The distance to the next urgent byte within n bytes of `next`; n when there is none. Those that
 * lie behind us are forgotten. */
static uint32_t urgent_within(struct engine *e, struct session_side *me, uint32_t n)
{
    struct tcp_kept *k = me->kept;
    uint32_t left = 0;

    if (k == NULL || k->urgent_count == 0)
        return n;
    for (uint32_t i = 0; i < k->urgent_count; i++) {
        if (seq_before(k->urgent[i], me->next))
            continue;
        if (k->urgent[i] - me->next < n)
            n = k->urgent[i] - me->next;
        k->urgent[left++] = k->urgent[i];
    }
    k->urgent_count = left;
    tcp_kept_release(e, me);
    return n;
}

/* ---- handing on ---- */

/* The bytes are remembered when somebody looks at them. */
void tcp_reasm_next(struct engine *e, struct packet *p, struct session *s, unsigned side,
                    struct span bytes)
{
    struct session_side *me = &s->sides[side];
    enum dir dir = side == s->client ? DIR_CLIENT : DIR_SERVER;
    bool wanted = s->stages & STAGE_APP && !app_skips(s, dir, bytes.n);

    if (wanted)
        retain(e, s, me, &s->sides[1 - side], bytes);
    me->next += (uint32_t)bytes.n;
    if (wanted)
        app_feed(e, p, s, dir, bytes);
}

/* Bytes at `next` go to inspection, but for urgent ones. */
static void hand_on(struct engine *e, struct packet *p, struct session *s, unsigned side,
                    struct span bytes)
{
    struct session_side *me = &s->sides[side];

    while (bytes.n) {
        struct span run = span_first(bytes, urgent_within(e, me, (uint32_t)bytes.n));

        if (run.n)
            tcp_reasm_next(e, p, s, side, run);
        bytes = span_from(bytes, run.n);
        if (bytes.n == 0)
            return;
        engine_count(e, COUNTER_TCP_URGENT);
        me->next++;
        bytes = span_from(bytes, 1);
    }
}

/* Hands on what waits at `next`. The structure may be gone afterwards (a parser ended the session's
 * inspection), so it is looked at anew for each piece. */
static void hand_on_waiting(struct engine *e, struct packet *p, struct session *s, unsigned side)
{
    struct session_side *me = &s->sides[side];

    while (ahead(me)) {
        const struct tcp_ahead *r = ahead(me);
        uint32_t end = tcp_ahead_end(r, me->next);

        if (end == me->next)
            break;
        hand_on(e, p, s, side, tcp_ahead_run(r, me->next, end));
    }
    if (ahead(me))
        tcp_ahead_trim(e, me, me->next);
}

void tcp_reasm_gap(struct engine *e, struct packet *p, struct session *s, unsigned side,
                   uint32_t seq)
{
    struct session_side *me = &s->sides[side];
    uint32_t missing = seq - me->next;

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

        hand_on_waiting(e, NULL, s, side);
        while (tcp_reasm_waiting(&s->sides[side], &start) && seq_after(start, s->sides[side].next))
            tcp_reasm_gap(e, NULL, s, side, start);
    }
    tcp_reasm_drop(e, s);
}

void tcp_reasm_drop(struct engine *e, struct session *s)
{
    for (unsigned side = 0; side < 2; side++) {
        struct session_side *me = &s->sides[side];

        if (me->kept)
            me->kept->n = me->kept->urgent_count = 0;
        tcp_ahead_free(e, me);
        tcp_kept_release(e, me);
    }
}

/* ---- data of a SYN ---- */

void tcp_reasm_park(struct engine *e, struct session_side *me, uint32_t seq, struct span bytes)
{
    if (!(me->flags & SIDE_SYN_DATA) && tcp_ahead_insert(e, me, seq, bytes))
        me->flags |= SIDE_SYN_DATA;
}

void tcp_reasm_unpark(struct engine *e, struct packet *p, struct session *s, unsigned side,
                      enum park how)
{
    struct session_side *me = &s->sides[side];

    me->flags &= (uint16_t)~SIDE_SYN_DATA;
    if (how == PARK_TAKEN)
        hand_on_waiting(e, p, s, side);
    else
        tcp_ahead_free(e, me);
}

/* ---- taking in ---- */

static bool agrees(const struct tcp_kept *k, uint32_t seq, struct span bytes)
{
    uint32_t from = seq_max(seq, k->seq);
    uint32_t to = seq_min(seq + (uint32_t)bytes.n, k->seq + k->n);

    if (k->n && seq_before(from, to) &&
        memcmp(k->bytes + k->head + (from - k->seq), bytes.p + (from - seq), to - from) != 0)
        return false;
    return k->ahead == NULL || tcp_ahead_agrees(k->ahead, seq, bytes);
}

enum reasm_result tcp_reasm_input(struct engine *e, struct packet *p, struct session *s,
                                  unsigned side, uint32_t seq, struct span bytes)
{
    struct session_side *me = &s->sides[side];
    enum reasm_result result = REASM_TAKEN;
    uint32_t old = me->next - seq;

    if (__builtin_expect(me->kept != NULL, 0) && !agrees(me->kept, seq, bytes)) {
        result = REASM_DIFFERS;
        if (e->mode == ENGINE_INLINE)
            return result;
    }
    if (seq_after(seq, me->next))
        return tcp_ahead_insert(e, me, seq, bytes) ? result : REASM_FULL;
    if (old >= bytes.n)
        return result;
    hand_on(e, p, s, side, span_from(bytes, old));
    if (ahead(me))
        hand_on_waiting(e, p, s, side);
    return result;
}
