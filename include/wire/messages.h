/* SPDX-License-Identifier: Apache-2.0
 *
 * messages: what the daemon tells the agent, as values in host order, and how many bytes each takes
 * on the wire. layouts.def says where every field stands; this file makes structures of it and
 * proves the offsets and sizes while it is compiled. Texts and bytes are borrowed.
 */
#ifndef WIRE_MESSAGES_H
#define WIRE_MESSAGES_H

#include "base/ipaddr.h"
#include "base/span.h"
#include "wire/layouts.def"

enum message_kind {
    MESSAGE_APP_UPDATE = 1,
    MESSAGE_SESSION_LIST = 2,
    MESSAGE_SESSION_COUNT = 3,
    MESSAGE_COUNTERS = 4,
    MESSAGE_METER_LIST = 5,
    MESSAGE_THREAT = 6,
    MESSAGE_CONNECTIONS = 7,
    MESSAGE_MAC_STATS = 8,
    MESSAGE_DEVICE_STATS = 9,
    MESSAGE_KEEP_ALIVE = 10,
    MESSAGE_FQDN_UPDATE = 11,
    MESSAGE_NAMED_ADDRESS = 12,
    MESSAGE_NAME_RELEASED = 13,
};

enum {
    MESSAGE_BYTES = 8192, /* no datagram is larger */
    MESSAGE_PARSERS = 20,
};

struct wire_mac {
    uint8_t bytes[6];
};

struct wire_parsers {
    uint64_t of[MESSAGE_PARSERS];
};

/* Bytes of the types of layouts.def. */
enum wire_size {
    WIRE_SIZE_U8 = 1,
    WIRE_SIZE_U16 = 2,
    WIRE_SIZE_U32 = 4,
    WIRE_SIZE_U64 = 8,
    WIRE_SIZE_MAC = 6,
    WIRE_SIZE_ADDR = 16,
    WIRE_SIZE_SHORT = 64,
    WIRE_SIZE_NAME = 256,
    WIRE_SIZE_BYTES = 2048,
    WIRE_SIZE_PARSERS = 8 * MESSAGE_PARSERS,
    WIRE_SIZE_PAD1 = 1,
    WIRE_SIZE_PAD2 = 2,
    WIRE_SIZE_PAD4 = 4,
};

/* Padding is no part of a value. */
#define WIRE_MEMBER_U8(name)      uint8_t name;
#define WIRE_MEMBER_U16(name)     uint16_t name;
#define WIRE_MEMBER_U32(name)     uint32_t name;
#define WIRE_MEMBER_U64(name)     uint64_t name;
#define WIRE_MEMBER_MAC(name)     struct wire_mac name;
#define WIRE_MEMBER_ADDR(name)    struct ipaddr name;
#define WIRE_MEMBER_SHORT(name)   struct span name;
#define WIRE_MEMBER_NAME(name)    struct span name;
#define WIRE_MEMBER_BYTES(name)   struct span name;
#define WIRE_MEMBER_PARSERS(name) struct wire_parsers name;
#define WIRE_MEMBER_PAD1(name)
#define WIRE_MEMBER_PAD2(name)
#define WIRE_MEMBER_PAD4(name)

#define WIRE_MEMBER(offset, type, name) WIRE_MEMBER_##type(name)
#define WIRE_IMAGE(offset, type, name)  uint8_t name[WIRE_SIZE_##type];

/* struct message_x, the value; struct image_x, what it looks like on the wire. */
#define WIRE_MESSAGE(LAYOUT, x, bytes)                                                             \
    struct message_##x {                                                                           \
        LAYOUT(WIRE_MEMBER)                                                                        \
    };                                                                                             \
    struct image_##x {                                                                             \
        LAYOUT(WIRE_IMAGE)                                                                         \
    };                                                                                             \
    _Static_assert(sizeof(struct image_##x) == (bytes), "the size of " #x)

WIRE_MESSAGE(LAYOUT_HEADER, header, 4);
WIRE_MESSAGE(LAYOUT_KEEP_ALIVE, keep_alive, 4);
WIRE_MESSAGE(LAYOUT_SESSION_COUNT, session_count, 20);
WIRE_MESSAGE(LAYOUT_APP_HEAD, app_head, 8);
WIRE_MESSAGE(LAYOUT_APP_ENTRY, app_entry, 10);
WIRE_MESSAGE(LAYOUT_LIST_HEAD, list_head, 4);
WIRE_MESSAGE(LAYOUT_SESSION_ENTRY, session_entry, 140);
WIRE_MESSAGE(LAYOUT_THREAT, threat, 2184);
WIRE_MESSAGE(LAYOUT_CONNECTION_ENTRY, connection_entry, 96);
WIRE_MESSAGE(LAYOUT_METER_ENTRY, meter_entry, 44);
WIRE_MESSAGE(LAYOUT_COUNTERS, counters, 568);
WIRE_MESSAGE(LAYOUT_WINDOW, window, 40);
WIRE_MESSAGE(LAYOUT_STATS_HEAD, stats_head, 56);
WIRE_MESSAGE(LAYOUT_FQDN_HEAD, fqdn_head, 262);
WIRE_MESSAGE(LAYOUT_FQDN_ADDRESS, fqdn_address, 16);
WIRE_MESSAGE(LAYOUT_NAMED_ADDRESS, named_address, 272);

enum { STATS_WINDOWS = 3 };

struct message_stats {
    struct message_stats_head head;
    struct message_window windows[STATS_WINDOWS];
};

/* Entries that fit into one datagram. */
enum message_most {
    MESSAGE_APPS_MOST = (MESSAGE_BYTES - 12) / 10,
    MESSAGE_SESSIONS_MOST = (MESSAGE_BYTES - 8) / 140,
    MESSAGE_CONNECTIONS_MOST = (MESSAGE_BYTES - 8) / 96,
    MESSAGE_METERS_MOST = (MESSAGE_BYTES - 8) / 44,
    MESSAGE_FQDN_ADDRESSES_MOST = (MESSAGE_BYTES - 266) / 16,
};

#endif
