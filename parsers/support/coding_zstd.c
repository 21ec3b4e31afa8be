/* SPDX-License-Identifier: Apache-2.0
 *
 * Zstandard (RFC 8878), one frame at a time.
 */
#define ZSTD_STATIC_LINKING_ONLY /* a decoder with memory of ours */
#include "support/coding_decoder.h"

#include <zstd.h>
#include <zstd_errors.h>

/* An error costs all output of the call, and a frame that is there as a whole is decoded in one:
 * the library gets at most one block at a time. What it asks for is a block and the header of the
 * next. */
enum { FIRST_SLICE = 4, BLOCK_HEADER = 3 };

struct zstd {
    ZSTD_DCtx *decoder;
    size_t slice; /* bytes for the next call */
    bool full;    /* the last one had more output than room: it comes first, by itself */
};

static void *take(void *room, size_t n)
{
    return coding_room_take(room, n);
}

static void give(void *room, void *memory)
{
    coding_room_give(room, memory);
}

static bool begin(void *state, struct coding_room *room)
{
    const ZSTD_customMem memory = {take, give, room};
    struct zstd *z = state;

    z->decoder = ZSTD_createDCtx_advanced(memory);
    if (z->decoder == NULL)
        return false;
    z->slice = FIRST_SLICE;
    (void)ZSTD_DCtx_setParameter(z->decoder, ZSTD_d_windowLogMax, CODING_ZSTD_WINDOW_LOG);
    return true;
}

static void end(void *state)
{
    struct zstd *z = state;

    ZSTD_freeDCtx(z->decoder);
}

static enum coding_step run(void *state, struct coding_io *io)
{
    struct zstd *z = state;
    struct span slice = span_first(io->in, z->full ? 0 : z->slice);
    ZSTD_inBuffer in = {slice.p, slice.n, 0};
    ZSTD_outBuffer out = {io->out, io->left, 0};
    size_t left = ZSTD_decompressStream(z->decoder, &out, &in);

    io->in = span_from(io->in, in.pos);
    coding_io_wrote(io, out.pos);
    z->full = io->left == 0;
    if (left == 0)
        return CODING_OVER;
    if (!ZSTD_isError(left)) {
        z->slice = left;
        if (ZSTD_nextInputType(z->decoder) == ZSTDnit_block && left > BLOCK_HEADER)
            z->slice = left - BLOCK_HEADER;
        return CODING_ON;
    }
    switch (ZSTD_getErrorCode(left)) {
    case ZSTD_error_checksum_wrong:
        io->odd |= CODING_ODD_CHECKSUM;
        io->in = span_from(io->in, slice.n);
        return CODING_OVER;
    case ZSTD_error_frameParameter_windowTooLarge:
        io->odd |= CODING_ODD_MEMORY;
        return CODING_BAD;
    default:
        return CODING_BAD;
    }
}

const struct coding_decoder coding_zstd = {
    .coding = CODING_ZSTD,
    .size = sizeof(struct zstd),
    .most = CODING_ZSTD_MEMORY,
    .weight = 1,
    .strong = true,
    .begin = begin,
    .run = run,
    .end = end,
};
