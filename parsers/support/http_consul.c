/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_consul.h"

#include "support/http_path.h"

static const char *const areas[] = {
    "acl",  "agent",    "catalog", "config",  "connect",  "coordinate", "event", "health",  "kv",
    "lock", "operator", "query",   "session", "snapshot", "status",     "txn",   "peering", NULL,
};

/* The value of a parameter; empty when the query has none of the name. */
static struct span parameter(struct span target, struct span name)
{
    struct span rest = span_from(target, span_index(target, '?'));

    while (rest.n) {
        struct span one;

        rest = span_from(rest, 1);
        one = span_first(rest, span_index(rest, '&'));
        rest = span_from(rest, one.n);
        if (span_starts(one, name) && one.n > name.n && one.p[name.n] == '=')
            return span_from(one, name.n + 1);
    }
    return span_first(target, 0);
}

/* What follows the second piece: of a service, a node. */
static void read_subject(struct span area, struct span what, struct span rest,
                         struct consul_request *r)
{
    struct span name = path_next(&rest);

    if (span_equal(area, SPAN("catalog")) || span_equal(area, SPAN("health"))) {
        if (span_equal(what, SPAN("node")))
            r->node = name;
        else if (span_equal(what, SPAN("service")) || span_equal(what, SPAN("checks")) ||
                 span_equal(what, SPAN("connect")))
            r->service = name;
    } else if (span_equal(area, SPAN("agent"))) {
        r->registers = span_equal(name, SPAN("register")) &&
                       (span_equal(what, SPAN("service")) || span_equal(what, SPAN("check")));
        if (r->registers || span_equal(name, SPAN("deregister")))
            r->call.n += 1 + name.n;
        else if (span_equal(what, SPAN("service")))
            r->service = name;
    }
}

bool consul_read(struct span target, struct consul_request *r)
{
    struct span rest = path_of(target), area, what;

    *r = (struct consul_request){0};
    if (!span_equal(path_next(&rest), SPAN("v1")))
        return false;
    area = path_next(&rest);
    if (!path_is_one_of(area, areas))
        return false;
    r->datacenter = parameter(target, SPAN("dc"));
    r->call = area;
    if (span_equal(area, SPAN("kv"))) {
        r->key = span_from(rest, rest.n ? 1 : 0);
        return true;
    }
    what = path_next(&rest);
    if (what.n)
        r->call.n += 1 + what.n;
    read_subject(area, what, rest, r);
    return true;
}

static void put(struct parse *p, enum field field, struct span value)
{
    if (value.n)
        parse_field(p, field, value);
}

void consul_tell(struct parse *p, const struct consul_request *r, enum consul_check check)
{
    parse_field(p, FIELD_HTTP_CONSUL_METHOD, r->call);
    put(p, FIELD_HTTP_CONSUL_KEY, r->key);
    put(p, FIELD_HTTP_CONSUL_NODE, r->node);
    put(p, FIELD_HTTP_CONSUL_SERVICE, r->service);
    put(p, FIELD_HTTP_CONSUL_DATACENTER, r->datacenter);
    if (r->registers && check == CONSUL_SCRIPT && !parse_addr_internal(p, DIR_CLIENT))
        parse_note_value(p, "Consul is to run a program as a check", r->call);
}
