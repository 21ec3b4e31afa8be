/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about contents (DLP, WAF): which rules there are, which hold for a workload.
 */
#include "control/command.h"

#include "engine/sensor.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- ctrl_cfg_dlp: which rules hold ---- */

static bool read_choices(struct command_call *c, const json_t *list, struct sensor_use *use)
{
    size_t n = json_array_size(list);

    use->choice_count = 0;
    use->choices = calloc(n + 1, sizeof *use->choices);
    if (use->choices == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        uint32_t action = request_u32(item, "action");

        if (!json_is_integer(json_object_get(item, "id")) ||
            (action != SENSOR_ALLOW && action != SENSOR_DROP)) {
            c->skipped++;
            continue;
        }
        use->choices[use->choice_count++] =
            (struct sensor_choice){.id = request_u32(item, "id"), .action = (uint8_t)action};
    }
    return true;
}

/* Absent: those of before. Anything that is no list is an empty one. */
static bool read_policies(struct command_call *c, const json_t *object, const char *key,
                          struct sensor_use *use)
{
    const json_t *list = request_list(object, key);
    size_t n = json_array_size(list);
    uint32_t *ids;

    if (json_object_get(object, key) == NULL)
        return true;
    ids = calloc(n + 1, sizeof *ids);
    if (ids == NULL)
        return false;
    free(use->policies);
    use->policies = ids;
    use->policy_count = 0;
    for (size_t i = 0; i < n; i++) {
        if (json_is_integer(json_array_get(list, i)))
            ids[use->policy_count++] = (uint32_t)json_integer_value(json_array_get(list, i));
        else
            c->skipped++;
    }
    return true;
}

static bool is_inside(const json_t *object, const char *key, const char *word)
{
    const char *text = request_text(object, key);

    return text != NULL && strcasecmp(text, word) == 0;
}

static bool set_use(struct command_call *c, struct workload *w, void *arg)
{
    const json_t *object = arg;
    struct sensor_uses *uses = w->sensors ? sensor_uses_copy(w->sensors) : sensor_uses_new();

    if (uses == NULL)
        return err_set(&c->err, NULL, "no memory");
    free(uses->dlp.choices);
    uses->dlp.choices = NULL;
    free(uses->waf.choices);
    uses->waf.choices = NULL;
    if (!read_choices(c, request_list(object, "dlp_rule_names"), &uses->dlp) ||
        !read_choices(c, request_list(object, "waf_rule_names"), &uses->waf) ||
        !read_policies(c, object, "rule_ids", &uses->dlp) ||
        !read_policies(c, object, "waf_rule_ids", &uses->waf)) {
        shared_drop(&uses->shared);
        return err_set(&c->err, NULL, "no memory");
    }
    uses->dlp.inside = is_inside(object, "ruletype", "inside");
    uses->waf.inside = is_inside(object, "wafruletype", "wafinside");
    if (w->sensors != NULL)
        shared_drop(&w->sensors->shared);
    w->sensors = uses;
    return true;
}

bool cmd_cfg_dlp(struct command_call *c, json_t *object)
{
    json_t *whole;
    bool ok;

    whole = command_series(c, object, &ok);
    if (whole == NULL)
        return ok;
    ok = command_workloads(c, request_list(whole, "mac"), set_use, whole);
    json_decref(whole);
    return ok;
}

static bool drop_use(struct command_call *c, struct workload *w, void *arg)
{
    (void)c;
    (void)arg;
    if (w->sensors != NULL)
        shared_drop(&w->sensors->shared);
    w->sensors = NULL;
    return true;
}

bool cmd_cfg_dlp_mac(struct command_call *c, json_t *object)
{
    return command_workloads(c, request_list(object, "delmac"), drop_use, NULL);
}

/* ---- ctrl_bld_dlp: which rules there are ---- */

static bool read_patterns(struct command_call *c, const json_t *list, struct sensor_rule *r)
{
    size_t n = json_array_size(list);

    if (n == 0 || n > SENSOR_PATTERNS)
        return false;
    r->patterns = calloc(n, sizeof *r->patterns);
    if (r->patterns == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(list, i));

        /* A rule without one of its patterns would be another rule. */
        if (text == NULL || strlen(text) > SENSOR_PATTERN_MOST + 64)
            return false;
        r->patterns[r->pattern_count] = strdup(text);
        if (r->patterns[r->pattern_count++] == NULL)
            return false;
    }
    (void)c;
    return true;
}

static void rule_fini(struct sensor_rule *r)
{
    for (size_t i = 0; i < r->pattern_count; i++)
        free(r->patterns[i]);
    free(r->patterns);
    free(r->name);
    *r = (struct sensor_rule){0};
}

static bool read_rule(struct command_call *c, const json_t *object, struct sensor_rule *r)
{
    const char *name = request_text(object, "name");

    *r = (struct sensor_rule){.id = request_u32(object, "id")};
    if (name == NULL || r->id < SENSOR_DLP_FIRST || r->id > SENSOR_LAST)
        return false;
    r->name = strndup(name, SENSOR_NAME_MOST);
    if (r->name != NULL && read_patterns(c, request_list(object, "patterns"), r))
        return true;
    rule_fini(r);
    return false;
}

static struct sensor_base *read_base(struct command_call *c, const json_t *object)
{
    const json_t *list = request_list(object, "dlp_rules");
    size_t n = json_array_size(list);
    struct sensor_base *b = sensor_base_new();

    if (b == NULL)
        return NULL;
    b->rules = calloc(n + 1, sizeof *b->rules);
    if (b->rules == NULL) {
        shared_drop(&b->shared);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (read_rule(c, json_array_get(list, i), &b->rules[b->rule_count]))
            b->rule_count++;
        else
            c->skipped++;
    }
    b->sides = request_u8(object, "dir") & (POLICY_EGRESS | POLICY_INGRESS);
    return b;
}

static bool set_base(struct command_call *c, struct workload *w, void *arg)
{
    struct sensor_base *base = arg;

    (void)c;
    if (base != NULL)
        shared_hold(&base->shared);
    if (w->base != NULL)
        shared_drop(&w->base->shared);
    w->base = base;
    return true;
}

/* For an empty list there is nothing to do. */
static bool set_bases(struct command_call *c, json_t *list, struct sensor_base *base)
{
    return json_array_size(list) == 0 || command_workloads(c, list, set_base, base);
}

bool cmd_bld_dlp(struct command_call *c, json_t *object)
{
    struct sensor_base *base;
    json_t *whole;
    bool ok;

    whole = command_series(c, object, &ok);
    if (whole == NULL)
        return ok;
    base = read_base(c, whole);
    /* Without a rule there is nothing to look for. */
    ok = base != NULL &&
         set_bases(c, request_list(whole, "mac"), base->rule_count > 0 ? base : NULL) &&
         set_bases(c, request_list(whole, "delmac"), NULL);
    if (base != NULL)
        shared_drop(&base->shared);
    else
        (void)err_set(&c->err, NULL, "no memory");
    json_decref(whole);
    return ok;
}

static struct sensor_base *lender(const struct command_call *c, const json_t *list)
{
    uint8_t mac[6];

    for (size_t i = 0; i < json_array_size(list); i++) {
        const struct workload *w = NULL;

        if (request_mac_value(json_array_get(list, i), mac))
            w = model_find(&c->control->model, mac);
        if (w != NULL && w->base != NULL)
            return w->base;
    }
    return NULL;
}

bool cmd_bld_dlp_mac(struct command_call *c, json_t *object)
{
    struct sensor_base *base = lender(c, request_list(object, "oldmac"));
    bool ok;

    if (base == NULL)
        return err_set(&c->err, "oldmac", "names no workload with rules that could be lent");
    shared_hold(&base->shared);
    ok = set_bases(c, request_list(object, "addmac"), base) &&
         set_bases(c, request_list(object, "delmac"), NULL);
    shared_drop(&base->shared);
    return ok;
}
