/* SPDX-License-Identifier: Apache-2.0
 *
 * A meter is one cache line: its key, a ring of counts by second, whether it is on. The table is a
 * field of sets; where a set is full, the meter with the least in its window goes, and among equals
 * the one that was not used for longest. Sources that are made up push each other out that way and
 * leave alone who really sends much.
 */
#include "meter/meter.h"

#include "base/pages.h"

#include <string.h>

enum { SPAN_MOST = 10 };

struct meter {
    struct meter_key key;
    uint32_t second; /* of the newest sub-window; time of the last use of a gauge */
    uint32_t last;   /* in the last full window */
    uint32_t fired;  /* events while it was on that nobody was told of */
    uint32_t told_s;
    uint32_t stamp; /* of its last use */
    union {
        uint16_t by_second[SPAN_MOST];
        uint32_t open; /* METER_SESSIONS */
    };
};

/* In key.zero of the table's own copies. */
enum { USED = 1, ON = 2, TOLD = 4, FLAGS = 0, BELOW = 1 };

_Static_assert(sizeof(struct meter_key) == 24, "no padding: it is hashed as bytes");
_Static_assert(sizeof(struct meter) == METER_BYTES, "one meter, one cache line");

static const struct kind {
    const char *name;
    uint8_t number, span, idle, every; /* the agent's; seconds */
    bool of_source, gauge;
    struct meter_limit limit;
} kinds[METER_KINDS] = {
    [METER_SYN_SOURCE] = {"syn_source", 0, 5, 8, 30, true, false, {800, 600}},
    [METER_SYN] = {"syn", 0, 5, 8, 30, false, false, {4000, 3000}},
    [METER_ICMP_SOURCE] = {"icmp_source", 1, 1, 3, 30, true, false, {100, 100}},
    [METER_ICMP] = {"icmp", 1, 1, 3, 30, false, false, {100, 100}},
    [METER_SESSIONS] = {"sessions_source", 2, 1, 3, 30, true, true, {2000, 2000}},
    [METER_CLIENT_QUIET] = {"no_data", 3, 10, 10, 0, false, false, {10, 10}},
};

uint8_t meter_number(enum meter_kind kind)
{
    return kinds[kind].number;
}

const char *meter_name(enum meter_kind kind)
{
    return kinds[kind].name;
}

struct meter_limits meter_default_limits(void)
{
    struct meter_limits l;

    for (int kind = 0; kind < METER_KINDS; kind++)
        l.of[kind] = kinds[kind].limit;
    return l;
}

struct meter_key meter_key(enum meter_kind kind, uint32_t zone, uint8_t family, const uint8_t *addr)
{
    struct meter_key k = {.zone = zone, .kind = (uint8_t)kind};

    if (kinds[kind].of_source) {
        k.family = family;
        memcpy(k.addr, addr, family == 4 ? 4 : 16);
    }
    return k;
}

/* ---- one meter ---- */

static bool is_used(const struct meter *m)
{
    return m->key.zero[FLAGS] & USED;
}

static uint32_t window_of(const struct meter *m)
{
    const struct kind *k = &kinds[m->key.kind];
    uint32_t sum = 0;

    if (k->gauge)
        return m->open;
    for (unsigned i = 0; i < k->span; i++)
        sum += m->by_second[i];
    return sum;
}

static void switch_off(struct meter *m)
{
    m->key.zero[FLAGS] &= (uint8_t)~ON;
    m->key.zero[BELOW] = 0;
}

static void begin_again(struct meter *m, uint32_t now_s)
{
    memset(m->by_second, 0, sizeof m->by_second);
    m->second = now_s;
    m->last = 0;
    switch_off(m);
}

/* Of its newest second. */
static uint16_t *sub_window(struct meter *m)
{
    unsigned span = kinds[m->key.kind].span;

    return &m->by_second[span > 0 ? m->second % span : 0];
}

/* A second is over: it was the last one of a full window. */
static void end_second(struct meter *m, const struct kind *k, const struct meter_limit *limit)
{
    m->last = window_of(m);
    if (m->last >= limit->lower)
        m->key.zero[BELOW] = 0;
    else if (++m->key.zero[BELOW] >= k->span)
        switch_off(m);
    m->second++;
    *sub_window(m) = 0;
}

/* Time that goes back a little, as it does between packets of several queues, counts as none;
 * further back it is another time. */
static void go_on(struct meter *m, const struct meter_limit *limit, uint32_t now_s)
{
    const struct kind *k = &kinds[m->key.kind];
    int32_t passed = (int32_t)(now_s - m->second);

    if (k->gauge) {
        m->second = now_s;
        m->last = m->open;
        if (m->open < limit->lower)
            switch_off(m);
    } else if (passed < -(int32_t)k->span || passed > 2 * k->span) {
        begin_again(m, now_s);
    } else {
        for (; passed > 0; passed--)
            end_second(m, k, limit);
    }
}

static void count(struct meter *m)
{
    uint16_t *place = sub_window(m);

    if (kinds[m->key.kind].gauge)
        m->open += m->open < UINT32_MAX;
    else if (*place < UINT16_MAX)
        ++*place;
}

static bool is_idle(const struct meter *m, uint32_t now_s)
{
    const struct kind *k = &kinds[m->key.kind];
    int32_t passed = (int32_t)(now_s - m->second);

    if (k->gauge && m->open > 0)
        return false;
    return passed > k->idle || passed < -(int32_t)k->idle;
}

/* ---- the table ---- */

static struct meter *set_of(const struct meters *ms, const struct meter_key *key)
{
    return &ms->table[(hash_bytes(ms->hash_key, key, sizeof *key) & (ms->sets - 1)) * METER_WAYS];
}

static bool is_of(const struct meter *m, const struct meter_key *key)
{
    return is_used(m) && memcmp(&m->key, key, offsetof(struct meter_key, zero)) == 0;
}

static struct meter *find_in(struct meter *set, const struct meter_key *key)
{
    for (int i = 0; i < METER_WAYS; i++)
        if (is_of(&set[i], key))
            return &set[i];
    return NULL;
}

static struct meter *find(const struct meters *ms, const struct meter_key *key)
{
    return find_in(set_of(ms, key), key);
}

/* How little it would be missed. */
static bool is_colder(const struct meters *ms, const struct meter *a, const struct meter *b)
{
    uint32_t x = window_of(a), y = window_of(b);

    if ((a->key.zero[FLAGS] ^ b->key.zero[FLAGS]) & ON)
        return b->key.zero[FLAGS] & ON;
    return x != y ? x < y : ms->stamp - a->stamp > ms->stamp - b->stamp;
}

/* Free, or to be given up. */
static struct meter *room_in(const struct meters *ms, struct meter *set, uint32_t now_s)
{
    struct meter *coldest = set;

    for (int i = 0; i < METER_WAYS; i++) {
        if (!is_used(&set[i]) || is_idle(&set[i], now_s))
            return &set[i];
        if (is_colder(ms, &set[i], coldest))
            coldest = &set[i];
    }
    return coldest;
}

static struct meter *find_or_make(struct meters *ms, const struct meter_key *key, uint32_t now_s)
{
    struct meter *set = set_of(ms, key), *m = find_in(set, key);

    if (m != NULL)
        return m;
    m = room_in(ms, set, now_s);
    if (!is_used(m))
        ms->used++;
    else if (!is_idle(m, now_s))
        ms->evicted++;
    *m = (struct meter){.key = *key, .second = now_s};
    m->key.zero[FLAGS] = USED;
    return m;
}

bool meters_init(struct meters *ms, const struct hash_key *key, size_t places)
{
    *ms = (struct meters){.hash_key = key, .sets = 1};
    while (ms->sets * METER_WAYS < places)
        ms->sets *= 2;
    ms->table = pages_map(ms->sets * METER_WAYS * sizeof *ms->table);
    return ms->table != NULL;
}

void meters_fini(struct meters *ms)
{
    if (ms->table != NULL)
        pages_unmap(ms->table, ms->sets * METER_WAYS * sizeof *ms->table);
    ms->table = NULL;
}

void meters_clear(struct meters *ms)
{
    if (ms->used > 0)
        memset(ms->table, 0, ms->sets * METER_WAYS * sizeof *ms->table);
    ms->used = 0;
}

struct meter_answer meter_charge(struct meters *ms, const struct meter_key *key,
                                 const struct meter_limits *limits, uint32_t now_s)
{
    const struct meter_limit *limit = &limits->of[key->kind];
    struct meter *m = find_or_make(ms, key, now_s);
    struct meter_answer answer = {0};

    m->stamp = ++ms->stamp;
    go_on(m, limit, now_s);
    count(m);
    answer.count = window_of(m);
    if (answer.count >= limit->upper) {
        m->key.zero[FLAGS] |= ON;
        m->key.zero[BELOW] = 0;
    }
    answer.on = m->key.zero[FLAGS] & ON;
    if (!answer.on)
        return answer;
    m->fired++;
    if (!(m->key.zero[FLAGS] & TOLD) || now_s - m->told_s >= kinds[key->kind].every) {
        answer.told = m->fired;
        m->key.zero[FLAGS] |= TOLD;
        m->told_s = now_s;
        m->fired = 0;
    }
    return answer;
}

void meter_return(struct meters *ms, const struct meter_key *key, uint32_t now_s)
{
    struct meter *m = find(ms, key);

    if (m == NULL || m->open == 0)
        return;
    m->open--;
    m->second = now_s;
}

bool meter_is_on(const struct meters *ms, const struct meter_key *key,
                 const struct meter_limits *limits, uint32_t now_s)
{
    const struct meter *found = find(ms, key);
    struct meter m;

    if (found == NULL || !(found->key.zero[FLAGS] & ON))
        return false;
    m = *found;
    go_on(&m, &limits->of[key->kind], now_s);
    return m.key.zero[FLAGS] & ON;
}

void meters_expire(struct meters *ms, size_t places, uint32_t now_s)
{
    for (size_t n = ms->sets * METER_WAYS; ms->used > 0 && places > 0; places--) {
        struct meter *m = &ms->table[ms->sweep];

        if (is_used(m) && is_idle(m, now_s)) {
            memset(m, 0, sizeof *m);
            ms->used--;
        }
        ms->sweep = (ms->sweep + 1) % n;
    }
}

static struct meter_view view_of(const struct meter *m, const struct meter_limits *limits)
{
    const struct kind *k = &kinds[m->key.kind];
    struct meter_view v = {
        .kind = (enum meter_kind)m->key.kind,
        .zone = m->key.zone,
        .peer = {.family = m->key.family},
        .on = m->key.zero[FLAGS] & ON,
        .count = window_of(m),
        .last = m->last,
        .span = k->span,
        .idle = k->idle,
        .limit = limits->of[m->key.kind],
    };

    memcpy(v.peer.bytes, m->key.addr, sizeof v.peer.bytes);
    return v;
}

bool meters_walk(const struct meters *ms, struct meter_walk *w, meter_visit *visit, void *arg)
{
    size_t n = ms->used > 0 ? ms->sets * METER_WAYS : 0;

    for (size_t i = 0; i < w->places && w->at < n; i++, w->at++) {
        struct meter m = ms->table[w->at];
        struct meter_view v;

        if (!is_used(&m) || is_idle(&m, w->now_s))
            continue;
        go_on(&m, &w->limits->of[m.key.kind], w->now_s);
        v = view_of(&m, w->limits);
        visit(arg, &v);
    }
    return w->at < n;
}
