/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT 3.1.1 and 5.0, chapters 2 and 3; MQTT 3.1 differs in the name of the protocol, and in that
 * more packets may carry the DUP flag.
 */
#include "support/mqtt_packet.h"

#include "support/bodies.h"

enum {
    FROM_CLIENT = 1,
    FROM_SERVER = 2,
    BRIDGE = 0x80, /* set in the protocol level by bridges */
};

/* Who may send it, and the flags that must be set. */
static const struct {
    uint8_t from, flags;
} rules[16] = {
    [MQTT_CONNECT] = {FROM_CLIENT, 0},
    [MQTT_CONNACK] = {FROM_SERVER, 0},
    [MQTT_PUBLISH] = {FROM_CLIENT | FROM_SERVER, 0},
    [MQTT_PUBACK] = {FROM_CLIENT | FROM_SERVER, 0},
    [MQTT_PUBREC] = {FROM_CLIENT | FROM_SERVER, 0},
    [MQTT_PUBREL] = {FROM_CLIENT | FROM_SERVER, 2},
    [MQTT_PUBCOMP] = {FROM_CLIENT | FROM_SERVER, 0},
    [MQTT_SUBSCRIBE] = {FROM_CLIENT, 2},
    [MQTT_SUBACK] = {FROM_SERVER, 0},
    [MQTT_UNSUBSCRIBE] = {FROM_CLIENT, 2},
    [MQTT_UNSUBACK] = {FROM_SERVER, 0},
    [MQTT_PINGREQ] = {FROM_CLIENT, 0},
    [MQTT_PINGRESP] = {FROM_SERVER, 0},
    [MQTT_DISCONNECT] = {FROM_CLIENT | FROM_SERVER, 0},
    [MQTT_AUTH] = {FROM_CLIENT | FROM_SERVER, 0},
};

static bool is_first_byte(enum dir from, uint8_t byte)
{
    uint8_t type = byte >> 4, flags = byte & 0x0f;
    unsigned sender = from == DIR_CLIENT ? FROM_CLIENT : FROM_SERVER;

    if (!(rules[type].from & sender))
        return false;
    if (type == MQTT_PUBLISH) /* QoS 3 is no QoS; what is sent once is never sent again */
        return (flags & 6) != 6 && (flags & 0x0e) != 8;
    if (rules[type].flags)
        flags &= 7; /* the DUP flag of 3.1 */
    return flags == rules[type].flags;
}

static uint32_t read_varint(struct cursor *in)
{
    uint32_t value = 0;

    for (unsigned shift = 0; shift < 28; shift += 7) {
        uint8_t byte = cur_u8(in);

        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    cur_fail(in);
    return 0;
}

static struct span read_bytes(struct cursor *in)
{
    return cur_span(in, cur_be16(in));
}

/* Text without control characters. */
static struct span read_text(struct cursor *in)
{
    struct span text = read_bytes(in);

    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] == 0x7f)
            cur_fail(in);
    return text;
}

static struct span read_properties(struct cursor *in, unsigned version)
{
    return version == 5 ? cur_span(in, read_varint(in)) : span_of(in->pos, 0);
}

static uint16_t read_id(struct cursor *in)
{
    uint16_t id = cur_be16(in);

    if (id == 0)
        cur_fail(in);
    return id;
}

static void read_protocol(struct cursor *in, struct mqtt_packet *m)
{
    m->connect.protocol = read_bytes(in);
    m->version = cur_u8(in) & (uint8_t)~BRIDGE;
    if (span_equal(m->connect.protocol, SPAN("MQIsdp"))) {
        if (m->version != 3)
            cur_fail(in);
    } else if (!span_equal(m->connect.protocol, SPAN("MQTT")) || m->version < 4 || m->version > 5) {
        cur_fail(in);
    }
}

static void read_connect(struct cursor *in, struct mqtt_packet *m)
{
    struct connect *c = &m->connect;

    read_protocol(in, m);
    c->flags = cur_u8(in);
    if ((c->flags & 1) || (c->flags & 0x18) == 0x18 || (!(c->flags & MQTT_WILL) && c->flags & 0x38))
        cur_fail(in);
    cur_skip(in, 2); /* keep alive */
    m->properties = read_properties(in, m->version);
    c->client = read_text(in);
    if (c->flags & MQTT_WILL) {
        (void)read_properties(in, m->version);
        c->will_topic = read_text(in);
        (void)read_bytes(in);
    }
    /* 3.1: the strings may be missing although the flags say otherwise. */
    if ((c->flags & MQTT_USER) && (m->version != 3 || cur_left(in)))
        c->user = read_text(in);
    if ((c->flags & MQTT_PASSWORD) && (m->version != 3 || cur_left(in)))
        (void)read_bytes(in);
}

/* Version 5, 2.4: success, a few that are none but no failure either, and failures. */
static uint8_t read_code(struct cursor *in, const struct mqtt_packet *m)
{
    uint8_t code = cur_left(in) ? cur_u8(in) : 0;
    bool is_known = code == 0 || code >= 0x80;

    if (m->type == MQTT_PUBACK || m->type == MQTT_PUBREC)
        is_known = is_known || code == 0x10;
    else if (m->type == MQTT_DISCONNECT)
        is_known = is_known || code == 4;
    else if (m->type == MQTT_AUTH)
        is_known = is_known || code == 0x18 || code == 0x19;
    if (!is_known)
        cur_fail(in);
    return code;
}

static void read_connack(struct cursor *in, unsigned version, struct mqtt_packet *m)
{
    m->session = cur_u8(in);
    m->code = cur_u8(in);
    if (m->session > 1 || (version && version < 5 && m->code > 5))
        cur_fail(in);
    if (cur_left(in))
        m->properties = read_properties(in, 5);
}

/* Identifier, and from version 5 on perhaps a reason and properties. */
static void read_ack(struct cursor *in, struct mqtt_packet *m)
{
    m->id = read_id(in);
    m->code = read_code(in, m);
    if (cur_left(in))
        m->properties = read_properties(in, 5);
}

static void read_reason(struct cursor *in, struct mqtt_packet *m)
{
    m->code = read_code(in, m);
    if (cur_left(in))
        m->properties = read_properties(in, 5);
}

static bool has_options(const struct mqtt_packet *m)
{
    return m->type == MQTT_SUBSCRIBE;
}

static void check_topics(struct cursor *in, const struct mqtt_packet *m, unsigned version)
{
    if (cur_left(in) == 0)
        cur_fail(in);
    while (cur_left(in)) {
        struct span topic = read_text(in);
        uint8_t options = has_options(m) ? cur_u8(in) : 0;

        if (topic.n == 0 || (options & 3) == 3 || options & (version == 5 ? 0xc0 : 0xfc))
            cur_fail(in);
    }
}

/* Without the start, topics themselves tell whether properties stand before them. */
static void read_subscribe(struct cursor *in, unsigned version, struct mqtt_packet *m)
{
    struct cursor old = *in;

    m->id = read_id(in);
    if (version == 0) {
        cur_skip(&old, 2);
        check_topics(&old, m, 4);
        m->version = old.state == CUR_OK ? 4 : 5;
        version = m->version;
    }
    m->properties = read_properties(in, version);
    m->list = cur_look(in);
    check_topics(in, m, version);
}

static void read_codes(struct cursor *in, unsigned version, struct mqtt_packet *m)
{
    m->id = read_id(in);
    m->properties = read_properties(in, version);
    m->list = cur_rest(in);
    if (m->type == MQTT_SUBACK && m->list.n == 0)
        cur_fail(in);
    for (size_t i = 0; i < m->list.n; i++)
        if (m->list.p[i] > 2 && m->list.p[i] < 0x80 && m->type == MQTT_SUBACK && version)
            cur_fail(in);
}

static void read_publish(struct cursor *in, unsigned version, struct mqtt_packet *m)
{
    m->topic = read_text(in);
    if (span_index(m->topic, '#') < m->topic.n || span_index(m->topic, '+') < m->topic.n ||
        (m->topic.n == 0 && version != 5))
        cur_fail(in);
    if (m->flags & 6)
        m->id = read_id(in);
    m->properties = read_properties(in, version);
}

static void read_body(struct cursor *in, unsigned version, struct mqtt_packet *m)
{
    switch (m->type) {
    case MQTT_CONNECT:
        read_connect(in, m);
        break;
    case MQTT_CONNACK:
        read_connack(in, version, m);
        break;
    case MQTT_PUBLISH:
        read_publish(in, version, m);
        break;
    case MQTT_PUBACK:
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP:
        read_ack(in, m);
        break;
    case MQTT_SUBSCRIBE:
    case MQTT_UNSUBSCRIBE:
        read_subscribe(in, version, m);
        break;
    case MQTT_SUBACK:
    case MQTT_UNSUBACK:
        read_codes(in, version, m);
        break;
    case MQTT_DISCONNECT:
    case MQTT_AUTH:
        read_reason(in, m);
        break;
    default: /* pings have nothing */
        break;
    }
}

/* The fixed header; how many bytes follow it. */
static uint32_t read_first(struct cursor *in, enum dir from, struct mqtt_packet *m)
{
    uint8_t first = cur_u8(in);

    if (in->state == CUR_OK && !is_first_byte(from, first))
        cur_fail(in);
    *m = (struct mqtt_packet){.type = first >> 4, .flags = first & 0x0f};
    return read_varint(in);
}

void mqtt_packet_read(struct cursor *in, enum dir from, unsigned version, struct mqtt_packet *m)
{
    uint32_t n = read_first(in, from, m), head = n < MQTT_HEAD_MOST ? n : MQTT_HEAD_MOST;
    struct cursor body;

    if (in->state != CUR_OK)
        return;
    if (m->type == MQTT_PUBLISH) {
        body = bodies_here(in, n);
        read_body(&body, version, m);
        bodies_join(in, &body, n);
        if (in->state == CUR_OK) {
            m->rest = n - (uint32_t)(body.pos - in->pos);
            in->pos = body.pos;
        }
        return;
    }
    m->rest = n - head;
    body = cur_sub(in, head);
    read_body(&body, version, m);
    if (m->rest && body.state == CUR_SHORT)
        return; /* it is longer than what is read */
    if (body.state == CUR_OK && body.pos < body.end)
        cur_fail(&body);
    cur_join(in, &body);
}

bool mqtt_topic_next(const struct mqtt_packet *m, struct span *list, struct span *topic,
                     uint8_t *options)
{
    struct cursor at = cur_of(*list);

    if (list->n == 0)
        return false;
    *topic = read_bytes(&at);
    *options = has_options(m) ? cur_u8(&at) : 0;
    *list = cur_look(&at);
    return at.state == CUR_OK;
}

bool mqtt_begins(enum dir from, struct span first)
{
    struct cursor in = cur_of(first), body;
    struct mqtt_packet m;
    uint32_t n = read_first(&in, from, &m);
    bool whole = n <= cur_left(&in);

    if (in.state != CUR_OK)
        return in.state == CUR_SHORT;
    body = bodies_here(&in, n);
    if (!whole && m.type >= MQTT_SUBSCRIBE && m.type <= MQTT_UNSUBACK)
        (void)read_id(&body); /* its lists end with it */
    else
        read_body(&body, 0, &m);
    if (whole)
        return body.state == CUR_OK && (body.pos == body.end || m.type == MQTT_PUBLISH);
    return body.state != CUR_BAD;
}

/* Version 5, 2.2.2.2: each number has its type. */
static char property_type(uint32_t id)
{
    switch (id) {
    case 0x01:
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2a:
        return 'b';
    case 0x13:
    case 0x21:
    case 0x22:
    case 0x23:
        return 'h';
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27:
        return 'i';
    case 0x0b:
        return 'v';
    case 0x26:
        return 'p';
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1a:
    case 0x1c:
    case 0x1f:
        return 's';
    default:
        return 0;
    }
}

bool mqtt_property_next(struct cursor *in, struct mqtt_property *m)
{
    uint32_t id;
    char type;

    if (cur_left(in) == 0)
        return false;
    id = read_varint(in);
    type = property_type(id);
    *m = (struct mqtt_property){.id = (uint8_t)id, .is_text = type == 's' || type == 'p'};
    if (type == 'b')
        m->number = cur_u8(in);
    else if (type == 'h')
        m->number = cur_be16(in);
    else if (type == 'i')
        m->number = cur_be32(in);
    else if (type == 'v')
        m->number = read_varint(in);
    else if (m->is_text)
        m->text = read_bytes(in);
    else
        cur_fail(in);
    if (type == 'p')
        (void)read_bytes(in);
    return in->state == CUR_OK;
}
