/* SPDX-License-Identifier: Apache-2.0
 *
 * bson: documents of MongoDB, element by element (bsonspec.org 1.1).
 *
 * Sizes in a document are trusted only as far as the bytes go, so the first part of a long document
 * is walked like a whole one.
 */
#ifndef SUPPORT_BSON_H
#define SUPPORT_BSON_H

#include "base/cursor.h"

enum {
    BSON_DOUBLE = 0x01,
    BSON_STRING = 0x02,
    BSON_DOCUMENT = 0x03,
    BSON_ARRAY = 0x04,
    BSON_BINARY = 0x05,
    BSON_BOOL = 0x08,
    BSON_REGEX = 0x0b,
    BSON_CODE = 0x0d,
    BSON_SYMBOL = 0x0e,
    BSON_CODE_SCOPE = 0x0f,
    BSON_INT32 = 0x10,
    BSON_INT64 = 0x12,

    BSON_SMALLEST = 5,
    BSON_DEPTH = 24, /* what lies deeper is passed over */
    BSON_PATH = 3,
};

/* Walks in the order of the bytes, into documents and arrays. */
struct bson {
    struct cursor at;
    const uint8_t *ends[BSON_DEPTH];
    struct span names[BSON_PATH]; /* of the element and those around it, from the outside */
    unsigned inside;              /* how many documents are open around the next element */
    unsigned depth;               /* of this element, 0 = of the document itself */
    struct span name;
    struct span value; /* strings: the text; binaries: the bytes; documents: empty; else as sent */
    uint8_t type;
};

/* The document that begins at the cursor, which passes over it (or over what is there of it). */
struct bson bson_open(struct cursor *);
/* The next element; false at the end, or where nothing can be understood any more. */
bool bson_next(struct bson *);

/* Is the element at "a.b.c"? */
bool bson_is(const struct bson *, const char *path);
bool bson_is_text(const struct bson *);
/* A number of any type; of doubles only whether it is zero. */
int64_t bson_number(const struct bson *);

/* Could a document of at most `most` bytes begin here? An empty one only if asked for one of that
 * size. Fails the cursor when not. Returns the announced size. */
uint32_t bson_test(struct cursor *, uint32_t most);

#endif
