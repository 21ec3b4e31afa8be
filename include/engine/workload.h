/* SPDX-License-Identifier: Apache-2.0
 *
 * workload: one protected endpoint, known by its MAC addresses or IP prefixes. Shared between
 * snapshots: immutable, everyone reads.
 */
#ifndef ENGINE_WORKLOAD_H
#define ENGINE_WORKLOAD_H

#include "base/ipaddr.h"
#include "engine/shared.h"

struct policy;
struct sensor_base;
struct sensor_uses;

enum workload_mode { MODE_LEARN, MODE_MONITOR, MODE_PROTECT };

/* A port on which the workload listens, as somebody told us. */
struct listening_port {
    uint16_t port;
    uint8_t proto;
    uint16_t application, server; /* the agent's numbers; 0: not known */
};

struct workload {
    struct shared shared;
    const char *name;
    uint32_t zone; /* its place in session keys, as long as it lives; 1.. */
    enum workload_mode mode;
    bool mesh;              /* its interface carries the two halves of proxied connections */
    bool tap;               /* looked at only: decisions are told, nothing is stopped */
    bool boundary;          /* policy at the boundary of its namespace */
    bool agents;            /* the agent has made it, */
    bool attached;          /* or a person has attached it; else the configuration file */
    struct {                /* the agent's words; zero: not given */
        uint8_t mac[6];     /* its identity */
        uint8_t unicast[6]; /* stands for it on the service port */
        uint8_t broadcast[6];
        uint8_t pod[6]; /* mesh: the workload whose policy holds */
    } id;
    char interface[16];
    size_t mac_count; /* all by which frames are known */
    uint8_t (*macs)[6];
    size_t prefix_count;
    struct ipprefix *prefixes;
    size_t addr_count; /* of the pod, of an NFQUEUE or mesh workload */
    struct ipaddr *addrs;
    size_t port_count;
    struct listening_port *ports;
    struct policy *policy;    /* NULL: none, everything is open */
    struct sensor_base *base; /* NULL: contents are not looked at */
    struct sensor_uses *sensors;
};

/* Nothing set, held once. NULL: no memory. */
struct workload *workload_new(void);
/* Owns what it points at, shares policy and sensors. */
struct workload *workload_copy(const struct workload *);

#endif
