/* SPDX-License-Identifier: Apache-2.0
 *
 * snapshot: everything configured, as one value. Built aside, checked whole, published with one
 * pointer store; nothing in it is written afterwards. A worker takes it once per batch.
 */
#ifndef ENGINE_SNAPSHOT_H
#define ENGINE_SNAPSHOT_H

#include "engine/meter.h"
#include "engine/network.h"
#include "engine/verdict.h"
#include "engine/workload.h"
#include "parser/http_options.h"
#include "wire/apps.h"
#include "wire/threats.h"

enum exception {
#define EXCEPTION(name, key, action, text) EXCEPTION_##name,
#include "engine/exceptions.def"
#undef EXCEPTION
    EXCEPTION_COUNT
};

const char *exception_key(enum exception);
enum verdict exception_default(enum exception);

enum checksum_mode {
    CHECKSUM_AUTO,   /* a sender's checksums count from its first right one on (captures) */
    CHECKSUM_STRICT, /* every wrong one counts */
    CHECKSUM_OFF,
};

/* Idle timeouts in seconds. */
struct timeouts {
    uint32_t tcp_new;     /* SYN or SYN/ACK seen */
    uint32_t tcp_no_data; /* handshake complete, nothing from the client yet */
    uint32_t tcp_established;
    uint32_t tcp_half_closed; /* one FIN, acknowledged */
    uint32_t tcp_closed;      /* both FINs, or reset */
    uint32_t tcp_closed_most; /* a closed session ends after this, whatever still arrives */
    uint32_t blocked;
    uint32_t udp;
    uint32_t icmp;
    uint32_t other;
    uint32_t fragment; /* from the first fragment on */
    uint32_t expectation;
};

struct limits {
    uint32_t sessions;              /* per worker */
    uint32_t workloads;             /* for which tables have room from the beginning */
    uint32_t sessions_per_workload; /* share of one workload; 0 = all */
    uint32_t sessions_per_source;   /* share of one client once half of all is used; 0 = all */
    size_t fragment_bytes;
    uint32_t fragment_trains;
    uint32_t fragments_per_train;
    size_t reassembly_bytes; /* out-of-order and retained data, all sessions */
    uint32_t reassembly_side_bytes;
    uint32_t reassembly_segments; /* most separate pieces of one side */
    uint32_t retain_bytes;        /* inspected, not yet acknowledged bytes kept per side */
    size_t app_bytes;             /* parser state, pending bytes, transactions */
    uint32_t decide_bytes;        /* an application is decided after so many bytes one way, */
    uint32_t decide_packets;      /* so many packets with payload, */
    uint32_t decide_seconds;      /* or so long after the first payload */
    uint32_t tunnel_depth;
    uint32_t expectations;
    uint32_t tx_per_session; /* transactions reported of one session */
    uint32_t meters;         /* places for counts of floods, 64 bytes each */
};

/* Of the kernel's packet queues. */
struct queue_settings {
    uint32_t length;     /* packets that wait */
    bool drop_when_full; /* else what comes then passes */
    bool conntrack;      /* the kernel tells which connection a packet is of */
};

/* Sessions that are forwarded without inspection because the operator said so. */
struct bypass_rule {
    struct ipprefix net; /* either end; bits 0 and family 0 = any */
    uint16_t port;       /* either end; 0 = any */
    uint8_t proto;       /* 0 = any */
};

/* What the agent switches for the whole node. */
struct policy_switches {
    bool forwarded; /* judge by the client address in X-Forwarded-For as well */
    bool off;       /* everything is open */
    bool unmanaged; /* judge traffic with unmanaged workloads */
    bool icmp;      /* judge ICMP */
    bool strict;    /* strict group mode */
};

struct snapshot {
    uint32_t generation; /* 1.. ; grows with every change */
    enum checksum_mode checksum;
    bool quic_as_tls;             /* the agent is told that QUIC is TLS, else that it is unknown */
    bool smuggling_strict;        /* HTTP: a length beside chunks is stopped */
    bool http_product_in_session; /* the agent is told the application behind HTTP instead of it */
    bool mesh_by_pod;             /* a mesh workload is judged by the policy of its pod */
    uint64_t threats_on;          /* a bit for each enum threat */
    uint8_t threat_verdicts[THREAT_COUNT]; /* enum verdict: what is done about each */
    bool device_in_key;                    /* the same addresses on two devices are two sessions */
    struct http_options http;
    struct timeouts timeouts;
    struct limits limits;
    struct meter_limits meters;
    enum verdict exceptions[EXCEPTION_COUNT];
    struct policy_switches switches;
    struct queue_settings queue;
    size_t workload_count;
    struct workload **workloads;
    struct networks *networks;
    struct domain_names *names;
    size_t bypass_count;
    struct bypass_rule *bypass;
    uint64_t events_off[APP_COUNT / 64 + 1]; /* bit per application: no transactions */
    struct workload_index *index;            /* these are made by snapshot_seal() */
    uint32_t zone_count;                     /* zones are smaller */
    struct workload **by_zone;               /* NULL where there is none */
};

static inline bool snapshot_event_off(const struct snapshot *s, enum app app)
{
    return s->events_off[app / 64] >> app % 64 & 1;
}

static inline bool snapshot_threat(const struct snapshot *s, enum threat threat)
{
    return s->threats_on >> threat & 1;
}

static inline void snapshot_set_threat(struct snapshot *s, enum threat threat)
{
    s->threats_on |= (uint64_t)1 << threat;
}

static inline void snapshot_unset_threat(struct snapshot *s, enum threat threat)
{
    s->threats_on &= ~((uint64_t)1 << threat);
}

static inline void snapshot_set_event_off(struct snapshot *s, enum app app)
{
    s->events_off[app / 64] |= (uint64_t)1 << app % 64;
}

/* The workload of a zone; NULL: there is none. */
static inline const struct workload *snapshot_workload(const struct snapshot *s, uint32_t zone)
{
    return zone < s->zone_count ? s->by_zone[zone] : NULL;
}

/* How many zones tables are made for. */
static inline uint32_t snapshot_zones(const struct snapshot *s)
{
    return s->zone_count > s->limits.workloads ? s->zone_count : s->limits.workloads + 1;
}

/* Defaults, no workloads. Heap; the caller owns it until it is published. NULL: no memory. */
struct snapshot *snapshot_new(void);
/* Gives back what it shares, frees the rest. Control thread. */
void snapshot_free(struct snapshot *);
/* The same configuration once more, not sealed: shares what can be shared. NULL: no memory. */
struct snapshot *snapshot_copy(const struct snapshot *);
/* Room for so many workloads, none there yet. False: no memory. */
bool snapshot_room(struct snapshot *, size_t workloads);
/* Builds what look-ups need. To be called once, when the snapshot is complete; afterwards it does
 * not change any more. False: no memory. */
bool snapshot_seal(struct snapshot *);

#endif
