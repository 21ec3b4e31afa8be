/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_state: what one worker owns, for the files of dpi/. Everything is written by the worker.
 */
#ifndef ENGINE_STATE_H
#define ENGINE_STATE_H

#include "app/app_layer.h"
#include "base/budget.h"
#include "base/hash.h"
#include "base/slab.h"
#include "decode/decode.h"
#include "defrag/defrag.h"
#include "engine/engine.h"
#include "meter/meter.h"
#include "session/session_table.h"
#include "tcp/tcp_reasm.h"
#include "workload/app_map.h"
#include "workload/traffic.h"

/* Of a session's id, the part that counts up within a worker. */
#define SESSION_ID_COUNT ((UINT64_C(1) << 44) - 1)

/* Of a sweep with one batch. */
#define SWEEP_BUCKETS 1024

struct engine {
    const struct snapshot *snapshot;
    const struct snapshot *next_snapshot; /* written by engine_configure() */
    struct engine_ops ops;
    enum engine_mode mode;
    bool started; /* time is known */
    bool tracing;
    unsigned worker;
    struct hash_key hash_key;
    struct decode_env decode;
    uint64_t now_us; /* never goes back within an input */
    uint32_t now_s;
    uint64_t next_second_us;
    uint64_t next_id;
    struct counters counters;
    struct session_table sessions;
    struct defrag defrag;
    struct tcp_reasm_pool reasm;
    struct app_layer app;
    size_t traffic_count;
    struct traffic *traffic; /* by zone; 0 is everything */
    bool *zones;             /* those that the configuration has */
    struct app_map ports;    /* what runs behind them */
    struct meters meters;
    struct app_total app_totals[APP_COUNT];
    struct packet batch[ENGINE_BATCH];
};

#ifdef SLUICE_HOT_ASSERT
#include <assert.h>
#define hot_assert(x) assert(x)
#else
#define hot_assert(x) ((void)0)
#endif

static inline void engine_count(struct engine *e, enum counter c)
{
    counter_inc(&e->counters, c);
}

static inline enum verdict engine_exception(struct engine *e, enum exception x)
{
    return e->snapshot->exceptions[x];
}

/* A session's application or product is known: what does its workload run there? */
void engine_learn_port(struct engine *, const struct session *);

/* What is decided about a packet, or, when there is none at hand (a timer, a hole), about the
 * session's next one. The session may be NULL. */
void engine_stop(struct engine *, struct packet *, struct session *, enum verdict, enum reason);

/* Emits it, with what every event says. */
void engine_emit(struct engine *, struct event *);

/* Raises a threat and does what its action says, or, for THREAT_NONE, tells a note. The packet may
 * be NULL. */
/* A parser's note; `value` is what decided, may be empty. */
void engine_note(struct engine *, struct packet *, struct session *, const char *text,
                 struct span value, bool refused);
void engine_threat(struct engine *, struct packet *, struct session *, enum threat,
                   const char *text);
/* The same; `value` is what decided, may be empty. */
void engine_threat_value(struct engine *, struct packet *, struct session *, enum threat,
                         const char *text, struct span value);
/* Only tells it: something else decides. */
void engine_tell(struct engine *, struct packet *, struct session *, enum threat, const char *text,
                 enum verdict);

/* The same of what only may be one: it passes. `value` is what decided. */
void engine_tell_value(struct engine *, struct packet *, struct session *, enum threat,
                       const char *text, struct span value);
/* Only tells it, as the sum of so many: the packet is the last of them and shows who it was. */
void engine_tell_sum(struct engine *, struct packet *, enum threat, const char *text,
                     uint32_t count);
/* May anything be stopped here? A copy never; a workload only when it is protected. */
bool engine_enforces(const struct engine *, const struct workload *);

/* What the setting says about a condition, put on the packet; BYPASS also on its session. */
void engine_apply_exception(struct engine *, struct packet *, enum exception, enum reason);

/* One line of a traced packet's story. */
void engine_trace_line(struct engine *, const struct packet *, const char *stage, const char *fmt,
                       ...) __attribute__((format(printf, 4, 5)));

#define engine_trace(e, p, stage, ...)                                                             \
    do {                                                                                           \
        if (__builtin_expect((p) != NULL && ((p)->flags & PKT_TRACED), 0))                         \
            engine_trace_line(e, p, stage, __VA_ARGS__);                                           \
    } while (0)

#endif
