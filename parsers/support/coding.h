/* SPDX-License-Identifier: Apache-2.0
 *
 * coding: content codings (RFC 9110 8.4.1) undone piece by piece.
 *
 * Each piece that is fed yields all the output it can at once; nothing waits for the end. What the
 * header says is a hint, what the bytes begin with decides. A layer that cannot go on hands its
 * bytes on as they are, so that they can still be searched; of a layer that breaks within its first
 * CODING_HEAD bytes they come from the first one on.
 *
 * Memory is taken from the caller's source: per active layer the output and the head, and for the
 * decoder at most what CODING_..._MEMORY says. The work of a stack is counted in bytes, not in
 * time, so that it is the same on every machine: each byte into a decoder counts 4, each out of it
 * 1 (LZMA 4), each byte of memory a decoder takes 1. CODING_WORK of them are about 100 ms.
 */
#ifndef SUPPORT_CODING_H
#define SUPPORT_CODING_H

#include "base/memory_source.h"

enum coding {
    CODING_NONE,
    CODING_GZIP,
    CODING_DEFLATE,
    CODING_BR,
    CODING_ZSTD,
    CODING_COMPRESS,
    CODING_LZMA, /* the old format and xz */
    CODING_UNKNOWN,
};

enum {
    CODING_LAYERS = 3,
    CODING_MAGIC = 6, /* longest beginning that tells a coding */
    CODING_HEAD = 1024,
    CODING_PIECE = 16 << 10,     /* most output at once */
    CODING_RATIO = 2048,         /* more output per byte of input is a bomb, */
    CODING_RATIO_FROM = 1 << 20, /* once there is so much of it */
    CODING_WORK = 64 << 20,      /* see above */
    CODING_INFLATE_MEMORY = 64 << 10,
    CODING_BR_MEMORY = (1 << 20) + (512 << 10), /* a window of 2^20, and prefix codes */
    CODING_ZSTD_WINDOW_LOG = 23,
    CODING_ZSTD_MEMORY = (8 << 20) + (1 << 20),
    CODING_COMPRESS_MEMORY = 288 << 10,
    CODING_LZMA_MEMORY = (8 << 20) + (1 << 20), /* a dictionary of 2^23 */
};

/* What was odd. */
enum coding_odd {
    CODING_ODD_NAME = 1 << 0,        /* another coding than the one named */
    CODING_ODD_UNKNOWN = 1 << 1,     /* a name nobody knows */
    CODING_ODD_LAYERS = 1 << 2,      /* more layers than are undone: the outermost ones are */
    CODING_ODD_PLAIN = 1 << 3,       /* announced, and not there */
    CODING_ODD_SILENT = 1 << 4,      /* there, and not announced */
    CODING_ODD_CHECKSUM = 1 << 5,    /* or length, in a trailer or header; not looked at in xz */
    CODING_ODD_TRUNCATED = 1 << 6,   /* ends early, the trailer may be all that is missing */
    CODING_ODD_MEMBERS = 1 << 7,     /* several of them, one behind the other */
    CODING_ODD_GARBAGE = 1 << 8,     /* bytes behind the end; they are handed on as they are */
    CODING_ODD_RAW_DEFLATE = 1 << 9, /* without zlib's header, announced as deflate */
    CODING_ODD_ZLIB_AS_GZIP = 1 << 10,
    CODING_ODD_GZIP_AS_DEFLATE = 1 << 11,
    CODING_ODD_HEADER = 1 << 12, /* reserved bits in gzip's header */
    CODING_ODD_BOMB = 1 << 13,
    CODING_ODD_WORK = 1 << 14,
    CODING_ODD_MEMORY = 1 << 15,   /* none left, or the coding asks for more than it may */
    CODING_ODD_GIVEN_UP = 1 << 16, /* a layer stopped, for one of three reasons or broken bytes */
};

/* One token of a list: in any case, in quotes, with parameters or white space. */
enum coding coding_by_name(struct span token);
/* What bytes begin with; CODING_NONE: nothing known. */
enum coding coding_by_magic(struct span first);

struct coding_decoder;
struct coding_work;

struct coding_layer {
    enum coding named;
    uint8_t state;
    uint8_t first_n;
    uint8_t first[CODING_MAGIC];           /* held until they tell the coding */
    uint8_t idle;                          /* steps without progress */
    bool more;                             /* the decoder may have output without further input */
    bool proven;                           /* it had some, or came to the end */
    const struct coding_decoder *tries[2]; /* the one that runs, the one that is next */
    uint32_t tells;                        /* enum coding_odd, true once it is proven */
    struct span replay;                    /* bytes to be read again, before `in` */
    struct span in;                        /* lent by the caller or the layer outside */
    uint64_t taken, made;                  /* bytes into and out of the decoder */
    struct coding_work *work;
};

/* Owned by the caller; all memory beside it is given back by coding_stack_fini(). */
struct coding_stack {
    const struct memory_source *memory;
    struct coding_layer layers[CODING_LAYERS]; /* outermost first */
    enum coding names[CODING_LAYERS];          /* in the order of the header */
    unsigned count;
    bool began;
    uint32_t odd; /* enum coding_odd so far */
    uint64_t fed; /* bytes */
    uint64_t work;
    out_fn *out; /* during a call */
    void *arg;
};

/* The source must outlive the stack. */
void coding_stack_init(struct coding_stack *, const struct memory_source *);
/* A value of Content-Encoding, in the order in which the lines stand; before anything is fed. */
void coding_stack_add(struct coding_stack *, struct span value);
/* The piece need not outlive the call. Both return enum coding_odd of all that was seen so far. */
uint32_t coding_stack_feed(struct coding_stack *, struct span piece, out_fn *, void *arg);
/* No more comes. */
uint32_t coding_stack_end(struct coding_stack *, out_fn *, void *arg);
void coding_stack_fini(struct coding_stack *);

#endif
