/* SPDX-License-Identifier: Apache-2.0
 *
 * engine: everything one worker owns. Frames go in, verdicts and events come out.
 *
 * One thread per engine, registered with rcu_thread_enter(). The engine opens nothing, reads no
 * clock and knows no globals: time comes with the frames, configuration with the snapshot.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/err.h"
#include "engine/contribution.h"
#include "engine/counter.h"
#include "engine/event.h"
#include "engine/snapshot.h"

struct engine;
struct parser;

#define ENGINE_BATCH 32

enum engine_mode {
    ENGINE_TAP,    /* a copy of the traffic: losses happen, nothing can be stopped */
    ENGINE_INLINE, /* what is dropped never arrives */
};

/* An address that a name stands for, as DNS has answered a workload. */
struct named_address {
    uint32_t zone;    /* whose question it was */
    struct span name; /* in lower case; borrowed */
    struct ipaddr addr;
    uint32_t ttl; /* seconds, as answered */
    uint64_t time_us;
};

/* How the engine reaches the outside. Called on the worker's thread, inside engine_input(),
 * engine_tick() or engine_flush(); none may call back into the engine. Any may be NULL. */
struct engine_ops {
    void *arg;
    event_emit *emit;
    /* What sessions of workloads add to the report of connections. */
    contribute_emit *contribute;
    /* Names that workloads have asked for. */
    void (*named)(void *arg, const struct named_address *);
    /* A frame that had got VERDICT_HOLD is decided now. */
    void (*release)(void *arg, uint64_t token, enum verdict, enum reason);
    /* Send this frame towards `device` side of the session's client or server. */
    void (*inject)(void *arg, const uint8_t *bytes, size_t n, uint16_t device, enum link_type);
    /* A line of the story of a traced packet. */
    void (*trace)(void *arg, const struct packet *, const char *stage, const char *text);
    bool (*trace_wants)(void *arg, const struct packet *);
    inspect_emit *inspect; /* NULL: parsers report no buffers */
    uint32_t buffers;      /* a bit for each enum buffer that is read; 0: all */
    bool wants_tx;         /* parsers shall report transactions; see engine_want() */
};

struct engine_config {
    unsigned worker; /* makes session ids unique over workers */
    enum engine_mode mode;
    const struct parser *const *parsers;
    const struct snapshot *snapshot; /* borrowed; replaced by engine_configure() */
    struct engine_ops ops;
    const struct hash_key *hash_key; /* NULL: random */
    bool prefault;                   /* touch the tables' memory now and not when packets come */
};

/* NULL and err: no memory, or limits out of range. Sizes of tables come from the snapshot given
 * here; a later one with larger limits keeps the old sizes. */
struct engine *engine_new(const struct engine_config *, struct err *);
/* Ends every session without events (call engine_flush() first for those). Accepts NULL. */
void engine_free(struct engine *);

/* A new snapshot holds from the next batch or tick on. The old one may be freed when every engine
 * has had one since and a grace period has passed. Sessions bypassed or blocked by configuration
 * are judged again at their next packet; those of a workload that is gone end, little by little. */
void engine_configure(struct engine *, const struct snapshot *);

/* Somebody listens from now on, or does not any more: to transactions (of sessions that begin now),
 * to the story of packets. Worker thread. */
struct engine_wants {
    bool tx, trace;
};
void engine_want(struct engine *, struct engine_wants);

/* Inspects n <= ENGINE_BATCH frames in order, writes each frame's verdict and reason. */
void engine_input(struct engine *, struct frame *, size_t n);

/* No traffic: time goes on. Does the work that is due. True: there is more of it, call again at
 * once if nothing else is to be done. */
bool engine_tick(struct engine *, uint64_t now_us);

/* The end of an input: hands on what waits, ends every session and fragment train, with events.
 * Afterwards the engine is as new, and time may start anywhere. */
void engine_flush(struct engine *);

/* Ends every session that exists now, little by little with the batches and ticks that follow.
 * Worker thread. */
void engine_clear(struct engine *);
/* Ends the one with this id, if it still is; `hash` is its node's. Worker thread. */
void engine_clear_one(struct engine *, uint32_t hash, uint64_t id);

/* The generation of the configuration that the worker has. Any thread. */
uint32_t engine_generation(const struct engine *);

const struct counters *engine_counters(const struct engine *);

struct engine_usage {
    size_t sessions, sessions_peak, sessions_limit;
    size_t session_bytes; /* of one session without application state */
    size_t fragment_trains, fragment_bytes;
    size_t reassembly_bytes, reassembly_peak;
    size_t app_bytes, app_peak;
    size_t meter_bytes; /* of their table */
    size_t limbo;       /* ended sessions that wait for readers */
};

void engine_usage(const struct engine *, struct engine_usage *);

/* Sessions that ended and had this label, and their packets. Where several labels have one number
 * of the agent's, the outermost counts. Any thread. */
struct app_total {
    uint64_t sessions, packets;
};
struct app_total engine_app_total(const struct engine *, enum app);

/* Traffic windows (section "statistics"): totals and rings of 60 slots of 5 seconds. */
struct traffic_window {
    uint64_t sessions, packets, bytes;
};
enum traffic_span { TRAFFIC_SLOT, TRAFFIC_MINUTE, TRAFFIC_5_MINUTES, TRAFFIC_TOTAL };
/* `ingress`: towards (1) or from (0) the workload; workload zone 0 = all traffic. */
bool engine_traffic(const struct engine *, uint32_t zone, int ingress, enum traffic_span,
                    struct traffic_window *);

/* What runs behind a port of a workload, as its sessions have shown. Numbers are the agent's, 0:
 * not known. */
struct port_app {
    uint32_t zone;
    uint16_t port;
    uint8_t proto;
    bool changed; /* since engine_ports_told() */
    uint16_t protocol, server, application;
};

/* Those that were learned, `places` of the table from *at (0 at first) on; false: that was the end.
 * Worker thread. */
typedef void port_app_visit(void *arg, const struct port_app *);
bool engine_ports(const struct engine *, size_t *at, size_t places, port_app_visit *, void *arg);
/* Is one of them changed? Worker thread. */
bool engine_ports_changed(const struct engine *);
/* None is any more. Worker thread. */
void engine_ports_told(struct engine *);

/* Rates that are watched now, `places` of the table from *at (0 at first) on; false: that was the
 * end. Worker thread. */
bool engine_meters(const struct engine *, size_t *at, size_t places, meter_visit *, void *arg);

/* Sessions into (1) or out of (0) the workload that are open now. Worker thread. */
uint32_t engine_open_sessions(const struct engine *, uint32_t zone, int ingress);

/* Time, and the workload of a session (NULL: nobody's). Worker thread. */
uint64_t engine_now_us(const struct engine *);
const struct workload *engine_workload(const struct engine *, const struct session *);
const struct snapshot *engine_snapshot(const struct engine *);

/* Every live session, from any RCU reader thread (online), while the worker goes on. The visitor
 * returns false to stop. */
typedef bool session_visit(void *arg, const struct session *);
void engine_sessions(const struct engine *, session_visit *, void *arg);
/* The same in pieces: looks at `places` places of the table from *at (0 at first) on. False: that
 * was the end. A visitor's false ends the piece after the place it stands at. */
bool engine_sessions_from(const struct engine *, size_t *at, size_t places, session_visit *,
                          void *arg);

/* Names of what a session was found to be, outside in; returns how many. */
size_t session_protocols(const struct session *, enum app labels[SESSION_LABELS]);
/* The number that the agent knows: of the innermost label that has one; 0 = none. */
uint16_t session_application(const struct session *);
/* The product behind it. Worker thread only. */
enum product session_product(const struct session *);
/* What is decided about it; NULL in an engine that reports no connections. Worker thread. */
const struct session_own *engine_session_own(const struct engine *, const struct session *);
/* The end that opened the session, and the other. */
struct session_end {
    struct ipaddr addr;
    uint16_t port;
};
struct session_end session_end_client(const struct session *);
struct session_end session_end_server(const struct session *);
/* Segments and bytes of one side (an end of the key) that wait behind missing ones. Worker thread.
 */
void session_held(const struct session *, unsigned side, uint32_t *segments, uint32_t *bytes);
/* The name the client asked for, empty when none is known. Worker thread only. */
struct span session_host(const struct session *);

/* For whom the client of a session into a workload says that it asks, by its last request. */
struct session_forwarded {
    struct ipaddr addr;
    uint16_t port;        /* asked for at the proxy; 0: not said */
    uint16_t application; /* spoken with the proxy, as the agent's number; 0: not said */
    uint32_t changes;     /* grows whenever one of these changes */
};

/* NULL: there is none. Worker thread only. */
const struct session_forwarded *session_forwarded(const struct session *);

#endif
