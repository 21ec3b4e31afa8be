/* SPDX-License-Identifier: Apache-2.0 */
#include "support/protobuf_strings.h"

#include "support/protobuf.h"
#include "support/utf8.h"

void protobuf_strings(struct span message, void (*string)(void *arg, struct span), void *arg)
{
    struct cursor levels[PROTOBUF_DEPTH];
    unsigned depth = 1, strings = 0;
    struct pb_field f;

    levels[0] = cur_of(message);
    while (depth && strings < PROTOBUF_STRINGS_MOST) {
        if (!pb_next(&levels[depth - 1], &f)) {
            depth--;
            continue;
        }
        if (f.type != PB_BYTES)
            continue;
        if (f.bytes.n >= PROTOBUF_STRING_LEAST && utf8_run(f.bytes) == f.bytes.n) {
            string(arg, f.bytes);
            strings++;
        }
        if (depth < PROTOBUF_DEPTH && f.bytes.n > PROTOBUF_STRING_LEAST)
            levels[depth++] = cur_of(f.bytes);
    }
}
