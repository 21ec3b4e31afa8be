/* SPDX-License-Identifier: Apache-2.0
 *
 * charset: text that is not UTF-8, as UTF-8, piece by piece.
 *
 * A byte order mark wins over the name, as it does in browsers; without a name the zeros between
 * the first letters tell. What ASCII is a part of (UTF-8, ISO 8859, Windows', those of East Asia)
 * stays as it is, without a copy.
 */
#ifndef SUPPORT_CHARSET_H
#define SUPPORT_CHARSET_H

#include "base/memory_source.h"

enum charset {
    CHARSET_AS_IS,
    CHARSET_UTF16, /* without an order: what the bytes say, else little-endian, as browsers do */
    CHARSET_UTF16_LE,
    CHARSET_UTF16_BE,
    CHARSET_UTF32, /* likewise */
    CHARSET_UTF32_LE,
    CHARSET_UTF32_BE,
    CHARSET_UTF7,   /* RFC 2152 */
    CHARSET_EBCDIC, /* IBM037 */
};

enum charset_odd {
    CHARSET_ODD_RARE = 1 << 0,      /* no browser sends it, some servers read it */
    CHARSET_ODD_UNKNOWN = 1 << 1,   /* nor do we know it */
    CHARSET_ODD_RELATED = 1 << 2,   /* another EBCDIC than the one it is read as */
    CHARSET_ODD_SILENT = 1 << 3,    /* another one than is named */
    CHARSET_ODD_PLAIN = 1 << 4,     /* named, but the first bytes are ASCII */
    CHARSET_ODD_MALFORMED = 1 << 5, /* characters that are none */
    CHARSET_ODD_TRUNCATED = 1 << 6, /* ends in the middle of one */
};

enum { CHARSET_LOOK = 128 };

/* A name in any case, with quotes and blanks around it. Sets bits in `*odd`. */
enum charset charset_by_name(struct span name, uint32_t *odd);
/* What the value of a Content-Type field names; CHARSET_AS_IS: nothing that has to be read. */
enum charset charset_of_type(struct span type, uint32_t *odd);

struct charset_reader {
    enum charset is;
    uint32_t odd; /* enum charset_odd so far */
    bool decided;
    bool shifted; /* UTF-7: in base64 */
    bool empty;   /* ... of which no digit was read */
    uint8_t held_n;
    uint8_t held[CHARSET_LOOK]; /* until it is decided; then an unfinished unit */
    uint8_t bits_n;             /* UTF-7 */
    uint32_t bits;
    uint32_t high; /* the first half of a pair */
};

/* `odd` as charset_by_name() has left it. */
void charset_begin(struct charset_reader *, enum charset named, uint32_t odd);
/* The piece need not outlive the call. */
void charset_feed(struct charset_reader *, struct span piece, out_fn *, void *arg);
/* No more comes. */
void charset_end(struct charset_reader *, out_fn *, void *arg);

/* From here on the pieces come out as they are, so that they need not be fed. */
static inline bool charset_is_plain(const struct charset_reader *c)
{
    return c->decided && c->is == CHARSET_AS_IS;
}

#endif
