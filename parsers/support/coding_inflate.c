/* SPDX-License-Identifier: Apache-2.0
 *
 * Deflate (RFC 1951), bare, in zlib's frame (RFC 1950) and in gzip's (RFC 1952).
 *
 * The frames are read here and not by zlib: a wrong checksum or an odd header must not stop what
 * lenient receivers go on reading.
 */
#define ZLIB_CONST
#include "support/coding_decoder.h"

#include "base/cursor.h"

#include <zlib.h>

enum frame { FRAME_RAW, FRAME_ZLIB, FRAME_GZIP };

enum part {
    PART_FIXED,
    PART_EXTRA_SIZE,
    PART_EXTRA,
    PART_NAME,
    PART_COMMENT,
    PART_HEADER_CRC,
    PART_DATA,
    PART_TRAILER,
};

/* Flags of gzip's header. */
enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xe0 };

enum { GZIP_FIXED = 10, GZIP_TRAILER = 8, ZLIB_HEADER = 2, ZLIB_TRAILER = 4, ZLIB_DICTIONARY = 32 };

struct inflater {
    enum frame frame;
    enum part part;
    uint8_t held[GZIP_FIXED]; /* of a part of fixed size */
    unsigned held_n;
    uint8_t flags;
    uint32_t extra;      /* bytes of it to come */
    uint32_t header_crc; /* of what stands before it */
    uint32_t check;      /* of the output */
    uint32_t size;       /* of the output, modulo 2^32 */
    z_stream z;
};

static voidpf take(voidpf room, uInt count, uInt size)
{
    return coding_room_take(room, (size_t)count * size);
}

static void give(voidpf room, voidpf memory)
{
    coding_room_give(room, memory);
}

static bool begin(struct inflater *f, struct coding_room *room, enum frame frame)
{
    f->frame = frame;
    f->part = frame == FRAME_RAW ? PART_DATA : PART_FIXED;
    f->check = frame == FRAME_ZLIB ? 1 : 0;
    f->z.zalloc = take;
    f->z.zfree = give;
    f->z.opaque = room;
    return inflateInit2(&f->z, -MAX_WBITS) == Z_OK;
}

static bool begin_raw(void *state, struct coding_room *room)
{
    return begin(state, room, FRAME_RAW);
}

static bool begin_zlib(void *state, struct coding_room *room)
{
    return begin(state, room, FRAME_ZLIB);
}

static bool begin_gzip(void *state, struct coding_room *room)
{
    return begin(state, room, FRAME_GZIP);
}

static void end(void *state)
{
    struct inflater *f = state;

    inflateEnd(&f->z);
}

/* True once n bytes are held. */
static bool hold(struct inflater *f, struct coding_io *io, unsigned n)
{
    struct span more = span_first(io->in, n - f->held_n);

    memcpy(f->held + f->held_n, more.p, more.n);
    f->held_n += (unsigned)more.n;
    io->in = span_from(io->in, more.n);
    if (f->held_n < n)
        return false;
    f->held_n = 0;
    return true;
}

static void sum_header(struct inflater *f, struct span bytes)
{
    f->header_crc = (uint32_t)crc32(f->header_crc, bytes.p, (uInt)bytes.n);
}

/* The next part of gzip's header that is there, behind the one just read. */
static void next_part(struct inflater *f)
{
    static const uint8_t flag[] = {
        [PART_EXTRA_SIZE] = FEXTRA, [PART_EXTRA] = FEXTRA,     [PART_NAME] = FNAME,
        [PART_COMMENT] = FCOMMENT,  [PART_HEADER_CRC] = FHCRC,
    };

    do {
        f->part++;
    } while (f->part < PART_DATA && !(f->flags & flag[f->part]));
}

static enum coding_step read_fixed(struct inflater *f, struct coding_io *io)
{
    if (f->frame == FRAME_ZLIB) {
        if (!hold(f, io, ZLIB_HEADER))
            return CODING_ON;
        f->part = PART_DATA;
        return f->held[1] & ZLIB_DICTIONARY ? CODING_BAD : CODING_ON;
    }
    if (!hold(f, io, GZIP_FIXED))
        return CODING_ON;
    sum_header(f, span_of(f->held, GZIP_FIXED));
    f->flags = f->held[3];
    if (f->flags & RESERVED)
        io->odd |= CODING_ODD_HEADER;
    next_part(f);
    return CODING_ON;
}

static void read_extra_size(struct inflater *f, struct coding_io *io)
{
    if (!hold(f, io, 2))
        return;
    sum_header(f, span_of(f->held, 2));
    f->extra = le16_at(f->held);
    f->part = PART_EXTRA;
    if (f->extra == 0)
        next_part(f);
}

static void read_extra(struct inflater *f, struct coding_io *io)
{
    struct span bytes = span_first(io->in, f->extra);

    sum_header(f, bytes);
    io->in = span_from(io->in, bytes.n);
    f->extra -= (uint32_t)bytes.n;
    if (f->extra == 0)
        next_part(f);
}

/* A name or comment, ended by NUL. */
static void read_text(struct inflater *f, struct coding_io *io)
{
    size_t at = span_index(io->in, 0);
    struct span bytes = span_first(io->in, at + 1);

    sum_header(f, bytes);
    if (at < io->in.n)
        next_part(f);
    io->in = span_from(io->in, bytes.n);
}

static void read_header_crc(struct inflater *f, struct coding_io *io)
{
    if (!hold(f, io, 2))
        return;
    if (le16_at(f->held) != (f->header_crc & 0xffff))
        io->odd |= CODING_ODD_CHECKSUM;
    f->part = PART_DATA;
}

static void sum_output(struct inflater *f, struct span made)
{
    if (f->frame == FRAME_GZIP)
        f->check = (uint32_t)crc32(f->check, made.p, (uInt)made.n);
    else if (f->frame == FRAME_ZLIB)
        f->check = (uint32_t)adler32(f->check, made.p, (uInt)made.n);
    f->size += (uint32_t)made.n;
}

static enum coding_step read_data(struct inflater *f, struct coding_io *io)
{
    /* Whatever comes at once, zlib's counters hold it. */
    struct span in = span_first(io->in, 1 << 30);
    size_t made;
    int result;

    f->z.next_in = in.p;
    f->z.avail_in = (uInt)in.n;
    f->z.next_out = io->out;
    f->z.avail_out = (uInt)io->left;
    result = inflate(&f->z, Z_SYNC_FLUSH);
    io->in = span_from(io->in, in.n - f->z.avail_in);
    made = io->left - f->z.avail_out;
    sum_output(f, span_of(io->out, made));
    coding_io_wrote(io, made);
    if (result == Z_STREAM_END) {
        f->part = PART_TRAILER;
        return f->frame == FRAME_RAW ? CODING_OVER : CODING_ON;
    }
    return result == Z_OK || result == Z_BUF_ERROR ? CODING_ON : CODING_BAD;
}

static enum coding_step read_trailer(struct inflater *f, struct coding_io *io)
{
    if (!hold(f, io, f->frame == FRAME_GZIP ? GZIP_TRAILER : ZLIB_TRAILER))
        return CODING_ON;
    if (f->frame == FRAME_ZLIB ? be32_at(f->held) != f->check
                               : le32_at(f->held) != f->check || le32_at(f->held + 4) != f->size)
        io->odd |= CODING_ODD_CHECKSUM;
    return CODING_OVER;
}

static enum coding_step run(void *state, struct coding_io *io)
{
    struct inflater *f = state;

    switch (f->part) {
    case PART_FIXED:
        return read_fixed(f, io);
    case PART_EXTRA_SIZE:
        read_extra_size(f, io);
        return CODING_ON;
    case PART_EXTRA:
        read_extra(f, io);
        return CODING_ON;
    case PART_NAME:
    case PART_COMMENT:
        read_text(f, io);
        return CODING_ON;
    case PART_HEADER_CRC:
        read_header_crc(f, io);
        return CODING_ON;
    case PART_DATA:
        return read_data(f, io);
    case PART_TRAILER:
        break;
    }
    return read_trailer(f, io);
}

const struct coding_decoder coding_gzip = {
    .coding = CODING_GZIP,
    .size = sizeof(struct inflater),
    .most = CODING_INFLATE_MEMORY,
    .weight = 1,
    .strong = true,
    .begin = begin_gzip,
    .run = run,
    .end = end,
};

const struct coding_decoder coding_zlib = {
    .coding = CODING_DEFLATE,
    .size = sizeof(struct inflater),
    .most = CODING_INFLATE_MEMORY,
    .weight = 1,
    .begin = begin_zlib,
    .run = run,
    .end = end,
};

const struct coding_decoder coding_raw_deflate = {
    .coding = CODING_DEFLATE,
    .size = sizeof(struct inflater),
    .most = CODING_INFLATE_MEMORY,
    .weight = 1,
    .guess = true,
    .begin = begin_raw,
    .run = run,
    .end = end,
};
