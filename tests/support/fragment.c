/* SPDX-License-Identifier: Apache-2.0
 *
 * Cuts a finished packet into fragments, right ones and impossible ones.
 */
#include "packet_builder.h"

#include <assert.h>

/* The innermost IP layer, and with IPv6 behind the headers that every fragment repeats. Returns the
 * layer behind which the fragmentable part begins. */
static size_t fragment_layer(const struct packet_builder *b)
{
    size_t i = b->layer_count;

    while (i > 0 && b->layers[i - 1].kind != LAYER_IPV4 && b->layers[i - 1].kind != LAYER_IPV6)
        i--;
    assert(i > 0);
    i--;
    while (b->layers[i].kind != LAYER_IPV4 && i + 1 < b->layer_count &&
           b->layers[i + 1].kind == LAYER_EXTENSION &&
           (b->layers[i + 1].type == 0 || b->layers[i + 1].type == 43))
        i++;
    return i;
}

static size_t fragmentable_at(const struct packet_builder *b)
{
    size_t i = fragment_layer(b);

    if (b->layers[i].kind == LAYER_IPV4)
        return b->layers[i].at + (size_t)(b->bytes[b->layers[i].at] & 15) * 4;
    return i + 1 < b->layer_count ? b->layers[i + 1].at : b->layers[i].at + 40;
}

size_t build_fragmentable(const struct packet_builder *whole)
{
    return whole->n - fragmentable_at(whole);
}

static void unset_lengths(struct packet_builder *b)
{
    for (size_t i = 0; i < b->layer_count; i++) {
        uint8_t *p = b->bytes + b->layers[i].at;

        if (b->layers[i].kind == LAYER_IPV4) {
            build_put16(p + 2, 0);
            build_put16(p + 10, 0);
        } else if (b->layers[i].kind == LAYER_IPV6 || b->layers[i].kind == LAYER_UDP) {
            build_put16(p + 4, 0);
        }
        if (b->layers[i].kind == LAYER_UDP)
            build_put16(p + 6, 0);
    }
}

void build_fragment(struct packet_builder *out, const struct packet_builder *whole,
                    const struct fragment_spec *f)
{
    size_t last = fragment_layer(whole), at = fragmentable_at(whole);
    size_t left = whole->n - at > f->offset ? whole->n - at - f->offset : 0;
    uint32_t field = (uint32_t)(f->offset / 8);
    uint8_t *p;

    memcpy(out, whole, offsetof(struct packet_builder, bytes) + at);
    out->layer_count = last + 1;
    out->n = at;
    p = out->bytes + out->layers[last].at;
    unset_lengths(out);
    if (out->layers[last].kind == LAYER_IPV4) {
        build_put16(p + 4, f->id);
        build_put16(p + 6, field | (f->more ? 0x2000u : 0));
    } else {
        uint8_t *next = out->layers[last].kind == LAYER_IPV6 ? p + 6 : p;
        uint8_t proto = *next;
        uint8_t *header;

        *next = 44;
        build_ipv6_extension(out, 44, SPAN("\0\0\0\0\0\0"));
        header = build_last(out);
        header[0] = proto;
        build_put16(header + 2, field << 3 | (f->more ? 1 : 0));
        build_put32(header + 4, f->id);
    }
    build_bytes(out, whole->bytes + at + f->offset, f->n < left ? f->n : left);
    build_finish(out);
}

void build_fragments(const struct packet_builder *whole, uint32_t id, size_t each,
                     struct frame_list *l, uint64_t time_us)
{
    struct packet_builder piece;
    size_t total = build_fragmentable(whole);

    for (size_t at = 0; at < total; at += each) {
        struct fragment_spec f = {.id = id, .offset = at, .n = each, .more = at + each < total};

        build_fragment(&piece, whole, &f);
        frame_list_add(l, piece.bytes, piece.n, time_us)->link = piece.link;
    }
}
