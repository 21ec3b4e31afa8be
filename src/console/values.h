/* SPDX-License-Identifier: Apache-2.0
 *
 * values: what the console shows, as JSON.
 */
#ifndef CONSOLE_VALUES_H
#define CONSOLE_VALUES_H

#include "engine/engine.h"

#include <jansson.h>

void put_uint(json_t *object, const char *key, uint64_t);
/* A workload's name; one of the agent's that has none is known by its MAC address. */
void put_name(json_t *object, const char *key, const struct workload *);
/* In at least 18 bytes; returns it. */
const char *mac_text(const uint8_t mac[6], char *text);
/* The same name in at least `room` bytes. */
void workload_text(const struct workload *, char *text, size_t room);
/* A text that may have been cut within a character: what is no UTF-8 becomes '?'. */
json_t *text_value(const char *text);
json_t *address_value(const struct ipaddr *);
json_t *prefix_value(const struct ipprefix *);
/* "learn", "monitor", "protect"; of the agent's "tap" or "inline". */
const char *mode_name(const struct workload *);
const char *action_name(uint8_t policy_action);
const char *proto_text(uint8_t proto, char text[8]);

#endif
