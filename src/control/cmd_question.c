/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that are answered from what the workers know, and the one that ends sessions.
 */
#include "control/command.h"

#include <stdlib.h>

static bool ask(struct command_call *c, enum control_question question, const uint32_t *zones,
                size_t count)
{
    control_publish(c->control);
    c->control->ops->ask(c->control->arg, c->from, question, zones, count);
    return true;
}

bool cmd_stats_macs(struct command_call *c, json_t *object)
{
    const json_t *list = request_list(object, "macs");
    uint32_t *zones = calloc(json_array_size(list) + 1, sizeof *zones);
    size_t count = 0;
    uint8_t mac[6];

    if (zones == NULL)
        return err_set(&c->err, NULL, "no memory");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct workload *w = NULL;

        if (request_mac_value(json_array_get(list, i), mac))
            w = model_find(&c->control->model, mac);
        if (w == NULL)
            c->skipped++;
        else
            zones[count++] = w->zone;
    }
    ask(c, QUESTION_MAC_STATS, zones, count);
    free(zones);
    return true;
}

bool cmd_stats_device(struct command_call *c, json_t *object)
{
    (void)object;
    return ask(c, QUESTION_DEVICE_STATS, NULL, 0);
}

bool cmd_counter_device(struct command_call *c, json_t *object)
{
    (void)object;
    return ask(c, QUESTION_COUNTERS, NULL, 0);
}

bool cmd_count_session(struct command_call *c, json_t *object)
{
    (void)object;
    return ask(c, QUESTION_COUNT_SESSIONS, NULL, 0);
}

bool cmd_list_session(struct command_call *c, json_t *object)
{
    (void)object;
    return ask(c, QUESTION_LIST_SESSIONS, NULL, 0);
}

bool cmd_list_meter(struct command_call *c, json_t *object)
{
    (void)object;
    return ask(c, QUESTION_LIST_METERS, NULL, 0);
}

bool cmd_clear_session(struct command_call *c, json_t *object)
{
    c->control->ops->clear(c->control->arg, request_u32(object, "filter_id"));
    return true;
}
