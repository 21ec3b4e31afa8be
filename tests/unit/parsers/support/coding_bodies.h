/* SPDX-License-Identifier: Apache-2.0
 *
 * coding_bodies: bodies in every content coding, made by the compressing half of the libraries; for
 * .Z, which no library makes any more, by a small compressor.
 */
#ifndef TESTS_CODING_BODIES_H
#define TESTS_CODING_BODIES_H

#include "base/span.h"

#include <brotli/encode.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum pack_kind {
    PACK_GZIP,
    PACK_GZIP_RICH, /* every optional field of the header */
    PACK_ZLIB,
    PACK_DEFLATE,
    PACK_BR,
    PACK_ZSTD,
    PACK_XZ,
    PACK_LZMA,
    PACK_COMPRESS,
    PACK_COMPRESS_12, /* codes of 12 bits, no block mode */
    PACK_KINDS,
};

/* Freed with free((void *)result.p). */
static inline struct span pack_deflate(struct span body, int window, int level, gz_header *rich)
{
    z_stream z = {0};
    uLong most;
    uint8_t *out;

    if (deflateInit2(&z, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    if (rich)
        deflateSetHeader(&z, rich);
    most = deflateBound(&z, (uLong)body.n) + 64;
    out = malloc(most);
    z.next_in = (Bytef *)(uintptr_t)body.p;
    z.avail_in = (uInt)body.n;
    z.next_out = out;
    z.avail_out = (uInt)most;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    deflateEnd(&z);
    return span_of(out, z.total_out);
}

static inline struct span pack_gzip_rich(struct span body)
{
    static uint8_t extra[] = "\x41\x42\x04\x00more", name[] = "a name.txt",
                   comment[] = "no comment";
    gz_header header = {.text = 1,
                        .time = 1,
                        .os = 3,
                        .extra = extra,
                        .extra_len = 8,
                        .name = name,
                        .comment = comment,
                        .hcrc = 1};

    return pack_deflate(body, 15 + 16, 6, &header);
}

static inline struct span pack_br(struct span body, int window, int quality)
{
    size_t n = BrotliEncoderMaxCompressedSize(body.n) + 64;
    uint8_t *out = malloc(n);

    if (!BrotliEncoderCompress(quality, window, BROTLI_MODE_GENERIC, body.n, body.p, &n, out))
        abort();
    return span_of(out, n);
}

static inline struct span pack_zstd(struct span body, int window)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_inBuffer from = {body.p, body.n, 0};
    ZSTD_outBuffer to = {.size = ZSTD_compressBound(body.n)};

    to.dst = malloc(to.size);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    /* Of a body of unknown size, the window is not made to measure. */
    if (window)
        ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window);
    if (window)
        (void)ZSTD_compressStream2(c, &to, &from, ZSTD_e_continue);
    if (ZSTD_compressStream2(c, &to, &from, ZSTD_e_end) != 0)
        abort();
    ZSTD_freeCCtx(c);
    return span_of(to.dst, to.pos);
}

static inline struct span pack_lzma(struct span body, enum pack_kind kind, uint32_t dictionary)
{
    lzma_stream l = LZMA_STREAM_INIT;
    size_t most = body.n + body.n / 2 + 1024;
    uint8_t *out = malloc(most);
    lzma_options_lzma options;
    lzma_filter filters[2] = {{.id = LZMA_FILTER_LZMA2, .options = &options},
                              {.id = LZMA_VLI_UNKNOWN}};

    lzma_lzma_preset(&options, 1);
    options.dict_size = dictionary;
    if ((kind == PACK_XZ ? lzma_stream_encoder(&l, filters, LZMA_CHECK_CRC64)
                         : lzma_alone_encoder(&l, &options)) != LZMA_OK)
        abort();
    l.next_in = body.p;
    l.avail_in = body.n;
    l.next_out = out;
    l.avail_out = most;
    if (lzma_code(&l, LZMA_FINISH) != LZMA_STREAM_END)
        abort();
    most = l.total_out;
    lzma_end(&l);
    return span_of(out, most);
}

/* ---- .Z ---- */

enum { Z_HASH = 1 << 18 };

struct z_writer {
    uint8_t *out;
    size_t n;      /* bytes that are full */
    uint64_t bits; /* not yet written */
    unsigned bits_n, width, group;
    unsigned reader_next; /* what the reader's table has after this code */
    bool first;
};

static inline void z_put(struct z_writer *w, unsigned code)
{
    w->bits |= (uint64_t)code << w->bits_n;
    w->bits_n += w->width;
    while (w->bits_n >= 8) {
        w->out[w->n++] = (uint8_t)w->bits;
        w->bits >>= 8;
        w->bits_n -= 8;
    }
    w->group++;
}

static inline void z_width(struct z_writer *w, unsigned width)
{
    while (w->group % 8)
        z_put(w, 0);
    w->group = 0;
    w->width = width;
}

static inline void z_code(struct z_writer *w, unsigned code, unsigned most)
{
    z_put(w, code);
    if (!w->first && w->reader_next < 1u << most)
        w->reader_next++;
    w->first = false;
    if (w->reader_next == 1u << w->width && w->width < most)
        z_width(w, w->width + 1);
}

static inline unsigned *z_slot(unsigned *keys, unsigned key)
{
    unsigned at = key * 2654435761u >> 14;

    while (keys[at] && keys[at] != key + 1)
        at = (at + 1) % Z_HASH;
    return &keys[at];
}

/* The table is emptied after so many codes, in block mode (0: never). */
static inline struct span pack_compress(struct span body, unsigned most, bool block, size_t clear)
{
    struct z_writer w = {.out = malloc(body.n * 2 + 1024), .width = 9, .first = true};
    unsigned *keys = calloc(Z_HASH, sizeof *keys), *codes = calloc(Z_HASH, sizeof *codes);
    unsigned next = block ? 257 : 256, prefix = 0;
    size_t sent = 0;

    w.reader_next = next;
    w.out[w.n++] = 0x1f;
    w.out[w.n++] = 0x9d;
    w.out[w.n++] = (uint8_t)(most | (block ? 0x80 : 0));
    for (size_t i = 0; i < body.n; i++) {
        unsigned key = prefix << 8 | body.p[i];
        unsigned *slot;

        if (i == 0) {
            prefix = body.p[0];
            continue;
        }
        slot = z_slot(keys, key);
        if (*slot) {
            prefix = codes[slot - keys];
            continue;
        }
        z_code(&w, prefix, most);
        prefix = body.p[i];
        if (next < 1u << most) {
            *slot = key + 1;
            codes[slot - keys] = next++;
        }
        if (block && clear && ++sent % clear == 0) {
            z_put(&w, 256);
            z_width(&w, 9);
            memset(keys, 0, Z_HASH * sizeof *keys);
            next = w.reader_next = 257;
            w.first = true;
        }
    }
    if (body.n)
        z_put(&w, prefix);
    if (w.bits_n)
        w.out[w.n++] = (uint8_t)w.bits;
    free(keys);
    free(codes);
    return span_of(w.out, w.n);
}

static inline struct span pack(struct span body, enum pack_kind kind)
{
    switch (kind) {
    case PACK_GZIP:
        return pack_deflate(body, 15 + 16, 6, NULL);
    case PACK_GZIP_RICH:
        return pack_gzip_rich(body);
    case PACK_ZLIB:
        return pack_deflate(body, 15, 6, NULL);
    case PACK_DEFLATE:
        return pack_deflate(body, -15, 6, NULL);
    case PACK_BR:
        return pack_br(body, 22, 5);
    case PACK_ZSTD:
        return pack_zstd(body, 0);
    case PACK_XZ:
    case PACK_LZMA:
        return pack_lzma(body, kind, 1 << 20);
    case PACK_COMPRESS:
        return pack_compress(body, 16, true, 5000);
    case PACK_COMPRESS_12:
    case PACK_KINDS:
        break;
    }
    return pack_compress(body, 12, false, 0);
}

#endif
