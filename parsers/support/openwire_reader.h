/* SPDX-License-Identifier: Apache-2.0
 *
 * openwire_reader: values of OpenWire commands in both encodings.
 *
 *     loose   every value where it stands; a boolean is a byte
 *     tight   all booleans, as bits, in front; numbers are as short as they can be
 *
 * Objects that come again may be sent as a number instead: names of destinations are remembered, as
 * many as there is room for.
 */
#ifndef SUPPORT_OPENWIRE_READER_H
#define SUPPORT_OPENWIRE_READER_H

#include "base/cursor.h"

enum openwire_type {
    OPENWIRE_WIRE_FORMAT = 1,
    OPENWIRE_BROKER = 2,
    OPENWIRE_CONNECTION = 3,
    OPENWIRE_SESSION = 4,
    OPENWIRE_CONSUMER = 5,
    OPENWIRE_PRODUCER = 6,
    OPENWIRE_TRANSACTION = 7,
    OPENWIRE_DESTINATION = 8,
    OPENWIRE_REMOVE_SUBSCRIPTION = 9,
    OPENWIRE_KEEP_ALIVE = 10,
    OPENWIRE_SHUTDOWN = 11,
    OPENWIRE_REMOVE = 12,
    OPENWIRE_DISPATCH = 21,
    OPENWIRE_MESSAGE = 23,
    OPENWIRE_MESSAGE_LAST = 29,
    OPENWIRE_RESPONSE = 30,
    OPENWIRE_EXCEPTION = 31,
    OPENWIRE_RESPONSE_LAST = 34,
};

enum { OPENWIRE_NAMES = 8, OPENWIRE_NAME_MAX = 61 };

/* What one side gave a number. */
struct openwire_names {
    struct openwire_known {
        uint16_t number;
        uint8_t n;
        char text[OPENWIRE_NAME_MAX];
    } known[OPENWIRE_NAMES];
};

struct openwire_reader {
    struct cursor *in;
    struct cursor bits; /* of the tight encoding */
    uint8_t bit;        /* the next one of the byte */
    bool tight;
    bool caches;
    uint8_t version;
    struct openwire_names *names; /* NULL: there is no memory for them */
};

/* Begins to read a command behind its type. */
void openwire_begin(struct openwire_reader *);
bool openwire_bool(struct openwire_reader *);
void openwire_long(struct openwire_reader *);
struct span openwire_string(struct openwire_reader *);
/* Length of a byte sequence; 0: there is none. */
uint32_t openwire_sequence(struct openwire_reader *);
/* An object, as a whole or by its number; a destination's name, else empty. */
struct span openwire_cached(struct openwire_reader *);
struct span openwire_nested(struct openwire_reader *);
/* The type of the command nested here; 0: there is none. */
uint8_t openwire_command(struct openwire_reader *);

const char *openwire_name(uint8_t type);

#endif
