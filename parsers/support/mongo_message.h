/* SPDX-License-Identifier: Apache-2.0
 *
 * mongo_message: how the messages of MongoDB begin.
 */
#ifndef SUPPORT_MONGO_MESSAGE_H
#define SUPPORT_MONGO_MESSAGE_H

#include "parser/parser.h"

enum {
    MONGO_HEAD = 16,
    MONGO_MESSAGE_MAX = 48000000,
    MONGO_SECTION_NAME = 64,
};

enum {
    MONGO_REPLY = 1,
    MONGO_UPDATE = 2001,
    MONGO_INSERT = 2002,
    MONGO_QUERY = 2004,
    MONGO_GET_MORE = 2005,
    MONGO_DELETE = 2006,
    MONGO_KILL_CURSORS = 2007,
    MONGO_COMMAND = 2010,
    MONGO_COMMAND_REPLY = 2011,
    MONGO_COMPRESSED = 2012,
    MONGO_MSG = 2013,
};

enum {
    MONGO_FLAG_CHECKSUM = 1,
    MONGO_FLAG_MORE = 2,
    MONGO_FLAGS_REQUIRED = 0xffff, /* bits that a receiver must know */
};

/* What a compressed message is compressed with. */
enum {
    MONGO_PACKED_NOT,
    MONGO_PACKED_SNAPPY,
    MONGO_PACKED_ZLIB,
    MONGO_PACKED_ZSTD,
    MONGO_PACKED_COUNT
};

struct mongo_message {
    uint32_t length;
    uint32_t id;
    uint32_t answers;
    uint32_t opcode;
    bool silent; /* nobody answers it */
};

/* What stands before the documents: z a zero, f small flags, i any number, c a name. */
struct mongo_opcode {
    uint32_t number;
    enum dir from;
    const char *layout;
    const char *name;
};

/* NULL: not of this sender, or one without a layout (MONGO_MSG, MONGO_COMPRESSED). */
const struct mongo_opcode *mongo_opcode_find(uint32_t number, enum dir from);

struct mongo_message mongo_head_read(enum dir from, struct cursor *);
/* Up to the documents. The names found: database and collection, or database and command. */
void mongo_layout_read(struct cursor *, const char *layout, struct span names[2]);

/* Could what is here behind the head be the message's body? Moves nothing; SHORT: too early to
 * tell. */
void mongo_message_test(enum dir from, const struct mongo_message *, struct cursor *);

#endif
