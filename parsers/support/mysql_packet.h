/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql_packet: what the packets of MySQL and MariaDB hold. Every reader gets a cursor limited to
 * one payload; it becomes BAD when the payload is not what it should be.
 */
#ifndef SUPPORT_MYSQL_PACKET_H
#define SUPPORT_MYSQL_PACKET_H

#include "base/cursor.h"

enum {
    MYSQL_CONNECT_WITH_DB = 1 << 3,
    MYSQL_COMPRESS = 1 << 5,
    MYSQL_PROTOCOL_41 = 1 << 9,
    MYSQL_SSL = 1 << 11,
    MYSQL_SECURE_CONNECTION = 1 << 15,
    MYSQL_PLUGIN_AUTH = 1 << 19,
    MYSQL_CONNECT_ATTRS = 1 << 20,
    MYSQL_LENENC_AUTH = 1 << 21,
    MYSQL_ZSTD = 1 << 26,
    MYSQL_QUERY_ATTRIBUTES = 1 << 27,
};

struct mysql_greeting {
    struct span version;
    uint32_t caps;
};

struct mysql_error {
    uint16_t code;
    struct span text;
};

struct mysql_login {
    uint32_t caps;
    bool tls;   /* no login yet: TLS comes first */
    bool exact; /* reserved bytes are zero, and nothing is missing or left over */
    struct span user;
    struct span database;
    struct span plugin;
    struct span client;
    struct span program;
};

uint64_t mysql_number(struct cursor *);
void mysql_greeting_read(struct cursor *, struct mysql_greeting *);
/* After the byte FF. */
void mysql_error_read(struct cursor *, struct mysql_error *);
void mysql_login_read(struct cursor *, struct mysql_login *);
/* After the command byte. */
void mysql_change_user_read(struct cursor *, struct mysql_login *);
void mysql_attributes_skip(struct cursor *);

enum { MYSQL_BULK_EXECUTE = 250 }; /* a command of MariaDB */

/* NULL: it is none. */
const char *mysql_command_name(uint8_t code);

/* Errors by which a server refuses a login, or a right later on. */
bool mysql_refuses_login(uint16_t code);
bool mysql_refuses_right(uint16_t code);

#endif
