/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules and sensors on the console: what holds, whether a document would do, another document.
 */
#include "engine/policy.h"
#include "console/client.h"
#include "console/values.h"
#include "control/config.h"
#include "engine/policy_app.h"
#include "engine/sensor.h"
#include "parts.h"

#include <stdio.h>
#include <string.h>

enum { RULES_A_LINE = 256 };

/* ---- one workload, or all ---- */

static const struct workload *workload_named(const struct snapshot *s, const char *name)
{
    char text[256];

    for (size_t i = 0; i < s->workload_count; i++) {
        workload_text(s->workloads[i], text, sizeof text);
        if (strcmp(text, name) == 0)
            return s->workloads[i];
    }
    return NULL;
}

/* The one that the request names. False: an error was sent. NULL: it names none. */
static bool asked_for(struct client *c, const json_t *request, const struct workload **w)
{
    const json_t *name = json_object_get(request, "workload");
    struct err err = {0};

    *w = NULL;
    if (name == NULL)
        return true;
    if (json_is_string(name))
        *w = workload_named(*client_setup(c)->snapshot, json_string_value(name));
    if (*w != NULL)
        return true;
    err_set(&err, "workload", "there is no workload of this name");
    client_error(c, "workload", "sluicectl workloads", &err);
    return false;
}

/* ---- rules ---- */

static json_t *range_value(const struct ip_range *r)
{
    char text[2 * IPADDR_TEXT + 1];
    size_t n = ipaddr_text(&r->first, text);

    if (!ipaddr_equal(&r->first, &r->last)) {
        text[n++] = '-';
        ipaddr_text(&r->last, text + n);
    }
    return json_string(text);
}

static json_t *app_value(uint32_t app)
{
    char number[16];

    if (app == POLICY_APP_ANY || app == POLICY_APP_UNKNOWN)
        return json_string(app == POLICY_APP_ANY ? "any" : "unknown");
    for (int i = APP_UNKNOWN + 1; i < APP_COUNT; i++)
        if (app == app_number((enum app)i) || app == (POLICY_APP_LABEL | (uint32_t)i))
            return json_string(app_label((enum app)i));
    snprintf(number, sizeof number, "%u", app);
    return json_string(number);
}

static json_t *apps_value(const struct policy_rule *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->app_count; i++) {
        json_t *app = json_object();

        json_object_set_new(app, "application", app_value(r->apps[i].app));
        json_object_set_new(app, "action", json_string(action_name(r->apps[i].action)));
        put_uint(app, "id", r->apps[i].rule);
        json_array_append_new(list, app);
    }
    return list;
}

static json_t *rule_value(const struct policy_rule *r)
{
    json_t *v = json_object();
    char ports[16], proto[8];

    put_uint(v, "id", r->id);
    json_object_set_new(v, "direction", json_string(r->ingress ? "ingress" : "egress"));
    json_object_set_new(v, "client", range_value(&r->client));
    json_object_set_new(v, "server", range_value(&r->server));
    if (r->name != NULL)
        json_object_set_new(v, "name", json_string(r->name));
    json_object_set_new(v, "external", json_boolean(r->external));
    snprintf(ports, sizeof ports, r->port == r->port_last ? "%u" : "%u-%u", r->port, r->port_last);
    json_object_set_new(v, "ports", json_string(ports));
    json_object_set_new(v, "protocol", json_string(proto_text(r->proto, proto)));
    json_object_set_new(v, "action", json_string(action_name(r->action)));
    if (r->app_count > 0)
        json_object_set_new(v, "applications", apps_value(r));
    return v;
}

static void show_rules(struct client *c, const struct policy *p)
{
    for (size_t i = 0; i < p->rule_count;) {
        json_t *part = json_array();

        for (size_t n = 0; n < RULES_A_LINE && i < p->rule_count; n++, i++)
            json_array_append_new(part, rule_value(&p->rules[i]));
        client_reply(c, "part", part);
    }
    client_done(c, json_pack("{s:i}", "count", (int)p->rule_count));
}

static json_t *summary(const struct workload *w)
{
    const struct policy *p = w->policy;
    json_t *v = json_object();

    put_name(v, "workload", w);
    json_object_set_new(v, "mode", json_string(mode_name(w)));
    json_object_set_new(v, "default", json_string(p ? action_name(p->default_action) : "open"));
    put_uint(v, "rules", p ? p->rule_count : 0);
    put_uint(v, "version", p ? p->version : 0);
    return v;
}

void console_policy(struct client *c, const json_t *request)
{
    static const struct policy none;
    const struct snapshot *s = *client_setup(c)->snapshot;
    const struct workload *w;
    json_t *list;

    if (!asked_for(c, request, &w))
        return;
    if (w != NULL) {
        show_rules(c, w->policy != NULL ? w->policy : &none);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < s->workload_count; i++)
        json_array_append_new(list, summary(s->workloads[i]));
    client_done(c, list);
}

/* ---- documents ---- */

/* NULL: an error was sent. */
static struct snapshot *read_document(struct client *c, const json_t *request)
{
    json_t *document = json_object_get(request, "document");
    struct err err = {0};
    struct snapshot *s = NULL;

    if (document == NULL)
        err_set(&err, "document", "is missing");
    else
        s = config_read(document, &err);
    if (s == NULL)
        client_error(c, "document", NULL, &err);
    return s;
}

static json_t *contents(const struct snapshot *s)
{
    json_t *v = json_object();
    size_t rules = 0;

    for (size_t i = 0; i < s->workload_count; i++)
        rules += s->workloads[i]->policy != NULL ? s->workloads[i]->policy->rule_count : 0;
    put_uint(v, "generation", s->generation);
    put_uint(v, "workloads", s->workload_count);
    put_uint(v, "rules", rules);
    return v;
}

void console_policy_check(struct client *c, const json_t *request)
{
    struct snapshot *s = read_document(c, request);

    if (s == NULL)
        return;
    client_done(c, contents(s));
    snapshot_free(s);
}

void console_policy_apply(struct client *c, const json_t *request)
{
    const struct console_setup *setup = client_setup(c);
    struct snapshot *s = read_document(c, request);
    struct err err = {0};

    if (s == NULL)
        return;
    parts_adjust(s, setup->options);
    if (!model_apply(&setup->control->model, s, &err)) {
        client_error(c, "document", NULL, &err);
        return;
    }
    control_publish(setup->control);
    client_done(c, contents(*setup->snapshot));
}

/* ---- sensors ---- */

static void add_uses(json_t *list, const struct sensor_use *use, const struct sensor_base *base,
                     const char *kind)
{
    for (size_t i = 0; i < use->choice_count; i++) {
        json_t *v = json_object(), *patterns = json_array();

        put_uint(v, "id", use->choices[i].id);
        json_object_set_new(v, "kind", json_string(kind));
        json_object_set_new(v, "action",
                            json_string(use->choices[i].action == SENSOR_DROP ? "block" : "alert"));
        for (size_t k = 0; base != NULL && k < base->rule_count; k++) {
            if (base->rules[k].id != use->choices[i].id)
                continue;
            json_object_set_new(v, "name", json_string(base->rules[k].name));
            for (size_t p = 0; p < base->rules[k].pattern_count; p++)
                json_array_append_new(patterns, json_string(base->rules[k].patterns[p]));
        }
        json_object_set_new(v, "patterns", patterns);
        json_array_append_new(list, v);
    }
}

static json_t *sensors_value(const struct workload *w)
{
    json_t *v = json_object(), *rules = json_array();

    put_name(v, "workload", w);
    if (w->sensors != NULL) {
        add_uses(rules, &w->sensors->dlp, w->base, "dlp");
        add_uses(rules, &w->sensors->waf, w->base, "waf");
    }
    json_object_set_new(v, "rules", rules);
    return v;
}

void console_sensors(struct client *c, const json_t *request)
{
    const struct snapshot *s = *client_setup(c)->snapshot;
    const struct workload *w;

    if (!asked_for(c, request, &w))
        return;
    for (size_t i = 0; i < s->workload_count; i++)
        if (w == NULL || w == s->workloads[i])
            client_reply(c, "part", json_pack("[o]", sensors_value(s->workloads[i])));
    client_done(c, json_pack("{s:i}", "count", w != NULL ? 1 : (int)s->workload_count));
}

/* A document with this key alone, or the list. */
void console_sensors_apply(struct client *c, const json_t *request)
{
    const struct console_setup *setup = client_setup(c);
    const json_t *document = json_object_get(request, "document"), *list = document;
    struct err err = {0};

    if (json_is_object(document))
        list = json_object_get(document, "sensors");
    if (list == NULL || (json_is_object(document) && json_object_size(document) != 1)) {
        err_set(&err, "document", "must be {\"sensors\": [...]}, or the list alone");
        client_error(c, "document", "a whole document: sluicectl policy apply", &err);
        return;
    }
    if (!model_apply_sensors(&setup->control->model, list, &err)) {
        client_error(c, "document", NULL, &err);
        return;
    }
    control_publish(setup->control);
    client_done(c, contents(*setup->snapshot));
}
