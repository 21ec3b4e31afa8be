/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include "base/hash.h"
#include "base/rcu.h"
#include "parser/parser.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    RING = 2048,
    MANY_SESSIONS = 10000, /* fewer disappear in what grows in large steps */
    STRIDE = 514229, /* sessions take turns in this order: prime, no cache line helps the next */
    PAUSE_US = 100000000, /* between two repetitions */
    DRAIN_US = 2000,
};

enum phase { OPENING, DATA, PHASES };

/* The cost of a part of a phase; the same packets at every repetition. */
struct chunk {
    uint64_t ns, cycles;
};

struct costs {
    struct chunk *chunks;
    size_t count, room;
    uint64_t packets, bytes;
};

struct run {
    const struct run_setup *setup;
    struct engine *engine;
    struct snapshot *snapshot;
    struct hash_key key;
    enum meter_cycles cycles;
    struct costs costs[PHASES];
    size_t at[PHASES]; /* next chunk of this repetition */
    uint64_t end_ns;
    uint64_t now_us;
    bool counted; /* every repetition has the same packets: only the first counts them */
    size_t filled;
    uint8_t *ring;
    struct frame frames[RING];
};

static void on_event(void *arg, const struct event *event)
{
    (void)arg;
    (void)event;
}

/* The registry, one parser of it, or nothing. */
static const struct parser *const *parsers_of(const struct run_setup *setup,
                                              const struct parser *chosen[2])
{
    static const struct parser *const none[] = {NULL};

    if (setup->no_parsers)
        return none;
    if (setup->only == NULL)
        return parser_registry;
    chosen[0] = chosen[1] = NULL;
    for (size_t i = 0; parser_registry[i]; i++)
        if (strcmp(parser_registry[i]->name, setup->only) == 0)
            chosen[0] = parser_registry[i];
    return chosen;
}

static bool engine_make(struct run *r)
{
    const struct parser *chosen[2];
    struct engine_config config = {
        .mode = r->setup->bench->mode,
        .parsers = parsers_of(r->setup, chosen),
        .hash_key = &r->key,
        .ops = {.emit = on_event, .wants_tx = r->setup->bench->wants_tx},
    };
    struct err err = {0};

    hash_init_seeded(&r->key, 20);
    r->snapshot = snapshot_new();
    if (r->snapshot == NULL || !snapshot_seal(r->snapshot))
        return false;
    r->snapshot->checksum = r->setup->bench->checksum;
    config.snapshot = r->snapshot;
    r->engine = engine_new(&config, &err);
    if (r->engine == NULL)
        fprintf(stderr, "bench: %s %s\n", err.path, err.text);
    return r->engine != NULL;
}

__attribute__((noinline)) void run_feed(struct engine *engine, struct frame *frames, size_t n)
{
    for (size_t i = 0; i < n; i += ENGINE_BATCH)
        engine_input(engine, frames + i, n - i < ENGINE_BATCH ? n - i : ENGINE_BATCH);
}

static struct chunk *chunk_next(struct costs *c, size_t at)
{
    if (at < c->count)
        return &c->chunks[at];
    if (c->count == c->room) {
        c->room = c->room ? c->room * 2 : 256;
        c->chunks = realloc(c->chunks, c->room * sizeof *c->chunks);
        assert(c->chunks);
    }
    c->chunks[c->count] = (struct chunk){.ns = UINT64_MAX, .cycles = UINT64_MAX};
    return &c->chunks[c->count++];
}

static uint64_t cycles_now(const struct run *r)
{
    return r->cycles == CYCLES_CORE ? meter_cycles() : 0;
}

/* What is in the ring belongs to one phase. */
static void feed(struct run *r, enum phase phase)
{
    struct chunk *best = chunk_next(&r->costs[phase], r->at[phase]++);
    uint64_t ns, cycles;

    if (r->filled == 0)
        return;
    cycles = cycles_now(r);
    ns = meter_ns();
    run_feed(r->engine, r->frames, r->filled);
    ns = meter_ns() - ns;
    cycles = cycles_now(r) - cycles;
    if (ns < best->ns)
        best->ns = ns;
    if (cycles < best->cycles)
        best->cycles = cycles;
    r->filled = 0;
}

static void add_packet(struct run *r, enum phase phase, const struct pattern_packet *p, uint64_t i)
{
    struct frame *f = &r->frames[r->filled];
    uint8_t *bytes = r->ring + r->filled * PATTERN_FRAME;
    uint32_t n = pattern_write(p, i, bytes);

    *f = (struct frame){
        .bytes = bytes,
        .captured = n,
        .length = n,
        .time_us = r->now_us++,
        .token = r->filled,
        .link = LINK_ETHERNET,
    };
    if (!r->counted) {
        r->costs[phase].packets++;
        r->costs[phase].bytes += n;
    }
    if (++r->filled == RING)
        feed(r, phase);
}

static size_t longest_pattern(const struct pattern_set *set)
{
    size_t most = 0;

    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].count > most)
            most = set->list[i].count;
    return most;
}

/* Every session sends its first packet, then every one its second ... */
static void play(struct run *r)
{
    const struct pattern_set *set = &r->setup->patterns;
    uint64_t sessions = r->setup->sessions;
    size_t longest = longest_pattern(set);

    r->at[OPENING] = r->at[DATA] = 0;
    for (size_t step = 0; step < longest; step++) {
        enum phase phase = step < set->opening && !r->setup->bench->flood ? OPENING : DATA;

        for (uint64_t k = 0; k < sessions; k++) {
            uint64_t i = k * STRIDE % sessions;
            const struct pattern *t = &set->list[i % set->count];

            if (step < t->count)
                add_packet(r, phase, &t->packets[step], i);
        }
        if (step + 1 == set->opening || step + 1 == longest)
            feed(r, phase);
    }
    r->counted = true;
}

/* Sessions leave the engine's limbo on its own thread's time; wait for it outside of the clock. */
static void drain(struct run *r)
{
    struct engine_usage usage;

    do {
        engine_tick(r->engine, r->now_us);
        rcu_reader_offline();
        usleep(DRAIN_US);
        rcu_reader_online();
        engine_usage(r->engine, &usage);
    } while (usage.limbo > 0);
    r->now_us += PAUSE_US;
}

static void end_sessions(struct run *r)
{
    uint64_t ns = meter_ns();

    engine_flush(r->engine);
    ns = meter_ns() - ns;
    if (ns < r->end_ns)
        r->end_ns = ns;
}

/* The first repetition warms up, and is the one in which memory grows. */
static void play_first(struct run *r, struct run_result *result)
{
    size_t before = meter_rss();
    double sessions = (double)r->setup->sessions;
    struct engine_usage usage;

    play(r);
    engine_usage(r->engine, &usage);
    if (r->setup->sessions >= MANY_SESSIONS) {
        result->engine_bytes = (double)usage.session_bytes +
                               (double)(usage.app_peak + usage.reassembly_peak) / sessions;
        result->resident_bytes = (double)(meter_rss() - before) / sessions;
    }
    end_sessions(r);
    drain(r);
    for (int phase = 0; phase < PHASES; phase++)
        for (size_t i = 0; i < r->costs[phase].count; i++)
            r->costs[phase].chunks[i] = (struct chunk){.ns = UINT64_MAX, .cycles = UINT64_MAX};
    r->end_ns = UINT64_MAX;
}

static struct run_phase phase_result(const struct run *r, enum phase phase)
{
    const struct costs *c = &r->costs[phase];
    struct run_phase p = {.packets = c->packets, .bytes = c->bytes};
    uint64_t ns = 0, cycles = 0;

    if (c->packets == 0)
        return p;
    for (size_t i = 0; i < c->count; i++) {
        ns += c->chunks[i].ns == UINT64_MAX ? 0 : c->chunks[i].ns;
        cycles += c->chunks[i].cycles == UINT64_MAX ? 0 : c->chunks[i].cycles;
    }
    p.ns = (double)ns / (double)c->packets;
    if (r->cycles == CYCLES_CORE)
        p.cycles = (double)cycles / (double)c->packets;
    else if (r->cycles == CYCLES_REFERENCE)
        p.cycles = p.ns * meter_ticks_per_ns();
    return p;
}

static void run_fini(struct run *r)
{
    engine_free(r->engine);
    snapshot_free(r->snapshot);
    for (int phase = 0; phase < PHASES; phase++)
        free(r->costs[phase].chunks);
    free(r->ring);
    free(r);
}

static struct run *run_new(const struct run_setup *setup)
{
    struct run *r = calloc(1, sizeof *r);

    assert(r);
    r->setup = setup;
    r->now_us = UINT64_C(1700000000) * 1000000;
    r->end_ns = UINT64_MAX;
    r->cycles = meter_cycles_open();
    r->ring = malloc((size_t)RING * PATTERN_FRAME);
    assert(r->ring);
    memset(r->ring, 0, (size_t)RING * PATTERN_FRAME); /* its pages are not the sessions' */
    if (engine_make(r))
        return r;
    run_fini(r);
    return NULL;
}

static void run_finish(struct run *r, struct run_result *result)
{
    result->opening = phase_result(r, OPENING);
    result->data = phase_result(r, DATA);
    result->end_ns = (double)r->end_ns / (double)r->setup->sessions;
    result->counters = *engine_counters(r->engine);
    run_fini(r);
}

bool run_once(const struct run_setup *setup, struct run_result *result)
{
    struct run *r = run_new(setup);

    *result = (struct run_result){0};
    if (r == NULL)
        return false;
    play(r);
    end_sessions(r);
    run_finish(r, result);
    return true;
}

bool run_case(const struct run_setup *setup, struct run_result *result)
{
    struct run *r = run_new(setup);
    uint64_t begin;

    *result = (struct run_result){0};
    if (r == NULL)
        return false;
    play_first(r, result);
    begin = meter_ns();
    do {
        play(r);
        end_sessions(r);
        drain(r);
        result->repeated++;
    } while (result->repeated < setup->repeat ||
             (double)(meter_ns() - begin) < setup->seconds * 1e9);
    run_finish(r, result);
    return true;
}
