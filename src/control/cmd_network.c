/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about networks and domain names.
 */
#include "control/command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- networks ---- */

static const char *const kinds[NETWORK_KINDS] = {
    [NETWORK_NONE] = "",
    [NETWORK_TUNNEL] = "tunnelip",
    [NETWORK_SERVICE] = "svcip",
    [NETWORK_HOST] = "hostip",
    [NETWORK_DEVICE] = "devip",
    [NETWORK_UNMANAGED] = "uwlip",
    [NETWORK_EXTERNAL_SERVICE] = "extip",
};

static enum network_kind read_kind(const json_t *object)
{
    const char *text = request_text(object, "iptype");

    for (int kind = NETWORK_NONE + 1; text != NULL && kind < NETWORK_KINDS; kind++)
        if (strcasecmp(text, kinds[kind]) == 0)
            return (enum network_kind)kind;
    return NETWORK_NONE;
}

/* The elements of a whole list that are subnets; NULL: no memory. */
static struct special_network *read_subnets(struct command_call *c, const json_t *list,
                                            size_t *count)
{
    size_t n = json_array_size(list);
    struct special_network *nets = calloc(n + 1, sizeof *nets);

    *count = 0;
    for (size_t i = 0; nets != NULL && i < n; i++) {
        const json_t *item = json_array_get(list, i);

        if (!request_subnet(item, &nets[*count].net)) {
            c->skipped++;
            continue;
        }
        nets[(*count)++].kind = (uint8_t)read_kind(item);
    }
    return nets;
}

/* Puts the list where it belongs. Takes it. False: no memory. */
typedef bool place_list(struct networks *, struct special_network *, size_t count);

static bool place_internal(struct networks *n, struct special_network *list, size_t count)
{
    struct ipprefix *nets = calloc(count + 1, sizeof *nets);

    for (size_t i = 0; nets != NULL && i < count; i++)
        nets[i] = list[i].net;
    free(list);
    if (nets == NULL)
        return false;
    free(n->internal);
    n->internal = nets;
    n->internal_count = count;
    return true;
}

static bool place_special(struct networks *n, struct special_network *list, size_t count)
{
    free(n->special);
    n->special = list;
    n->special_count = count;
    return true;
}

/* By address alone: the mask says nothing. */
static bool place_judged(struct networks *n, struct special_network *list, size_t count)
{
    struct ipaddr *addrs = calloc(count + 1, sizeof *addrs);

    for (size_t i = 0; addrs != NULL && i < count; i++)
        addrs[i] = list[i].net.addr;
    free(list);
    if (addrs == NULL)
        return false;
    free(n->judged);
    n->judged = addrs;
    n->judged_count = count;
    return true;
}

static bool replace(struct command_call *c, json_t *object, place_list *place)
{
    struct special_network *list;
    struct networks *networks;
    json_t *whole;
    size_t count;
    bool ok;

    whole = command_series(c, object, &ok);
    if (whole == NULL)
        return ok;
    list = read_subnets(c, request_list(whole, "subnet_addr"), &count);
    json_decref(whole);
    networks = list != NULL ? model_edit_networks(&c->control->model) : NULL;
    if (networks == NULL) {
        free(list);
        return err_set(&c->err, NULL, "no memory");
    }
    return place(networks, list, count) || err_set(&c->err, NULL, "no memory");
}

bool cmd_cfg_internal(struct command_call *c, json_t *object)
{
    return replace(c, object, place_internal);
}

bool cmd_cfg_special(struct command_call *c, json_t *object)
{
    return replace(c, object, place_special);
}

bool cmd_cfg_policy_addr(struct command_call *c, json_t *object)
{
    return replace(c, object, place_judged);
}

/* ---- names ---- */

static bool read_name(const json_t *value, char name[DOMAIN_NAME_MOST + 1])
{
    const char *text = json_string_value(value);

    if (text == NULL || text[0] == '\0')
        return false;
    memcpy(name, text, strnlen(text, DOMAIN_NAME_MOST));
    name[strnlen(text, DOMAIN_NAME_MOST)] = '\0';
    return true;
}

static bool add_addresses(struct command_call *c, const json_t *list, struct domain_name *name)
{
    struct ipaddr a;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (text == NULL || !ipaddr_parse(text, &a) || a.family != 4)
            c->skipped++;
        else if (!model_name_address(name, &a))
            return err_set(&c->err, NULL, "no memory");
    }
    return true;
}

bool cmd_set_fqdn(struct command_call *c, json_t *object)
{
    struct domain_names *names;
    struct domain_name *name;
    char text[DOMAIN_NAME_MOST + 1];

    if (!read_name(json_object_get(object, "fqdn_name"), text))
        return err_set(&c->err, "fqdn_name", "is missing: a domain name");
    names = model_edit_names(&c->control->model);
    if (names == NULL)
        return err_set(&c->err, NULL, "no memory");
    name = model_name_add(names, text, &c->err);
    if (name == NULL)
        return false;
    name->host = request_bool(object, "vhost");
    return add_addresses(c, request_list(object, "fqdn_ips"), name);
}

static void forget(struct domain_names *names, struct domain_name *name)
{
    free(name->text);
    free(name->addrs);
    names->count--;
    memmove(name, name + 1, (size_t)(names->names + names->count - name) * sizeof *name);
}

bool cmd_del_fqdn(struct command_call *c, json_t *object)
{
    const json_t *list = request_list(object, "names");
    struct domain_names *names = NULL;
    char text[DOMAIN_NAME_MOST + 1];

    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!read_name(json_array_get(list, i), text)) {
            c->skipped++;
            continue;
        }
        if (model_name(c->control->model.next->names, text) == NULL)
            continue;
        names = model_edit_names(&c->control->model);
        if (names == NULL)
            return err_set(&c->err, NULL, "no memory");
        forget(names, model_name(names, text));
    }
    return true;
}
