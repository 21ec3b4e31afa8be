/* SPDX-License-Identifier: Apache-2.0 */
#include "support/gossip_report.h"

/* Consul's servers gossip behind a byte of 8300, too. */
enum { PORT_SERVERS = 8300, PORT_WAN = 8302 };

static bool is_consul_port(uint16_t port)
{
    return port >= PORT_SERVERS && port <= PORT_WAN;
}

static void put(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void put_address(struct parse *p, enum field f, struct span value)
{
    if (value.n == 4 || value.n == 16)
        parse_field(p, f, value);
}

/* Consul gives each of its nodes a role and a data centre. */
static void look_at_tags(struct parse *p, struct gossip_session *s, const struct gossip_tags *t)
{
    bool role = span_equal(t->role, SPAN("consul")) || span_equal(t->role, SPAN("node"));

    if (s->consul || !role || t->datacenter.n == 0)
        return;
    s->consul = true;
    parse_app(p, APP_CONSUL);
}

static void put_tags(struct parse *p, struct gossip_session *s, struct span meta)
{
    struct gossip_tags tags;

    if (!gossip_tags_read(meta, &tags))
        return;
    look_at_tags(p, s, &tags);
    put(p, FIELD_MEMBERLIST_ROLE, tags.role);
    put(p, FIELD_MEMBERLIST_DATACENTER, tags.datacenter);
    put(p, FIELD_MEMBERLIST_VERSION, tags.build);
}

static void report(struct parse *p, struct gossip_session *s, const struct gossip_map *m)
{
    parse_tx(p, TX_REQUEST); /* either side asks: each message stands alone */
    parse_text(p, FIELD_MEMBERLIST_TYPE, gossip_type_name(m->type));
    if (m->known & 1u << GK_SEQUENCE)
        parse_uint(p, FIELD_MEMBERLIST_SEQUENCE, m->sequence);
    put(p, FIELD_MEMBERLIST_NODE, m->node);
    put(p, FIELD_MEMBERLIST_FROM, m->from);
    put_address(p, FIELD_MEMBERLIST_ADDRESS, m->address);
    put_address(p, FIELD_MEMBERLIST_ADDRESS, m->target);
    if (m->known & 1u << GK_INCARNATION)
        parse_uint(p, FIELD_MEMBERLIST_INCARNATION, m->incarnation);
    put_tags(p, s, m->meta);
    put(p, FIELD_MEMBERLIST_ERROR, m->error);
    if (m->type == GOSSIP_PUSH_PULL) {
        parse_uint(p, FIELD_MEMBERLIST_COUNT, m->nodes);
        parse_uint(p, FIELD_MEMBERLIST_JOIN, m->join);
    } else {
        parse_tx(p, TX_DONE);
    }
}

void gossip_report_serf(struct parse *p, const struct gossip_serf *m)
{
    parse_tx(p, TX_REQUEST);
    parse_text(p, FIELD_MEMBERLIST_TYPE, m->type);
    put(p, FIELD_MEMBERLIST_NODE, m->node);
    put(p, FIELD_MEMBERLIST_EVENT, m->event);
    parse_tx(p, TX_DONE);
}

void gossip_report_member(struct parse *p, struct gossip_session *s, const struct gossip_map *m)
{
    static const char *const states[] = {"alive", "suspect", "dead", "left"};
    struct gossip_tags tags;

    parse_field(p, FIELD_MEMBERLIST_MEMBER, m->node);
    put_address(p, FIELD_MEMBERLIST_MEMBER_ADDRESS, m->address);
    if (m->state < sizeof states / sizeof states[0])
        parse_text(p, FIELD_MEMBERLIST_MEMBER_STATE, states[m->state]);
    if (gossip_tags_read(m->meta, &tags))
        look_at_tags(p, s, &tags);
}

void gossip_prove(struct parse *p, struct gossip_session *s, enum proof proof)
{
    s->heard[p->dir] = true;
    if (s->heard[DIR_CLIENT] && s->heard[DIR_SERVER] && proof < PROOF_STRONG)
        proof = PROOF_STRONG;
    parse_proof(p, proof);
    if (!s->matched && (is_consul_port(p->server_port) || is_consul_port(p->client_port))) {
        s->consul = true;
        parse_app(p, APP_CONSUL);
    }
    s->matched = true;
}

void gossip_report(struct parse *p, struct gossip_session *s, const struct gossip_map *m)
{
    enum dir peer = p->dir == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT;
    bool answers = m->type == GOSSIP_ACK || m->type == GOSSIP_NACK;

    if (m->type == GOSSIP_PING || m->type == GOSSIP_INDIRECT_PING)
        s->pinged[p->dir] = m->sequence + 1;
    gossip_prove(p, s, answers && s->pinged[peer] == m->sequence + 1 ? PROOF_CERTAIN : PROOF_FAIR);
    report(p, s, m);
}
