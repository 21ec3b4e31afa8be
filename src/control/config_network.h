/* SPDX-License-Identifier: Apache-2.0
 *
 * config_network: which addresses are ours and which are special, as the configuration document
 * says it.
 */
#ifndef CONTROL_CONFIG_NETWORK_H
#define CONTROL_CONFIG_NETWORK_H

#include "control/config_json.h"
#include "engine/snapshot.h"

bool config_networks(struct snapshot *, const json_t *, const struct config_path *, struct err *);

#endif
