/* SPDX-License-Identifier: Apache-2.0
 *
 * policy: the rules of one or several workloads as they were configured, in order of precedence.
 * Shared between snapshots and workloads, immutable.
 */
#ifndef ENGINE_POLICY_H
#define ENGINE_POLICY_H

#include "base/ipaddr.h"
#include "engine/shared.h"

/* Numbers are the agent's. */
enum policy_action {
    POLICY_OPEN = 0,
    POLICY_LEARN = 1,
    POLICY_ALLOW = 2,
    POLICY_CHECK_HOST = 3,
    POLICY_CHECK_BOUNDARY = 4,
    POLICY_CHECK_APP = 5,
    POLICY_VIOLATE = 6,
    POLICY_DENY = 7,
};

enum {
    POLICY_ACTIONS = 8,
    POLICY_APP_ANY = 0,
};
#define POLICY_APP_UNKNOWN UINT32_MAX

/* The sides on which traffic between two workloads is judged: a set. */
enum policy_side { POLICY_EGRESS = 1, POLICY_INGRESS = 2 };

struct policy_app {
    uint32_t app; /* the agent's number, POLICY_APP_ANY or POLICY_APP_UNKNOWN */
    uint32_t rule;
    uint8_t action;
};

struct ip_range {
    struct ipaddr first, last; /* both of it; of one family */
};

struct policy_rule {
    uint32_t id;
    uint8_t action;           /* enum policy_action */
    uint8_t proto;            /* 0: TCP and UDP, and ICMP where that is judged */
    bool ingress;             /* the workload is the server */
    bool external;            /* the peer is any address that is not internal */
    bool host;                /* the name that the client asks for must be `name` */
    uint16_t port, port_last; /* of the server, inclusive */
    struct ip_range client, server;
    const char *name; /* domain name that stands for the peer; NULL: none. Heap */
    size_t app_count;
    struct policy_app *apps; /* decide when the action is POLICY_CHECK_APP. Heap */
};

struct policy {
    struct shared shared;
    uint16_t version;       /* never 0; another one: sessions are judged again */
    uint8_t default_action; /* enum policy_action; of what no rule matches */
    uint8_t sides;          /* enum policy_side */
    size_t rule_count;
    struct policy_rule *rules; /* heap */
};

/* Empty, held once. NULL: no memory. */
struct policy *policy_new(void);

#endif
