/* SPDX-License-Identifier: Apache-2.0
 *
 * LZMA in its old format (a header of 13 bytes) and in xz's. xz's checks are not computed: a wrong
 * one would cost the blocks behind it.
 */
#include "support/coding_decoder.h"

#include <lzma.h>

struct lzma {
    lzma_stream stream;
    lzma_allocator memory;
};

static void *take(void *room, size_t count, size_t size)
{
    return coding_room_take(room, count * size);
}

static void give(void *room, void *memory)
{
    coding_room_give(room, memory);
}

static void lend(struct lzma *l, struct coding_room *room)
{
    l->memory = (lzma_allocator){take, give, room};
    l->stream = (lzma_stream)LZMA_STREAM_INIT;
    l->stream.allocator = &l->memory;
}

static bool begin_alone(void *state, struct coding_room *room)
{
    struct lzma *l = state;

    lend(l, room);
    return lzma_alone_decoder(&l->stream, CODING_LZMA_MEMORY) == LZMA_OK;
}

static bool begin_xz(void *state, struct coding_room *room)
{
    struct lzma *l = state;

    lend(l, room);
    return lzma_stream_decoder(&l->stream, CODING_LZMA_MEMORY, LZMA_IGNORE_CHECK) == LZMA_OK;
}

static void end(void *state)
{
    struct lzma *l = state;

    lzma_end(&l->stream);
}

static enum coding_step run(void *state, struct coding_io *io)
{
    struct lzma *l = state;
    lzma_ret result;

    l->stream.next_in = io->in.p;
    l->stream.avail_in = io->in.n;
    l->stream.next_out = io->out;
    l->stream.avail_out = io->left;
    result = lzma_code(&l->stream, LZMA_RUN);
    io->in = span_from(io->in, io->in.n - l->stream.avail_in);
    coding_io_wrote(io, io->left - l->stream.avail_out);
    switch (result) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return CODING_ON;
    case LZMA_STREAM_END:
        return CODING_OVER;
    case LZMA_MEMLIMIT_ERROR:
        io->odd |= CODING_ODD_MEMORY;
        return CODING_BAD;
    default:
        return CODING_BAD;
    }
}

const struct coding_decoder coding_lzma = {
    .coding = CODING_LZMA,
    .size = sizeof(struct lzma),
    .most = CODING_LZMA_MEMORY,
    .weight = 4,
    .guess = true,
    .begin = begin_alone,
    .run = run,
    .end = end,
};

const struct coding_decoder coding_xz = {
    .coding = CODING_LZMA,
    .size = sizeof(struct lzma),
    .most = CODING_LZMA_MEMORY,
    .weight = 4,
    .strong = true,
    .begin = begin_xz,
    .run = run,
    .end = end,
};
