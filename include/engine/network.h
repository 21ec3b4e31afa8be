/* SPDX-License-Identifier: Apache-2.0
 *
 * network: which addresses are ours, which are special, which names stand for which addresses.
 * Shared between snapshots, immutable.
 */
#ifndef ENGINE_NETWORK_H
#define ENGINE_NETWORK_H

#include "base/ipaddr.h"
#include "engine/shared.h"

enum network_kind {
    NETWORK_NONE,
    NETWORK_TUNNEL,
    NETWORK_SERVICE,
    NETWORK_HOST,
    NETWORK_DEVICE,
    NETWORK_UNMANAGED,
    NETWORK_EXTERNAL_SERVICE,
    NETWORK_KINDS
};

struct special_network {
    struct ipprefix net;
    uint8_t kind; /* enum network_kind */
};

struct networks {
    struct shared shared;
    size_t internal_count; /* 0: every address is internal */
    struct ipprefix *internal;
    size_t special_count; /* the first that holds an address says its kind */
    struct special_network *special;
    size_t judged_count; /* addresses of workloads whose policy is known */
    struct ipaddr *judged;
};

/* Names of rules and of the agent. */
struct domain_name {
    char *text; /* as configured */
    bool host;  /* sessions are compared with it by the name that the client asks for */
    size_t addr_count;
    struct ipaddr *addrs;
};

struct domain_names {
    struct shared shared;
    size_t count;
    struct domain_name *names;
};

enum {
    DOMAIN_NAME_MOST = 255,
    DOMAIN_NAMES_MOST = 2048,
};

/* Is it one of ours? Loopback always is, and without a list everything. */
bool networks_internal(const struct networks *, const struct ipaddr *);

/* Empty, held once; copies own what they point at. NULL: no memory. */
struct networks *networks_new(void);
struct networks *networks_copy(const struct networks *);
struct domain_names *domain_names_new(void);
struct domain_names *domain_names_copy(const struct domain_names *);

#endif
