/* SPDX-License-Identifier: Apache-2.0 */
#include "defrag/defrag.h"

#include "engine_state.h"

#include <stdlib.h>

#define FRAGMENT_OVERHEAD sizeof(struct fragment)
#define DATAGRAM_BUFFER   ((size_t)DATAGRAM_MAX + 40)

bool defrag_init(struct defrag *d, const struct snapshot *snapshot)
{
    const struct limits *l = &snapshot->limits;

    memset(d, 0, sizeof *d);
    slab_init(&d->trains, sizeof(struct frag_queue), l->fragment_trains);
    budget_init(&d->memory, l->fragment_bytes);
    list_init(&d->age);
    d->datagram = malloc(DATAGRAM_BUFFER);
    return d->datagram && rcu_table_init(&d->table, l->fragment_trains);
}

void defrag_fini(struct defrag *d)
{
    rcu_table_fini(&d->table);
    slab_fini(&d->trains);
    free(d->datagram);
}

/* ---- trains ---- */

static void train_key(struct train_key *key, const struct packet *p)
{
    memset(key, 0, sizeof *key);
    memcpy(&key->ends, &p->key, session_key_size(&p->key));
    key->ends.proto = p->key.family == 4 ? p->proto : 0;
    key->id = p->frag.id;
    key->side = p->side;
}

static struct frag_queue *train_find(struct defrag *d, const struct train_key *key, uint32_t hash)
{
    struct rcu_node *n = rcu_table_first(&d->table, hash);

    for (; n; n = rcu_table_next(n)) {
        struct frag_queue *q = list_entry(n, struct frag_queue, node);

        if (memcmp(&q->key, key, sizeof *key) == 0)
            return q;
    }
    return NULL;
}

static void train_free_bytes(struct engine *e, struct frag_queue *q)
{
    struct defrag *d = &e->defrag;

    while (q->fragments) {
        struct fragment *f = q->fragments;

        q->fragments = f->next;
        budget_free(&d->memory, f, FRAGMENT_OVERHEAD + f->n);
    }
    budget_free(&d->memory, q->header, q->header_len);
    d->sources[q->source] -= q->memory;
    q->header = NULL;
    q->memory = 0;
}

/* Every held fragment gets the datagram's verdict. */
static void train_decide(struct engine *e, struct frag_queue *q, enum verdict v, enum reason why)
{
    if (e->ops.release && e->mode == ENGINE_INLINE)
        for (struct fragment *f = q->fragments; f; f = f->next)
            e->ops.release(e->ops.arg, f->token, v, why);
}

static void train_end(struct engine *e, struct frag_queue *q)
{
    struct defrag *d = &e->defrag;

    counter_add(&e->counters, COUNTER_FRAG_RELEASED, q->count);
    train_free_bytes(e, q);
    rcu_table_remove(&d->table, &q->node);
    list_remove(&q->age);
    slab_free(&d->trains, q);
}

static void train_drop(struct engine *e, struct frag_queue *q, enum counter count, enum reason why)
{
    engine_count(e, count);
    train_decide(e, q, VERDICT_DROP, why);
    train_end(e, q);
}

static uint16_t source_of(const struct engine *e, const struct packet *p)
{
    size_t n = p->key.family == 4 ? 4 : 16;
    const void *src = p->key.family == 4 ? p->key.addr.v4[p->side] : p->key.addr.v6[p->side];

    return (uint16_t)(hash_bytes(&e->hash_key, src, n) % DEFRAG_SOURCES);
}

static struct frag_queue *train_new(struct engine *e, const struct packet *p,
                                    const struct train_key *key, uint32_t hash)
{
    struct defrag *d = &e->defrag;
    struct frag_queue *q;

    if (d->table.count >= e->snapshot->limits.fragment_trains)
        train_drop(e, list_entry(d->age.next, struct frag_queue, age), COUNTER_FRAG_EVICTED,
                   REASON_FRAGMENT_BUDGET);
    q = slab_alloc(&d->trains);
    if (q == NULL)
        return NULL;
    memset(q, 0, sizeof *q);
    q->key = *key;
    q->first_us = e->now_us;
    q->source = source_of(e, p);
    rcu_table_insert(&d->table, &q->node, hash);
    list_append(&d->age, &q->age);
    return q;
}

/* Room for n bytes of this train's source: oldest trains give way, but a source that has its share
 * only pushes out its own. False: no room. */
static bool make_room(struct engine *e, struct frag_queue *q, size_t n)
{
    struct defrag *d = &e->defrag;
    size_t share = d->memory.limit / 16;

    if (d->sources[q->source] + n > share) {
        struct list *at = d->age.next;

        while (at != &d->age && d->sources[q->source] + n > share) {
            struct frag_queue *other = list_entry(at, struct frag_queue, age);

            at = at->next;
            if (other != q && other->source == q->source)
                train_drop(e, other, COUNTER_FRAG_EVICTED, REASON_FRAGMENT_BUDGET);
        }
        if (d->sources[q->source] + n > share && q->memory + n > share)
            return false;
    }
    while (d->memory.used + n > d->memory.limit) {
        struct frag_queue *oldest = list_entry(d->age.next, struct frag_queue, age);

        if (oldest == q)
            return false;
        train_drop(e, oldest, COUNTER_FRAG_EVICTED, REASON_FRAGMENT_BUDGET);
    }
    return true;
}

/* ---- one fragment ---- */

enum placed { PLACED, PLACED_DUPLICATE, PLACED_OVERLAP };

/* Where it belongs; overlap with a neighbour is never resolved. */
static enum placed place(struct frag_queue *q, struct span bytes, uint32_t offset,
                         struct fragment ***link)
{
    struct fragment **at = &q->fragments;
    uint32_t end = offset + (uint32_t)bytes.n;

    while (*at && (*at)->offset + (*at)->n <= offset)
        at = &(*at)->next;
    *link = at;
    if (*at == NULL || (*at)->offset >= end)
        return PLACED;
    if ((*at)->offset == offset && (*at)->n == bytes.n &&
        memcmp((*at)->bytes, bytes.p, bytes.n) == 0)
        return PLACED_DUPLICATE;
    return PLACED_OVERLAP;
}

static bool keep_header(struct engine *e, struct frag_queue *q, const struct packet *p)
{
    if (q->header || p->frag.offset != 0)
        return true;
    q->header = budget_alloc(&e->defrag.memory, p->frag.header_len);
    if (q->header == NULL)
        return false;
    memcpy(q->header, p->frag.header, p->frag.header_len);
    q->header_len = p->frag.header_len;
    q->next_at = p->frag.next_at;
    q->proto = p->proto;
    return true;
}

static bool store(struct engine *e, struct frag_queue *q, const struct packet *p,
                  struct fragment **link)
{
    struct fragment *f;
    size_t size = FRAGMENT_OVERHEAD + p->payload_len;

    if (!make_room(e, q, size + p->frag.header_len) || !keep_header(e, q, p))
        return false;
    f = budget_alloc(&e->defrag.memory, size);
    if (f == NULL)
        return false;
    f->token = p->frame->token;
    f->offset = p->frag.offset;
    f->n = p->payload_len;
    memcpy(f->bytes, p->payload, p->payload_len);
    f->next = *link;
    *link = f;
    q->count++;
    q->have += f->n;
    q->frame_bytes += p->frame->length;
    q->memory += (uint32_t)size;
    e->defrag.sources[q->source] += (uint32_t)size;
    return true;
}

/* The length fields are 16 bits: of all for IPv4, of what follows the fixed header for IPv6. */
static bool too_long(const struct packet *p)
{
    uint32_t fixed = p->key.family == 4 ? 0 : 40;

    return p->frag.header_len - fixed + p->frag.offset + p->payload_wire > DATAGRAM_MAX;
}

/* What a fragment must be, whatever else has come. NULL, or what is wrong. */
static const char *fragment_check(const struct packet *p)
{
    if (p->payload_wire == 0)
        return "empty fragment";
    if (p->frag.more && p->payload_wire % 8 != 0)
        return "fragment length not a multiple of 8";
    if (p->frag.offset == 0 && p->proto == 6 && p->payload_wire < 20)
        return "first fragment without the whole TCP header";
    if (p->frag.offset == 0 && (p->proto == 17 || p->proto == 1 || p->proto == 58) &&
        p->payload_wire < 8)
        return "first fragment without the whole transport header";
    if (too_long(p))
        return "datagram longer than 65535 bytes";
    return NULL;
}

static void refuse(struct engine *e, struct packet *p, struct frag_queue *q, enum threat threat,
                   const char *why)
{
    engine_threat(e, p, NULL, threat, why);
    packet_verdict(p, VERDICT_DROP, REASON_FRAGMENT_INVALID);
    if (q)
        train_drop(e, q, threat == THREAT_TEARDROP ? COUNTER_FRAG_OVERLAP : COUNTER_FRAG_INVALID,
                   REASON_FRAGMENT_INVALID);
    else
        engine_count(e, COUNTER_FRAG_INVALID);
}

/* The end of the datagram is known from the fragment without "more"; nothing may lie behind it. */
static bool fits_total(struct frag_queue *q, const struct packet *p)
{
    uint32_t end = p->frag.offset + p->payload_len;

    if (!p->frag.more) {
        if (q->total && q->total != end)
            return false;
        for (struct fragment *f = q->fragments; f; f = f->next)
            if (f->offset + f->n > end)
                return false;
        q->total = end;
    }
    return q->total == 0 || end <= q->total;
}

/* ---- whole ---- */

static void write_be16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

/* The header of the first fragment, as the sender would have written it without fragmenting. */
static uint32_t build(struct engine *e, const struct frag_queue *q)
{
    uint8_t *ip = e->defrag.datagram;
    uint32_t n = q->header_len;

    memcpy(ip, q->header, n);
    if (ip[0] >> 4 == 4) {
        write_be16(ip + 2, n + q->total);
        write_be16(ip + 6, 0);
        write_be16(ip + 10, 0);
        uint16_t sum = (uint16_t)~decode_sum(ip, n, 0);

        memcpy(ip + 10, &sum, sizeof sum);
    } else {
        write_be16(ip + 4, n - 40 + q->total);
    }
    for (struct fragment *f = q->fragments; f; f = f->next)
        memcpy(ip + n + f->offset, f->bytes, f->n);
    return n + q->total;
}

/* The packet becomes the datagram. The train stays until its verdict is known (defrag_release):
 * its fragments are forwarded as they came, or not at all. */
static void complete(struct engine *e, struct packet *p, struct frag_queue *q)
{
    uint32_t n = build(e, q);

    engine_count(e, COUNTER_FRAG_DONE);
    engine_trace(e, p, "defrag", "datagram of %u bytes from %u fragments", n, q->count);
    if (e->defrag.datagram[0] >> 4 == 6)
        e->defrag.datagram[q->next_at] = q->proto; /* RFC 8200 4.5: only the first one says */
    decode_datagram(&e->decode, p, e->defrag.datagram, n);
}

bool defrag_input(struct engine *e, struct packet *p)
{
    struct defrag *d = &e->defrag;
    struct train_key key;
    struct frag_queue *q;
    struct fragment **link;
    const char *wrong = fragment_check(p);
    uint32_t hash;

    engine_count(e, COUNTER_FRAGMENTS);
    train_key(&key, p);
    hash = (uint32_t)hash_bytes(&e->hash_key, &key, sizeof key);
    q = train_find(d, &key, hash);
    if (q && e->now_us - q->first_us > (uint64_t)e->snapshot->timeouts.fragment * 1000000) {
        train_drop(e, q, COUNTER_FRAG_TIMEOUT, REASON_FRAGMENT_TIMEOUT);
        q = NULL;
    }
    if (wrong) {
        bool death = too_long(p) && (p->proto == 1 || p->proto == 58);

        refuse(e, p, q, death ? THREAT_PING_DEATH : THREAT_BAD_PACKET, wrong);
        return false;
    }
    if (p->flags & PKT_SNAPPED) /* cannot be put together; nothing is known against it */
        return false;
    if (q == NULL)
        q = train_new(e, p, &key, hash);
    if (q == NULL) {
        engine_apply_exception(e, p, EXCEPTION_FRAGMENT_BUDGET, REASON_FRAGMENT_BUDGET);
        return false;
    }
    switch (place(q, span_of(p->payload, p->payload_len), p->frag.offset, &link)) {
    case PLACED:
        break;
    case PLACED_DUPLICATE:
        engine_count(e, COUNTER_FRAG_DUPLICATE);
        packet_verdict(p, VERDICT_DROP, REASON_FRAGMENT_INVALID);
        return false;
    case PLACED_OVERLAP:
        refuse(e, p, q, THREAT_TEARDROP, "overlapping fragments");
        return false;
    }
    if (!fits_total(q, p) || q->count >= e->snapshot->limits.fragments_per_train) {
        refuse(e, p, q, THREAT_BAD_PACKET,
               q->count >= e->snapshot->limits.fragments_per_train ? "too many fragments"
                                                                   : "fragment behind the end");
        return false;
    }
    if (!store(e, q, p, link)) {
        engine_apply_exception(e, p, EXCEPTION_FRAGMENT_BUDGET, REASON_FRAGMENT_BUDGET);
        return false;
    }
    if (q->total == 0 || q->have != q->total || q->header == NULL) {
        packet_verdict(p, VERDICT_HOLD, REASON_NONE);
        return false;
    }
    if (q->header_len + q->total > DATAGRAM_BUFFER) {
        refuse(e, p, q, THREAT_BAD_PACKET, "datagram longer than 65535 bytes");
        return false;
    }
    complete(e, p, q);
    p->train = q;
    return true;
}

void defrag_release(struct engine *e, struct frag_queue *q, const struct frame *last)
{
    if (e->ops.release && e->mode == ENGINE_INLINE)
        for (struct fragment *f = q->fragments; f; f = f->next)
            if (f->token != last->token)
                e->ops.release(e->ops.arg, f->token, (enum verdict)last->verdict,
                               (enum reason)last->reason);
    train_end(e, q);
}

void defrag_expire(struct engine *e, size_t max)
{
    struct defrag *d = &e->defrag;
    uint64_t life = (uint64_t)e->snapshot->timeouts.fragment * 1000000;

    while (max-- && !list_empty(&d->age)) {
        struct frag_queue *q = list_entry(d->age.next, struct frag_queue, age);

        if (e->now_us - q->first_us <= life)
            return;
        train_drop(e, q, COUNTER_FRAG_TIMEOUT, REASON_FRAGMENT_TIMEOUT);
    }
}

void defrag_flush(struct engine *e)
{
    while (!list_empty(&e->defrag.age))
        train_drop(e, list_entry(e->defrag.age.next, struct frag_queue, age), COUNTER_FRAG_TIMEOUT,
                   REASON_FLUSH);
}
