/* SPDX-License-Identifier: Apache-2.0
 *
 * session: one conversation. In a worker's slab, given back after an RCU grace period. Written by
 * its worker only; other threads may read it between quiescent points and then see values that are
 * each right but perhaps of different moments.
 */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "base/list.h"
#include "base/rcu_table.h"
#include "base/timer_wheel.h"
#include "engine/session_key.h"
#include "parser/parser.h"

struct session_app;
struct tcp_kept;

enum session_state {
    SESSION_NEW,         /* one side has spoken */
    SESSION_ESTABLISHED, /* both have (TCP: handshake complete, or joined in mid-stream) */
    SESSION_CLOSED,      /* TCP: both FINs or a reset */
    SESSION_BYPASSED,    /* forwarded without inspection; bypass_reason says why */
};

/* Numbers are those of Linux: they are shown to the agent. */
enum tcp_state {
    TCPS_NONE = 0,
    TCPS_ESTABLISHED = 1,
    TCPS_SYN_SENT = 2,
    TCPS_SYN_RECV = 3,
    TCPS_FIN_WAIT1 = 4,
    TCPS_FIN_WAIT2 = 5,
    TCPS_TIME_WAIT = 6,
    TCPS_CLOSE = 7,
    TCPS_CLOSE_WAIT = 8,
    TCPS_LAST_ACK = 9,
    TCPS_LISTEN = 10,
};

enum side_flag {
    SIDE_SEEN = 1 << 0,      /* has sent a packet */
    SIDE_SYNCED = 1 << 1,    /* `next` is known */
    SIDE_FIN = 1 << 2,       /* FIN taken; it stands at `next`, which does not count it */
    SIDE_ACKED = 1 << 3,     /* `acked` and `edge` are known */
    SIDE_WSCALE = 1 << 4,    /* scaling offered in the SYN */
    SIDE_CSUM_GOOD = 1 << 5, /* has sent a right transport checksum: wrong ones count */
    SIDE_GAP = 1 << 6,       /* bytes of it are lost to us */
    SIDE_TS = 1 << 7,        /* `ts_last` is known */
    SIDE_RST = 1 << 8,
    SIDE_FIN_AHEAD = 1 << 9,  /* a FIN waits behind missing data, at fin_seq */
    SIDE_UNSEEN = 1 << 10,    /* `unseen` is set */
    SIDE_EDGE_OPEN = 1 << 11, /* its window scale is unknown: no right edge */
    SIDE_TS_OK = 1 << 12,     /* offered timestamps in its SYN */
    SIDE_SYN_DATA = 1 << 13,  /* its SYN had data; whether the other end kept them is open */
    SIDE_AGAIN = 1 << 14,     /* with SIDE_UNSEEN: that acknowledgement came twice */
    SIDE_ASTRAY = 1 << 15,    /* and a third time, and was let through unread */
};

/* One sender's half. TCP sequence numbers are host order, compared modulo 2^32. */
struct session_side {
    uint64_t packets;
    uint64_t bytes;      /* of frames, as on the wire */
    uint32_t isn;        /* first sequence number */
    uint32_t next;       /* next byte to hand to inspection */
    uint32_t highest;    /* end of the furthest segment seen */
    uint32_t acked;      /* highest acknowledgement this side has sent */
    uint32_t edge;       /* right end of the window it has advertised: acknowledgement + window */
    uint32_t ts_last;    /* timestamp option that counts for PAWS */
    uint32_t fin_seq;    /* where the FIN stands, with SIDE_FIN or SIDE_FIN_AHEAD */
    uint32_t unseen;     /* acknowledgement it sent of bytes we have not seen, with SIDE_UNSEEN */
    uint16_t flags;      /* enum side_flag */
    uint16_t window_max; /* largest it ever advertised, not scaled */
    uint8_t state;       /* enum tcp_state */
    uint8_t wscale;
    uint8_t ttl_min, ttl_max;
    struct tcp_kept *kept; /* bytes that wait or may be compared; mostly NULL */
};

enum stage {
    STAGE_APP = 1 << 0,    /* bytes still go to parsers */
    STAGE_STREAM = 1 << 1, /* sequence numbers are still followed */
};

enum session_flag {
    SESSION_MIDSTREAM = 1 << 0,
    SESSION_WAS_ESTABLISHED = 1 << 1,
    SESSION_EXPECTED = 1 << 2,  /* announced by another session */
    SESSION_PAYLOAD = 1 << 3,   /* carried application bytes */
    SESSION_APP_READY = 1 << 4, /* the application is decided, or decided to be unknown */
    SESSION_ALERTED = 1 << 5,
    SESSION_INGRESS = 1 << 6,        /* the client is outside the workload */
    SESSION_MESH_TO_SERVER = 1 << 7, /* mesh: the real server replaced the proxy's address */
    SESSION_BLOCKED = 1 << 8,
    SESSION_TUNNELLED = 1 << 9,
    SESSION_FRAGMENTED = 1 << 10,
    SESSION_ENDED = 1 << 11,      /* left the table; waits for its grace period */
    SESSION_REOPENING = 1 << 12,  /* a SYN over an older session of this key, not yet confirmed */
    SESSION_SPLIT = 1 << 13,      /* the server answered a SYN with a SYN */
    SESSION_UNREADABLE = 1 << 14, /* its parser lost the thread for good */
    SESSION_TOLD = 1 << 15,       /* its beginning is in the report of connections */
};

enum evict_class {
    EVICT_UNREPLIED,
    EVICT_CONNECTIONLESS,
    EVICT_CLOSED,
    EVICT_OTHER,
    EVICT_CLASSES
};

#define SESSION_LABELS 4

struct session {
    struct rcu_node node;
    uint16_t flags;      /* enum session_flag */
    uint8_t stages;      /* enum stage */
    uint8_t client;      /* which end of the key is the client: 0 or 1 */
    uint32_t generation; /* of the snapshot that decided the verdict below */
    struct session_key key;
    uint64_t last_us;
    struct session_app *app; /* parser, pending bytes, transactions; NULL when not needed */
    uint8_t state;           /* enum session_state */
    uint8_t verdict;         /* of the session: PASS, BYPASS or BLOCK */
    uint8_t reason;          /* of that verdict */
    uint8_t end_reason;      /* enum reason, once it has ended */
    uint16_t timeout;        /* seconds idle, of the present state */
    uint16_t closed_at;      /* second it became CLOSED, before that ESTABLISHED, modulo 2^16 */
    struct session_side sides[2]; /* by end of the key */
    uint64_t id;                  /* unique in this process */
    uint64_t created_us;
    struct timer timer;
    struct list evict;
    uint8_t app_id; /* enum app: innermost */
    uint8_t proof : 4;
    uint8_t evict_class : 2;
    uint8_t metered : 1;            /* counts among the sessions of its source */
    uint8_t awaits_client : 1;      /* nothing from the client yet, which is looked at */
    uint8_t labels[SESSION_LABELS]; /* enum app, outside in; unused = 0 */
    uint8_t bypass_reason;
    uint8_t alerts;      /* saturates */
    uint8_t peer_mac[6]; /* of the end that is not the workload; zero where frames have none */
};

_Static_assert(sizeof(struct session_side) == 64, "one side, one cache line");
_Static_assert(sizeof(struct session) <= 304, "with its two buckets: 320, the memory bar");

/* What is decided and has been told of it; stands behind it in an engine that reports
 * connections. */
struct session_own {
    uint32_t told[2]; /* bytes of both ends, modulo 2^32, the last time */
    uint32_t told_s;  /* when that was */
    uint32_t rule;    /* id of the policy rule; 0: none */
    uint32_t told_rule;
    uint8_t action; /* enum policy_action */
    uint8_t told_action;
    uint8_t threat; /* enum threat: the worst */
    uint8_t told_threat;
};

/* The zone of its workload; 0: nobody's. */
static inline uint32_t session_zone(const struct session *s)
{
    return s->key.zone & ~SESSION_ZONE_MESH;
}

static inline struct session_side *session_client(struct session *s)
{
    return &s->sides[s->client];
}

static inline struct session_side *session_server(struct session *s)
{
    return &s->sides[1 - s->client];
}

#endif
