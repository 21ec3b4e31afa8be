/* SPDX-License-Identifier: Apache-2.0
 *
 * protobuf_strings: the texts in a protobuf message whose description nobody has: every field of
 * bytes that is UTF-8, also inside of fields that may be messages themselves.
 */
#ifndef SUPPORT_PROTOBUF_STRINGS_H
#define SUPPORT_PROTOBUF_STRINGS_H

#include "base/span.h"

enum { PROTOBUF_DEPTH = 8, PROTOBUF_STRING_LEAST = 4, PROTOBUF_STRINGS_MOST = 1000 };

/* Hands out PROTOBUF_STRINGS_MOST of them, pieces of the message; looks at each byte
 * PROTOBUF_DEPTH times at most. */
void protobuf_strings(struct span message, void (*string)(void *arg, struct span), void *arg);

#endif
