/* SPDX-License-Identifier: Apache-2.0 */
#include "support/protobuf_strings.h"

#include "support/protobuf.h"
#include "support/utf8.h"

/* Groups have gone out of use, but whoever does not know a field still passes over them. */
enum { PB_GROUP_BEGINS = 3, PB_GROUP_ENDS = 4 };

struct field {
    struct span bytes;
    bool has_bytes;
    bool cut; /* it says that there are more */
};

/* `end` is where the text ends: only there something may be cut. */
static void read_field(struct cursor *c, const uint8_t *end, struct field *f)
{
    uint64_t tag = pb_number(c), n;

    *f = (struct field){.has_bytes = (tag & 7) == PB_BYTES};
    switch (tag & 7) {
    case PB_NUMBER:
        (void)pb_number(c);
        break;
    case PB_64:
        cur_skip(c, 8);
        break;
    case PB_32:
        cur_skip(c, 4);
        break;
    case PB_BYTES:
        n = pb_number(c);
        f->cut = c->end == end && n > cur_left(c);
        f->bytes = cur_span(c, f->cut ? cur_left(c) : n < SIZE_MAX ? (size_t)n : SIZE_MAX);
        break;
    case PB_GROUP_BEGINS:
    case PB_GROUP_ENDS:
        break;
    default:
        cur_fail(c);
        break;
    }
    if (tag >> 3 == 0)
        cur_fail(c);
}

/* Fields, one after the other, up to the end. */
static bool is_message(struct span s)
{
    struct cursor c = cur_of(s);
    struct field f;

    while (cur_left(&c) && c.state == CUR_OK)
        read_field(&c, NULL, &f);
    return s.n && c.state == CUR_OK;
}

/* The string that a field is; empty when it is none. Of one that is cut the last letter may be. */
static struct span string_of(const struct field *f)
{
    size_t n = utf8_run(f->bytes), most_missing = f->cut ? UTF8_ROOM - 1 : 0;

    if (n < PROTOBUF_STRING_LEAST || f->bytes.n - n > most_missing)
        n = 0;
    return span_first(f->bytes, n);
}

void protobuf_strings(struct span text, protobuf_string_fn *piece, void *arg)
{
    const uint8_t *ends[PROTOBUF_DEPTH]; /* of the messages around the one at hand */
    unsigned around = 0, strings = 0;
    struct cursor c = cur_of(text);
    const uint8_t *end = c.end;

    while (strings < PROTOBUF_STRINGS_MOST) {
        struct field f;
        struct span string;

        if (c.state != CUR_OK || cur_left(&c) == 0) {
            if (around == 0)
                return;
            c = cur_of(span_of(c.end, (size_t)(ends[around - 1] - c.end)));
            around--;
            continue;
        }
        read_field(&c, end, &f);
        if (c.state != CUR_OK || !f.has_bytes)
            continue;
        string = string_of(&f);
        if (string.n) {
            piece(arg, string);
            strings++;
        }
        if (around < PROTOBUF_DEPTH - 1 && (f.cut || is_message(f.bytes))) {
            ends[around++] = c.end;
            c = cur_of(f.bytes);
        }
    }
}
