/* SPDX-License-Identifier: Apache-2.0
 *
 * Brotli (RFC 7932). Streams say how large their window may get, most of them 4 MiB and more, and
 * then hold little: what counts is the memory that the window really takes.
 */
#include "support/coding_decoder.h"

#include <brotli/decode.h>

/* An error loses what was decoded and not yet written: never much. */
enum { SLICE = 256 };

struct brotli {
    BrotliDecoderState *decoder;
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
    struct brotli *b = state;

    b->decoder = BrotliDecoderCreateInstance(take, give, room);
    return b->decoder != NULL;
}

static void end(void *state)
{
    struct brotli *b = state;

    BrotliDecoderDestroyInstance(b->decoder);
}

static enum coding_step run(void *state, struct coding_io *io)
{
    struct brotli *b = state;
    struct span in = span_first(io->in, SLICE);
    size_t had = in.n, left = io->left;
    uint8_t *out = io->out;
    BrotliDecoderResult result =
        BrotliDecoderDecompressStream(b->decoder, &in.n, &in.p, &left, &out, NULL);

    io->in = span_from(io->in, had - in.n);
    coding_io_wrote(io, io->left - left);
    if (result == BROTLI_DECODER_RESULT_SUCCESS)
        return CODING_OVER;
    return result == BROTLI_DECODER_RESULT_ERROR ? CODING_BAD : CODING_ON;
}

const struct coding_decoder coding_br = {
    .coding = CODING_BR,
    .size = sizeof(struct brotli),
    .most = CODING_BR_MEMORY,
    .weight = 1,
    .guess = true,
    .begin = begin,
    .run = run,
    .end = end,
};
