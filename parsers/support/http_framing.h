/* SPDX-License-Identifier: Apache-2.0
 *
 * http_framing: what the headers of one HTTP/1 message say about the length of its body (RFC 9112
 * section 6). Header lines go in as they come, in any order and any number; the decision comes out
 * at the end of the block, with a flag for everything on which two servers could disagree.
 */
#ifndef SUPPORT_HTTP_FRAMING_H
#define SUPPORT_HTTP_FRAMING_H

#include "base/span.h"
#include "parser/parser.h"

enum framing_flag {
    FRAMING_LENGTH = 1 << 0,         /* `length` is the first Content-Length */
    FRAMING_LENGTH_AGAIN = 1 << 1,   /* the same value once more */
    FRAMING_LENGTH_DIFFERS = 1 << 2, /* and a different one */
    FRAMING_LENGTH_MINUS = 1 << 3,
    FRAMING_LENGTH_BAD = 1 << 4,   /* not a decimal number below 2^63 */
    FRAMING_CODED = 1 << 5,        /* a transfer coding other than identity */
    FRAMING_CHUNKED = 1 << 6,      /* one of them is chunked */
    FRAMING_CHUNKED_LAST = 1 << 7, /* the last one is */
    FRAMING_CHUNKED_TWICE = 1 << 8,
    FRAMING_DISGUISED = 1 << 9,     /* chunked only for a lenient reader */
    FRAMING_IDENTITY = 1 << 10,     /* "identity", which RFC 9112 no longer knows */
    FRAMING_LENGTH_EMPTY = 1 << 11, /* a Content-Length line without value: perhaps it is folded */
    FRAMING_LENGTH_DISGUISED = 1 << 12, /* a name or line form not all accept */
};

struct framing {
    uint64_t length;
    uint64_t other; /* a length that differs from it */
    uint16_t flags; /* enum framing_flag */
};

enum frame { FRAME_NONE, FRAME_LENGTH, FRAME_CHUNKED, FRAME_TO_END };

void framing_length(struct framing *, struct span value); /* of a Content-Length line */
void framing_coding(struct framing *, struct span value); /* of a Transfer-Encoding line */
/* The next element of a Transfer-Encoding value that is a coding of the content: not chunked. */
bool framing_next_coding(struct span *list, struct span *element);
void framing_disguised(struct framing *); /* a name or line form not all accept */
void framing_length_disguised(struct framing *);

/* The body of a message of this sender to which no rule about status or method applies. */
enum frame framing_decide(const struct framing *, enum dir from);

/* Could a server see the end elsewhere than at `frame`? Then `*away`: how far behind the head. */
bool framing_other_end(const struct framing *, enum frame frame, uint64_t *away);

/* A chunk-size line (RFC 9112 section 7.1), read as the lenient servers do. */
enum chunk_flag {
    CHUNK_BAD = 1 << 0,    /* no size, or 2^31 and more: framing is lost */
    CHUNK_MINUS = 1 << 3,  /* bit 31 is set: for some a negative size */
    CHUNK_PREFIX = 1 << 1, /* 0x */
    CHUNK_TAIL = 1 << 2,   /* neither blank nor extension behind the size */
};

struct chunk {
    uint32_t size;
    uint8_t flags; /* enum chunk_flag */
};

struct chunk framing_chunk(struct span line);
/* Could the line that begins so be one? At least one byte. */
bool framing_chunk_begins(struct span first);
/* May it stand before one, for the most lenient? */
bool framing_chunk_blank(uint8_t);

#endif
