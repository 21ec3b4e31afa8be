/* SPDX-License-Identifier: Apache-2.0 */
#include "control/answer.h"

#include "base/log.h"
#include "control/answer_counters.h"
#include "report/encode_wire.h"
#include "report/meter_wire.h"
#include "report/session_wire.h"

#include <stdlib.h>
#include <string.h>

enum {
    STEP_PLACES = 2048,                /* of the session table, in one step */
    STEP_METERS = 1024,                /* of the meter table */
    CHUNK = 8 * MESSAGE_SESSIONS_MOST, /* sessions found before they are sent */
    CHUNK_ROOM = CHUNK + 1024,         /* a place may hold many: it is finished */
    METERS_ALONE = 64,                 /* more of one worker share a message */
    FAMILIES = 2,
};

/* One worker's share of one question. */
struct part {
    struct worker_task task; /* first */
    const struct answer *answer;
    struct worker *worker;
    size_t at; /* place in the session table */
    bool begun, ended;
    /* what it has found */
    struct message_session_count sessions;
    struct message_stats stats;
    struct message_session_entry *entries; /* of a list of sessions, */
    struct message_meter_entry *meters;    /* of one of meters */
    size_t entry_count, entry_next, entry_missed;
    uint8_t family;
    uint32_t found_hash;
    uint64_t found_id;
};

struct answer {
    struct answer *next;
    struct answers *answers;
    struct peer to;
    enum control_question question;
    uint64_t stalled_ms; /* since when nothing went out; 0: it does */
    bool given_up;
    unsigned round; /* list: IPv4, then IPv6 */
    size_t turn;    /* list: whose sessions are sent */
    uint32_t id;    /* clear: of the session */
    size_t zone_count;
    uint32_t *zones;
    struct part parts[]; /* one for each worker */
};

struct answers {
    struct server *server;
    struct worker *const *workers;
    size_t worker_count;
    struct answer_source source;
    struct answer *open;
    size_t open_count;
};

/* ---- worker threads: one step ---- */

static bool count_session(void *arg, const struct session *s)
{
    struct message_session_count *c = arg;

    c->all++;
    switch (s->key.proto) {
    case 6:
        c->tcp++;
        break;
    case 17:
        c->udp++;
        break;
    case 1:
    case 58:
        c->icmp++;
        break;
    default:
        c->other++;
        break;
    }
    return true;
}

static enum task_state step_count(struct worker_task *task, struct engine *e)
{
    struct part *p = (struct part *)task;

    if (atomic_load_explicit(&task->cancel, memory_order_relaxed) ||
        !engine_sessions_from(e, &p->at, STEP_PLACES, count_session, &p->sessions))
        return TASK_DONE;
    return TASK_RUN;
}

struct lister {
    struct part *part;
    const struct engine *engine;
};

static bool list_session(void *arg, const struct session *s)
{
    struct lister *l = arg;
    struct part *p = l->part;

    if (s->key.family != p->family)
        return true;
    if (p->entry_count == CHUNK_ROOM) {
        p->entry_missed++;
        return false;
    }
    session_wire(l->engine, s, &p->entries[p->entry_count++]);
    return p->entry_count < CHUNK;
}

static enum task_state step_list(struct worker_task *task, struct engine *e)
{
    struct part *p = (struct part *)task;
    struct lister l = {p, e};

    if (atomic_load_explicit(&task->cancel, memory_order_relaxed) ||
        !engine_sessions_from(e, &p->at, STEP_PLACES, list_session, &l))
        return TASK_DONE;
    return p->entry_count >= CHUNK ? TASK_FULL : TASK_RUN;
}

_Static_assert(STEP_METERS <= CHUNK_ROOM - CHUNK, "a step finds no more than there is room for");

static void list_meter(void *arg, const struct meter_view *v)
{
    struct lister *l = arg;
    struct part *p = l->part;

    p->entry_count += meter_wire(l->engine, v, &p->meters[p->entry_count]);
}

/* All of them with the first family: those of all sources have none. */
static enum task_state step_meters(struct worker_task *task, struct engine *e)
{
    struct part *p = (struct part *)task;
    struct lister l = {p, e};

    if (atomic_load_explicit(&task->cancel, memory_order_relaxed) || p->family != 4 ||
        !engine_meters(e, &p->at, STEP_METERS, list_meter, &l))
        return TASK_DONE;
    return p->entry_count >= CHUNK ? TASK_FULL : TASK_RUN;
}

static void add_traffic(const struct engine *e, uint32_t zone, struct message_stats *s)
{
    static const enum traffic_span spans[STATS_WINDOWS] = {TRAFFIC_SLOT, TRAFFIC_MINUTE,
                                                           TRAFFIC_5_MINUTES};
    struct traffic_window in, out;

    if (!engine_traffic(e, zone, 1, TRAFFIC_TOTAL, &in) ||
        !engine_traffic(e, zone, 0, TRAFFIC_TOTAL, &out))
        return;
    s->head.sessions_in += (uint32_t)in.sessions;
    s->head.sessions_out += (uint32_t)out.sessions;
    s->head.current_in += engine_open_sessions(e, zone, 1);
    s->head.current_out += engine_open_sessions(e, zone, 0);
    s->head.packets_in += in.packets;
    s->head.packets_out += out.packets;
    s->head.bytes_in += in.bytes;
    s->head.bytes_out += out.bytes;
    for (size_t i = 0; i < STATS_WINDOWS; i++) {
        (void)engine_traffic(e, zone, 1, spans[i], &in);
        (void)engine_traffic(e, zone, 0, spans[i], &out);
        s->windows[i].sessions_in += (uint32_t)in.sessions;
        s->windows[i].sessions_out += (uint32_t)out.sessions;
        s->windows[i].packets_in += in.packets;
        s->windows[i].packets_out += out.packets;
        s->windows[i].bytes_in += in.bytes;
        s->windows[i].bytes_out += out.bytes;
    }
}

static enum task_state step_stats(struct worker_task *task, struct engine *e)
{
    struct part *p = (struct part *)task;

    if (p->answer->question == QUESTION_DEVICE_STATS)
        add_traffic(e, 0, &p->stats);
    for (size_t i = 0; i < p->answer->zone_count; i++)
        add_traffic(e, p->answer->zones[i], &p->stats);
    return TASK_DONE;
}

static bool find_session(void *arg, const struct session *s)
{
    struct part *p = arg;

    if (session_wire_id(s) != p->answer->id)
        return true;
    p->found_hash = s->node.hash;
    p->found_id = s->id;
    return false;
}

static enum task_state step_clear(struct worker_task *task, struct engine *e)
{
    struct part *p = (struct part *)task;

    if (p->answer->id == 0) {
        engine_clear(e);
        return TASK_DONE;
    }
    if (!atomic_load_explicit(&task->cancel, memory_order_relaxed) &&
        engine_sessions_from(e, &p->at, STEP_PLACES, find_session, p) && p->found_id == 0)
        return TASK_RUN;
    if (p->found_id != 0)
        engine_clear_one(e, p->found_hash, p->found_id);
    return TASK_DONE;
}

/* ---- control thread: what goes out ---- */

static bool put(struct answer *a, struct span bytes, uint64_t now_ms)
{
    return server_answer(a->answers->server, &a->to, bytes, now_ms);
}

static void put_count(struct answer *a, uint64_t now_ms)
{
    struct message_session_count sum = {0};
    struct wire_datagram d;

    for (size_t i = 0; i < a->answers->worker_count; i++) {
        const struct message_session_count *c = &a->parts[i].sessions;

        sum.all += c->all;
        sum.tcp += c->tcp;
        sum.udp += c->udp;
        sum.icmp += c->icmp;
        sum.other += c->other;
    }
    wire_begin(&d, MESSAGE_SESSION_COUNT);
    wire_put_session_count(&d, &sum);
    put(a, wire_end(&d, WIRE_LAST), now_ms);
}

static void window_add(struct message_window *sum, const struct message_window *w)
{
    sum->sessions_in += w->sessions_in;
    sum->sessions_out += w->sessions_out;
    sum->packets_in += w->packets_in;
    sum->packets_out += w->packets_out;
    sum->bytes_in += w->bytes_in;
    sum->bytes_out += w->bytes_out;
}

static void put_stats(struct answer *a, uint64_t now_ms)
{
    struct message_stats sum = {.head.interval = 5};
    struct wire_datagram d;

    for (size_t i = 0; i < a->answers->worker_count; i++) {
        const struct message_stats *s = &a->parts[i].stats;

        sum.head.sessions_in += s->head.sessions_in;
        sum.head.sessions_out += s->head.sessions_out;
        sum.head.current_in += s->head.current_in;
        sum.head.current_out += s->head.current_out;
        sum.head.packets_in += s->head.packets_in;
        sum.head.packets_out += s->head.packets_out;
        sum.head.bytes_in += s->head.bytes_in;
        sum.head.bytes_out += s->head.bytes_out;
        for (size_t w = 0; w < STATS_WINDOWS; w++)
            window_add(&sum.windows[w], &s->windows[w]);
    }
    wire_begin(&d, a->question == QUESTION_MAC_STATS ? MESSAGE_MAC_STATS : MESSAGE_DEVICE_STATS);
    wire_put_stats(&d, &sum);
    put(a, wire_end(&d, WIRE_LAST), now_ms);
}

/* One datagram of sessions that this part has found. */
static void put_sessions(struct answer *a, struct part *p, uint64_t now_ms)
{
    struct wire_datagram d;
    size_t n = p->entry_count - p->entry_next;

    if (n > MESSAGE_SESSIONS_MOST)
        n = MESSAGE_SESSIONS_MOST;
    wire_begin(&d, MESSAGE_SESSION_LIST);
    wire_put_list_head(&d, &(struct message_list_head){.count = (uint16_t)n});
    for (size_t i = 0; i < n; i++)
        wire_put_session_entry(&d, &p->entries[p->entry_next++]);
    if (!put(a, wire_end(&d, WIRE_MORE), now_ms))
        a->given_up = true;
}

/* The agent reads the second entry of a message and those behind it at wrong places: as long as
 * they are few each gets its own. */
static void put_meters(struct answer *a, struct part *p, uint64_t now_ms)
{
    struct wire_datagram d;
    size_t n = p->entry_count - p->entry_next;

    if (p->entry_count <= METERS_ALONE)
        n = 1;
    else if (n > MESSAGE_METERS_MOST)
        n = MESSAGE_METERS_MOST;
    wire_begin(&d, MESSAGE_METER_LIST);
    wire_put_list_head(&d, &(struct message_list_head){.count = (uint16_t)n});
    for (size_t i = 0; i < n; i++)
        wire_put_meter_entry(&d, &p->meters[p->entry_next++]);
    if (!put(a, wire_end(&d, WIRE_MORE), now_ms))
        a->given_up = true;
}

static void put_list_end(struct answer *a, uint64_t now_ms)
{
    struct wire_datagram d;

    wire_begin(&d, a->question == QUESTION_LIST_METERS ? MESSAGE_METER_LIST : MESSAGE_SESSION_LIST);
    wire_put_list_head(&d, &(struct message_list_head){0});
    put(a, wire_end(&d, WIRE_LAST), now_ms);
}

static void put_counters(struct answers *as, const struct peer *to, uint64_t now_ms)
{
    struct answer_numbers numbers = {0};
    struct message_counters m;
    struct wire_datagram d;

    if (as->source.numbers != NULL)
        as->source.numbers(as->source.arg, &numbers);
    answer_counters(as->workers, as->worker_count, &numbers, &m);
    wire_begin(&d, MESSAGE_COUNTERS);
    wire_put_counters(&d, &m);
    server_answer(as->server, to, wire_end(&d, WIRE_LAST), now_ms);
}

/* ---- control thread: one question ---- */

static const struct {
    enum task_state (*step)(struct worker_task *, struct engine *);
    bool lists;
} questions[] = {
    [QUESTION_COUNT_SESSIONS] = {step_count, false}, [QUESTION_LIST_SESSIONS] = {step_list, true},
    [QUESTION_DEVICE_STATS] = {step_stats, false},   [QUESTION_MAC_STATS] = {step_stats, false},
    [QUESTION_CLEAR] = {step_clear, false},          [QUESTION_LIST_METERS] = {step_meters, true},
};

static void answer_free(struct answer *a)
{
    for (size_t i = 0; i < a->answers->worker_count; i++) {
        free(a->parts[i].entries);
        free(a->parts[i].meters);
    }
    free(a->zones);
    free(a);
}

static struct answer *answer_new(struct answers *as, const struct peer *to,
                                 enum control_question question, const uint32_t *zones,
                                 size_t count)
{
    struct answer *a = calloc(1, sizeof *a + as->worker_count * sizeof a->parts[0]);
    bool whole = true;

    if (a == NULL)
        return NULL;
    a->answers = as;
    a->to = *to;
    a->question = question;
    a->zones = calloc(count + 1, sizeof *a->zones);
    whole = a->zones != NULL;
    if (whole && count > 0)
        memcpy(a->zones, zones, count * sizeof *zones);
    a->zone_count = count;
    for (size_t i = 0; i < as->worker_count; i++) {
        a->parts[i].task.step = questions[question].step;
        a->parts[i].answer = a;
        a->parts[i].worker = as->workers[i];
        if (questions[question].lists) {
            if (question == QUESTION_LIST_METERS)
                a->parts[i].meters = calloc(CHUNK_ROOM, sizeof *a->parts[i].meters);
            else
                a->parts[i].entries = calloc(CHUNK_ROOM, sizeof *a->parts[i].entries);
            whole &= a->parts[i].meters != NULL || a->parts[i].entries != NULL;
        }
    }
    if (whole)
        return a;
    answer_free(a);
    return NULL;
}

static enum task_state part_state(struct part *p)
{
    return (enum task_state)atomic_load_explicit(&p->task.state, memory_order_acquire);
}

static void part_begin(struct part *p, uint8_t family)
{
    p->begun = true;
    p->ended = false;
    p->at = 0;
    p->entry_count = p->entry_next = 0;
    p->family = family;
    worker_post(p->worker, &p->task);
}

/* Is nobody working on it any more? Those that are get told to stop. */
static bool answer_stopped(struct answer *a)
{
    bool stopped = true;

    for (size_t i = 0; i < a->answers->worker_count; i++) {
        struct part *p = &a->parts[i];

        if (!p->begun || part_state(p) == TASK_DONE)
            continue;
        stopped = false;
        atomic_store(&p->task.cancel, true);
        if (part_state(p) == TASK_FULL)
            worker_resume(p->worker, &p->task);
    }
    return stopped;
}

/* The list of one worker after the other, IPv4 of all before IPv6 of all. True: the answer is
 * complete. */
static bool list_go_on(struct answer *a, uint64_t now_ms)
{
    static const uint8_t families[FAMILIES] = {4, 6};

    while (a->round < FAMILIES && !a->given_up) {
        struct part *p = &a->parts[a->turn];
        enum task_state state;

        if (!p->begun)
            part_begin(p, families[a->round]);
        state = part_state(p);
        if (state == TASK_RUN)
            return false;
        while (p->entry_next < p->entry_count && !a->given_up) {
            if (!server_streams(a->answers->server, &a->to))
                return false;
            a->stalled_ms = 0;
            (p->meters != NULL ? put_meters : put_sessions)(a, p, now_ms);
        }
        p->entry_count = p->entry_next = 0;
        if (state == TASK_FULL && !a->given_up) {
            worker_resume(p->worker, &p->task);
            continue;
        }
        p->begun = false;
        a->turn = (a->turn + 1) % a->answers->worker_count;
        a->round += a->turn == 0;
    }
    if (!a->given_up)
        put_list_end(a, now_ms);
    return true;
}

static bool parts_done(struct answer *a)
{
    for (size_t i = 0; i < a->answers->worker_count; i++)
        if (part_state(&a->parts[i]) != TASK_DONE)
            return false;
    return true;
}

/* True: it is complete. */
static bool answer_go_on(struct answer *a, uint64_t now_ms)
{
    if (questions[a->question].lists)
        return list_go_on(a, now_ms);
    if (!parts_done(a))
        return false;
    if (a->question == QUESTION_COUNT_SESSIONS)
        put_count(a, now_ms);
    else if (a->question != QUESTION_CLEAR)
        put_stats(a, now_ms);
    return true;
}

/* An asker that does not read. */
static void watch_stall(struct answer *a, uint64_t now_ms)
{
    if (!questions[a->question].lists || server_streams(a->answers->server, &a->to))
        a->stalled_ms = 0;
    else if (a->stalled_ms == 0)
        a->stalled_ms = now_ms;
    else if (now_ms - a->stalled_ms > ANSWER_STALL_MS)
        a->given_up = true;
}

struct answers *answers_new(struct server *server, struct worker *const *workers, size_t count,
                            const struct answer_source *source)
{
    struct answers *as = calloc(1, sizeof *as);

    if (as != NULL)
        *as = (struct answers){
            .server = server, .workers = workers, .worker_count = count, .source = *source};
    return as;
}

void answers_free(struct answers *as)
{
    if (as == NULL)
        return;
    for (struct answer *a = as->open, *next; a != NULL; a = next) {
        next = a->next;
        answer_free(a);
    }
    free(as);
}

/* NULL: there are too many, or no memory. */
static struct answer *answer_open(struct answers *as, const struct peer *to,
                                  enum control_question question, const uint32_t *zones,
                                  size_t count)
{
    struct answer *a = NULL;

    if (as->open_count < ANSWERS_MOST)
        a = answer_new(as, to, question, zones, count);
    if (a == NULL) {
        log_warn("a question is not answered: %s",
                 as->open_count < ANSWERS_MOST ? "no memory" : "too many at a time");
        return NULL;
    }
    a->next = as->open;
    as->open = a;
    as->open_count++;
    return a;
}

static void answer_begin(struct answer *a)
{
    for (size_t i = 0; i < a->answers->worker_count; i++)
        part_begin(&a->parts[i], 0);
}

void answers_clear(struct answers *as, uint32_t id, uint64_t now_ms)
{
    static const struct peer nobody;
    struct answer *a = answer_open(as, &nobody, QUESTION_CLEAR, NULL, 0);

    if (a == NULL)
        return;
    a->id = id;
    answer_begin(a);
    (void)answers_go_on(as, now_ms);
}

void answers_ask(struct answers *as, const struct peer *to, enum control_question question,
                 const uint32_t *zones, size_t count, uint64_t now_ms)
{
    struct answer *a;

    if (to->size == 0)
        return;
    if (question == QUESTION_COUNTERS) {
        put_counters(as, to, now_ms);
        return;
    }
    a = answer_open(as, to, question, zones, count);
    if (a == NULL)
        return;
    if (!questions[question].lists)
        answer_begin(a);
    (void)answers_go_on(as, now_ms);
}

bool answers_go_on(struct answers *as, uint64_t now_ms)
{
    struct answer **place = &as->open;
    bool waits = false;

    while (*place != NULL) {
        struct answer *a = *place;
        bool complete = a->given_up || answer_go_on(a, now_ms);

        watch_stall(a, now_ms);
        waits |= a->stalled_ms != 0 && !a->given_up;
        if ((complete || a->given_up) && answer_stopped(a)) {
            *place = a->next;
            as->open_count--;
            answer_free(a);
        } else {
            place = &a->next;
        }
    }
    return waits;
}
