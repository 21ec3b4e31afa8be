/* SPDX-License-Identifier: Apache-2.0
 *
 * coding_decoder: what coding.c asks of each decoder, and the memory it lends them.
 */
#ifndef SUPPORT_CODING_DECODER_H
#define SUPPORT_CODING_DECODER_H

#include "support/coding.h"

/* Memory of one decoder: never more than `most` at a time. */
struct coding_room {
    const struct memory_source *from;
    size_t used, most;
    uint64_t taken; /* ever */
    bool refused;
};

/* NULL: refused. */
void *coding_room_take(struct coding_room *, size_t n);
/* Accepts NULL. */
void coding_room_give(struct coding_room *, void *memory);

enum coding_step {
    CODING_ON,
    CODING_OVER, /* what is left of `in` lies behind the end */
    CODING_BAD,  /* what was written until here counts */
};

struct coding_io {
    struct span in; /* moves on */
    uint8_t *out;
    size_t left;  /* of out */
    uint32_t odd; /* enum coding_odd, added to */
};

/* The decoder wrote n bytes to `out`. */
static inline void coding_io_wrote(struct coding_io *io, size_t n)
{
    io->out += n;
    io->left -= n;
}

struct coding_decoder {
    enum coding coding;
    size_t size;     /* of its state, cleared before begin() */
    size_t most;     /* memory beside it */
    unsigned weight; /* of a byte of output */
    bool endless;    /* nothing in the bytes tells their end */
    bool strong;     /* what it begins with, hardly anything else does */
    bool guess;      /* nothing at their beginning tells the coding */
    /* False: no memory. end() is called only after true. */
    bool (*begin)(void *state, struct coding_room *);
    /* Reads or writes something, if there is something to read. */
    enum coding_step (*run)(void *state, struct coding_io *);
    void (*end)(void *state);
};

extern const struct coding_decoder coding_gzip, coding_zlib, coding_raw_deflate, coding_br,
    coding_zstd, coding_compress, coding_lzma, coding_xz;

#endif
