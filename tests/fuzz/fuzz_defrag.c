/* SPDX-License-Identifier: Apache-2.0
 *
 * Fragments in any order, with small limits, so that budgets and evictions happen.
 *
 *   6 bytes a fragment: bit 0 IPv6, bit 1 more follow, bits 2-3 identification, bits 4-5 source,
 *   bit 6 a second passes before, bit 7 content differs; protocol pick; offset / 8 (2 bytes);
 *   length (2 bytes)
 */
#include "fuzz_engine.h"

#include "base/cursor.h"
#include "packet_builder.h"
#include "sink_parser.h"

#define MOST_FRAGMENTS 300

static void small_limits(struct snapshot *s)
{
    s->limits.fragment_bytes = 64 << 10;
    s->limits.fragment_trains = 8;
    s->limits.fragments_per_train = 16;
}

/* A whole UDP datagram, TCP segment or ping of the largest size, made once per shape. */
static const struct packet_builder *whole(bool ipv6, unsigned source, unsigned proto)
{
    static struct packet_builder made[2][4][3];
    static const char *const sources[2][4] = {
        {"10.1.1.1", "10.1.1.3", "10.1.1.4", "10.1.1.5"},
        {"2001:db8::1", "2001:db8::3", "2001:db8::4", "2001:db8::5"}};
    struct packet_builder *b = &made[ipv6][source][proto];

    if (b->n)
        return b;
    build_begin(b);
    build_ethernet(b);
    build_ip(b, sources[ipv6][source], ipv6 ? "2001:db8::2" : "10.1.1.2");
    if (proto == 0)
        build_udp(b, 5000, 6000);
    else if (proto == 1)
        build_tcp(
            b, &(struct tcp_spec){.sport = 5000, .dport = 6000, .flags = TCP_ACK, .window = 1000});
    else if (ipv6)
        build_icmpv6(b, 128, 0, 1);
    else
        build_icmp(b, 8, 0, 1);
    build_fill(b, 'x', 66000);
    build_finish(b);
    return b;
}

static void add_fragment(struct frame_list *frames, struct cursor *in, uint64_t *time_us)
{
    uint8_t how = cur_u8(in), pick = cur_u8(in);
    const struct packet_builder *b = whole(how & 1, how >> 4 & 3, pick % 3);
    struct fragment_spec f = {.id = how >> 2 & 3u, .more = how & 2};
    struct packet_builder piece;

    f.offset = (size_t)(cur_be16(in) & 0x1fff) * 8;
    f.n = cur_be16(in) % 4096;
    if (how & 64)
        *time_us += 1000000;
    build_fragment(&piece, b, &f);
    if (how & 128)
        piece.bytes[piece.n - 1] ^= 1;
    frame_list_add(frames, piece.bytes, piece.n, *time_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor in = cur_of(span_of(data, size));
    struct frame_list frames = {0};
    uint64_t time_us = FUZZ_START;

    while (cur_left(&in) && frames.count < MOST_FRAGMENTS)
        add_fragment(&frames, &in, &time_us);
    for (enum engine_mode mode = ENGINE_TAP; mode <= ENGINE_INLINE; mode++) {
        const struct fixture_options options = {
            .parsers = sink_table, .mode = mode, .adjust = small_limits};

        fuzz_play(fuzz_fixture(&options), &frames, mode);
    }
    frame_list_free(&frames);
    return 0;
}
