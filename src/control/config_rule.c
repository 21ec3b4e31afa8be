/* SPDX-License-Identifier: Apache-2.0 */
#include "control/config_rule.h"

#include "engine/policy_app.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 255 };

/* ---- ends ---- */

static bool workload_index_of(const struct snapshot *s, const char *name, size_t *at)
{
    for (*at = 0; *at < s->workload_count; ++*at)
        if (s->workloads[*at]->name != NULL && strcmp(s->workloads[*at]->name, name) == 0)
            return true;
    return false;
}

static bool read_word(const char *text, struct peer_term *t)
{
    static const struct {
        const char *word;
        enum peer_kind kind;
    } words[] = {{"any", PEER_ANY}, {"external", PEER_EXTERNAL}, {"internal", PEER_INTERNAL}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i].word) == 0) {
            t->kind = words[i].kind;
            return true;
        }
    return false;
}

/* "www.example.com", "*.example.com". */
static bool is_domain(const char *text)
{
    size_t n = strlen(text);

    return strchr(text, '.') != NULL &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*") == n;
}

static bool read_peer(const struct snapshot *s, const json_t *value, const struct config_path *path,
                      struct peer_term *t, struct err *err)
{
    const char *text;

    if (!config_text(value, path, TEXT_MOST, &text, err))
        return false;
    if (read_word(text, t))
        return true;
    if (workload_index_of(s, text, &t->workload)) {
        t->kind = PEER_WORKLOAD;
    } else if (ipprefix_parse(text, &t->prefix)) {
        t->kind = PEER_PREFIX;
    } else if (is_domain(text)) {
        t->kind = PEER_DOMAIN;
        t->domain = text;
    } else {
        return err_set(err, path->text,
                       "'%s' is no workload of this document, no address or prefix, no domain name "
                       "and none of any, external, internal",
                       text);
    }
    return true;
}

/* One, or a list of them. */
static bool read_peers(const struct snapshot *s, const json_t *value,
                       const struct config_path *path, struct peer_terms *terms, struct err *err)
{
    bool list = json_is_array(value);
    size_t n = list ? json_array_size(value) : 1;

    if (value == NULL)
        return err_set(err, path->text, "is missing: who, or \"any\"");
    if (n == 0)
        return err_set(err, path->text, "names nobody: leave the rule out, or say \"any\"");
    terms->list = calloc(n, sizeof *terms->list);
    if (terms->list == NULL)
        return err_set(err, path->text, "no memory");
    for (; terms->count < n; terms->count++) {
        struct config_path at = list ? config_path_index(path, terms->count) : *path;

        if (!read_peer(s, list ? json_array_get(value, terms->count) : value, &at,
                       &terms->list[terms->count], err))
            return false;
    }
    return true;
}

/* A name is looked up by who reaches it; nobody is reached by its name. */
static bool check_ends(const struct snapshot *s, const struct source_rule *r,
                       const struct config_path *path, struct err *err)
{
    const struct peer_terms *ends[] = {&r->from, &r->to};

    for (size_t i = 0; i < r->from.count; i++)
        if (r->from.list[i].kind == PEER_DOMAIN)
            return err_set(err, path->text, "'%s': a domain name can stand behind \"to\" only",
                           r->from.list[i].domain);
    for (size_t e = 0; e < 2; e++)
        for (size_t i = 0; i < ends[e]->count; i++) {
            const struct peer_term *t = &ends[e]->list[i];

            if (t->kind == PEER_WORKLOAD && s->workloads[t->workload]->prefix_count == 0)
                return err_set(err, path->text,
                               "workload '%s' has no prefixes: others know it by its addresses",
                               s->workloads[t->workload]->name);
        }
    return true;
}

/* ---- the rest of a rule ---- */

/* 80, "80", "8000-8100". */
static bool read_port(const json_t *value, const struct config_path *path, uint16_t range[2],
                      struct err *err)
{
    const char *text = json_string_value(value);
    unsigned first = 0, last = 0;
    int used = 0;

    if (json_is_integer(value)) {
        uint64_t n;

        if (!config_uint(value, path, 0, UINT16_MAX, &n, err))
            return false;
        range[0] = range[1] = (uint16_t)n;
        return true;
    }
    if (text == NULL || sscanf(text, "%5u%n", &first, &used) != 1)
        return err_set(err, path->text, "must be a port (80) or a range of them (\"8000-8100\")");
    last = first;
    if (text[used] == '-') {
        int more = 0;

        if (sscanf(text + used + 1, "%5u%n", &last, &more) != 1)
            return err_set(err, path->text, "'%s' is no range of ports (8000-8100)", text);
        used += 1 + more;
    }
    if (text[used] != '\0' || first > last || last > UINT16_MAX)
        return err_set(err, path->text, "'%s' is no range of ports (8000-8100)", text);
    range[0] = (uint16_t)first;
    range[1] = (uint16_t)last;
    return true;
}

static bool read_proto(const json_t *value, const struct config_path *path, uint8_t *proto,
                       struct err *err)
{
    static const char *const names[] = {"tcp", "udp", "icmp", "icmp6", "sctp", NULL};
    static const uint8_t numbers[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6,
                                      IPPROTO_SCTP};
    size_t index;

    if (!config_choice(value, path, names, &index, err))
        return false;
    *proto = numbers[index];
    return true;
}

static bool read_app(const json_t *value, const struct config_path *path, uint32_t *app,
                     struct err *err)
{
    const char *text;

    if (!config_text(value, path, TEXT_MOST, &text, err))
        return false;
    return policy_app_parse(text, app) ||
           err_set(err, path->text, "'%s' is no application: see docs/protocols.md, or \"unknown\"",
                   text);
}

/* One, or a list of at most `most`; absent: none. */
static bool list_of(const json_t *value, const struct config_path *path, size_t most, size_t *n,
                    struct err *err)
{
    *n = value == NULL ? 0 : json_is_array(value) ? json_array_size(value) : 1;
    return *n <= most || err_set(err, path->text, "has %zu entries; allowed: up to %zu", *n, most);
}

static const json_t *item_of(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : value;
}

static bool read_ports(const json_t *rule, const struct config_path *path, struct source_rule *r,
                       struct err *err)
{
    const json_t *value = json_object_get(rule, "ports");
    struct config_path at = config_path_key(path, "ports");

    if (!list_of(value, &at, RULE_PORTS, &r->port_count, err))
        return false;
    for (size_t i = 0; i < r->port_count; i++) {
        struct config_path item = config_path_index(&at, i);

        if (!read_port(item_of(value, i), &item, r->ports[i], err))
            return false;
    }
    if (r->port_count == 0) {
        r->port_count = 1;
        r->ports[0][0] = 0;
        r->ports[0][1] = UINT16_MAX;
    }
    return true;
}

static bool read_protos(const json_t *rule, const struct config_path *path, struct source_rule *r,
                        struct err *err)
{
    const json_t *value = json_object_get(rule, "protocols");
    struct config_path at = config_path_key(path, "protocols");

    if (!list_of(value, &at, RULE_PROTOCOLS, &r->proto_count, err))
        return false;
    for (size_t i = 0; i < r->proto_count; i++) {
        struct config_path item = config_path_index(&at, i);

        if (!read_proto(item_of(value, i), &item, &r->protos[i], err))
            return false;
    }
    if (r->proto_count == 0) {
        r->proto_count = 1;
        r->protos[0] = 0; /* any */
    }
    return true;
}

static bool read_apps(const json_t *rule, const struct config_path *path, struct source_rule *r,
                      struct err *err)
{
    const json_t *value = json_object_get(rule, "applications");
    struct config_path at = config_path_key(path, "applications");

    if (!list_of(value, &at, RULE_APPS, &r->app_count, err))
        return false;
    for (size_t i = 0; i < r->app_count; i++) {
        struct config_path item = config_path_index(&at, i);

        if (!read_app(item_of(value, i), &item, &r->apps[i], err))
            return false;
    }
    return true;
}

static bool read_id(const json_t *rule, const struct config_path *path, struct source_rule *r,
                    struct err *err)
{
    const json_t *value = json_object_get(rule, "id");
    struct config_path at = config_path_key(path, "id");
    uint64_t id;

    if (value == NULL)
        return true;
    if (!config_uint(value, &at, 1, INT32_MAX, &id, err))
        return false;
    r->id = (uint32_t)id;
    return true;
}

static bool read_action(const json_t *rule, const struct config_path *path, struct source_rule *r,
                        struct err *err)
{
    static const char *const names[] = {"allow", "deny", NULL};
    const json_t *value = json_object_get(rule, "action");
    struct config_path at = config_path_key(path, "action");
    size_t index;

    if (value == NULL)
        return err_set(err, at.text, "is missing: allow or deny");
    if (!config_choice(value, &at, names, &index, err))
        return false;
    r->action = index == 0 ? POLICY_ALLOW : POLICY_DENY;
    return true;
}

bool config_rule_read(const struct snapshot *s, const json_t *value, const struct config_path *path,
                      struct source_rule *r, struct err *err)
{
    static const char *const keys[] = {"id",        "name",         "from",   "to",   "ports",
                                       "protocols", "applications", "action", "host", NULL};
    struct config_path from = config_path_key(path, "from"), to = config_path_key(path, "to"),
                       name = config_path_key(path, "name"), host = config_path_key(path, "host");
    const json_t *text = json_object_get(value, "name"), *bit = json_object_get(value, "host");
    const char *ignored; /* for people */

    return config_object(value, path, keys, err) && read_id(value, path, r, err) &&
           (text == NULL || config_text(text, &name, TEXT_MOST, &ignored, err)) &&
           (bit == NULL || config_bool(bit, &host, &r->host, err)) &&
           read_peers(s, json_object_get(value, "from"), &from, &r->from, err) &&
           read_peers(s, json_object_get(value, "to"), &to, &r->to, err) &&
           check_ends(s, r, path, err) && read_ports(value, path, r, err) &&
           read_protos(value, path, r, err) && read_apps(value, path, r, err) &&
           read_action(value, path, r, err);
}

void config_rule_fini(struct source_rule *r)
{
    free(r->from.list);
    free(r->to.list);
}
