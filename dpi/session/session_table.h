/* SPDX-License-Identifier: Apache-2.0
 *
 * session_table: all live sessions of one worker: look-up, creation within budgets, eviction,
 * idle timers, end. Written by the worker; readable by RCU readers.
 */
#ifndef SESSION_SESSION_TABLE_H
#define SESSION_SESSION_TABLE_H

#include "base/hash.h"
#include "base/rcu_table.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "engine/packet.h"
#include "engine/session.h"
#include "engine/snapshot.h"
#include "parser/parser.h"

struct engine;

#define SESSION_SOURCES 65536

/* Announced by a session: the next one between these ends is its child. */
struct expectation {
    struct rcu_node node;
    struct timer timer;
    struct list age;
    struct session_key key; /* one port is zero: any */
    uint8_t app;            /* enum app */
    bool named_opens;       /* the end whose port is named is the client of the new session */
    const struct parser *parser;
    uint64_t parent;
};

struct session_table {
    struct rcu_table table;
    struct slab slab;
    bool own; /* behind each session stands its struct session_own */
    struct rcu_limbo limbo;
    struct timer_wheel wheel;
    struct list evict[EVICT_CLASSES]; /* oldest first */
    uint32_t *sources;                /* live sessions by digest of zone and client */
    uint32_t per_workload_count;
    uint32_t *per_workload; /* live sessions by zone */
    uint32_t limit;
    size_t peak;
    struct rcu_table expected;
    struct slab expected_slab;
    struct list expected_age;
    struct session_sweep {
        bool on;
        bool gone;          /* of workloads that are gone */
        size_t at;          /* next bucket */
        uint64_t before_id; /* older than this one, whatever they are */
    } sweep;
};

enum session_room { SESSIONS_BARE, SESSIONS_OWN };
/* False: no memory. */
bool session_table_init(struct session_table *, const struct snapshot *, enum session_room);
void session_table_fini(struct session_table *);

uint32_t session_key_hash(const struct hash_key *, const struct session_key *);

static inline bool session_key_equal(const struct session_key *a, const struct session_key *b)
{
    uint64_t x[7], y[7], differs;

    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    differs = (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]);
    if (a->family != 4)
        differs |= (x[4] ^ y[4]) | (x[5] ^ y[5]) | (x[6] ^ y[6]);
    return differs == 0;
}

static inline struct session *session_of_node(struct rcu_node *n)
{
    return (struct session *)(void *)((char *)n - offsetof(struct session, node));
}

/* The newest session with this key, or NULL. */
struct session *session_find(const struct session_table *, const struct session_key *,
                             uint32_t hash);
/* An older one with the same key (see SESSION_REOPENING), or NULL. */
struct session *session_find_older(struct session *);

/* Touches what a look-up and the stages behind it will read. */
static inline void session_prefetch_bucket(const struct session_table *t, uint32_t hash)
{
    __builtin_prefetch(rcu_table_bucket(&t->table, hash));
}

/* The first line of the first session there: enough to see whether it is the one. */
static inline void session_prefetch_first(const struct session_table *t, uint32_t hash)
{
    __builtin_prefetch(*rcu_table_bucket(&t->table, hash));
}

/* The rest of it, when it is. */
static inline void session_prefetch_rest(const struct session_table *t, uint32_t hash)
{
    const struct rcu_node *n = *rcu_table_bucket(&t->table, hash);

    if (n == NULL || n->hash != hash)
        return;
    for (size_t line = 64; line < sizeof(struct session); line += 64)
        __builtin_prefetch((const char *)n + line, 1);
}

/* A session for this packet, whose sender is the client or the server. NULL when the budgets and
 * eviction leave no room; that is counted and the exception applied. */
struct session *session_new(struct engine *, struct packet *, enum dir sender);

/* Ends it: hands on what waits, tells, unlinks, retires. */
void session_end(struct engine *, struct session *, enum reason);
/* Every session, with events. */
void session_end_all(struct engine *, enum reason);

static inline struct session_own *session_own(struct session *s)
{
    return (struct session_own *)(void *)(s + 1);
}

/* ---- sweep: ends many sessions, a part of the table at a time ---- */

/* Those of workloads that the configuration had and has not any more. */
void session_sweep_gone(struct engine *);
/* Those that exist now. */
void session_sweep_all(struct engine *);
/* Goes on with what is under way. */
void session_sweep_some(struct engine *, size_t buckets);

/* Sets the idle timeout of its present state. */
void session_set_timeout(struct engine *, struct session *, uint32_t seconds);
/* Its timer fires at that second at the latest, and app_deadline() is asked. */
void session_wake(struct engine *, struct session *, uint32_t second);
void session_set_class(struct engine *, struct session *, enum evict_class);
bool session_is_idle(const struct engine *, const struct session *);
/* TCP: both FINs or a reset. */
void session_set_closed(struct engine *, struct session *);
void session_bypass(struct engine *, struct session *, enum reason);
/* Sets it aside again when the present configuration says so. */
void session_rebypass(struct engine *, struct session *);

/* Fires at most `max` due timers. True: more are due. */
bool session_table_advance(struct engine *, size_t max);

/* ---- expectations ---- */
void session_expect(struct engine *, const struct session *, const struct announce *);

/* What the one that announces a packet's session said. */
struct expected {
    const struct parser *parser; /* NULL: nobody announced it */
    enum app app;
    enum dir sender; /* who sent this packet */
};

/* Finds and consumes it. */
struct expected session_expected(struct engine *, const struct packet *);
void session_expect_clear(struct engine *);

#endif
