/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be asked on the console.
 */
#include "console/client.h"

const struct console_request console_requests[] = {
    {"status", console_status, {NULL}},
    {"version", console_version, {NULL}},
    {"workloads", console_workloads, {NULL}},
    {"sessions", console_sessions, {"filter", "limit", NULL}},
    {"clear", console_clear, {"filter", "session", NULL}},
    {"counters", console_counters, {NULL}},
    {"stats", console_stats, {NULL}},
    {"meters", console_meters, {NULL}},
    {"policy", console_policy, {"workload", NULL}},
    {"policy-check", console_policy_check, {"document", NULL}},
    {"policy-apply", console_policy_apply, {"document", NULL}},
    {"sensors", console_sensors, {"workload", NULL}},
    {"sensors-apply", console_sensors_apply, {"document", NULL}},
    {"events", console_watch_events, {"filter", NULL}},
    {"trace", console_watch_packets, {"filter", NULL}},
    {"attach", console_attach, {"attachment", NULL}},
    {"detach", console_detach, {"name", NULL}},
    {"attached", console_attached, {NULL}},
    {"debug", console_debug, {"level", NULL}},
    {NULL, NULL, {NULL}},
};
