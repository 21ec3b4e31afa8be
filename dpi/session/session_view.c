/* SPDX-License-Identifier: Apache-2.0
 *
 * What others may ask about a session.
 */
#include "engine_state.h"

size_t session_protocols(const struct session *s, enum app labels[SESSION_LABELS])
{
    size_t n = 0;

    while (n < SESSION_LABELS && s->labels[n] != APP_UNKNOWN) {
        labels[n] = (enum app)s->labels[n];
        n++;
    }
    return n;
}

const struct session_own *engine_session_own(const struct engine *e, const struct session *s)
{
    return e->sessions.own ? (const struct session_own *)(const void *)(s + 1) : NULL;
}

static struct session_end session_end_of(const struct session *s, unsigned side)
{
    const struct session_key *k = &s->key;

    return (struct session_end){
        .addr = k->family == 4 ? ipaddr_v4(k->addr.v4[side]) : ipaddr_v6(k->addr.v6[side]),
        .port = k->port[side],
    };
}

struct session_end session_end_client(const struct session *s)
{
    return session_end_of(s, s->client);
}

struct session_end session_end_server(const struct session *s)
{
    if ((s->key.zone & SESSION_ZONE_MESH) && s->app)
        return (struct session_end){s->app->mesh_server, s->app->mesh_port};
    return session_end_of(s, 1u - s->client);
}

void session_held(const struct session *s, unsigned side, uint32_t *segments, uint32_t *bytes)
{
    const struct tcp_kept *kept = s->sides[side].kept;

    *segments = *bytes = 0;
    if (kept == NULL || kept->ahead == NULL)
        return;
    *segments = kept->ahead->count;
    for (unsigned i = 0; i < kept->ahead->count; i++)
        *bytes += kept->ahead->intervals[i].end - kept->ahead->intervals[i].start;
}

struct visit {
    session_visit *visit;
    void *arg;
};

static bool visit_node(void *arg, struct rcu_node *n)
{
    const struct visit *v = arg;

    return v->visit(v->arg, session_of_node(n));
}

void engine_sessions(const struct engine *e, session_visit *visit, void *arg)
{
    struct visit v = {visit, arg};

    rcu_table_walk(&e->sessions.table, visit_node, &v);
}

bool engine_sessions_from(const struct engine *e, size_t *at, size_t places, session_visit *visit,
                          void *arg)
{
    struct visit v = {visit, arg};

    return rcu_table_walk_from(&e->sessions.table, at, places, visit_node, &v);
}

/* Applications that HTTP carries, and that the agent has rules for. */
static bool is_own(enum product product)
{
    return product == PRODUCT_ETCD || product == PRODUCT_CONSUL ||
           product == PRODUCT_ELASTICSEARCH || product == PRODUCT_OPENSEARCH;
}

static uint16_t label_number(const struct session *s)
{
    for (int i = SESSION_LABELS - 1; i >= 0; i--)
        if (s->labels[i] && app_number((enum app)s->labels[i]))
            return app_number((enum app)s->labels[i]);
    return 0;
}

uint16_t session_application(const struct session *s)
{
    uint16_t number = label_number(s);

    if (number == app_number(APP_HTTP) && s->app && s->app->product_counts &&
        is_own((enum product)s->app->product))
        return product_number((enum product)s->app->product);
    return number;
}

enum product session_product(const struct session *s)
{
    return s->app ? (enum product)s->app->product : PRODUCT_UNKNOWN;
}
