/* SPDX-License-Identifier: Apache-2.0
 *
 * sensor: what is looked for in contents (DLP, WAF), as it was configured: a database of rules, and
 * which of them hold for a workload. Shared between snapshots and workloads, immutable.
 */
#ifndef ENGINE_SENSOR_H
#define ENGINE_SENSOR_H

#include "engine/shared.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SENSOR_NAME_MOST = 521,
    SENSOR_PATTERN_MOST = 511,
    SENSOR_PATTERNS = 16,
    SENSOR_DLP_FIRST = 20000,
    SENSOR_WAF_FIRST = 40000,
    SENSOR_LAST = 49999,
};

struct sensor_rule {
    uint32_t id;
    char *name;
    size_t pattern_count; /* all must hold */
    char **patterns;      /* "[!]/expression/flags; context name" */
};

struct sensor_base {
    struct shared shared;
    uint8_t sides; /* enum policy_side; of the exception of inspecting inside */
    size_t rule_count;
    struct sensor_rule *rules;
};

enum sensor_action { SENSOR_ALLOW = 1, SENSOR_DROP = 2 };

struct sensor_choice {
    uint32_t id;
    uint8_t action; /* enum sensor_action */
};

/* One kind (DLP or WAF) for one workload. */
struct sensor_use {
    size_t choice_count;
    struct sensor_choice *choices;
    size_t policy_count; /* ids of network policy */
    uint32_t *policies;
    bool inside; /* all but these policies; else these only */
};

struct sensor_uses {
    struct shared shared;
    struct sensor_use dlp, waf;
};

/* Empty, held once; copies own what they point at. NULL: no memory. */
struct sensor_base *sensor_base_new(void);
struct sensor_uses *sensor_uses_new(void);
struct sensor_uses *sensor_uses_copy(const struct sensor_uses *);

#endif
