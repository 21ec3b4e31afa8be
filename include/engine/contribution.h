/* SPDX-License-Identifier: Apache-2.0
 *
 * contribution: what one session adds to the report of connections that the agent gets: its
 * beginning, its bytes since the last time, its end. Given to the contribute function on the
 * worker's thread; nothing in it is borrowed.
 */
#ifndef ENGINE_CONTRIBUTION_H
#define ENGINE_CONTRIBUTION_H

#include "base/ipaddr.h"

#include <stdbool.h>
#include <stdint.h>

/* Numbers are the agent's. */
enum contribution_flag {
    CONTRIBUTION_INGRESS = 0x0001, /* the workload is the server */
    CONTRIBUTION_EXTERNAL = 0x0002,
    CONTRIBUTION_FORWARDED = 0x0004, /* the client is the one of X-Forwarded-For */
    CONTRIBUTION_MESH_TO_SERVER = 0x0010,
    CONTRIBUTION_LINK_LOCAL = 0x0020,
};

/* The agent's number of a session whose application nobody has looked for. */
enum { APPLICATION_UNCHECKED = 1 };

struct contribution {
    uint32_t zone; /* of its workload */
    uint32_t rule; /* id of the policy rule; 0: none */
    struct ipaddr client, server;
    uint16_t client_port; /* 0, or of one that asks much of DNS: a tunnel, perhaps */
    uint16_t server_port;
    uint16_t application; /* the agent's number; 0: unknown */
    uint16_t flags;       /* enum contribution_flag */
    uint8_t proto;
    uint8_t action;    /* enum policy_action */
    uint8_t threat;    /* enum threat: the worst so far */
    uint32_t bytes;    /* since the last one, of frames */
    uint32_t sessions; /* 1: it begins */
    uint32_t violates;
    uint64_t last_us; /* its last packet */
    /* of the workload, now: open sessions into it; such sessions, and bytes, of one minute */
    uint32_t workload_open, workload_sessions;
    uint64_t workload_bytes;
};

/* False: there is no room; the session brings the same again later. */
typedef bool contribute_emit(void *arg, const struct contribution *);

#endif
