/* SPDX-License-Identifier: Apache-2.0
 *
 * Plays frames into an engine and keeps what comes out.
 */
#include "engine_fixture.h"

#include "event_text.h"
#include "parser/parser.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void session_copy(struct session_record *r, const struct session *s,
                         const struct workload *workload)
{
    struct span host = span_first(session_host(s), sizeof r->host - 1);

    *r = (struct session_record){
        .id = s->id,
        .proto = s->key.proto,
        .family = s->key.family,
        .state = s->state,
        .verdict = s->verdict,
        .end_reason = s->end_reason,
        .proof = s->proof,
        .flags = s->flags,
        .app = (enum app)s->app_id,
        .client = session_end_client(s),
        .server = session_end_server(s),
        .client_side = s->sides[s->client],
        .server_side = s->sides[1 - s->client],
        .product = session_product(s),
        .workload = workload ? workload->name : NULL,
    };
    r->label_count = session_protocols(s, r->labels);
    if (host.n)
        memcpy(r->host, host.p, host.n);
}

static void fixture_emit(void *arg, const struct event *e)
{
    struct engine_fixture *f = arg;
    struct event_record *r;
    struct text text = {0};

    if (f->event_count == f->event_room) {
        f->event_room = f->event_room ? f->event_room * 2 : 64;
        f->events = realloc(f->events, f->event_room * sizeof *f->events);
        assert(f->events);
    }
    r = &f->events[f->event_count++];
    *r = (struct event_record){.type = e->type, .time_us = e->time_us};
    if (e->session)
        session_copy(&r->session, e->session, e->workload);
    text_add(&text, "%s", "");
    if (e->type == EVENT_TX) {
        event_text_tx(&text, &e->tx, f->own ? EVENT_TEXT_OWN : EVENT_TEXT_NOT_OWN);
    } else if (e->type == EVENT_THREAT) {
        r->threat = e->threat.threat;
        r->verdict = e->threat.verdict;
        text_add(&text, "%s", e->threat.text);
        if (e->threat.value.n) {
            text_add(&text, ": ");
            text_add_escaped(&text, e->threat.value);
        }
    }
    r->text = text.at;
}

static struct buffer_record *buffer_open(struct engine_fixture *f, const struct inspect *i)
{
    for (size_t n = f->buffer_count; n-- > 0;) {
        struct buffer_record *b = &f->buffers[n];

        if (!b->ended && b->session == i->session->id && b->dir == i->dir &&
            b->buffer == i->buffer && b->message == i->message)
            return b;
    }
    return NULL;
}

static void fixture_inspect(void *arg, const struct inspect *i)
{
    struct engine_fixture *f = arg;
    struct buffer_record *b = i->begins ? NULL : buffer_open(f, i);

    if (b == NULL) {
        if (f->buffer_count == f->buffer_room) {
            f->buffer_room = f->buffer_room ? f->buffer_room * 2 : 16;
            f->buffers = realloc(f->buffers, f->buffer_room * sizeof *f->buffers);
            assert(f->buffers);
        }
        b = &f->buffers[f->buffer_count++];
        *b = (struct buffer_record){
            .session = i->session->id, .dir = i->dir, .buffer = i->buffer, .message = i->message};
    }
    b->bytes = realloc(b->bytes, b->n + i->bytes.n + 1);
    assert(b->bytes);
    if (i->bytes.n)
        memcpy(b->bytes + b->n, i->bytes.p, i->bytes.n);
    b->n += i->bytes.n;
    b->ended = i->ends;
}

static void fixture_release(void *arg, uint64_t token, enum verdict v, enum reason reason)
{
    struct engine_fixture *f = arg;
    struct frame_fate *fate;

    assert(token < f->frame_count);
    fate = &f->fates[token];
    assert(fate->verdict == VERDICT_HOLD);
    assert(v != VERDICT_HOLD);
    fate->verdict = (uint8_t)v;
    fate->reason = (uint8_t)reason;
    fate->held = true;
}

static void fixture_inject(void *arg, const uint8_t *bytes, size_t n, uint16_t device,
                           enum link_type link)
{
    struct engine_fixture *f = arg;

    (void)device;
    frame_list_add(&f->injected, bytes, n, f->now_us)->link = (uint8_t)link;
}

static void fixture_trace(void *arg, const struct packet *p, const char *stage, const char *text)
{
    (void)arg;
    fprintf(stderr, "%6llu %-8s %s\n", (unsigned long long)p->frame->number, stage, text);
}

static bool fixture_trace_wants(void *arg, const struct packet *p)
{
    (void)arg;
    (void)p;
    return true;
}

/* A test that failed has left its fixture open, and this thread registered. */
static void enter_once(void)
{
    static _Thread_local bool entered;

    if (!entered)
        rcu_thread_enter();
    entered = true;
}

void fixture_open(struct engine_fixture *f, const struct fixture_options *o)
{
    struct engine_config config;
    struct err err = {0};
    void (*inspect)(void *, const struct inspect *) = NULL;
    bool sealed;

    memset(f, 0, sizeof *f);
    f->own = o->own;
    enter_once();
    hash_init_seeded(&f->hash_key, 20);
    f->snapshot = snapshot_new();
    assert(f->snapshot);
    if (o->wants_buffers)
        inspect = o->inspect ? o->inspect : fixture_inspect;
    if (o->adjust)
        o->adjust(f->snapshot);
    sealed = snapshot_seal(f->snapshot);
    assert(sealed);
    config = (struct engine_config){
        .mode = o->mode,
        .parsers = o->parsers ? o->parsers : parser_registry,
        .snapshot = f->snapshot,
        .hash_key = &f->hash_key,
        .ops =
            {
                .arg = f,
                .emit = fixture_emit,
                .contribute = o->contribute,
                .named = o->named,
                .release = fixture_release,
                .inject = fixture_inject,
                .wants_tx = o->wants_tx,
                .inspect = inspect,
            },
    };
    if (getenv("SLUICE_TEST_TRACE")) {
        config.ops.trace = fixture_trace;
        config.ops.trace_wants = fixture_trace_wants;
    }
    f->engine = engine_new(&config, &err);
    if (f->engine == NULL)
        fprintf(stderr, "engine_new: %s: %s\n", err.path, err.text);
    assert(f->engine);
}

void fixture_forget(struct engine_fixture *f)
{
    for (size_t i = 0; i < f->event_count; i++)
        free(f->events[i].text);
    f->event_count = 0;
    for (size_t i = 0; i < f->buffer_count; i++)
        free(f->buffers[i].bytes);
    f->buffer_count = 0;
    f->frame_count = 0;
    frame_list_free(&f->injected);
}

void fixture_close(struct engine_fixture *f)
{
    engine_free(f->engine);
    snapshot_free(f->snapshot);
    fixture_forget(f);
    free(f->events);
    free(f->buffers);
    free(f->fates);
    memset(f, 0, sizeof *f);
}

static void fates_reserve(struct engine_fixture *f, size_t more)
{
    if (more <= f->frame_room - f->frame_count)
        return;
    f->frame_room = (f->frame_count + more) * 2;
    f->fates = realloc(f->fates, f->frame_room * sizeof *f->fates);
    assert(f->fates);
}

static void feed_batch(struct engine_fixture *f, const struct listed_frame *from, size_t n)
{
    struct frame batch[ENGINE_BATCH];
    size_t first = f->frame_count;

    for (size_t i = 0; i < n; i++) {
        batch[i] = (struct frame){
            .bytes = from[i].bytes,
            .captured = from[i].n,
            .length = from[i].wire,
            .time_us = from[i].time_us,
            .token = first + i,
            .number = first + i + 1,
            .link = from[i].link,
            .checksum = from[i].checksum,
            .gso = from[i].gso,
        };
        /* The engine may release a frame of this very batch before it returns. */
        f->fates[first + i] = (struct frame_fate){.verdict = VERDICT_HOLD};
        if (from[i].time_us > f->now_us)
            f->now_us = from[i].time_us;
    }
    f->frame_count += n;
    engine_input(f->engine, batch, n);
    for (size_t i = 0; i < n; i++) {
        if (f->fates[first + i].held)
            continue;
        f->fates[first + i].verdict = batch[i].verdict;
        f->fates[first + i].reason = batch[i].reason;
    }
    rcu_quiescent();
}

void fixture_feed(struct engine_fixture *f, const struct frame_list *l)
{
    fates_reserve(f, l->count);
    for (size_t i = 0; i < l->count; i += ENGINE_BATCH)
        feed_batch(f, &l->frames[i], l->count - i < ENGINE_BATCH ? l->count - i : ENGINE_BATCH);
}

void fixture_tick(struct engine_fixture *f, uint64_t now_us)
{
    f->now_us = now_us;
    engine_tick(f->engine, now_us);
    rcu_quiescent();
}

void fixture_flush(struct engine_fixture *f)
{
    engine_flush(f->engine);
    rcu_quiescent();
}

uint64_t fixture_counter(const struct engine_fixture *f, enum counter c)
{
    return engine_counters(f->engine)->value[c];
}

bool fixture_passed(const struct engine_fixture *f, size_t frame)
{
    assert(frame < f->frame_count);
    return f->fates[frame].verdict == VERDICT_PASS || f->fates[frame].verdict == VERDICT_BYPASS;
}

size_t fixture_count(const struct engine_fixture *f, enum event_type type)
{
    size_t n = 0;

    for (size_t i = 0; i < f->event_count; i++)
        n += f->events[i].type == type;
    return n;
}

const struct event_record *fixture_event(const struct engine_fixture *f, enum event_type type,
                                         size_t i)
{
    for (size_t k = 0; k < f->event_count; k++)
        if (f->events[k].type == type && i-- == 0)
            return &f->events[k];
    return NULL;
}

size_t fixture_threats(const struct engine_fixture *f, enum threat threat)
{
    size_t n = 0;

    for (size_t i = 0; i < f->event_count; i++)
        n += f->events[i].type == EVENT_THREAT && f->events[i].threat == threat;
    return n;
}
