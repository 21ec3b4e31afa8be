/* SPDX-License-Identifier: Apache-2.0
 *
 * config_rules: the rules of the configuration document as one policy for each workload.
 */
#ifndef CONTROL_CONFIG_RULES_H
#define CONTROL_CONFIG_RULES_H

#include "control/config_json.h"
#include "engine/policy.h"
#include "engine/snapshot.h"

enum {
    CONFIG_RULES_MOST = 100000,
    /* Of one workload: what its rules become when every address and port has one of its own. */
    CONFIG_EXPANDED_MOST = 1000000,
};

/* After the workloads and the networks. */
bool config_rules(struct snapshot *, const json_t *, const struct config_path *, struct err *);

#endif
