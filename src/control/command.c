/* SPDX-License-Identifier: Apache-2.0 */
#include "control/command.h"

#include "base/log.h"

#include <string.h>

const struct command commands[] = {
    {"ctrl_keep_alive", cmd_keep_alive},
    {"ctrl_set_debug", cmd_set_debug},
    {"ctrl_add_srvc_port", cmd_add_service_port},
    {"ctrl_del_srvc_port", cmd_del_service_port},
    {"ctrl_add_tap_port", cmd_add_tap_port},
    {"ctrl_del_tap_port", cmd_del_tap_port},
    {"ctrl_add_port_pair", cmd_add_port_pair},
    {"ctrl_del_port_pair", cmd_del_port_pair},
    {"ctrl_add_nfq_port", cmd_add_queue_port},
    {"ctrl_del_nfq_port", cmd_del_queue_port},
    {"ctrl_add_mac", cmd_add_mac},
    {"ctrl_del_mac", cmd_del_mac},
    {"ctrl_cfg_mac", cmd_cfg_mac},
    {"ctrl_cfg_nbe", cmd_cfg_boundary},
    {"ctrl_refresh_app", cmd_refresh_app},
    {"ctrl_stats_macs", cmd_stats_macs},
    {"ctrl_stats_device", cmd_stats_device},
    {"ctrl_counter_device", cmd_counter_device},
    {"ctrl_count_session", cmd_count_session},
    {"ctrl_list_session", cmd_list_session},
    {"ctrl_clear_session", cmd_clear_session},
    {"ctrl_list_meter", cmd_list_meter},
    {"ctrl_cfg_policy", cmd_cfg_policy},
    {"ctrl_cfg_set_fqdn", cmd_set_fqdn},
    {"ctrl_cfg_del_fqdn", cmd_del_fqdn},
    {"ctrl_cfg_internal_net", cmd_cfg_internal},
    {"ctrl_cfg_specip_net", cmd_cfg_special},
    {"ctrl_cfg_policy_addr", cmd_cfg_policy_addr},
    {"ctrl_cfg_dlp", cmd_cfg_dlp},
    {"ctrl_cfg_dlpmac", cmd_cfg_dlp_mac},
    {"ctrl_bld_dlp", cmd_bld_dlp},
    {"ctrl_bld_dlpmac", cmd_bld_dlp_mac},
    {"ctrl_sys_conf", cmd_sys_conf},
    {"ctrl_disable_net_policy", cmd_disable_net_policy},
    {"ctrl_detect_unmanaged_wl", cmd_detect_unmanaged},
    {"ctrl_enable_icmp_policy", cmd_enable_icmp_policy},
    {"ctrl_strict_group_mode", cmd_strict_group_mode},
    {NULL, NULL},
};

_Static_assert(sizeof commands / sizeof commands[0] - 1 == 37, "all that the agent knows");

json_t *command_series(struct command_call *c, json_t *part, bool *ok)
{
    const char *why;
    json_t *whole = staging_part(&c->control->staging, c->name, c->from, part, &why);

    *ok = whole != NULL || why == NULL || err_set(&c->err, NULL, "%s", why);
    return whole;
}

bool command_workloads(struct command_call *c, json_t *list, command_each *each, void *arg)
{
    struct workload *w;
    uint8_t mac[6];
    json_t *item;
    size_t i;

    if (json_array_size(list) == 0)
        return err_set(&c->err, NULL, "names no workload");
    json_array_foreach(list, i, item)
    {
        w = request_mac_value(item, mac) ? model_find(&c->control->model, mac) : NULL;
        if (w == NULL) {
            c->skipped++;
            continue;
        }
        w = model_edit(&c->control->model, w);
        if (w == NULL)
            return err_set(&c->err, NULL, "no memory");
        if (!each(c, w, arg))
            return false;
    }
    return true;
}

static const struct command *find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static void run(struct control *control, const struct peer *from, const struct command *command,
                json_t *object)
{
    struct command_call call = {.control = control, .from = from, .name = command->name};

    control->requests++;
    if (!command->run(&call, object)) {
        control->refused++;
        log_warn("%s: %s%s%s", command->name, call.err.path, call.err.path[0] ? ": " : "",
                 call.err.text);
    }
    control->skipped += call.skipped;
    if (call.skipped > 0)
        log_warn("%s: %zu elements were not usable and are left out", command->name, call.skipped);
}

/* What is no object has no members. */
static void run_member(struct control *control, const struct peer *from, const char *key,
                       json_t *value)
{
    const struct command *command = find(key);
    json_t *empty;

    if (command == NULL) {
        log_debug("a request '%s' is not known: left alone", key);
        return;
    }
    if (json_is_object(value)) {
        run(control, from, command, value);
        return;
    }
    empty = json_object();
    if (empty != NULL)
        run(control, from, command, empty);
    json_decref(empty);
}

bool control_init(struct control *c, struct snapshot *s, const struct control_ops *ops, void *arg)
{
    *c = (struct control){.ops = ops, .arg = arg};
    return model_init(&c->model, s);
}

void control_fini(struct control *c)
{
    staging_fini(&c->staging);
    model_fini(&c->model);
}

void control_datagram(struct control *c, const struct peer *from, char *text, size_t n)
{
    json_error_t error;
    json_t *document, *value;
    const char *key;

    n = strnlen(text, n); /* a zero byte ends it */
    document = json_loadb(text, n, 0, &error);
    if (!json_is_object(document)) {
        c->refused++;
        log_warn("a request of %zu bytes is no JSON object: %s", n,
                 document == NULL ? error.text : "it is of another type");
        json_decref(document);
        return;
    }
    json_object_foreach(document, key, value)
    {
        run_member(c, from, key, value);
    }
    json_decref(document);
}

void control_publish(struct control *c)
{
    struct snapshot *s = model_publish(&c->model);

    if (s != NULL)
        c->ops->publish(c->arg, s);
    else if (c->model.changed)
        log_error("no memory for a configuration: the one before stays, the next request tries "
                  "again");
}
