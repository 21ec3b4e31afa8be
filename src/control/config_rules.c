/* SPDX-License-Identifier: Apache-2.0
 *
 * A rule says who may reach whom. For each workload it becomes rules seen from there: into it when
 * it is one of those who are reached, out of it when it is one of those who reach; one for each
 * address range of the other end, port range and protocol. Order stays.
 */
#include "control/config_rules.h"

#include "control/config_rule.h"
#include "control/model.h"

#include <stdlib.h>
#include <string.h>

/* ---- seen from a workload ---- */

/* What is made of one source rule for one workload. */
struct view {
    const struct snapshot *s;
    const struct source_rule *r;
    const struct workload *w;
    struct policy *policy;
    size_t room;
    bool ingress;
    struct err *err;
};

static struct ip_range all_of(uint8_t family)
{
    struct ip_range range = {.first = {.family = family}, .last = {.family = family}};

    memset(range.last.bytes, 0xff, family == 4 ? 4 : 16);
    return range;
}

static struct ip_range range_of(const struct ipprefix *p)
{
    struct ip_range range = {p->addr, p->addr};
    unsigned bits = p->addr.family == 4 ? 32 : 128;

    for (unsigned bit = p->bits; bit < bits; bit++)
        range.last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    return range;
}

/* Denials are enforced where the workload is protected, else told. */
static uint8_t action_of(const struct view *v)
{
    return v->r->action == POLICY_DENY && v->w->mode != MODE_PROTECT ? POLICY_VIOLATE
                                                                     : v->r->action;
}

static bool set_apps(const struct view *v, struct policy_rule *rule)
{
    if (v->r->app_count == 0)
        return true;
    rule->apps = calloc(v->r->app_count, sizeof *rule->apps);
    if (rule->apps == NULL)
        return false;
    for (; rule->app_count < v->r->app_count; rule->app_count++)
        rule->apps[rule->app_count] = (struct policy_app){
            .app = v->r->apps[rule->app_count], .rule = rule->id, .action = rule->action};
    rule->action = POLICY_CHECK_APP;
    return true;
}

static struct policy_rule *rule_add(struct view *v)
{
    struct policy *p = v->policy;

    if (p->rule_count == CONFIG_EXPANDED_MOST) {
        err_set(
            v->err, "rules",
            "for workload '%s' they become more than %d, one for each address range, port range "
            "and protocol: name larger ranges",
            v->w->name, CONFIG_EXPANDED_MOST);
        return NULL;
    }
    if (p->rule_count == v->room) {
        size_t room = v->room ? 2 * v->room : 16;
        struct policy_rule *rules = realloc(p->rules, room * sizeof *rules);

        if (rules == NULL) {
            err_set(v->err, "rules", "no memory");
            return NULL;
        }
        p->rules = rules;
        v->room = room;
    }
    p->rules[p->rule_count] = (struct policy_rule){0};
    return &p->rules[p->rule_count++];
}

/* For one range of the other end: a rule for each port range and protocol. */
static bool add_rules(struct view *v, const struct ip_range *peer, const struct peer_term *t)
{
    const struct source_rule *r = v->r;
    struct ip_range own = all_of(peer->first.family);

    for (size_t port = 0; port < r->port_count; port++)
        for (size_t proto = 0; proto < r->proto_count; proto++) {
            struct policy_rule *rule = rule_add(v);

            if (rule == NULL)
                return false;
            rule->id = r->id;
            rule->action = action_of(v);
            rule->proto = r->protos[proto];
            rule->ingress = v->ingress;
            rule->external = t->kind == PEER_EXTERNAL;
            rule->host = t->kind == PEER_DOMAIN && r->host;
            rule->port = r->ports[port][0];
            rule->port_last = r->ports[port][1];
            rule->client = v->ingress ? *peer : own;
            rule->server = v->ingress ? own : *peer;
            if (t->kind == PEER_DOMAIN)
                rule->name = strdup(t->domain);
            if ((t->kind == PEER_DOMAIN && rule->name == NULL) || !set_apps(v, rule))
                return err_set(v->err, "rules", "no memory");
        }
    return true;
}

static bool add_prefixes(struct view *v, const struct ipprefix *list, size_t n,
                         const struct peer_term *t)
{
    for (size_t i = 0; i < n; i++) {
        struct ip_range range = range_of(&list[i]);

        if (!add_rules(v, &range, t))
            return false;
    }
    return true;
}

static bool add_everything(struct view *v, const struct peer_term *t)
{
    struct ip_range four = all_of(4), six = all_of(6);

    return add_rules(v, &four, t) && add_rules(v, &six, t);
}

static bool add_peer(struct view *v, const struct peer_term *t)
{
    const struct networks *n = v->s->networks;

    switch (t->kind) {
    case PEER_PREFIX:
        return add_prefixes(v, &t->prefix, 1, t);
    case PEER_WORKLOAD:
        return add_prefixes(v, v->s->workloads[t->workload]->prefixes,
                            v->s->workloads[t->workload]->prefix_count, t);
    case PEER_INTERNAL: /* without a list everything is */
        return n->internal_count == 0 ? add_everything(v, t)
                                      : add_prefixes(v, n->internal, n->internal_count, t);
    case PEER_ANY:
    case PEER_EXTERNAL:
    case PEER_DOMAIN:
        return add_everything(v, t);
    }
    return true;
}

static bool inside(const struct ipprefix *outer, const struct ipprefix *inner)
{
    return inner->bits >= outer->bits && ipprefix_has(outer, &inner->addr);
}

static bool any_inside(const struct workload *w, const struct ipprefix *list, size_t n)
{
    for (size_t i = 0; i < w->prefix_count; i++)
        for (size_t k = 0; k < n; k++)
            if (inside(&list[k], &w->prefixes[i]))
                return true;
    return false;
}

/* Is the workload one of these? */
static bool is_named(const struct snapshot *s, const struct workload *w,
                     const struct peer_terms *terms)
{
    for (size_t i = 0; i < terms->count; i++) {
        const struct peer_term *t = &terms->list[i];

        if (t->kind == PEER_ANY || (t->kind == PEER_WORKLOAD && s->workloads[t->workload] == w) ||
            (t->kind == PEER_INTERNAL &&
             (s->networks->internal_count == 0 || w->prefix_count == 0 ||
              any_inside(w, s->networks->internal, s->networks->internal_count))) ||
            (t->kind == PEER_PREFIX && any_inside(w, &t->prefix, 1)))
            return true;
    }
    return false;
}

static bool add_side(struct view *v, const struct peer_terms *own, const struct peer_terms *others)
{
    if (!is_named(v->s, v->w, own))
        return true;
    for (size_t i = 0; i < others->count; i++)
        if (!add_peer(v, &others->list[i]))
            return false;
    return true;
}

static uint8_t default_of(enum workload_mode mode)
{
    return mode == MODE_PROTECT   ? POLICY_DENY
           : mode == MODE_MONITOR ? POLICY_VIOLATE
                                  : POLICY_LEARN;
}

static bool policy_of(const struct snapshot *s, struct workload *w, const struct source_rule *rules,
                      size_t count, struct err *err)
{
    struct view v = {.s = s, .w = w, .err = err};

    v.policy = policy_new();
    if (v.policy == NULL)
        return err_set(err, "rules", "no memory");
    w->policy = v.policy;
    v.policy->version = 1;
    v.policy->default_action = default_of(w->mode);
    v.policy->sides = POLICY_EGRESS | POLICY_INGRESS;
    for (size_t i = 0; i < count; i++) {
        v.r = &rules[i];
        v.ingress = true;
        if (!add_side(&v, &rules[i].to, &rules[i].from))
            return false;
        v.ingress = false;
        if (!add_side(&v, &rules[i].from, &rules[i].to))
            return false;
    }
    return true;
}

/* ---- the list ---- */

static bool add_names(struct snapshot *s, const struct source_rule *r, const struct config_path *at,
                      struct err *err)
{
    for (size_t i = 0; i < r->to.count; i++) {
        struct domain_name *name;
        struct err why;

        if (r->to.list[i].kind != PEER_DOMAIN)
            continue;
        name = model_name_add(s->names, r->to.list[i].domain, &why);
        if (name == NULL)
            return err_set(err, at->text, "%s", why.text);
        name->host |= r->host;
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static bool ids_differ(const struct source_rule *rules, size_t n, struct err *err)
{
    uint32_t *ids = calloc(n + 1, sizeof *ids);
    bool differ = true;

    if (ids == NULL)
        return err_set(err, "rules", "no memory");
    for (size_t i = 0; i < n; i++)
        ids[i] = rules[i].id;
    qsort(ids, n, sizeof *ids, by_id);
    for (size_t i = 1; i < n && differ; i++)
        if (ids[i] == ids[i - 1])
            differ = err_set(err, "rules",
                             "two have the id %u: a rule without \"id\" has its place in the list, "
                             "counted from 1",
                             ids[i]);
    free(ids);
    return differ;
}

static bool read_all(struct snapshot *s, const json_t *value, const struct config_path *path,
                     struct source_rule *rules, struct err *err)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct config_path at = config_path_index(path, i);

        rules[i].id = (uint32_t)i + 1;
        if (!config_rule_read(s, json_array_get(value, i), &at, &rules[i], err) ||
            !add_names(s, &rules[i], &at, err))
            return false;
    }
    return ids_differ(rules, json_array_size(value), err);
}

bool config_rules(struct snapshot *s, const json_t *value, const struct config_path *path,
                  struct err *err)
{
    size_t n = json_array_size(value);
    struct source_rule *rules;
    bool ok;

    if (!config_list(value, path, err))
        return false;
    if (n > CONFIG_RULES_MOST)
        return err_set(err, path->text, "has %zu entries; allowed: up to %d", n, CONFIG_RULES_MOST);
    rules = calloc(n + 1, sizeof *rules);
    if (rules == NULL)
        return err_set(err, path->text, "no memory");
    ok = read_all(s, value, path, rules, err);
    for (size_t i = 0; ok && i < s->workload_count; i++)
        ok = policy_of(s, s->workloads[i], rules, n, err);
    for (size_t i = 0; i < n; i++)
        config_rule_fini(&rules[i]);
    free(rules);
    return ok;
}
