/* SPDX-License-Identifier: Apache-2.0
 *
 * kafka_schema: the bodies of Kafka's messages, read as a line of text tells.
 *
 *     b h i q     number of 1, 2, 4, 8 bytes            u   identifier of 16 bytes
 *     s y         string, bytes (both may be null)      T U G   topic, id of a topic, group: told
 *     E           error code: the first that is not 0 is kept
 *     N V M A     client software and its version (told), SASL mechanism and token (kept)
 *     [ ... ]     array of structures    (x)   array of one item    .   the rest says nothing
 *     3+: -8: 2-4: 0:   the versions that have the item behind it
 *
 * Versions from the flexible one on write lengths as variable-length numbers, and end every
 * structure with tagged fields.
 */
#ifndef SUPPORT_KAFKA_SCHEMA_H
#define SUPPORT_KAFKA_SCHEMA_H

#include "parser/parser.h"

enum { KAFKA_TOPIC_MAX = 249 };

struct kafka_key {
    uint8_t number, newest, flexible;
    const char *name, *request, *reply;
};

struct kafka_reader {
    struct parse *p;
    struct cursor *in;
    uint8_t version;
    bool flexible;
    bool silent;    /* nothing is told */
    bool over;      /* a "." was met */
    uint8_t topics; /* told so far */
    int error;      /* the first that is not 0 */
    struct span mechanism, token;
};

/* NULL: not known. */
const struct kafka_key *kafka_key_find(unsigned number);
const char *kafka_error_name(int code);

uint32_t kafka_uvarint(struct cursor *);
int32_t kafka_varint(struct cursor *);
/* Tagged fields, where there are any. */
void kafka_tags(struct kafka_reader *);
/* The number of elements; a null array has none. */
uint32_t kafka_count(struct kafka_reader *);
/* Length of a byte string; null has none. */
uint32_t kafka_length(struct kafka_reader *);
void kafka_read(struct kafka_reader *, const char *schema);

#endif
