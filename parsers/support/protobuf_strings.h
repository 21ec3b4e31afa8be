/* SPDX-License-Identifier: Apache-2.0
 *
 * protobuf_strings: the strings in a protobuf message of which nobody knows the type. A field of
 * bytes may be a string, a message or anything else; what could be two of them counts as both.
 */
#ifndef SUPPORT_PROTOBUF_STRINGS_H
#define SUPPORT_PROTOBUF_STRINGS_H

#include "base/span.h"

enum {
    PROTOBUF_DEPTH = 8, /* messages in messages, the outermost counts */
    PROTOBUF_STRING_LEAST = 4,
    PROTOBUF_STRINGS_MOST = 1000,
};

typedef void protobuf_string_fn(void *arg, struct span piece);

/* Hands out PROTOBUF_STRINGS_MOST strings of UTF-8, which are parts of `text`. It may be cut off;
 * where it is wrong, the message at hand ends. */
void protobuf_strings(struct span text, protobuf_string_fn *, void *arg);

#endif
