/* SPDX-License-Identifier: Apache-2.0 */
#include "support/mqtt_report.h"

enum { LIST_TOLD = 32 };

struct wanted {
    uint8_t type, property;
    enum field field;
};

static const struct wanted properties_wanted[] = {
    {MQTT_CONNECT, 0x11, FIELD_MQTT_CONNECT_EXPIRY},
    {MQTT_CONNECT, 0x15, FIELD_MQTT_CONNECT_METHOD},
    {MQTT_CONNACK, 0x12, FIELD_MQTT_CONNACK_CLIENT},
    {MQTT_CONNACK, 0x1f, FIELD_MQTT_CONNACK_REASON},
    {MQTT_CONNACK, 0x1c, FIELD_MQTT_CONNACK_SERVER},
    {MQTT_PUBLISH, 0x03, FIELD_MQTT_PUBLISH_TYPE},
    {MQTT_PUBLISH, 0x08, FIELD_MQTT_PUBLISH_RESPONSE},
    {MQTT_PUBLISH, 0x23, FIELD_MQTT_PUBLISH_ALIAS},
    {MQTT_DISCONNECT, 0x1f, FIELD_MQTT_DISCONNECT_REASON},
    {MQTT_DISCONNECT, 0x1c, FIELD_MQTT_DISCONNECT_SERVER},
    {MQTT_AUTH, 0x15, FIELD_MQTT_AUTH_METHOD},
};

static void report_property(struct parse *p, uint8_t type, const struct mqtt_property *m)
{
    for (size_t i = 0; i < sizeof(properties_wanted) / sizeof(properties_wanted[0]); i++) {
        const struct wanted *w = &properties_wanted[i];

        if (w->type != type || w->property != m->id)
            continue;
        if (m->is_text)
            parse_field(p, w->field, m->text);
        else
            parse_uint(p, w->field, m->number);
    }
}

static void report_properties(struct parse *p, const struct mqtt_packet *m)
{
    struct cursor at = cur_of(m->properties);
    struct mqtt_property property;

    while (mqtt_property_next(&at, &property))
        report_property(p, m->type, &property);
}

static void report_connect(struct parse *p, const struct mqtt_packet *m)
{
    const struct connect *c = &m->connect;

    parse_field(p, FIELD_MQTT_PROTOCOL, c->protocol);
    parse_uint(p, FIELD_MQTT_VERSION, m->version);
    parse_uint(p, FIELD_MQTT_HAS_USER, (c->flags & MQTT_USER) != 0);
    parse_uint(p, FIELD_MQTT_HAS_PASSWORD, (c->flags & MQTT_PASSWORD) != 0);
    parse_uint(p, FIELD_MQTT_HAS_WILL, (c->flags & MQTT_WILL) != 0);
    parse_uint(p, FIELD_MQTT_WILL_RETAINED, (c->flags & MQTT_WILL_RETAIN) != 0);
    parse_uint(p, FIELD_MQTT_CLEAN_SESSION, (c->flags & MQTT_CLEAN) != 0);
    parse_field(p, FIELD_MQTT_CLIENT, c->client);
    if (c->flags & MQTT_USER)
        parse_field(p, FIELD_MQTT_USERNAME, c->user);
    if (c->flags & MQTT_WILL)
        parse_field(p, FIELD_MQTT_WILL_TOPIC, c->will_topic);
}

static void report_publish(struct parse *p, const struct mqtt_packet *m)
{
    parse_uint(p, FIELD_MQTT_PUBLISH_QOS, m->flags >> 1 & 3);
    parse_uint(p, FIELD_MQTT_PUBLISH_RETAIN, m->flags & 1);
    parse_uint(p, FIELD_MQTT_PUBLISH_DUP, m->flags >> 3);
    parse_field(p, FIELD_MQTT_PUBLISH_TOPIC, m->topic);
    if (m->id)
        parse_uint(p, FIELD_MQTT_PUBLISH_ID, m->id);
}

static void report_ack(struct parse *p, const struct mqtt_packet *m, enum field id, enum field code)
{
    parse_uint(p, id, m->id);
    if (m->code)
        parse_uint(p, code, m->code);
}

static void report_topics(struct parse *p, const struct mqtt_packet *m)
{
    struct span list = m->list, topic;
    uint8_t options;

    for (int i = 0; i < LIST_TOLD && mqtt_topic_next(m, &list, &topic, &options); i++) {
        if (m->type == MQTT_UNSUBSCRIBE) {
            parse_field(p, FIELD_MQTT_UNSUBSCRIBE_TOPIC, topic);
            continue;
        }
        parse_field(p, FIELD_MQTT_SUBSCRIBE_TOPIC, topic);
        parse_uint(p, FIELD_MQTT_SUBSCRIBE_QOS, options & 3);
    }
}

static void report_codes(struct parse *p, const struct mqtt_packet *m, enum field code)
{
    for (size_t i = 0; i < m->list.n && i < LIST_TOLD; i++)
        parse_uint(p, code, m->list.p[i]);
}

void mqtt_report(struct parse *p, const struct mqtt_packet *m)
{
    switch (m->type) {
    case MQTT_CONNECT:
        report_connect(p, m);
        break;
    case MQTT_CONNACK:
        parse_uint(p, FIELD_MQTT_SESSION_PRESENT, m->session);
        parse_uint(p, FIELD_MQTT_RETURN_CODE, m->code);
        break;
    case MQTT_PUBLISH:
        report_publish(p, m);
        break;
    case MQTT_PUBACK:
        report_ack(p, m, FIELD_MQTT_PUBACK_ID, FIELD_MQTT_PUBACK_CODE);
        break;
    case MQTT_PUBREC:
        report_ack(p, m, FIELD_MQTT_PUBREC_ID, FIELD_MQTT_PUBREC_CODE);
        break;
    case MQTT_PUBREL:
        report_ack(p, m, FIELD_MQTT_PUBREL_ID, FIELD_MQTT_PUBREL_CODE);
        break;
    case MQTT_PUBCOMP:
        report_ack(p, m, FIELD_MQTT_PUBCOMP_ID, FIELD_MQTT_PUBCOMP_CODE);
        break;
    case MQTT_SUBSCRIBE:
        parse_uint(p, FIELD_MQTT_SUBSCRIBE_ID, m->id);
        report_topics(p, m);
        break;
    case MQTT_SUBACK:
        parse_uint(p, FIELD_MQTT_SUBACK_ID, m->id);
        report_codes(p, m, FIELD_MQTT_SUBACK_QOS);
        break;
    case MQTT_UNSUBSCRIBE:
        parse_uint(p, FIELD_MQTT_UNSUBSCRIBE_ID, m->id);
        report_topics(p, m);
        break;
    case MQTT_UNSUBACK:
        parse_uint(p, FIELD_MQTT_UNSUBACK_ID, m->id);
        report_codes(p, m, FIELD_MQTT_UNSUBACK_CODE);
        break;
    case MQTT_DISCONNECT:
        parse_uint(p, FIELD_MQTT_DISCONNECT_CODE, m->code);
        break;
    case MQTT_AUTH:
        parse_uint(p, FIELD_MQTT_AUTH_CODE, m->code);
        break;
    default:
        break;
    }
    report_properties(p, m);
}
