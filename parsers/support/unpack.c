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

/* ---- piece by piece ---- */

enum { PIECE = 8192, FLOW_WINDOW_LOG = 23 };

struct unpack {
    enum unpack_kind kind;
    bool over; /* the end was reached, or something broken */
    z_stream zlib;
    ZSTD_DCtx *zstd;
    uint8_t out[PIECE];
};

struct unpack *unpack_new(struct parse *p, enum unpack_kind kind)
{
    const ZSTD_customMem memory = {zstd_alloc, zstd_free, p};
    struct unpack *u = parse_alloc(p, sizeof *u);

    if (u == NULL)
        return NULL;
    memset(u, 0, sizeof *u - PIECE);
    u->kind = kind;
    u->zlib.zalloc = zlib_alloc;
    u->zlib.zfree = zlib_free;
    u->zlib.opaque = p;
    if (kind == UNPACK_ZLIB) {
        if (inflateInit(&u->zlib) == Z_OK)
            return u;
    } else {
        u->zstd = ZSTD_createDCtx_advanced(memory);
        if (u->zstd) {
            (void)ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, FLOW_WINDOW_LOG);
            return u;
        }
    }
    parse_free(p, u);
    return NULL;
}

void unpack_begin(struct unpack *u)
{
    u->over = false;
    if (u->kind == UNPACK_ZLIB)
        (void)inflateReset(&u->zlib);
    else
        (void)ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
}

static size_t zlib_more(struct unpack *u, struct span *packed)
{
    int result;

    u->zlib.next_in = packed->p;
    u->zlib.avail_in = (uInt)packed->n;
    u->zlib.next_out = u->out;
    u->zlib.avail_out = PIECE;
    result = inflate(&u->zlib, Z_SYNC_FLUSH);
    u->over = result != Z_OK && result != Z_BUF_ERROR;
    *packed = span_from(*packed, packed->n - u->zlib.avail_in);
    return PIECE - u->zlib.avail_out;
}

static size_t zstd_more(struct unpack *u, struct span *packed)
{
    ZSTD_inBuffer in = {packed->p, packed->n, 0};
    ZSTD_outBuffer to = {u->out, PIECE, 0};
    size_t left;

    do {
        size_t before = in.pos;

        left = ZSTD_decompressStream(u->zstd, &to, &in);
        if (in.pos == before)
            break;
    } while (to.pos == 0 && left && !ZSTD_isError(left));
    u->over = left == 0 || ZSTD_isError(left);
    *packed = span_from(*packed, in.pos);
    return to.pos;
}

/* Both may still hold something when all of the packed bytes are read. */
struct span unpack_more(struct unpack *u, struct span *packed)
{
    if (u->over)
        return span_of("", 0);
    return span_of(u->out, u->kind == UNPACK_ZLIB ? zlib_more(u, packed) : zstd_more(u, packed));
}
