/* SPDX-License-Identifier: Apache-2.0 */
#define ZLIB_CONST
#include "support/ws_inflate.h"

#include "support/coding_decoder.h"

#include <zlib.h>

enum { INPUT_WEIGHT = 4, OUTPUT_PIECE = 4096 };

struct ws_inflate {
    struct memory_source memory;
    struct coding_room room;
    z_stream z;
    struct span rest;     /* what a failure left over */
    uint64_t taken, made; /* of the message */
    uint64_t work;
    uint32_t head_n;
    uint8_t head[CODING_HEAD]; /* its first bytes */
    uint8_t piece[OUTPUT_PIECE];
};

static voidpf take(voidpf room, uInt count, uInt size)
{
    return coding_room_take(room, (size_t)count * size);
}

static void give(voidpf room, voidpf memory)
{
    coding_room_give(room, memory);
}

struct ws_inflate *ws_inflate_new(const struct memory_source *memory, unsigned bits)
{
    struct ws_inflate *f = memory->take(memory->arg, sizeof *f);

    if (f == NULL)
        return NULL;
    memset(f, 0, offsetof(struct ws_inflate, head));
    f->memory = *memory;
    f->room = (struct coding_room){.from = &f->memory, .most = CODING_INFLATE_MEMORY};
    f->z.zalloc = take;
    f->z.zfree = give;
    f->z.opaque = &f->room;
    if (inflateInit2(&f->z, -(int)bits) != Z_OK) {
        memory->give(memory->arg, f);
        return NULL;
    }
    return f;
}

void ws_inflate_free(struct ws_inflate **inflate)
{
    struct ws_inflate *f = *inflate;
    struct memory_source memory;

    if (f == NULL)
        return;
    memory = f->memory;
    inflateEnd(&f->z);
    memory.give(memory.arg, f);
    *inflate = NULL;
}

void ws_inflate_begin(struct ws_inflate *f, enum ws_context context)
{
    if (context == WS_CONTEXT_FRESH)
        inflateReset(&f->z);
    f->rest = span_of("", 0);
    f->taken = f->made = f->work = 0;
    f->head_n = 0;
}

static void record(struct ws_inflate *f, struct span piece)
{
    if (f->taken + piece.n <= CODING_HEAD) {
        memcpy(f->head + f->head_n, piece.p, piece.n);
        f->head_n += (uint32_t)piece.n;
    }
}

static enum ws_inflated fail(struct ws_inflate *f, enum ws_inflated why)
{
    f->rest = span_of(f->z.next_in, f->z.avail_in);
    if (f->head_n == f->taken)
        f->rest = span_of(f->head, f->head_n);
    return why;
}

/* One call of zlib; `result` is what it said. */
static enum ws_inflated run(struct ws_inflate *f, int *result, out_fn *out, void *arg)
{
    uInt had = f->z.avail_in;
    size_t made;

    f->z.next_out = f->piece;
    f->z.avail_out = OUTPUT_PIECE;
    *result = inflate(&f->z, Z_SYNC_FLUSH);
    made = OUTPUT_PIECE - f->z.avail_out;
    f->made += made;
    f->work += INPUT_WEIGHT * (uint64_t)(had - f->z.avail_in) + made;
    if (made)
        out(arg, span_of(f->piece, made));
    if (f->work > CODING_WORK || (f->made > CODING_RATIO_FROM && f->made / CODING_RATIO > f->taken))
        return WS_INFLATE_BOMB;
    return WS_INFLATED;
}

static enum ws_inflated inflate_all(struct ws_inflate *f, struct span in, out_fn *out, void *arg)
{
    f->z.next_in = in.p;
    f->z.avail_in = (uInt)in.n;
    for (;;) {
        int result;
        enum ws_inflated step = run(f, &result, out, arg);

        if (step != WS_INFLATED)
            return fail(f, step);
        /* A last block: others may follow it all the same (RFC 7692 section 7.2.3.4), with the
         * window as it is. */
        if (result == Z_STREAM_END && inflateResetKeep(&f->z) == Z_OK)
            result = f->z.avail_in ? Z_OK : Z_BUF_ERROR;
        else if (result == Z_OK && f->z.avail_in == 0 && f->z.avail_out)
            result = Z_BUF_ERROR;
        if (result == Z_BUF_ERROR)
            return WS_INFLATED;
        if (result != Z_OK)
            return fail(f, WS_INFLATE_BROKEN);
    }
}

enum ws_inflated ws_inflate_feed(struct ws_inflate *f, struct span piece, out_fn *out, void *arg)
{
    record(f, piece);
    f->taken += piece.n;
    return inflate_all(f, piece, out, arg);
}

/* What the sender has left out (section 7.2.2). */
enum ws_inflated ws_inflate_end(struct ws_inflate *f, out_fn *out, void *arg)
{
    enum ws_inflated result;

    if (f->taken == 0)
        return WS_INFLATED;
    result = inflate_all(f, SPAN("\0\0\xff\xff"), out, arg);
    if (f->rest.p != f->head)
        f->rest = span_of("", 0);
    return result;
}

struct span ws_inflate_rest(const struct ws_inflate *f)
{
    return f->rest;
}
