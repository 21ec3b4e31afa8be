/* SPDX-License-Identifier: Apache-2.0
 *
 * charset: text in which letters of ASCII do not stand as such, as UTF-8, piece by piece.
 *
 * A byte order mark counts more than the name, as it does in browsers; without either the zeros
 * between the first letters tell, or what "<?xm" is in EBCDIC. What ASCII is a part of (UTF-8, ISO
 * 8859, Windows', those of East Asia) is not read.
 */
#ifndef SUPPORT_CHARSET_H
#define SUPPORT_CHARSET_H

#include "base/memory_source.h"

enum charset {
    CHARSET_AS_IS,
    CHARSET_UTF16, /* without a mark little-endian, as browsers do */
    CHARSET_UTF16_LE,
    CHARSET_UTF16_BE,
    CHARSET_UTF32, /* likewise */
    CHARSET_UTF32_LE,
    CHARSET_UTF32_BE,
    CHARSET_UTF7,   /* RFC 2152 */
    CHARSET_EBCDIC, /* IBM037, and its relatives as far as they are the same */
};

/* A name in any case, with quotes and blanks around it. False: nobody has heard of it. */
bool charset_by_name(struct span name, enum charset *);

enum { CHARSET_LOOK = 16 };

/* Begins as zeroes, with `is` as named. */
struct charset_reader {
    uint8_t is; /* enum charset */
    bool decided;
    bool belied;  /* the first bytes are letters of ASCII, whatever the name says */
    bool shifted; /* UTF-7: in base64 */
    uint8_t held_n;
    uint8_t held[CHARSET_LOOK]; /* until it is decided; then an unfinished unit */
    uint8_t bits_n;             /* UTF-7 */
    uint32_t bits;
    uint32_t high; /* the first half of a pair */
};

/* Does it have to see the bytes to come? If not, they are ASCII where letters are. */
static inline bool charset_reads(const struct charset_reader *r)
{
    return !r->decided || r->is != CHARSET_AS_IS;
}

/* The piece need not outlive the call. Nothing comes out of text that is not to be read. */
void charset_feed(struct charset_reader *, struct span piece, out_fn *, void *arg);
/* No more comes. */
void charset_end(struct charset_reader *, out_fn *, void *arg);

#endif
