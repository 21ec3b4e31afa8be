/* SPDX-License-Identifier: Apache-2.0
 *
 * command: the requests of the agent, one table. A handler reads its members, checks them, changes
 * the model or asks a question; it returns false and says why when it could do nothing. Control
 * thread.
 */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include "control/control.h"
#include "control/request.h"

struct command_call {
    struct control *control;
    const struct peer *from;
    const char *name; /* of the request */
    size_t skipped;   /* elements that were left out */
    struct err err;
};

/* `object` is one, perhaps empty. */
typedef bool command_run(struct command_call *, json_t *object);

struct command {
    const char *name;
    command_run *run;
};

/* Ends with a NULL name. */
extern const struct command commands[];

/* The parts of a series so far: its whole, or NULL (nothing to do yet, or refused: *ok). */
json_t *command_series(struct command_call *, json_t *part, bool *ok);

/* Calls for every workload of the agent that the list of MAC addresses names; others are left out.
 * False: a call was, or the list is empty. */
typedef bool command_each(struct command_call *, struct workload *, void *arg);
bool command_workloads(struct command_call *, json_t *list, command_each *, void *arg);

/* ---- cmd_node.c: liveness, debugging, switches ---- */
command_run cmd_keep_alive, cmd_set_debug, cmd_sys_conf, cmd_disable_net_policy,
    cmd_detect_unmanaged, cmd_enable_icmp_policy, cmd_strict_group_mode;
/* ---- cmd_port.c ---- */
command_run cmd_add_service_port, cmd_del_service_port, cmd_add_tap_port, cmd_del_tap_port,
    cmd_add_port_pair, cmd_del_port_pair, cmd_add_queue_port, cmd_del_queue_port;
/* ---- cmd_workload.c ---- */
command_run cmd_add_mac, cmd_del_mac, cmd_cfg_mac, cmd_cfg_boundary, cmd_refresh_app;
/* ---- cmd_question.c ---- */
command_run cmd_stats_macs, cmd_stats_device, cmd_counter_device, cmd_count_session,
    cmd_list_session, cmd_clear_session, cmd_list_meter;
/* ---- cmd_policy.c ---- */
command_run cmd_cfg_policy;
/* ---- cmd_network.c ---- */
command_run cmd_set_fqdn, cmd_del_fqdn, cmd_cfg_internal, cmd_cfg_special, cmd_cfg_policy_addr;
/* ---- cmd_sensor.c ---- */
command_run cmd_cfg_dlp, cmd_cfg_dlp_mac, cmd_bld_dlp, cmd_bld_dlp_mac;

#endif
