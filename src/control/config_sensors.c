/* SPDX-License-Identifier: Apache-2.0
 *
 * All rules of all sensors are one database, which the workloads share; each has a list of those
 * that hold for it. Numbers are given in the order of the document, in the ranges of the agent's
 * numbers for each kind.
 */
#include "control/config_sensors.h"

#include "engine/policy.h"
#include "engine/sensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_DLP, KIND_WAF, KINDS };

static const uint32_t first_id[KINDS] = {
    [KIND_DLP] = SENSOR_DLP_FIRST, [KIND_WAF] = SENSOR_WAF_FIRST};
enum { IDS_OF_A_KIND = 10000, FLAGS_MOST = 8 };

struct reading {
    struct snapshot *s;
    struct sensor_base *base;
    size_t room;
    uint32_t given[KINDS];
    struct err *err;
};

/* ---- patterns ---- */

static bool read_context(const json_t *value, const struct config_path *path, const char **name,
                         struct err *err)
{
    static const char *const names[] = {"packet", "url", "header", "body", "sql_query", NULL};
    size_t index;

    *name = names[0];
    if (value == NULL)
        return true;
    if (!config_choice(value, path, names, &index, err))
        return false;
    *name = names[index];
    return true;
}

static bool read_flags(const json_t *value, const struct config_path *path, const char **flags,
                       struct err *err)
{
    *flags = "is";
    if (value == NULL || (json_is_string(value) && json_string_length(value) == 0)) {
        *flags = value == NULL ? "is" : "";
        return true;
    }
    if (!config_text(value, path, FLAGS_MOST, flags, err))
        return false;
    return strspn(*flags, "ismxAEG") == strlen(*flags) ||
           err_set(err, path->text, "'%s' holds others than i s m x A E G", *flags);
}

/* {"pattern", "context", "not", "flags"}, or the expression alone; as the agent writes it. */
static char *read_pattern(const json_t *value, const struct config_path *path, struct err *err)
{
    static const char *const keys[] = {"pattern", "context", "not", "flags", NULL};
    struct config_path at = config_path_key(path, "pattern"),
                       flags_at = config_path_key(path, "flags"),
                       context_at = config_path_key(path, "context"),
                       not_at = config_path_key(path, "not");
    const json_t *not = json_object_get(value, "not");
    const char *expression, *context, *flags;
    bool negated = false;
    char *text;

    if (!json_is_string(value) && !config_object(value, path, keys, err))
        return NULL;
    if (!config_text(json_is_string(value) ? value : json_object_get(value, "pattern"),
                     json_is_string(value) ? path : &at, SENSOR_PATTERN_MOST, &expression, err) ||
        !read_context(json_object_get(value, "context"), &context_at, &context, err) ||
        !read_flags(json_object_get(value, "flags"), &flags_at, &flags, err) ||
        (not != NULL && !config_bool(not, &not_at, &negated, err)))
        return NULL;
    if (asprintf(&text, "%s/%s/%s; context %s", negated ? "!" : "", expression, flags, context) <
        0) {
        err_set(err, path->text, "no memory");
        return NULL;
    }
    return text;
}

static bool read_patterns(const json_t *value, const struct config_path *path,
                          struct sensor_rule *rule, struct err *err)
{
    size_t n = json_array_size(value);

    if (!config_list(value, path, err))
        return false;
    if (n == 0 || n > SENSOR_PATTERNS)
        return err_set(err, path->text, "has %zu entries; allowed: 1 to %d", n, SENSOR_PATTERNS);
    rule->patterns = calloc(n, sizeof *rule->patterns);
    if (rule->patterns == NULL)
        return err_set(err, path->text, "no memory");
    for (; rule->pattern_count < n; rule->pattern_count++) {
        struct config_path at = config_path_index(path, rule->pattern_count);
        char *text = read_pattern(json_array_get(value, rule->pattern_count), &at, err);

        if (text == NULL)
            return false;
        rule->patterns[rule->pattern_count] = text;
    }
    return true;
}

/* ---- rules ---- */

static struct sensor_rule *rule_add(struct reading *r, enum kind kind)
{
    struct sensor_base *b = r->base;

    if (r->given[kind] == IDS_OF_A_KIND) {
        err_set(r->err, "sensors", "have more than %d rules of one kind", IDS_OF_A_KIND);
        return NULL;
    }
    if (b->rule_count == r->room) {
        size_t room = r->room ? 2 * r->room : 16;
        struct sensor_rule *rules = realloc(b->rules, room * sizeof *rules);

        if (rules == NULL) {
            err_set(r->err, "sensors", "no memory");
            return NULL;
        }
        b->rules = rules;
        r->room = room;
    }
    b->rules[b->rule_count] = (struct sensor_rule){.id = first_id[kind] + r->given[kind]++};
    return &b->rules[b->rule_count++];
}

static bool read_rule(struct reading *r, const json_t *value, const struct config_path *path,
                      enum kind kind)
{
    static const char *const keys[] = {"name", "patterns", NULL};
    struct config_path name_at = config_path_key(path, "name"),
                       patterns_at = config_path_key(path, "patterns");
    struct sensor_rule *rule;
    const char *name;

    if (!config_object(value, path, keys, r->err))
        return false;
    if (json_object_get(value, "name") == NULL || json_object_get(value, "patterns") == NULL)
        return err_set(r->err, path->text, "a rule has a name and patterns");
    if (!config_text(json_object_get(value, "name"), &name_at, SENSOR_NAME_MOST, &name, r->err))
        return false;
    rule = rule_add(r, kind);
    if (rule == NULL)
        return false;
    rule->name = strdup(name);
    if (rule->name == NULL)
        return err_set(r->err, path->text, "no memory");
    return read_patterns(json_object_get(value, "patterns"), &patterns_at, rule, r->err);
}

/* ---- who uses them ---- */

static bool use_add(struct workload *w, enum kind kind, const struct sensor_choice *choice)
{
    struct sensor_use *use;
    struct sensor_choice *list;

    if (w->sensors == NULL)
        w->sensors = sensor_uses_new();
    if (w->sensors == NULL)
        return false;
    use = kind == KIND_DLP ? &w->sensors->dlp : &w->sensors->waf;
    list = realloc(use->choices, (use->choice_count + 1) * sizeof *list);
    if (list == NULL)
        return false;
    use->choices = list;
    use->choices[use->choice_count++] = *choice;
    use->inside = true;
    return true;
}

/* Is its name in the list? Without a list everybody's is. */
static bool is_meant(const struct workload *w, const json_t *names)
{
    if (names == NULL)
        return true;
    for (size_t i = 0; i < json_array_size(names); i++)
        if (w->name != NULL && strcmp(json_string_value(json_array_get(names, i)), w->name) == 0)
            return true;
    return false;
}

static bool check_names(const struct reading *r, const json_t *names,
                        const struct config_path *path)
{
    if (names == NULL)
        return true;
    if (!config_list(names, path, r->err))
        return false;
    for (size_t i = 0; i < json_array_size(names); i++) {
        struct config_path at = config_path_index(path, i);
        const char *name;
        bool known = false;

        if (!config_text(json_array_get(names, i), &at, 255, &name, r->err))
            return false;
        for (size_t k = 0; k < r->s->workload_count && !known; k++)
            known = !r->s->workloads[k]->agents && r->s->workloads[k]->name != NULL &&
                    strcmp(r->s->workloads[k]->name, name) == 0;
        if (!known)
            return err_set(r->err, at.text, "'%s' is no workload of this document", name);
    }
    return true;
}

static bool use_all(struct reading *r, const json_t *names, enum kind kind, size_t first_rule,
                    uint8_t action)
{
    for (size_t i = 0; i < r->s->workload_count; i++)
        for (size_t k = first_rule; k < r->base->rule_count; k++) {
            struct sensor_choice choice = {r->base->rules[k].id, action};

            if (!r->s->workloads[i]->agents && is_meant(r->s->workloads[i], names) &&
                !use_add(r->s->workloads[i], kind, &choice))
                return err_set(r->err, "sensors", "no memory");
        }
    return true;
}

/* ---- sensors ---- */

static bool read_sensor(struct reading *r, const json_t *value, const struct config_path *path)
{
    static const char *const keys[] = {"name", "kind", "action", "workloads", "rules", NULL};
    static const char *const kinds[] = {[KIND_DLP] = "dlp", [KIND_WAF] = "waf", NULL};
    static const char *const actions[] = {"alert", "block", NULL};
    struct config_path name_at = config_path_key(path, "name"),
                       kind_at = config_path_key(path, "kind"),
                       action_at = config_path_key(path, "action"),
                       workloads_at = config_path_key(path, "workloads"),
                       rules_at = config_path_key(path, "rules");
    const json_t *rules = json_object_get(value, "rules"),
                 *names = json_object_get(value, "workloads");
    size_t kind, action, first = r->base->rule_count;
    const char *ignored; /* for people */

    if (!config_object(value, path, keys, r->err))
        return false;
    for (size_t i = 0; keys[i] != NULL; i++)
        if (i != 3 && json_object_get(value, keys[i]) == NULL)
            return err_set(r->err, path->text, "\"%s\" is missing", keys[i]);
    if (!config_text(json_object_get(value, "name"), &name_at, 255, &ignored, r->err) ||
        !config_choice(json_object_get(value, "kind"), &kind_at, kinds, &kind, r->err) ||
        !config_choice(json_object_get(value, "action"), &action_at, actions, &action, r->err) ||
        !check_names(r, names, &workloads_at) || !config_list(rules, &rules_at, r->err))
        return false;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        struct config_path at = config_path_index(&rules_at, i);

        if (!read_rule(r, json_array_get(rules, i), &at, (enum kind)kind))
            return false;
    }
    return use_all(r, names, (enum kind)kind, first, action == 0 ? SENSOR_ALLOW : SENSOR_DROP);
}

bool config_sensors(struct snapshot *s, const json_t *value, const struct config_path *path,
                    struct err *err)
{
    struct reading r = {.s = s, .base = sensor_base_new(), .err = err};
    bool ok;

    if (r.base == NULL)
        return err_set(err, path->text, "no memory");
    r.base->sides = POLICY_EGRESS | POLICY_INGRESS;
    ok = config_list(value, path, err);
    for (size_t i = 0; ok && i < json_array_size(value); i++) {
        struct config_path at = config_path_index(path, i);

        ok = read_sensor(&r, json_array_get(value, i), &at);
    }
    for (size_t i = 0; ok && i < s->workload_count; i++)
        if (!s->workloads[i]->agents && s->workloads[i]->sensors != NULL) {
            shared_hold(&r.base->shared);
            s->workloads[i]->base = r.base;
        }
    shared_drop(&r.base->shared);
    return ok;
}
