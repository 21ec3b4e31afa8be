/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_table.h"

#include "engine_state.h"
#include "meter/meter_stage.h"
#include "session/session_report.h"

#include <netinet/in.h>
#include <stdlib.h>

static void session_release(void *owner, struct rcu_retired *r)
{
    struct session_table *t = owner;

    slab_free(&t->slab, list_entry((struct list *)(void *)r, struct session, evict));
}

_Static_assert(sizeof(struct rcu_retired) <= sizeof(struct list), "retired through `evict`");

bool session_table_init(struct session_table *t, const struct snapshot *snapshot,
                        enum session_room room)
{
    uint32_t limit = snapshot->limits.sessions;
    size_t own = room == SESSIONS_OWN ? sizeof(struct session_own) : 0;

    memset(t, 0, sizeof *t);
    t->limit = limit;
    t->own = room == SESSIONS_OWN;
    t->per_workload_count = snapshot_zones(snapshot);
    t->sources = calloc(SESSION_SOURCES, sizeof *t->sources);
    t->per_workload = calloc(t->per_workload_count, sizeof *t->per_workload);
    /* Ended sessions keep their memory for a grace period: room for them beside the live ones. */
    slab_init(&t->slab, sizeof(struct session) + own, (size_t)limit + limit / 8 + 4096);
    slab_init(&t->expected_slab, sizeof(struct expectation), snapshot->limits.expectations);
    rcu_limbo_init(&t->limbo, session_release, t);
    timer_wheel_init(&t->wheel, 0);
    list_init(&t->expected_age);
    for (int i = 0; i < EVICT_CLASSES; i++)
        list_init(&t->evict[i]);
    /* Twice as many buckets as sessions: a look-up that finds nothing touches hardly a session. */
    return t->sources && t->per_workload && rcu_table_init(&t->table, (size_t)limit * 2) &&
           rcu_table_init(&t->expected, snapshot->limits.expectations);
}

void session_table_fini(struct session_table *t)
{
    rcu_limbo_fini(&t->limbo);
    rcu_table_fini(&t->table);
    rcu_table_fini(&t->expected);
    slab_fini(&t->slab);
    slab_fini(&t->expected_slab);
    free(t->sources);
    free(t->per_workload);
}

uint32_t session_key_hash(const struct hash_key *key, const struct session_key *k)
{
    return (uint32_t)hash_bytes(key, k, session_key_size(k));
}

struct session *session_find(const struct session_table *t, const struct session_key *key,
                             uint32_t hash)
{
    struct rcu_node *n = rcu_table_first(&t->table, hash);

    while (n && !session_key_equal(&session_of_node(n)->key, key))
        n = rcu_table_next(n);
    return n ? session_of_node(n) : NULL;
}

struct session *session_find_older(struct session *s)
{
    struct rcu_node *n = rcu_table_next(&s->node);

    while (n && !session_key_equal(&session_of_node(n)->key, &s->key))
        n = rcu_table_next(n);
    return n ? session_of_node(n) : NULL;
}

/* ---- time ---- */

static uint32_t idle_deadline(const struct session *s)
{
    uint32_t last = (uint32_t)(s->last_us / 1000000);

    return last + s->timeout + 1;
}

bool session_is_idle(const struct engine *e, const struct session *s)
{
    return idle_deadline(s) <= e->now_s;
}

void session_set_timeout(struct engine *e, struct session *s, uint32_t seconds)
{
    s->timeout = seconds > UINT16_MAX ? UINT16_MAX : (uint16_t)seconds;
    /* A longer timeout needs nothing: the timer fires early and is set again. */
    if (idle_deadline(s) < s->timer.due)
        timer_set(&e->sessions.wheel, &s->timer, idle_deadline(s));
}

void session_wake(struct engine *e, struct session *s, uint32_t second)
{
    if (second > e->now_s && second < s->timer.due)
        timer_set(&e->sessions.wheel, &s->timer, second);
}

void session_set_class(struct engine *e, struct session *s, enum evict_class class)
{
    if (s->evict_class == class)
        return;
    list_remove(&s->evict);
    s->evict_class = class & 3;
    list_append(&e->sessions.evict[class], &s->evict);
}

void session_set_closed(struct engine *e, struct session *s)
{
    if (s->state == SESSION_CLOSED)
        return;
    s->state = SESSION_CLOSED;
    s->closed_at = (uint16_t)e->now_s;
    session_set_timeout(e, s, e->snapshot->timeouts.tcp_closed);
    session_set_class(e, s, EVICT_CLOSED);
}

/* Traffic does not keep a closed session beyond this second. */
static uint32_t closed_deadline(const struct engine *e, const struct session *s)
{
    uint16_t since = (uint16_t)(e->now_s - s->closed_at);

    return e->now_s - since + e->snapshot->timeouts.tcp_closed_most + 1;
}

static enum reason closed_reason(const struct session *s)
{
    return (s->sides[0].flags | s->sides[1].flags) & SIDE_RST ? REASON_RESET_SEEN : REASON_CLOSED;
}

static void session_timer(void *owner, struct timer *timer)
{
    struct engine *e = owner;
    struct session *s = list_entry(timer, struct session, timer);

    if (!(s->flags & SESSION_APP_READY))
        app_deadline(e, s);
    if (s->app && s->app->tick)
        app_tick(e, s);
    if (s->awaits_client)
        meter_look_at_client(e, s);
    if (s->state == SESSION_CLOSED) {
        uint32_t due = idle_deadline(s), last = closed_deadline(e, s);

        if (last < due)
            due = last;
        if (due <= e->now_s)
            session_end(e, s, closed_reason(s));
        else
            timer_set(&e->sessions.wheel, timer, due);
    } else if (session_is_idle(e, s)) {
        engine_count(e, COUNTER_SESSIONS_TIMEOUT);
        session_end(e, s, REASON_TIMEOUT);
    } else
        timer_set(&e->sessions.wheel, timer, idle_deadline(s));
    if (s->app && s->app->tick && timer_is_set(timer))
        session_wake(e, s, s->app->tick);
    if (s->awaits_client && timer_is_set(timer))
        meter_wake(e, s);
}

/* Expectations and sessions share the wheel; the kind says which. */
enum timer_kind { TIMER_SESSION, TIMER_EXPECTATION };

static void expectation_free(struct session_table *t, struct expectation *x)
{
    timer_clear(&t->wheel, &x->timer);
    list_remove(&x->age);
    rcu_table_remove(&t->expected, &x->node);
    slab_free(&t->expected_slab, x);
}

static void timer_fired(void *owner, struct timer *timer)
{
    struct engine *e = owner;

    if (timer->kind == TIMER_SESSION)
        session_timer(owner, timer);
    else
        expectation_free(&e->sessions, list_entry(timer, struct expectation, timer));
}

bool session_table_advance(struct engine *e, size_t max)
{
    return timer_wheel_advance(&e->sessions.wheel, e->now_s, max, timer_fired, e);
}

/* ---- creation ---- */

static uint32_t *source_counter(struct engine *e, const struct session *s)
{
    struct {
        uint32_t zone;
        uint8_t addr[16];
    } who = {.zone = s->key.zone};

    if (s->key.family == 4)
        memcpy(who.addr, s->key.addr.v4[s->client], 4);
    else
        memcpy(who.addr, s->key.addr.v6[s->client], 16);
    return &e->sessions.sources[hash_bytes(&e->hash_key, &who, sizeof who) % SESSION_SOURCES];
}

static uint32_t *workload_counter(struct engine *e, const struct session *s)
{
    uint32_t zone = session_zone(s); /* a new configuration does not change it */

    return &e->sessions.per_workload[zone < e->sessions.per_workload_count ? zone : 0];
}

/* The next to go will be needed soon and is long out of the caches: its lines are fetched one
 * eviction ahead, its place in the table another one ahead of that. */
static void prefetch_next_victims(const struct engine *e, const struct list *list)
{
    const struct list *one = list->next, *two = one->next;
    const struct session *s = list_entry(one, const struct session, evict);

    if (one == list || two == list)
        return;
    session_prefetch_bucket(&e->sessions, s->node.hash);
    for (size_t line = 0; line < sizeof *s; line += 64)
        __builtin_prefetch((const char *)list_entry(two, const struct session, evict) + line, 1);
}

/* Has spoken again, a moment ago. That it is new is no reason to look further: in a flood
 * everything is. */
static bool is_busy(const struct engine *e, const struct session *s)
{
    return e->now_us - s->last_us < 1000000 && s->last_us != s->created_us;
}

/* One un-answered TCP session, else one without connection, else a closed one, else the oldest of
 * the rest. Lists are in order of creation; one that has been active since is passed over a few
 * times before the choice falls on it. */
static bool evict_one(struct engine *e)
{
    static const enum counter counters[] = {COUNTER_EVICT_UNREPLIED, COUNTER_EVICT_CONNECTIONLESS,
                                            COUNTER_EVICT_CLOSED, COUNTER_EVICT_OTHER};

    for (int class = 0; class < EVICT_CLASSES; class ++) {
        struct list *list = &e->sessions.evict[class];

        for (int tries = 0; !list_empty(list); tries++) {
            struct session *s = list_entry(list->next, struct session, evict);

            if (class != EVICT_UNREPLIED && is_busy(e, s) && tries < 8) {
                list_remove(&s->evict);
                list_append(list, &s->evict);
                continue;
            }
            engine_count(e, counters[class]);
            session_end(e, s, REASON_EVICTED);
            prefetch_next_victims(e, list);
            return true;
        }
    }
    return false;
}

/* May this client have one more? Shares count only when the table fills. */
static bool within_shares(struct engine *e, const struct session *s)
{
    const struct limits *l = &e->snapshot->limits;
    uint32_t share = l->sessions_per_source;

    if (l->sessions_per_workload && session_zone(s) &&
        *workload_counter(e, s) >= l->sessions_per_workload)
        return false;
    return share == 0 || e->sessions.table.count < e->sessions.limit / 2 ||
           *source_counter(e, s) < share;
}

static void session_fill(struct engine *e, struct session *s, const struct packet *p,
                         enum dir sender)
{
    const struct timeouts *t = &e->snapshot->timeouts;

    memset(s, 0, sizeof *s);
    s->key = p->key;
    s->client = sender == DIR_CLIENT ? p->side : (uint8_t)(1 - p->side);
    s->stages = STAGE_APP | STAGE_STREAM;
    s->generation = e->snapshot->generation;
    s->id = (uint64_t)e->worker << 44 | ++e->next_id;
    s->created_us = s->last_us = e->now_us;
    if ((sender == DIR_CLIENT) == p->ingress)
        s->flags |= SESSION_INGRESS;
    if (p->flags & PKT_TUNNELLED)
        s->flags |= SESSION_TUNNELLED;
    else if (p->frame->link == LINK_ETHERNET) /* of which 14 bytes were decoded */
        memcpy(s->peer_mac, p->frame->bytes + (p->ingress ? 6 : 0), sizeof s->peer_mac);
    for (int i = 0; i < 2; i++)
        s->sides[i].ttl_min = UINT8_MAX;
    switch (p->proto) {
    case 6:
        s->timeout = (uint16_t)t->tcp_new;
        s->evict_class = EVICT_UNREPLIED;
        break;
    case 17:
        s->timeout = (uint16_t)t->udp;
        s->evict_class = EVICT_CONNECTIONLESS;
        break;
    case 1:
    case 58:
        s->timeout = (uint16_t)t->icmp;
        s->evict_class = EVICT_CONNECTIONLESS;
        break;
    default:
        s->timeout = (uint16_t)t->other;
        s->evict_class = EVICT_CONNECTIONLESS;
        break;
    }
}

static void count_created(struct engine *e, const struct session *s)
{
    enum counter by_proto = s->key.proto == 6                         ? COUNTER_SESSIONS_TCP
                            : s->key.proto == 17                      ? COUNTER_SESSIONS_UDP
                            : s->key.proto == 1 || s->key.proto == 58 ? COUNTER_SESSIONS_ICMP
                                                                      : COUNTER_SESSIONS_OTHER;

    engine_count(e, COUNTER_SESSIONS);
    engine_count(e, by_proto);
    if (s->key.family == 6)
        engine_count(e, COUNTER_SESSIONS_IPV6);
    if (s->key.zone & SESSION_ZONE_MESH)
        engine_count(e, COUNTER_SESSIONS_MESH);
}

static void count_traffic(struct engine *e, const struct session *s)
{
    unsigned ingress = (s->flags & SESSION_INGRESS) != 0;
    uint32_t zone = session_zone(s);

    e->traffic[0].now[ingress].sessions++;
    e->traffic[0].open[ingress]++;
    if (zone && zone < e->traffic_count) {
        e->traffic[zone].now[ingress].sessions++;
        e->traffic[zone].open[ingress]++;
    }
}

static void uncount_traffic(struct engine *e, const struct session *s)
{
    unsigned ingress = (s->flags & SESSION_INGRESS) != 0;
    uint32_t zone = session_zone(s);

    e->traffic[0].open[ingress]--;
    if (zone && zone < e->traffic_count)
        e->traffic[zone].open[ingress]--;
}

static bool set_aside(const struct snapshot *snapshot, const struct session *s)
{
    struct session_end ends[2] = {session_end_client(s), session_end_server(s)};

    for (size_t i = 0; i < snapshot->bypass_count; i++) {
        const struct bypass_rule *r = &snapshot->bypass[i];

        if (r->proto && r->proto != s->key.proto)
            continue;
        for (int end = 0; end < 2; end++) {
            bool port = r->port == 0 || r->port == ends[end].port;
            bool net = r->net.addr.family == 0 || ipprefix_has(&r->net, &ends[end].addr);

            if (port && net)
                return true;
        }
    }
    return false;
}

void session_bypass(struct engine *e, struct session *s, enum reason why)
{
    if (s->verdict == VERDICT_BYPASS)
        return;
    engine_count(e, COUNTER_SESSION_BYPASSED);
    s->verdict = VERDICT_BYPASS;
    s->reason = s->bypass_reason = (uint8_t)why;
    s->state = SESSION_BYPASSED;
    s->stages = 0;
    s->generation = e->snapshot->generation;
    tcp_reasm_drop(e, s);
    app_close(e, s, APP_CLOSE_QUIET);
}

void session_rebypass(struct engine *e, struct session *s)
{
    if (e->snapshot->bypass_count && set_aside(e->snapshot, s))
        session_bypass(e, s, REASON_SETTING);
}

struct session *session_new(struct engine *e, struct packet *p, enum dir sender)
{
    struct session_table *t = &e->sessions;
    struct session probe;
    struct session *s = NULL;

    session_fill(e, &probe, p, sender);
    if (within_shares(e, &probe)) {
        if (t->table.count >= t->limit)
            evict_one(e);
        s = slab_alloc(&t->slab);
    }
    if (s == NULL) {
        engine_count(e, COUNTER_SESSION_REFUSED);
        engine_apply_exception(e, p, EXCEPTION_SESSION_BUDGET, REASON_SESSION_BUDGET);
        return NULL;
    }
    *s = probe;
    if (!meter_session(e, p, s)) {
        slab_free(&t->slab, s);
        return NULL;
    }
    if (t->own)
        *session_own(s) = (struct session_own){0};
    rcu_table_insert(&t->table, &s->node, p->hash);
    if (t->table.count > t->peak)
        t->peak = t->table.count;
    list_append(&t->evict[s->evict_class], &s->evict);
    s->timer.kind = TIMER_SESSION;
    timer_set(&t->wheel, &s->timer, idle_deadline(s));
    if (e->snapshot->limits.sessions_per_source)
        ++*source_counter(e, s);
    ++*workload_counter(e, s);
    count_created(e, s);
    count_traffic(e, s);
    p->session = s;
    p->flags |= PKT_NEW_SESSION;
    session_rebypass(e, s);
    engine_trace(e, p, "session", "new, id %llu, sender is the %s", (unsigned long long)s->id,
                 sender == DIR_CLIENT ? "client" : "server");
    return s;
}

/* ---- end ---- */

static bool is_counted(const struct session *s, int label)
{
    for (int i = 0; i < label; i++)
        if (app_number((enum app)s->labels[i]) == app_number((enum app)s->labels[label]))
            return false;
    return true;
}

static void count_apps(struct engine *e, const struct session *s)
{
    uint64_t packets = s->sides[0].packets + s->sides[1].packets;

    for (int i = 0; i < SESSION_LABELS && s->labels[i] != APP_UNKNOWN; i++)
        if (is_counted(s, i)) {
            struct app_total *t = &e->app_totals[s->labels[i]];

            __atomic_store_n(&t->sessions, t->sessions + 1, __ATOMIC_RELAXED);
            __atomic_store_n(&t->packets, t->packets + packets, __ATOMIC_RELAXED);
        }
}

void session_end(struct engine *e, struct session *s, enum reason why)
{
    struct session_table *t = &e->sessions;
    struct event event = {.type = EVENT_FLOW, .time_us = e->now_us, .session = s};

    s->end_reason = (uint8_t)why;
    tcp_reasm_flush(e, s);
    app_close(e, s, APP_CLOSE_TELL);
    session_report_end(e, s);
    engine_emit(e, &event);
    app_free(e, s);
    count_apps(e, s);
    engine_count(e, COUNTER_SESSIONS_ENDED);
    uncount_traffic(e, s);

    rcu_table_remove(&t->table, &s->node);
    timer_clear(&t->wheel, &s->timer);
    list_remove(&s->evict);
    if (e->snapshot->limits.sessions_per_source && *source_counter(e, s))
        --*source_counter(e, s);
    if (*workload_counter(e, s))
        --*workload_counter(e, s);
    meter_session_ended(e, s);
    s->flags |= SESSION_ENDED;
    rcu_limbo_retire(&t->limbo, (struct rcu_retired *)(void *)&s->evict);
}

void session_end_all(struct engine *e, enum reason why)
{
    /* In order of creation within each class: output that can be compared. */
    for (int class = 0; class < EVICT_CLASSES; class ++)
        while (!list_empty(&e->sessions.evict[class])) {
            struct session *s = list_entry(e->sessions.evict[class].next, struct session, evict);

            session_end(e, s, s->state == SESSION_CLOSED ? closed_reason(s) : why);
        }
    session_expect_clear(e);
}

/* ---- expectations ---- */

/* One end's port is any. Between equal addresses nothing but the port tells the ends apart: the
 * named one stands second. */
static void expectation_key(struct session_key *k, unsigned any)
{
    size_t n = k->family == 4 ? 4 : 16;
    const uint8_t *second = k->family == 4 ? k->addr.v4[1] : k->addr.v6[1];

    k->port[any] = 0;
    if (any == 1 && memcmp(&k->addr, second, n) == 0) {
        k->port[1] = k->port[0];
        k->port[0] = 0;
    }
}

void session_expect(struct engine *e, const struct session *s, const struct announce *a)
{
    struct session_table *t = &e->sessions;
    struct expectation *x = slab_alloc(&t->expected_slab);
    unsigned named = a->port_of == DIR_CLIENT ? s->client : 1u - s->client;

    if (x == NULL && !list_empty(&t->expected_age)) {
        expectation_free(t, list_entry(t->expected_age.next, struct expectation, age));
        x = slab_alloc(&t->expected_slab);
    }
    if (x == NULL)
        return;
    memset(x, 0, sizeof *x);
    x->key = s->key;
    x->key.proto = a->transport == OVER_UDP ? IPPROTO_UDP : IPPROTO_TCP;
    x->key.port[named] = a->port;
    expectation_key(&x->key, 1u - named);
    x->app = (uint8_t)a->app;
    x->named_opens = a->opener == a->port_of;
    x->parser = a->parser;
    x->parent = s->id;
    x->timer.kind = TIMER_EXPECTATION;
    timer_set(&t->wheel, &x->timer, e->now_s + a->seconds + 1);
    list_append(&t->expected_age, &x->age);
    rcu_table_insert(&t->expected, &x->node, session_key_hash(&e->hash_key, &x->key));
}

struct expected session_expected(struct engine *e, const struct packet *p)
{
    struct session_table *t = &e->sessions;
    struct expected found = {0};

    if (t->expected.count == 0)
        return found;
    for (unsigned any = 0; any < 2; any++) {
        struct session_key key = p->key;
        struct rcu_node *n;

        expectation_key(&key, any);
        n = rcu_table_first(&t->expected, session_key_hash(&e->hash_key, &key));
        for (; n; n = rcu_table_next(n)) {
            struct expectation *x = (struct expectation *)(void *)n;

            if (!session_key_equal(&x->key, &key) || x->timer.due <= e->now_s)
                continue;
            found.app = (enum app)x->app;
            found.parser = x->parser;
            found.sender = (p->side != any) == x->named_opens ? DIR_CLIENT : DIR_SERVER;
            expectation_free(t, x);
            return found;
        }
    }
    return found;
}

void session_expect_clear(struct engine *e)
{
    struct session_table *t = &e->sessions;

    while (!list_empty(&t->expected_age))
        expectation_free(t, list_entry(t->expected_age.next, struct expectation, age));
}
