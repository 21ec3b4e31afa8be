/* SPDX-License-Identifier: Apache-2.0
 *
 * IP fragments: honest ones, contradicting ones, and what never becomes whole.
 */
#include "engine_cases.h"

#define START (UINT64_C(1700000000) * 1000000)

/* An answer of a name server with `count` TXT records of 200 bytes. */
static void build_dns_answer(struct packet_builder *b, uint8_t count)
{
    static const char name[] = "\4long\7example\0\0\x10\0\1";
    uint8_t head[12] = {0x12, 0x34, 0x85, 0x80, 0, 1, 0, count};

    build_bytes(b, head, sizeof head);
    build_bytes(b, name, sizeof name - 1);
    for (uint8_t i = 0; i < count; i++) {
        build_bytes(b, "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\xc8\xc7", 13);
        build_fill(b, (uint8_t)('a' + i), 199);
    }
}

static void build_dns_query(struct packet_builder *b)
{
    static const char query[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\4long\7example\0\0\x10\0\1";

    build_bytes(b, query, sizeof query - 1);
}

struct dns_path {
    const char *client, *server;
};

static void dns_query(struct frame_list *frames, const struct dns_path *path)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, path->client, path->server);
    build_udp(&b, 40000, 53);
    build_dns_query(&b);
    build_add(&b, frames, START);
}

static void dns_answer(struct packet_builder *b, const struct dns_path *path)
{
    build_begin(b);
    build_ethernet(b);
    build_ip(b, path->server, path->client);
    build_udp(b, 53, 40000);
    build_dns_answer(b, 9);
    build_finish(b);
}

static void write_ipv6(struct frame_list *frames)
{
    static const struct dns_path path = {"fd00:1::1", "fd00:1::2"};
    struct packet_builder whole;

    dns_query(frames, &path);
    dns_answer(&whole, &path);
    build_fragments(&whole, 0x01020304, 1232, frames, START + 500);
}

static void write_reversed(struct frame_list *frames)
{
    static const struct dns_path path = {"10.1.1.1", "10.1.1.2"};
    static const size_t order[] = {3, 2, 1, 0};
    struct packet_builder whole;

    dns_query(frames, &path);
    dns_answer(&whole, &path);
    build_fragments(&whole, 77, 480, frames, START + 500);
    frame_list_reorder(frames, 1, order, 4);
}

/* The second fragment twice; that is what a network does, no attack. */
static void write_duplicate(struct frame_list *frames)
{
    static const struct dns_path path = {"10.1.1.1", "10.1.1.2"};
    static const size_t offsets[] = {0, 800, 800, 1600};
    struct packet_builder whole, piece;

    dns_query(frames, &path);
    dns_answer(&whole, &path);
    for (size_t i = 0; i < 4; i++) {
        struct fragment_spec f = {.id = 77, .offset = offsets[i], .n = 800, .more = i < 3};

        build_fragment(&piece, &whole, &f);
        frame_list_add(frames, piece.bytes, piece.n, START + 500 + i);
    }
}

/* The last fragment again, eight bytes too early and with other content. */
static void write_overlap(struct frame_list *frames)
{
    static const struct dns_path path = {"10.1.1.1", "10.1.1.2"};
    struct packet_builder whole, piece;

    dns_query(frames, &path);
    dns_answer(&whole, &path);
    build_fragment(&piece, &whole, &(struct fragment_spec){.id = 77, .n = 800, .more = true});
    frame_list_add(frames, piece.bytes, piece.n, START + 500);
    memset(whole.bytes + whole.n - 900, '!', 400);
    build_fragment(&piece, &whole,
                   &(struct fragment_spec){.id = 77, .offset = 792, .n = 808, .more = true});
    frame_list_add(frames, piece.bytes, piece.n, START + 501);
    build_fragment(&piece, &whole, &(struct fragment_spec){.id = 77, .offset = 1600, .n = 800});
    frame_list_add(frames, piece.bytes, piece.n, START + 502);
}

static void write_incomplete(struct frame_list *frames)
{
    static const struct dns_path path = {"10.1.1.1", "10.1.1.2"};
    struct packet_builder whole, piece;

    dns_query(frames, &path);
    dns_answer(&whole, &path);
    for (size_t i = 0; i < 2; i++) {
        struct fragment_spec f = {.id = 77, .offset = i * 800, .n = 800, .more = true};

        build_fragment(&piece, &whole, &f);
        frame_list_add(frames, piece.bytes, piece.n, START + 500 + i);
    }
}

const struct engine_case fragment_cases[] = {
    {"fragments-ipv6", "A DNS answer of 1.9 KB over IPv6, in two fragments.", .write = write_ipv6},
    {"fragments-reversed", "A DNS answer in four IPv4 fragments that arrive backwards.",
     .write = write_reversed},
    {"fragments-duplicate", "A fragment that arrives twice, the same: no attack.",
     .write = write_duplicate},
    {"fragments-overlap",
     "A fragment that contradicts the end of the one before: nothing of the datagram may be\n"
     "believed or delivered.",
     .write = write_overlap},
    {"fragments-incomplete", "A datagram whose last fragment never comes.",
     .write = write_incomplete},
    {0},
};
