/* SPDX-License-Identifier: Apache-2.0
 *
 * compress: Lempel-Ziv-Welch as .Z files hold it. Codes of 9 bits and more, least bit first, in
 * groups of eight: when the width changes, what is left of a group is skipped. Nothing marks the
 * end.
 */
#include "support/coding_decoder.h"

enum {
    HEADER = 3, /* 1F 9D and the flags */
    CLEAR = 256,
    BITS_FIRST = 9,
    BITS_MOST = 16,
    FLAG_BITS = 0x1f,
    FLAG_RESERVED = 0x60,
    FLAG_BLOCK = 0x80, /* the code CLEAR empties the table */
    NONE = 1 << BITS_MOST,
};

/* A code stands for the string of its prefix and one byte more. */
struct tables {
    uint16_t *prefix;
    uint8_t *suffix;
    uint8_t *string; /* being written, from its end */
};

struct compress {
    struct coding_room *room;
    struct tables tables; /* of 2^most entries */
    unsigned header_n;    /* bytes read of it */
    unsigned flags;
    unsigned most;  /* bits of the widest code */
    unsigned width; /* of the next code */
    unsigned group; /* codes read since the width changed */
    unsigned skip;  /* bytes */
    unsigned next;  /* code that the next string defines */
    unsigned last;  /* code before, or NONE */
    uint8_t first;  /* byte of the string before */
    uint32_t bits;  /* read and not used */
    unsigned bits_n;
    unsigned string_n; /* bytes to be written */
};

static bool begin(void *state, struct coding_room *room)
{
    struct compress *c = state;

    c->room = room;
    return true;
}

static void end(void *state)
{
    struct compress *c = state;

    coding_room_give(c->room, c->tables.prefix);
}

static bool read_flags(struct compress *c, uint8_t flags)
{
    size_t codes;

    c->flags = flags;
    c->most = flags & FLAG_BITS;
    if (c->most < BITS_FIRST || c->most > BITS_MOST || flags & FLAG_RESERVED)
        return false;
    codes = (size_t)1 << c->most;
    c->tables.prefix = coding_room_take(c->room, codes * (sizeof *c->tables.prefix + 2));
    if (c->tables.prefix == NULL)
        return false;
    c->tables.suffix = (uint8_t *)(c->tables.prefix + codes);
    c->tables.string = c->tables.suffix + codes;
    c->width = BITS_FIRST;
    c->next = flags & FLAG_BLOCK ? CLEAR + 1 : CLEAR;
    c->last = NONE;
    return true;
}

/* Codes stand in groups of eight; those that are left of this one are nothing. Whole bytes: as many
 * as the bits of a group of one code each. */
static void set_width(struct compress *c, unsigned width)
{
    unsigned rest = (8 - c->group % 8) % 8 * c->width;

    /* The bits already fetched are the first of those. */
    c->skip = (rest - c->bits_n) / 8;
    c->bits = 0;
    c->bits_n = 0;
    c->group = 0;
    c->width = width;
}

/* False: not there yet. */
static bool read_code(struct compress *c, struct coding_io *io, unsigned *code)
{
    while (c->skip && io->in.n) {
        struct span skipped = span_first(io->in, c->skip);

        c->skip -= (unsigned)skipped.n;
        io->in = span_from(io->in, skipped.n);
    }
    while (c->bits_n < c->width && io->in.n) {
        c->bits |= (uint32_t)io->in.p[0] << c->bits_n;
        c->bits_n += 8;
        io->in = span_from(io->in, 1);
    }
    if (c->bits_n < c->width)
        return false;
    *code = c->bits & ((1u << c->width) - 1);
    c->bits >>= c->width;
    c->bits_n -= c->width;
    c->group++;
    return true;
}

/* Puts the string of the code in front of what tables.string ends with. */
static void spell(struct compress *c, unsigned code)
{
    uint8_t *to = c->tables.string + ((size_t)1 << c->most) - 1 - c->string_n;

    while (code >= CLEAR) {
        *to-- = c->tables.suffix[code];
        c->string_n++;
        code = c->tables.prefix[code];
    }
    *to = (uint8_t)code;
    c->string_n++;
    c->first = (uint8_t)code;
}

static void define(struct compress *c)
{
    if (c->last == NONE || c->next == 1u << c->most)
        return;
    c->tables.prefix[c->next] = (uint16_t)c->last;
    c->tables.suffix[c->next] = c->first;
    c->next++;
}

static bool take_code(struct compress *c, unsigned code)
{
    if (code == CLEAR && c->flags & FLAG_BLOCK) {
        set_width(c, BITS_FIRST);
        c->next = CLEAR + 1;
        c->last = NONE;
        return true;
    }
    if (code > c->next || (c->last == NONE && code >= CLEAR))
        return false;
    if (code == c->next) { /* about to be defined: the string before and its first byte again */
        c->tables.string[((size_t)1 << c->most) - 1] = c->first;
        c->string_n = 1;
        spell(c, c->last);
    } else {
        spell(c, code);
    }
    define(c);
    c->last = code;
    if (c->next == 1u << c->width && c->width < c->most)
        set_width(c, c->width + 1);
    return true;
}

static void write_string(struct compress *c, struct coding_io *io)
{
    size_t n = c->string_n < io->left ? c->string_n : io->left;

    memcpy(io->out, c->tables.string + ((size_t)1 << c->most) - c->string_n, n);
    coding_io_wrote(io, n);
    c->string_n -= (unsigned)n;
}

static enum coding_step run(void *state, struct coding_io *io)
{
    struct compress *c = state;
    unsigned code;

    while (c->header_n < HEADER && io->in.n) {
        uint8_t byte = io->in.p[0];

        io->in = span_from(io->in, 1);
        if (++c->header_n == HEADER && !read_flags(c, byte))
            return CODING_BAD;
    }
    while (c->header_n == HEADER && io->left) {
        if (c->string_n) {
            write_string(c, io);
            continue;
        }
        if (!read_code(c, io, &code))
            break;
        if (!take_code(c, code))
            return CODING_BAD;
    }
    return CODING_ON;
}

const struct coding_decoder coding_compress = {
    .coding = CODING_COMPRESS,
    .size = sizeof(struct compress),
    .most = CODING_COMPRESS_MEMORY,
    .weight = 1,
    .endless = true,
    .begin = begin,
    .run = run,
    .end = end,
};
