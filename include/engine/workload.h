/* SPDX-License-Identifier: Apache-2.0
 *
 * workload: one protected endpoint, known by its MAC addresses or IP prefixes. Part of a snapshot:
 * immutable, everyone reads.
 */
#ifndef ENGINE_WORKLOAD_H
#define ENGINE_WORKLOAD_H

#include "base/ipaddr.h"

enum workload_mode { MODE_LEARN, MODE_MONITOR, MODE_PROTECT };

struct workload {
    const char *name;
    uint32_t zone; /* its place in session keys; 1.. in order of the configuration */
    enum workload_mode mode;
    bool mesh; /* its interface carries the two halves of proxied connections */
    size_t mac_count;
    uint8_t (*macs)[6];
    size_t prefix_count;
    struct ipprefix *prefixes;
};

#endif
