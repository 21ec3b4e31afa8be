/* SPDX-License-Identifier: Apache-2.0
 *
 * cql_frame: the messages of Cassandra's protocol (native_protocol_v1 .. v5.spec).
 */
#ifndef SUPPORT_CQL_FRAME_H
#define SUPPORT_CQL_FRAME_H

#include "parser/parser.h"

enum {
    CQL_ERROR = 0x00,
    CQL_STARTUP = 0x01,
    CQL_READY = 0x02,
    CQL_AUTHENTICATE = 0x03,
    CQL_CREDENTIALS = 0x04,
    CQL_OPTIONS = 0x05,
    CQL_SUPPORTED = 0x06,
    CQL_QUERY = 0x07,
    CQL_RESULT = 0x08,
    CQL_PREPARE = 0x09,
    CQL_EXECUTE = 0x0a,
    CQL_REGISTER = 0x0b,
    CQL_EVENT = 0x0c,
    CQL_BATCH = 0x0d,
    CQL_AUTH_CHALLENGE = 0x0e,
    CQL_AUTH_RESPONSE = 0x0f,
    CQL_AUTH_SUCCESS = 0x10,
    CQL_OPCODES,
};

enum {
    CQL_FLAG_PACKED = 1,
    CQL_FLAG_TRACED = 2,
    CQL_FLAG_PAYLOAD = 4,
    CQL_FLAG_WARNED = 8,
};

enum {
    CQL_LENGTH_MOST = 256 << 20,
    CQL_USER_MOST = 40,
};

struct cql_frame {
    uint8_t version; /* without the direction */
    uint8_t flags;
    uint8_t opcode;
    uint16_t stream;
    uint32_t length;
};

/* What the connection has to know later. */
struct cql_login {
    char user[CQL_USER_MOST];
    uint8_t user_n;
};

/* What follows the part of a body that was read: so many bytes of a statement, and whether all else
 * are values. */
struct cql_rest {
    uint32_t statement;
    bool values;
    bool begun; /* of the buffer they belong to */
};

/* Fails the cursor when no such frame can be of this sender. */
struct cql_frame cql_frame_read(enum dir from, struct cursor *);

/* Maps with an entry that all of them have. */
bool cql_startup_test(struct span body);
bool cql_supported_test(struct span body);
bool cql_error_test(struct span body);

/* The first part of a body, all of it if it is short; the transaction is open. */
struct cql_rest cql_request_read(struct parse *, struct cql_login *, const struct cql_frame *,
                                 struct span body);

struct cql_answer {
    uint32_t error; /* 0: none; 1 stands for that of the server itself */
    bool is_error;
    struct span text;
    struct span keyspace;
    struct span authenticator;
    struct cql_rest rest;
};

struct cql_answer cql_answer_read(struct parse *, const struct cql_frame *, struct span body);

#endif
