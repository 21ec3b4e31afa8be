/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_fixture: an engine with everything around it that it needs, and all it says written down.
 *
 *     struct engine_fixture f;
 *
 *     fixture_open(&f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_INLINE});
 *     fixture_feed(&f, &frames);
 *     fixture_flush(&f);
 *     ... f.fates, f.events, sink_bytes() ...
 *     fixture_close(&f);
 *
 * The hash key has a fixed seed: runs repeat. With SLUICE_TEST_TRACE in the environment the story
 * of every packet goes to standard error.
 */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include "base/hash.h"
#include "engine/engine.h"
#include "frame_list.h"

struct fixture_options {
    const struct parser *const *parsers; /* NULL: the registry */
    enum engine_mode mode;
    bool wants_tx;
    bool wants_buffers;
    bool own;                    /* texts of transactions have all fields of our own object */
    contribute_emit *contribute; /* may be NULL; the argument is the fixture */
    void (*named)(void *, const struct named_address *); /* the same */
    /* Gets them instead of f->buffers; may be NULL. The argument is the fixture. */
    void (*inspect)(void *, const struct inspect *);
    void (*adjust)(struct snapshot *); /* settings other than the defaults; may be NULL */
};

/* What became of a frame. */
struct frame_fate {
    uint8_t verdict; /* enum verdict: the last word */
    uint8_t reason;  /* enum reason */
    bool held;       /* it had to wait for that word */
};

/* What a session was when the event came. */
struct session_record {
    uint64_t id; /* 0 = the event has no session */
    uint8_t proto, family, state, verdict, end_reason, proof;
    uint16_t flags; /* enum session_flag */
    enum app app;
    enum app labels[SESSION_LABELS];
    size_t label_count;
    struct session_end client, server;
    struct session_side client_side, server_side;
    char host[256];
    enum product product;
    const char *workload; /* name, or NULL */
};

/* A buffer for detection, its pieces joined. */
struct buffer_record {
    uint64_t session;
    enum dir dir;
    enum buffer buffer;
    uint64_t message;
    bool ended;
    uint8_t *bytes;
    size_t n;
};

struct event_record {
    enum event_type type;
    uint64_t time_us;
    struct session_record session;
    enum threat threat;   /* EVENT_THREAT */
    enum verdict verdict; /* EVENT_THREAT */
    char *text;           /* transaction as text, or text of the threat */
};

struct engine_fixture {
    struct engine *engine;
    struct snapshot *snapshot;
    struct hash_key hash_key;
    struct event_record *events;
    size_t event_count, event_room;
    struct buffer_record *buffers;
    size_t buffer_count, buffer_room;
    struct frame_fate *fates; /* one for every frame fed, in order */
    size_t frame_count, frame_room;
    struct frame_list injected;
    uint64_t now_us;
    bool own;
};

void fixture_open(struct engine_fixture *, const struct fixture_options *);
/* Ends everything quietly. */
void fixture_close(struct engine_fixture *);

/* The frames must stay where they are until the flush: some may be held. */
void fixture_feed(struct engine_fixture *, const struct frame_list *);
void fixture_tick(struct engine_fixture *, uint64_t now_us);
void fixture_flush(struct engine_fixture *);
/* Forgets events, fates and injected frames, not the engine. */
void fixture_forget(struct engine_fixture *);

/* ---- questions ---- */

uint64_t fixture_counter(const struct engine_fixture *, enum counter);
bool fixture_passed(const struct engine_fixture *, size_t frame);
size_t fixture_count(const struct engine_fixture *, enum event_type);
/* The i-th event of a type, or NULL. */
const struct event_record *fixture_event(const struct engine_fixture *, enum event_type, size_t i);
size_t fixture_threats(const struct engine_fixture *, enum threat);

#endif
