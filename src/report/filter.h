/* SPDX-License-Identifier: Apache-2.0
 *
 * filter: which packets somebody wants to see, written like tcpdump's simplest forms:
 *
 *     host 10.1.1.2 and port 80       tcp and not (net 10.0.0.0/8 or vlan 7)       all
 *
 * A value; nothing to release. Any thread may match.
 */
#ifndef REPORT_FILTER_H
#define REPORT_FILTER_H

#include "base/err.h"
#include "engine/packet.h"

enum { FILTER_NODES = 64 };

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
};

/* False and err: not understood; err says at which word. */
bool filter_parse(struct filter *, const char *text, struct err *);

/* A packet without addresses (not IP, malformed) matches what asks for none. */
bool filter_matches(const struct filter *, const struct packet *);

#endif
