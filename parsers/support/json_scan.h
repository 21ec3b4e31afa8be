/* SPDX-License-Identifier: Apache-2.0
 *
 * json_scan: where a JSON object or array ends, and what is in it. The scan checks the whole
 * grammar (RFC 8259), goes on where it stopped when more bytes come, and looks at every byte once.
 */
#ifndef SUPPORT_JSON_SCAN_H
#define SUPPORT_JSON_SCAN_H

#include "base/cursor.h"

/* Zeroed before the first byte, which is an opening bracket. Deeper than this only strings and the
 * number of brackets are checked. */
enum { JSON_DEPTH = 64 };

struct json_scan {
    uint64_t objects; /* a bit for every level that is open, the lowest is the innermost */
    uint32_t depth;
    uint8_t at;   /* what may come next */
    uint8_t left; /* of a literal or an escape */
    uint8_t literal;
    bool is_key;
};

/* Moves the cursor behind the value; true. False: behind all that is here, or BAD. */
bool json_scan(struct json_scan *, struct cursor *);

/* A member of an object, or an element of an array (without a key). */
struct json_item {
    struct span key;
    struct span text; /* the value: of a string without its quotes, escapes stay */
    uint8_t kind;     /* the value's first byte: { [ " t f n, or of a number; 0 = there is none */
};

/* The next one; the cursor begins behind the opening bracket. False at the end. Of a value that is
 * cut the kind is known, and of a string that is cut no more than that. */
bool json_member(struct cursor *, struct json_item *);
bool json_element(struct cursor *, struct json_item *);

/* Is this what a string (without quotes) says? Its escapes are read. */
bool json_says(struct span text, struct span what);

#endif
