/* SPDX-License-Identifier: Apache-2.0
 *
 * A text through a chain of transformations, and through each alone: in memory of exactly the size
 * asked for, in place with the same result, and a second time without effect where one must be
 * enough.
 *
 *   byte 0    how many steps; then one byte for each
 *   the text
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "detect/transform.h"

#include <stdlib.h>

enum { ROOM_MOST = 1 << 20 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool once_is_enough(enum transform t)
{
    switch (t) {
    case TRANSFORM_LOWERCASE:
    case TRANSFORM_REMOVE_NULLS:
    case TRANSFORM_REMOVE_WHITESPACE:
    case TRANSFORM_COMPRESS_WHITESPACE:
    case TRANSFORM_REPLACE_COMMENTS:
    case TRANSFORM_CMD_LINE:
    case TRANSFORM_NORMALIZE_PATH:
    case TRANSFORM_NORMALIZE_PATH_WIN:
        return true;
    default:
        return false;
    }
}

static uint8_t *copy_of(struct span s)
{
    uint8_t *p = malloc(s.n);

    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

static void play_one(enum transform t, struct span text)
{
    size_t room = transform_room(t, text.n);
    uint8_t *bytes = copy_of(text), *out = malloc(room), *again = malloc(transform_room(t, room));
    struct span in = span_of(bytes, text.n), got = transform_run(t, in, out);

    must(got.n <= room && span_equal(in, text));
    must(got.p == in.p ? got.n == in.n : got.p == out && !span_equal(got, in));
    if (once_is_enough(t))
        must(transform_run(t, got, again).p == got.p);
    if (transform_in_place(t))
        must(span_equal(transform_run(t, in, bytes), got.p == in.p ? text : got));
    free(bytes);
    free(out);
    free(again);
}

static void play_chain(const struct transform_chain *chain, struct span text)
{
    size_t room = transform_chain_room(chain, text.n);
    struct transform_scratch scratch = {.room = room};
    struct span out;

    if (room > ROOM_MOST)
        return;
    scratch.buffer[0] = malloc(room);
    scratch.buffer[1] = malloc(room);
    must(transform_chain_run(chain, text, &scratch, &out));
    free(scratch.buffer[0]);
    free(scratch.buffer[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    struct transform_chain chain = {0};
    uint8_t steps = cur_u8(&in) % TRANSFORM_STEPS;

    for (uint8_t i = 0; i < steps; i++) {
        enum transform t = (enum transform)(cur_u8(&in) % TRANSFORM_COUNT);

        must(transform_chain_add(&chain, span_text(transform_name(t))));
    }
    play_chain(&chain, cur_look(&in));
    for (int t = 0; t < TRANSFORM_COUNT; t++)
        play_one((enum transform)t, cur_look(&in));
    return 0;
}
