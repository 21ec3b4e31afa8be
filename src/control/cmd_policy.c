/* SPDX-License-Identifier: Apache-2.0
 *
 * The request that gives workloads their rules.
 */
#include "control/command.h"

#include <stdlib.h>
#include <string.h>

enum { CMD_ADD = 1, CMD_MODIFY = 2, CMD_DELETE = 3 };

static bool read_action(const json_t *object, const char *key, uint8_t *action)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) >= POLICY_ACTIONS)
        return false;
    *action = (uint8_t)json_integer_value(value);
    return true;
}

/* One end: an address, or the first and the last of several. */
static bool read_range(const json_t *object, const char *first, const char *last,
                       struct ip_range *r)
{
    if (!request_ipv4(object, first, &r->first))
        return false;
    r->last = r->first;
    if (json_object_get(object, last) == NULL || json_is_null(json_object_get(object, last)))
        return true;
    return request_ipv4(object, last, &r->last) && memcmp(r->first.bytes, r->last.bytes, 4) <= 0;
}

static bool is_any(const struct ip_range *r)
{
    static const uint8_t zero[4];

    return memcmp(r->first.bytes, zero, 4) == 0 && memcmp(r->last.bytes, zero, 4) == 0;
}

static bool read_apps(struct command_call *c, const json_t *list, struct policy_rule *r)
{
    size_t n = json_array_size(list);

    if (n == 0)
        return true;
    r->apps = calloc(n, sizeof *r->apps);
    if (r->apps == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        struct policy_app *app = &r->apps[r->app_count];

        if (!json_is_integer(json_object_get(item, "app")) ||
            !read_action(item, "action", &app->action)) {
            c->skipped++;
            continue;
        }
        app->app = request_u32(item, "app");
        app->rule = request_u32(item, "rid");
        r->app_count++;
    }
    return true;
}

/* Longer names are cut, as they are everywhere; nothing that is no name is one. */
static bool read_name(const json_t *object, struct policy_rule *r)
{
    const json_t *value = json_object_get(object, "fqdn");

    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return false;
    if (json_string_length(value) == 0)
        return true;
    r->name = strndup(json_string_value(value), DOMAIN_NAME_MOST);
    r->host = request_bool(object, "vhost");
    return r->name != NULL;
}

static void rule_fini(struct policy_rule *r)
{
    free((char *)r->name);
    free(r->apps);
    *r = (struct policy_rule){0};
}

/* False: it is not usable. */
static bool read_rule(struct command_call *c, const json_t *object, struct policy_rule *r)
{
    *r = (struct policy_rule){
        .id = request_u32(object, "id"),
        .proto = request_u8(object, "proto"),
        .port = request_u16(object, "port"),
        .port_last = request_u16(object, "portr"),
        .ingress = request_bool(object, "ingress"),
    };
    if (!json_is_object(object) || !read_action(object, "action", &r->action) ||
        !read_range(object, "sip", "sipr", &r->client) ||
        !read_range(object, "dip", "dipr", &r->server) || r->port > r->port_last)
        return false;
    r->external = is_any(r->ingress ? &r->client : &r->server);
    if (read_name(object, r) && read_apps(c, request_list(object, "apps"), r))
        return true;
    rule_fini(r);
    return false;
}

static struct policy *read_policy(struct command_call *c, const json_t *object)
{
    const json_t *list = request_list(object, "rules");
    size_t n = json_array_size(list);
    struct policy *p = policy_new();

    if (p == NULL)
        return NULL;
    p->rules = calloc(n + 1, sizeof *p->rules);
    if (p->rules == NULL) {
        shared_drop(&p->shared);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (read_rule(c, json_array_get(list, i), &p->rules[p->rule_count]))
            p->rule_count++;
        else
            c->skipped++;
    }
    (void)read_action(object, "defact", &p->default_action);
    p->sides = request_u8(object, "dir") & (POLICY_EGRESS | POLICY_INGRESS);
    p->version = model_policy_version(&c->control->model);
    return p;
}

/* Rules bring their names, and a name's address when they say one. A rule whose name finds no room
 * can never match and is left out. */
static bool register_names(struct command_call *c, struct policy *p)
{
    struct domain_names *names = NULL;
    size_t kept = 0;

    for (size_t i = 0; i < p->rule_count; i++) {
        struct policy_rule *r = &p->rules[i];
        const struct ip_range *peer = r->ingress ? &r->client : &r->server;
        struct domain_name *name;
        struct err err;

        if (r->name != NULL) {
            if (names == NULL && (names = model_edit_names(&c->control->model)) == NULL)
                return false;
            name = model_name_add(names, r->name, &err);
            if (name == NULL) {
                rule_fini(r);
                c->skipped++;
                continue;
            }
            name->host |= r->host;
            if (!r->external && !model_name_address(name, &peer->first))
                return false;
        }
        p->rules[kept++] = *r;
    }
    p->rule_count = kept;
    return true;
}

static bool set_policy(struct command_call *c, struct workload *w, void *arg)
{
    struct policy *policy = arg;

    (void)c;
    if (policy != NULL)
        shared_hold(&policy->shared);
    if (w->policy != NULL)
        shared_drop(&w->policy->shared);
    w->policy = policy;
    return true;
}

static bool install(struct command_call *c, const json_t *object)
{
    json_t *macs = request_list(object, "mac");
    struct policy *p = read_policy(c, object);
    bool done;

    if (p == NULL)
        return err_set(&c->err, NULL, "no memory");
    done = register_names(c, p) || err_set(&c->err, NULL, "no memory");
    done = done && command_workloads(c, macs, set_policy, p);
    shared_drop(&p->shared);
    return done;
}

bool cmd_cfg_policy(struct command_call *c, json_t *object)
{
    uint32_t cmd;
    json_t *whole;
    bool ok;

    whole = command_series(c, object, &ok);
    if (whole == NULL)
        return ok;
    cmd = request_u32(whole, "cmd");
    if (json_array_size(request_list(whole, "mac")) == 0)
        ok = err_set(&c->err, "mac", "names no workload");
    else if (cmd == CMD_ADD || cmd == CMD_MODIFY)
        ok = install(c, whole);
    else if (cmd == CMD_DELETE)
        ok = command_workloads(c, request_list(whole, "mac"), set_policy, NULL);
    else
        ok = err_set(&c->err, "cmd", "is %u: 1 adds, 2 changes, 3 deletes", cmd);
    json_decref(whole);
    return ok;
}
