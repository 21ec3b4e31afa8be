/* SPDX-License-Identifier: Apache-2.0
 *
 * config_sensors: what is looked for in contents, as the configuration document says it.
 */
#ifndef CONTROL_CONFIG_SENSORS_H
#define CONTROL_CONFIG_SENSORS_H

#include "control/config_json.h"
#include "engine/snapshot.h"

/* After the workloads. */
bool config_sensors(struct snapshot *, const json_t *, const struct config_path *, struct err *);

#endif
