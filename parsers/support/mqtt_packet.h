/* SPDX-License-Identifier: Apache-2.0
 *
 * mqtt_packet: one control packet of MQTT 3.1, 3.1.1 or 5, read and judged, not reported.
 *
 *     type 4 bits, flags 4 bits, remaining length 1..4 (7 bits each), variable header, payload
 */
#ifndef SUPPORT_MQTT_PACKET_H
#define SUPPORT_MQTT_PACKET_H

#include "parser/parser.h"

enum mqtt_type {
    MQTT_CONNECT = 1,
    MQTT_CONNACK,
    MQTT_PUBLISH,
    MQTT_PUBACK,
    MQTT_PUBREC,
    MQTT_PUBREL,
    MQTT_PUBCOMP,
    MQTT_SUBSCRIBE,
    MQTT_SUBACK,
    MQTT_UNSUBSCRIBE,
    MQTT_UNSUBACK,
    MQTT_PINGREQ,
    MQTT_PINGRESP,
    MQTT_DISCONNECT,
    MQTT_AUTH,
};

enum { /* the flags of CONNECT */
       MQTT_CLEAN = 0x02,
       MQTT_WILL = 0x04,
       MQTT_WILL_RETAIN = 0x20,
       MQTT_PASSWORD = 0x40,
       MQTT_USER = 0x80,
};

enum { MQTT_HEAD_MOST = 12 << 10 }; /* of a packet without a body is read */

struct mqtt_packet {
    uint8_t type, flags; /* of the first byte */
    uint8_t version;     /* it is of: 3, 4, 5; 0: it cannot be told */
    uint8_t code;
    uint16_t id;
    uint32_t rest; /* bytes that follow: the body of PUBLISH, or what is too long to be read */
    struct span properties;
    struct span topic; /* PUBLISH */
    struct span list;  /* topics or codes of the subscribing packets */
    struct connect {
        struct span protocol, client, user, will_topic;
        uint8_t flags;
    } connect;
    uint8_t session; /* CONNACK: flags */
};

/* Version 0: the start of the session was not seen. BAD: this is no MQTT. */
void mqtt_packet_read(struct cursor *, enum dir, unsigned version, struct mqtt_packet *);

/* The next topic filter of the list. False: none is left. */
bool mqtt_topic_next(const struct mqtt_packet *, struct span *list, struct span *topic,
                     uint8_t *options);

/* Could a packet of this sender begin so? */
bool mqtt_begins(enum dir, struct span first);

/* The property with this number, of the kind that has text or a number. */
struct mqtt_property {
    uint8_t id;
    bool is_text;
    struct span text;
    uint32_t number;
};

/* The next property; false at the end. */
bool mqtt_property_next(struct cursor *, struct mqtt_property *);

#endif
