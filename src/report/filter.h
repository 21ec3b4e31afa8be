/* SPDX-License-Identifier: Apache-2.0
 *
 * filter: which packets somebody wants to see, written like tcpdump's simplest forms:
 *
 *     host 10.1.1.2 and port 80       tcp and not (net 10.0.0.0/8 or vlan 7)       all
 *     app http and workload web
 *
 * A value; nothing to release. Any thread may match.
 */
#ifndef REPORT_FILTER_H
#define REPORT_FILTER_H

#include "base/err.h"
#include "engine/packet.h"
#include "engine/session.h"
#include "engine/workload.h"

enum { FILTER_NODES = 64, FILTER_NAMES = 512 };

enum filter_op {
    FILTER_ALL,
    FILTER_AND,
    FILTER_OR,
    FILTER_NOT,
    FILTER_NET, /* a host is a net of its own */
    FILTER_PORT,
    FILTER_PROTO,
    FILTER_FAMILY,
    FILTER_VLAN,
    FILTER_FRAME,
    FILTER_APP,      /* of the session, by any of its labels */
    FILTER_WORKLOAD, /* by name */
};

enum filter_end { FILTER_EITHER, FILTER_SRC, FILTER_DST };

struct filter_node {
    enum filter_op op;
    enum filter_end end;
    uint8_t left, right; /* of AND, OR, NOT: index of the operands */
    uint64_t number;
    struct ipprefix net;
};

/* A tree in an array: operands stand before the node that joins them; the last is the root. */
struct filter {
    struct filter_node nodes[FILTER_NODES];
    uint8_t count;
    uint16_t names_used;
    char names[FILTER_NAMES]; /* of workloads, each with its NUL; nodes have their places */
};

/* False and err: not understood; err says at which word. */
bool filter_parse(struct filter *, const char *text, struct err *);

/* A packet without addresses (not IP, malformed) matches what asks for none. */
bool filter_matches(const struct filter *, const struct packet *);
/* A session: its client is the source. The workload is its own, may be NULL. */
bool filter_session(const struct filter *, const struct session *, const struct workload *);

#endif
