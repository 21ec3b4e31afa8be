/* SPDX-License-Identifier: Apache-2.0
 *
 * policy_app: the applications that rules name. The agent has numbers for some; the configuration
 * file may name every label of events, by numbers that the agent never uses.
 */
#ifndef ENGINE_POLICY_APP_H
#define ENGINE_POLICY_APP_H

#include <stdbool.h>
#include <stdint.h>

/* Above it stands an enum app. */
#define POLICY_APP_LABEL UINT32_C(0x10000)

/* "http", "etcd"; "unknown": what could not be identified; "any". Labels that the agent has a
 * number for become that. False: there is no such application. */
bool policy_app_parse(const char *text, uint32_t *app);

#endif
