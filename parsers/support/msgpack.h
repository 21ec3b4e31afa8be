/* SPDX-License-Identifier: Apache-2.0
 *
 * msgpack: the items of MessagePack, old and new specification. Pure functions; spans point into
 * the message. A byte that begins no item is BAD.
 */
#ifndef SUPPORT_MSGPACK_H
#define SUPPORT_MSGPACK_H

#include "base/cursor.h"

enum mp_kind { MP_NIL, MP_BOOL, MP_NUMBER, MP_FLOAT, MP_TEXT, MP_EXTENSION, MP_LIST, MP_MAP };

struct mp_item {
    enum mp_kind kind;
    uint8_t type; /* of an extension */
    bool binary;  /* a text that says it is none */
    uint64_t n; /* the value of a bool or a number; how many bytes, or how many elements, follow */
};

/* What stands before the bytes or elements of an item. */
struct mp_item mp_head(struct cursor *);
/* A whole text, of at most so many bytes: anything else is BAD. */
struct span mp_text(struct cursor *, size_t most);
/* The same for numbers: negative ones are their two's complement. */
uint64_t mp_number(struct cursor *);
bool mp_bool(struct cursor *);
/* How many pairs, or elements, follow; another kind, or more than most, is BAD. */
uint32_t mp_map(struct cursor *, uint32_t most);
uint32_t mp_list(struct cursor *, uint32_t most);
/* One item with all that is in it. */
void mp_pass(struct cursor *);

/* The kind that an item beginning with this byte has. */
enum mp_kind mp_kind_of(uint8_t first);

/* What is still to come of an item too long to wait for: {.items = 1} before it begins. */
struct mp_rest {
    uint64_t items, bytes;
};

static inline bool mp_rest_over(const struct mp_rest *r)
{
    return r->items == 0 && r->bytes == 0;
}

/* Passes over what is here of it. SHORT only when it could not move at all: an item's head is cut.
 */
void mp_rest_pass(struct cursor *, struct mp_rest *);

#endif
