/* SPDX-License-Identifier: Apache-2.0
 *
 * erlang_node: what an Erlang node's name says about the product that runs there.
 */
#ifndef SUPPORT_ERLANG_NODE_H
#define SUPPORT_ERLANG_NODE_H

#include "parser/parser.h"

enum erlang_node {
    NODE_OTHER,
    NODE_RABBITMQ,
    NODE_COUCHBASE,
    NODE_COUCHDB,
};

enum { ERLANG_NAME_MAX = 255 };

/* name or name@host */
static inline bool erlang_name_fits(struct span name)
{
    return name.n > 0 && name.n <= ERLANG_NAME_MAX && span_printable(name) &&
           span_index(name, ' ') == name.n;
}

static inline enum erlang_node erlang_node_of(struct span name)
{
    name = span_first(name, span_index(name, '@'));
    if (span_starts(name, SPAN("rabbit")))
        return NODE_RABBITMQ;
    if (span_starts(name, SPAN("couchdb")))
        return NODE_COUCHDB;
    if (span_starts(name, SPAN("babysitter")))
        return NODE_COUCHBASE;
    for (; name.n; name = span_from(name, 1))
        if (span_starts(name, SPAN("ns_1")))
            return NODE_COUCHBASE;
    return NODE_OTHER;
}

/* Names the session by its node; `labels` and products in the order of enum erlang_node. */
static inline void erlang_node_tell(struct parse *p, struct span name, const enum app labels[4])
{
    static const enum product products[] = {
        [NODE_RABBITMQ] = PRODUCT_RABBITMQ,
        [NODE_COUCHBASE] = PRODUCT_COUCHBASE,
        [NODE_COUCHDB] = PRODUCT_COUCHDB,
    };
    enum erlang_node node = erlang_node_of(name);

    if (node == NODE_OTHER)
        return;
    parse_app(p, labels[node]);
    parse_product(p, products[node]);
}

#endif
