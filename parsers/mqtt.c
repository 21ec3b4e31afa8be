/* SPDX-License-Identifier: Apache-2.0
 *
 * mqtt: MQTT 3.1, 3.1.1 and 5. Packets are paired with their acknowledgements by identifier; what
 * is published goes to detection as it arrives.
 */
#include "parser/parser.h"
#include "support/bodies.h"
#include "support/mqtt_report.h"

enum {
    OPEN_MAX = 16,
    WHO_MAX = 48,
    FEW = 2, /* packets that prove something without a beginning */
};

struct open {
    uint16_t id;
    uint8_t type; /* of the packet */
    uint8_t from; /* enum dir */
};

struct mqtt_state {
    struct open open[OPEN_MAX]; /* unanswered, as the engine has them, oldest first */
    uint8_t open_count;
    uint8_t version; /* 0: not known */
    uint8_t packets; /* seen before a proof */
    uint8_t who_len;
    char who[WHO_MAX]; /* user or client, for refusals */
    bool matched;
    bool connect;   /* CONNECT was seen */
    bool has_topic; /* one of the packets had */
    bool pinged;    /* the client waits for a PINGRESP */
    bool begun;     /* something of the start was seen */
    bool lost[2];   /* no packet boundary known */
};

static bool refuses_login(const struct mqtt_packet *m)
{
    return m->code == 4 || m->code == 5 || m->code == 0x86 || m->code == 0x87;
}

static void refusals_tell(struct parse *p, const struct mqtt_state *s, const struct mqtt_packet *m)
{
    struct span who = span_of(s->who, s->who_len);

    if (m->type == MQTT_CONNACK && refuses_login(m))
        parse_refused(p, "MQTT refuses the login", who);
    else if (m->type == MQTT_SUBACK && span_index(m->list, 0x87) < m->list.n)
        parse_refused(p, "MQTT refuses a subscription", who);
    else if ((m->type == MQTT_PUBACK || m->type == MQTT_PUBREC) && m->code == 0x87)
        parse_refused(p, "MQTT refuses to publish", who);
    else if (m->type == MQTT_DISCONNECT && m->code == 0x87)
        parse_refused(p, "MQTT refuses access", who);
}

/* What the acknowledgement belongs to; 0: it is none. */
static uint8_t asked_by(const struct mqtt_packet *m)
{
    switch (m->type) {
    case MQTT_CONNACK:
        return MQTT_CONNECT;
    case MQTT_PUBACK:
    case MQTT_PUBREC:
        return MQTT_PUBLISH;
    case MQTT_PUBCOMP:
        return MQTT_PUBREL;
    case MQTT_SUBACK:
        return MQTT_SUBSCRIBE;
    case MQTT_UNSUBACK:
        return MQTT_UNSUBSCRIBE;
    default:
        return 0;
    }
}

static bool is_asking(const struct mqtt_packet *m)
{
    return m->type == MQTT_CONNECT || m->type == MQTT_SUBSCRIBE || m->type == MQTT_UNSUBSCRIBE ||
           m->type == MQTT_PUBREL || (m->type == MQTT_PUBLISH && m->id);
}

static int open_find(const struct mqtt_state *s, enum dir from, const struct mqtt_packet *m)
{
    uint8_t type = asked_by(m);

    for (int i = 0; type && i < s->open_count; i++)
        if (s->open[i].type == type && s->open[i].id == m->id && s->open[i].from != from)
            return i;
    return -1;
}

/* The engine answers the oldest first: those in front of this one stay without answer. */
static void open_answer(struct parse *p, struct mqtt_state *s, int at)
{
    for (int i = 0; i < at; i++) {
        parse_tx(p, TX_REPLY);
        parse_tx(p, TX_DONE);
    }
    parse_tx(p, TX_REPLY);
    s->open_count -= (uint8_t)(at + 1);
    memmove(s->open, s->open + at + 1, s->open_count * sizeof(s->open[0]));
}

static void packet_tell(struct parse *p, struct mqtt_state *s, const struct mqtt_packet *m, int at)
{
    if (m->type == MQTT_PINGREQ || m->type == MQTT_PINGRESP)
        return;
    if (at >= 0) {
        open_answer(p, s, at);
    } else {
        if (is_asking(m) && s->open_count == OPEN_MAX) { /* the oldest waits in vain */
            open_answer(p, s, 0);
            parse_tx(p, TX_DONE);
        }
        parse_tx(p, TX_REQUEST);
    }
    mqtt_report(p, m);
    if (is_asking(m))
        s->open[s->open_count++] = (struct open){m->id, m->type, (uint8_t)p->dir};
    else
        parse_tx(p, TX_DONE);
}

static void who_keep(struct mqtt_state *s, const struct connect *c)
{
    struct span who = span_first(c->user.n ? c->user : c->client, WHO_MAX);

    s->who_len = (uint8_t)who.n;
    if (who.n)
        memcpy(s->who, who.p, who.n);
}

/* A beginning proves itself; without one, both sides or several packets must fit. */
static void packet_prove(struct parse *p, struct mqtt_state *s, const struct mqtt_packet *m,
                         bool answers)
{
    enum proof proof = PROOF_NONE;

    if (s->packets < UINT8_MAX)
        s->packets++;
    if (m->topic.n || m->type == MQTT_SUBSCRIBE || m->type == MQTT_UNSUBSCRIBE)
        s->has_topic = true;
    if (m->type == MQTT_CONNECT)
        proof = PROOF_STRONG;
    else if (m->type == MQTT_CONNACK && answers)
        proof = PROOF_CERTAIN;
    else if (answers)
        proof = PROOF_STRONG;
    else if (m->type == MQTT_PINGRESP && s->pinged)
        proof = PROOF_FAIR;
    else if (s->packets >= FEW && (s->has_topic || m->type == MQTT_CONNACK || s->begun))
        proof = PROOF_FAIR;
    if (m->type == MQTT_CONNACK)
        s->begun = true;
    if (m->type == MQTT_PINGREQ)
        s->pinged = true;
    if (proof == PROOF_NONE)
        return;
    parse_proof(p, proof);
    s->matched = true;
}

static struct rest mqtt_step(struct parse *p, struct cursor *in)
{
    struct mqtt_state *s = p->state;
    struct mqtt_packet m;
    int at;

    mqtt_packet_read(in, p->dir, s->version, &m);
    if (in->state == CUR_OK && m.type == MQTT_CONNECT && s->connect)
        cur_fail(in); /* only once, 3.1.0-2 */
    if (in->state != CUR_OK)
        return rest_none();
    if (m.version)
        s->version = m.version;
    if (m.type == MQTT_CONNECT) {
        s->connect = true;
        who_keep(s, &m.connect);
    }
    at = open_find(s, p->dir, &m);
    packet_prove(p, s, &m, at >= 0);
    packet_tell(p, s, &m, at);
    refusals_tell(p, s, &m);
    return m.type == MQTT_PUBLISH ? rest_body(m.rest, BUFFER_WHOLE) : rest_skip(m.rest);
}

/* Something was lost: a packet begins here when all of it, or the head of a PUBLISH, fits. */
static bool is_boundary(const struct parse *p, const struct mqtt_state *s, const struct cursor *in)
{
    struct cursor at = *in;
    struct mqtt_packet m;

    mqtt_packet_read(&at, p->dir, s->version, &m);
    if (at.state != CUR_OK)
        return false;
    return m.type != MQTT_PUBLISH || m.topic.n;
}

static enum parse_result mqtt_parse(struct parse *p, struct cursor *in)
{
    struct mqtt_state *s = p->state;

    if (s->lost[p->dir] && !is_boundary(p, s, in))
        return bodies_over(p, in, &s->matched);
    s->lost[p->dir] = false;
    return bodies_walk(p, in, mqtt_step, &s->matched);
}

static void mqtt_gap(struct parse *p, uint64_t missing)
{
    struct mqtt_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
}

static const uint16_t mqtt_ports[] = {1883, 8883, 0};

const struct parser parser_mqtt = {
    .name = "mqtt",
    .evidence = "CONNECT with the name of the protocol, CONNACK; acknowledged identifiers",
    .app = APP_MQTT,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = mqtt_ports,
    .state_size = sizeof(struct mqtt_state),
    .max_pending = 16u << 10,
    .midstream = true,
    .probe = mqtt_begins,
    .parse = mqtt_parse,
    .gap = mqtt_gap,
};
