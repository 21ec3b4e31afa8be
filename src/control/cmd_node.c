/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about the daemon as a whole: liveness, debugging, switches of policy.
 */
#include "control/command.h"

#include "report/encode_wire.h"

#include <strings.h>

enum { CATEGORIES_MOST = 64 };

/* The answer proves that everything before it has been worked through. */
bool cmd_keep_alive(struct command_call *c, json_t *object)
{
    struct message_keep_alive m = {.number = request_u32(object, "seq_num")};
    struct wire_datagram d;

    control_publish(c->control);
    wire_begin(&d, MESSAGE_KEEP_ALIVE);
    wire_put_keep_alive(&d, &m);
    c->control->ops->answer(c->control->arg, c->from, wire_end(&d, WIRE_LAST));
    return true;
}

/* Others are the agent's own. */
static bool is_category(const char *name)
{
    static const char *const names[] = {"all",     "init",   "error", "ctrl",   "packet",
                                        "session", "timer",  "tcp",   "parser", "log",
                                        "ddos",    "policy", "dlp"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

bool cmd_set_debug(struct command_call *c, json_t *object)
{
    const json_t *list = request_list(object, "categories");
    const char *names[CATEGORIES_MOST];
    size_t count = 0;

    if (list == NULL)
        return err_set(&c->err, "categories", "must be a list: nothing is changed");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));

        if (name == NULL || count == CATEGORIES_MOST)
            c->skipped++;
        else if (is_category(name))
            names[count++] = name;
    }
    c->control->ops->debug(c->control->arg, names, count);
    return true;
}

static bool set_switch(struct command_call *c, const json_t *object, const char *key, bool *value)
{
    bool on = request_bool(object, key);

    if (*value != on)
        model_touch(&c->control->model);
    *value = on;
    return true;
}

bool cmd_sys_conf(struct command_call *c, json_t *object)
{
    return set_switch(c, object, "xff_enabled", &c->control->model.next->switches.forwarded);
}

bool cmd_disable_net_policy(struct command_call *c, json_t *object)
{
    return set_switch(c, object, "disable_net_policy", &c->control->model.next->switches.off);
}

bool cmd_detect_unmanaged(struct command_call *c, json_t *object)
{
    return set_switch(c, object, "detect_unmanaged_wl",
                      &c->control->model.next->switches.unmanaged);
}

bool cmd_enable_icmp_policy(struct command_call *c, json_t *object)
{
    return set_switch(c, object, "enable_icmp_policy", &c->control->model.next->switches.icmp);
}

bool cmd_strict_group_mode(struct command_call *c, json_t *object)
{
    return set_switch(c, object, "strict_group_mode", &c->control->model.next->switches.strict);
}
