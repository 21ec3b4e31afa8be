/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql_frames: see mysql_frames.h.
 */
#include "support/mysql_frames.h"

enum {
    HOLD_MAX = 128 << 10,   /* of one packet that is not complete */
    ALWAYS = 256 << 10,     /* so much of a frame is looked at, */
    RATIO = 64,             /* or so many times its size */
    ANSWER_PACKED = 2048,   /* of the server's frame, */
    ANSWER_MOST = 4 + 1024, /* and of what it holds */
    ZSTD_FIRST = 0x28,      /* of its magic number; zlib begins with 78 */
};

/* ---- client ---- */

static void give_up(struct parse *p, struct mysql_frames *f)
{
    parse_unhold(p, SIZE_MAX);
    f->owed = 0;
    f->broken = true;
}

/* What a step left over, of the packets' stream. */
static struct span pay(struct parse *p, struct mysql_frames *f, struct span bytes)
{
    uint64_t owed = f->owed & (((uint64_t)1 << WALK_PART) - 1);
    uint64_t how = f->owed >> WALK_PART << WALK_PART;
    struct span piece = span_first(bytes, owed < SIZE_MAX ? (size_t)owed : SIZE_MAX);
    unsigned part = how >> WALK_PART & 3;

    if (how >> WALK_BUFFER) {
        enum buffer b = (enum buffer)((how >> WALK_BUFFER) - 1);

        parse_buffer(p, b, piece.n < owed ? part & ~(unsigned)BUFFER_ENDS : part, piece);
        how &= ~((uint64_t)BUFFER_BEGINS << WALK_PART);
    }
    owed -= piece.n;
    f->owed = owed ? owed | how : 0;
    return span_from(bytes, piece.n);
}

/* Packets as far as they go; what is not complete is held. */
static void packets_read(struct parse *p, struct mysql_frames *f, struct span bytes,
                         walk_step *step)
{
    bool held = parse_held(p).n > 0;
    struct span whole = held ? parse_hold(p, bytes, HOLD_MAX) : bytes;
    struct cursor in = cur_of(whole);
    size_t used = 0;

    if (whole.n == 0) {
        give_up(p, f);
        return;
    }
    while (in.pos < in.end && f->owed == 0) {
        f->owed = step(p, &in);
        if (in.state != CUR_OK)
            break;
        used = (size_t)(in.pos - whole.p);
    }
    if (in.state == CUR_BAD)
        give_up(p, f);
    else if (held)
        parse_unhold(p, used);
    else if (used < whole.n && parse_hold(p, span_from(whole, used), HOLD_MAX).n == 0)
        give_up(p, f);
}

static void feed(struct parse *p, struct mysql_frames *f, struct span bytes, walk_step *step)
{
    if (f->owed)
        bytes = pay(p, f, bytes);
    if (bytes.n)
        packets_read(p, f, bytes, step);
}

static void packed_feed(struct parse *p, struct mysql_frames *f, struct span packed,
                        walk_step *step)
{
    if (f->unpack == NULL && packed.n) {
        f->unpack = unpack_new(p, packed.p[0] == ZSTD_FIRST ? UNPACK_ZSTD : UNPACK_ZLIB);
        f->broken = f->unpack == NULL;
    }
    while (!f->broken) {
        struct span bytes = unpack_more(f->unpack, &packed);

        if (bytes.n == 0)
            return;
        if (bytes.n > f->allowance) {
            give_up(p, f);
            return;
        }
        f->allowance -= (uint32_t)bytes.n;
        feed(p, f, bytes, step);
    }
}

static void frame_begin(struct parse *p, struct mysql_frames *f, struct cursor *in)
{
    uint32_t size = cur_le24(in);
    uint8_t number = cur_u8(in);
    uint32_t before = cur_le24(in);

    if (in->state != CUR_OK)
        return;
    if (number == 0) {
        give_up(p, f);
        f->broken = false;
    }
    f->left = size;
    f->plain = before == 0;
    f->allowance = size < ALWAYS ? ALWAYS + size * RATIO : UINT32_MAX;
    f->answer = (uint8_t)(number + 1);
    f->awaited = true;
    if (!f->plain && f->unpack)
        unpack_begin(f->unpack);
}

uint64_t mysql_frames_client(struct parse *p, struct mysql_frames *f, struct cursor *in,
                             walk_step *step)
{
    uint32_t left = f->left;
    struct span bytes;

    if (left == 0) {
        frame_begin(p, f, in);
        return 0;
    }
    if (f->broken) {
        f->left = 0;
        return walk_pass(in, left);
    }
    bytes = cur_span(in, left < cur_left(in) ? left : cur_left(in));
    f->left -= (uint32_t)bytes.n;
    if (f->plain)
        feed(p, f, bytes, step);
    else
        packed_feed(p, f, bytes, step);
    return 0;
}

/* ---- server ---- */

void mysql_frames_server(struct parse *p, struct mysql_frames *f, struct cursor *in,
                         struct mysql_answer *a)
{
    uint32_t size = cur_le24(in);
    uint8_t number = cur_u8(in);
    uint32_t before = cur_le24(in);
    uint32_t window = size < ANSWER_PACKED ? size : ANSWER_PACKED;

    *a = (struct mysql_answer){.begins = f->awaited && number == f->answer};
    if (in->state != CUR_OK)
        return;
    if (!a->begins) {
        a->rest = walk_pass(in, size);
        return;
    }
    a->packets = cur_span(in, window);
    if (in->state != CUR_OK)
        return;
    f->awaited = false;
    if (before) {
        struct span packed = a->packets;

        a->packets = packed.n && packed.p[0] == ZSTD_FIRST ? unpack_zstd(p, packed, ANSWER_MOST)
                                                           : unpack_zlib(p, packed, ANSWER_MOST);
        a->owned = a->packets.n ? (void *)a->packets.p : NULL;
    }
    a->rest = walk_pass(in, size - window);
}

void mysql_frames_await(struct mysql_frames *f)
{
    f->answer++;
    f->awaited = true;
}
