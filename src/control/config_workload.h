/* SPDX-License-Identifier: Apache-2.0
 *
 * config_workload: the workloads of a configuration document. Control thread.
 */
#ifndef CONTROL_CONFIG_WORKLOAD_H
#define CONTROL_CONFIG_WORKLOAD_H

#include "control/config_json.h"
#include "engine/snapshot.h"

/* What they make is the snapshot's, also when they fail half way. */
bool config_workloads(struct snapshot *, const json_t *, const struct config_path *, struct err *);

/* A list of prefixes as an array on the heap. */
bool config_prefixes(const json_t *, const struct config_path *, struct ipprefix **, size_t *count,
                     struct err *);

#endif
