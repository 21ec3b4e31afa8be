/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_kubernetes.h"

#include "support/http_path.h"

static const char *const core[] = {
    "bindings",
    "componentstatuses",
    "configmaps",
    "endpoints",
    "events",
    "limitranges",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "podtemplates",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "serviceaccounts",
    "services",
    NULL,
};

static const char *const short_groups[] = {"apps",       "autoscaling", "batch",
                                           "extensions", "policy",      NULL};

/* Names of objects and groups: of roles, colons stand in them, too. */
static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (!(span_lower(c) >= 'a' && span_lower(c) <= 'z') && !(c >= '0' && c <= '9') &&
            c != '-' && c != '.' && c != ':' && c != '%' && c != '_')
            return false;
    }
    return s.n > 0;
}

static bool is_plural(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 'a' || s.p[i] > 'z')
            return false;
    return s.n > 1;
}

/* v1, v2beta1 */
static bool is_version(struct span s)
{
    return s.n >= 2 && s.n <= 12 && s.p[0] == 'v' && s.p[1] >= '1' && s.p[1] <= '9' && is_name(s);
}

static bool is_group(struct span s)
{
    return path_is_one_of(s, short_groups) || (span_index(s, '.') < s.n && is_name(s));
}

static const char *verb_of(enum http_verb verb, const struct kube_request *k)
{
    switch (verb) {
    case VERB_GET:
    case VERB_HEAD:
        return k->name.n ? "get" : "list";
    case VERB_POST:
        return "create";
    case VERB_PUT:
        return "update";
    case VERB_PATCH:
        return "patch";
    case VERB_DELETE:
        return k->name.n ? "delete" : "deletecollection";
    case VERB_OTHER:
        break;
    }
    return NULL;
}

/* Behind the version. `watch`: the old way to say so. False: no resource stands there. */
static bool read_resource(struct span *rest, struct kube_request *k, bool *watch)
{
    struct span piece = path_next(rest), owner;

    *watch = span_equal(piece, SPAN("watch"));
    if (*watch)
        piece = path_next(rest);
    k->resource = piece;
    if (!is_plural(piece))
        return false;
    k->name = path_next(rest);
    k->subresource = path_next(rest);
    if (!span_equal(piece, SPAN("namespaces")) || !k->subresource.n ||
        span_equal(k->subresource, SPAN("status")) || span_equal(k->subresource, SPAN("finalize")))
        return true;
    owner = k->name;
    k->resource = k->subresource;
    k->ns = owner;
    k->name = path_next(rest);
    k->subresource = path_next(rest);
    return is_plural(k->resource) && is_name(owner);
}

static bool is_sound(const struct kube_request *k)
{
    return (!k->name.n || is_name(k->name)) && (!k->subresource.n || is_name(k->subresource));
}

enum kube_shape kube_read(enum http_verb verb, struct span target, struct kube_request *k)
{
    struct span rest = path_of(target), root = path_next(&rest), version;
    bool watch, grouped = span_equal(root, SPAN("apis"));

    *k = (struct kube_request){0};
    if (!grouped && !span_equal(root, SPAN("api")))
        return KUBE_NOT;
    if (grouped)
        k->group = path_next(&rest);
    version = path_next(&rest);
    if (grouped ? !is_group(k->group) || !is_version(version) : !span_equal(version, SPAN("v1")))
        return KUBE_NOT;
    if (!read_resource(&rest, k, &watch) || !is_sound(k))
        return KUBE_NOT;
    if (!grouped && !path_is_one_of(k->resource, core))
        return KUBE_NOT;
    k->verb = verb_of(verb, k);
    if (k->verb == NULL)
        return KUBE_NOT;
    if (watch || ((verb == VERB_GET) &&
                  (path_asks(target, SPAN("watch=true")) || path_asks(target, SPAN("watch=1")))))
        k->verb = "watch";
    return grouped || k->ns.n ? KUBE_SURELY : KUBE_PERHAPS;
}

enum kube_shape kubelet_read(enum http_verb verb, struct span target, struct kube_request *k)
{
    static const char *const inside[] = {"exec",        "attach",        "run",
                                         "portForward", "containerLogs", NULL};
    static const char *const about[] = {"pods",    "runningpods", "stats", "spec",
                                        "metrics", "configz",     "logs",  NULL};
    struct span rest = path_of(target), root = path_next(&rest);

    *k = (struct kube_request){.verb = verb == VERB_GET || verb == VERB_HEAD ? "get" : "create"};
    if (path_is_one_of(root, about)) {
        k->resource = root;
        k->name = path_next(&rest);
        return is_sound(k) ? KUBE_PERHAPS : KUBE_NOT;
    }
    if (!path_is_one_of(root, inside))
        return KUBE_NOT;
    k->resource = SPAN("pods");
    k->ns = path_next(&rest);
    k->name = path_next(&rest);
    k->subresource = root;
    return is_name(k->ns) && is_name(k->name) ? KUBE_PERHAPS : KUBE_NOT;
}

/* ---- what is told ---- */

static void put(struct parse *p, enum field field, struct span value)
{
    if (value.n)
        parse_field(p, field, value);
}

static void tell_notes(struct parse *p, const struct kube_request *k)
{
    static const char *const inside[] = {"exec",        "attach",      "run",
                                         "portforward", "portForward", NULL};

    if (span_equal(k->resource, SPAN("pods")) && path_is_one_of(k->subresource, inside))
        parse_note_value(p, "Kubernetes: into a running pod", k->name);
    else if (span_equal(k->resource, SPAN("secrets")) && !k->name.n && !k->group.n &&
             (span_text(k->verb).p[0] == 'l' || span_text(k->verb).p[0] == 'w'))
        parse_note_value(p, "Kubernetes: secrets are being listed", k->ns);
    else if (span_equal(k->resource, SPAN("tokenreviews")))
        parse_note(p, "Kubernetes: a token is being reviewed");
}

void kube_tell(struct parse *p, const struct kube_request *k)
{
    parse_text(p, FIELD_HTTP_KUBERNETES_VERB, k->verb);
    put(p, FIELD_HTTP_KUBERNETES_GROUP, k->group);
    put(p, FIELD_HTTP_KUBERNETES_RESOURCE, k->resource);
    put(p, FIELD_HTTP_KUBERNETES_NAMESPACE, k->ns);
    put(p, FIELD_HTTP_KUBERNETES_NAME, k->name);
    put(p, FIELD_HTTP_KUBERNETES_SUBRESOURCE, k->subresource);
    tell_notes(p, k);
}

/* kubectl/v1.20.2 (linux/amd64) kubernetes/faecb19 */
bool kube_agent(struct span agent)
{
    struct span mark = SPAN(" kubernetes/");

    for (; agent.n >= mark.n; agent = span_from(agent, 1 + span_index(span_from(agent, 1), ' ')))
        if (span_starts(agent, mark))
            return true;
    return false;
}
