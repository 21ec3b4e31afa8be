/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about the places where packets are read.
 */
#include "control/command.h"

#include "base/text.h"

#include <string.h>

/* An interface's name: what the kernel takes for one. */
static bool read_interface(struct command_call *c, const json_t *object, const char *key,
                           char name[16])
{
    const char *text = request_text(object, key);

    if (text == NULL || text[0] == '\0')
        return err_set(&c->err, key, "is missing: the name of an interface");
    if (strpbrk(text, "/ \t\n") != NULL || !text_copy(name, 16, text))
        return err_set(&c->err, key, "'%.32s' cannot be the name of an interface", text);
    return true;
}

static bool read_netns(struct command_call *c, const json_t *object, struct port_spec *spec)
{
    const char *text = request_text(object, "netns");

    if (text == NULL || text[0] != '/')
        return err_set(&c->err, "netns", "is missing: the file of a network namespace");
    return text_copy(spec->netns, sizeof spec->netns, text) ||
           err_set(&c->err, "netns", "is longer than a path can be");
}

static bool read_mac(struct command_call *c, const json_t *object, struct port_spec *spec)
{
    return request_mac(object, "epmac", spec->mac) ||
           err_set(&c->err, "epmac", "is no MAC address: no workload would own the packets");
}

static bool add(struct command_call *c, const struct port_spec *spec)
{
    control_publish(c->control); /* its first packet finds its workload */
    return c->control->ops->port_add(c->control->arg, spec, &c->err);
}

static bool removed(struct command_call *c, const struct port_spec *spec)
{
    c->control->ops->port_remove(c->control->arg, spec);
    return true;
}

bool cmd_add_service_port(struct command_call *c, json_t *object)
{
    struct port_spec spec = {.kind = PORT_SERVICE, .jumbo = request_bool(object, "jumboframe")};

    return read_interface(c, object, "iface", spec.interface) && add(c, &spec);
}

/* There is one: whatever its name. */
bool cmd_del_service_port(struct command_call *c, json_t *object)
{
    struct port_spec spec = {.kind = PORT_SERVICE};

    (void)object;
    return removed(c, &spec);
}

bool cmd_add_tap_port(struct command_call *c, json_t *object)
{
    struct port_spec spec = {.kind = PORT_TAP};

    return read_netns(c, object, &spec) && read_interface(c, object, "iface", spec.interface) &&
           read_mac(c, object, &spec) && add(c, &spec);
}

bool cmd_del_tap_port(struct command_call *c, json_t *object)
{
    struct port_spec spec = {.kind = PORT_TAP};

    return read_netns(c, object, &spec) && read_interface(c, object, "iface", spec.interface) &&
           removed(c, &spec);
}

bool cmd_add_port_pair(struct command_call *c, json_t *object)
{
    struct port_spec spec = {.kind = PORT_PAIR, .quarantine = request_bool(object, "quar")};

    return read_interface(c, object, "vex_iface", spec.interface) &&
           read_interface(c, object, "vin_iface", spec.inner) && read_mac(c, object, &spec) &&
           add(c, &spec);
}

bool cmd_del_port_pair(struct command_call *c, json_t *object)
{
    struct port_spec spec = {.kind = PORT_PAIR};

    return read_interface(c, object, "vex_iface", spec.interface) &&
           read_interface(c, object, "vin_iface", spec.inner) && removed(c, &spec);
}

bool cmd_add_queue_port(struct command_call *c, json_t *object)
{
    const json_t *number = json_object_get(object, "qnum");
    struct port_spec spec = {.kind = PORT_QUEUE, .jumbo = request_bool(object, "jumboframe")};

    if (!json_is_integer(number) || json_integer_value(number) < 0 ||
        json_integer_value(number) > UINT16_MAX)
        return err_set(&c->err, "qnum", "must be the number of a queue, 0 to 65535");
    spec.queue = (uint16_t)json_integer_value(number);
    return read_netns(c, object, &spec) && read_interface(c, object, "iface", spec.interface) &&
           read_mac(c, object, &spec) && add(c, &spec);
}

bool cmd_del_queue_port(struct command_call *c, json_t *object)
{
    struct port_spec spec = {.kind = PORT_QUEUE};

    return read_netns(c, object, &spec) && read_interface(c, object, "iface", spec.interface) &&
           removed(c, &spec);
}
