/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack: see unpack.h.
 */
#define ZLIB_CONST
#define ZSTD_STATIC_LINKING_ONLY /* a decoder with memory of ours */
#include "support/unpack.h"

#include <zlib.h>
#include <zstd.h>

enum { ZSTD_WINDOW_LOG = 20 };

static voidpf zlib_alloc(voidpf p, uInt count, uInt size)
{
    return parse_alloc(p, (size_t)count * size);
}

static void zlib_free(voidpf p, voidpf memory)
{
    parse_free(p, memory);
}

static void *zstd_alloc(void *p, size_t n)
{
    return parse_alloc(p, n);
}

static void zstd_free(void *p, void *memory)
{
    parse_free(p, memory);
}

/* Keeps what was written to it, if anything. */
static struct span settle(struct parse *p, uint8_t *out, size_t n)
{
    if (n == 0) {
        parse_free(p, out);
        return span_of("", 0);
    }
    return span_of(out, n);
}

static size_t zlib_run(struct parse *p, struct span packed, uint8_t *out, size_t most)
{
    z_stream z = {.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = p};

    if (inflateInit(&z) != Z_OK)
        return 0;
    z.next_in = packed.p;
    z.avail_in = (uInt)packed.n;
    z.next_out = out;
    z.avail_out = (uInt)most;
    (void)inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    return most - z.avail_out;
}

static size_t zstd_run(struct parse *p, struct span packed, uint8_t *out, size_t most)
{
    const ZSTD_customMem memory = {zstd_alloc, zstd_free, p};
    ZSTD_DCtx *z = ZSTD_createDCtx_advanced(memory);
    ZSTD_inBuffer in = {packed.p, packed.n, 0};
    ZSTD_outBuffer to = {out, most, 0};
    size_t left = 1;

    if (z == NULL)
        return 0;
    (void)ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
    while (left && !ZSTD_isError(left) && to.pos < to.size) {
        size_t before = in.pos + to.pos;

        left = ZSTD_decompressStream(z, &to, &in);
        if (in.pos + to.pos == before)
            break;
    }
    ZSTD_freeDCtx(z);
    return to.pos;
}

struct span unpack_zlib(struct parse *p, struct span packed, size_t most)
{
    uint8_t *out = most ? parse_alloc(p, most) : NULL;

    return out ? settle(p, out, zlib_run(p, packed, out, most)) : span_of("", 0);
}

struct span unpack_zstd(struct parse *p, struct span packed, size_t most)
{
    uint8_t *out = most ? parse_alloc(p, most) : NULL;

    return out ? settle(p, out, zstd_run(p, packed, out, most)) : span_of("", 0);
}
