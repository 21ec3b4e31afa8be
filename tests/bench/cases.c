/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of cases, and the sessions that are made rather than captured.
 */
#include "cases.h"

#include "tcp_script.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define START   (UINT64_C(1700000000) * 1000000)
#define SEGMENT 1448
#define GROUP   8 /* segments between two acknowledgements, shuffled when out of order */

/* The same every time. */
static uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Bytes that no protocol begins with. */
static void random_fill(uint8_t *p, size_t n, uint32_t seed)
{
    uint32_t state = seed * 2654435761u | 1;

    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(random_next(&state) | 0x80);
}

static void tcp_begin(struct tcp_script *s, struct frame_list *frames, uint16_t port)
{
    tcp_script_init(s, frames);
    s->ends[DIR_SERVER].port = port;
    tcp_open(s);
    tcp_ack(s, DIR_SERVER); /* its first scaled window */
}

static void finish(struct pattern_set *set, struct frame_list *frames)
{
    patterns_one(set, frames);
    frame_list_free(frames);
}

/* ---- no application ---- */

static void make_idle(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_begin(&s, &frames, 7100);
    for (size_t i = 0; i < 6; i++) {
        tcp_ack(&s, DIR_CLIENT);
        tcp_ack(&s, DIR_SERVER);
    }
    finish(set, &frames);
}

/* `count` segments of `n` random bytes, the sides in turn. */
static void make_random(struct pattern_set *set, size_t count, size_t n)
{
    struct frame_list frames = {0};
    uint8_t bytes[SEGMENT];
    struct tcp_script s;

    tcp_begin(&s, &frames, 7100);
    for (size_t i = 0; i < count; i++) {
        random_fill(bytes, n, (uint32_t)i + 1);
        tcp_send(&s, i % 2 ? DIR_SERVER : DIR_CLIENT, span_of(bytes, n));
    }
    finish(set, &frames);
}

static void make_unknown_small(struct pattern_set *set)
{
    make_random(set, 12, 64);
}

static void make_unknown_large(struct pattern_set *set)
{
    make_random(set, 20, SEGMENT);
}

static void add_udp(struct packet_builder *b, struct frame_list *frames, const void *p, size_t n)
{
    build_begin(b);
    build_ethernet(b);
    build_ip(b, "10.1.1.1", "10.1.1.2");
    build_udp(b, 5000, 7101);
    build_bytes(b, p, n);
    build_add(b, frames, START);
}

static void make_unknown_udp(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct packet_builder b;
    uint8_t bytes[64];

    for (uint32_t i = 0; i < 8; i++) {
        random_fill(bytes, sizeof bytes, i + 1);
        add_udp(&b, &frames, bytes, sizeof bytes);
    }
    finish(set, &frames);
}

/* ---- applications in more shapes than the captures have ---- */

static void make_http_small(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    char answer[800];
    int head = snprintf(answer, sizeof answer,
                        "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\n"
                        "Connection: keep-alive\r\nContent-Length: 612\r\n\r\n");

    memset(answer + head, 'x', 612);
    tcp_begin(&s, &frames, 80);
    for (size_t i = 0; i < 8; i++) {
        tcp_send(&s, DIR_CLIENT,
                 SPAN("GET /tiny.txt?id=42 HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n"
                      "User-Agent: bench/1.0\r\nCookie: sid=0123456789abcdef\r\n\r\n"));
        tcp_send(&s, DIR_SERVER, span_of(answer, (size_t)head + 612));
    }
    finish(set, &frames);
}

static void shuffle(size_t order[GROUP], uint32_t *state)
{
    for (size_t i = GROUP - 1; i > 0; i--) {
        size_t k = random_next(state) % (i + 1), t = order[i];

        order[i] = order[k];
        order[k] = t;
    }
}

/* Groups of segments of one side, each followed by an acknowledgement of the other. */
static void send_groups(struct tcp_script *s, enum dir from, struct span stream, size_t each,
                        uint32_t *shuffled)
{
    for (size_t sent = 0; sent < stream.n;) {
        struct span group = span_first(span_from(stream, sent), GROUP * each);
        size_t order[GROUP] = {0, 1, 2, 3, 4, 5, 6, 7};

        if (shuffled)
            shuffle(order, shuffled);
        for (size_t i = 0; i < GROUP; i++)
            if (order[i] * each < group.n)
                tcp_at(s, from, (int32_t)(order[i] * each),
                       span_first(span_from(group, order[i] * each), each));
        tcp_advance(s, from, group.n);
        tcp_ack(s, from == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT);
        sent += group.n;
    }
}

static void bulk(struct pattern_set *set, uint32_t *shuffled)
{
    enum { STREAM = SEGMENT * GROUP * 8 };
    static const char format[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: %d\r\n\r\n";
    static uint8_t stream[STREAM];
    int head = snprintf(NULL, 0, format, STREAM);
    struct frame_list frames = {0};
    struct tcp_script s;

    memset(stream, 'x', sizeof stream);
    snprintf((char *)stream, sizeof stream, format, STREAM - head);
    stream[head] = 'x';
    tcp_begin(&s, &frames, 80);
    tcp_send(&s, DIR_CLIENT, SPAN("GET /big HTTP/1.1\r\nHost: shop.example\r\n\r\n"));
    send_groups(&s, DIR_SERVER, span_of(stream, sizeof stream), SEGMENT, shuffled);
    finish(set, &frames);
}

static void make_bulk(struct pattern_set *set)
{
    bulk(set, NULL);
}

static void make_bulk_shuffled(struct pattern_set *set)
{
    uint32_t state = 7;

    bulk(set, &state);
}

/* A command a segment; the replies likewise. */
static void pipeline(struct pattern_set *set, uint32_t *shuffled)
{
    enum { COMMANDS = GROUP * 4 };
    char commands[COMMANDS * 40], replies[COMMANDS * 5 + 1];
    struct frame_list frames = {0};
    struct tcp_script s;
    int n = 0;

    for (size_t i = 0; i < COMMANDS; i++) {
        n += snprintf(commands + n, sizeof commands - (size_t)n,
                      "*3\r\n$3\r\nSET\r\n$5\r\nkey%02zu\r\n$5\r\nvalue\r\n", i);
        memcpy(replies + i * 5, "+OK\r\n", 5);
    }
    tcp_begin(&s, &frames, 6379);
    send_groups(&s, DIR_CLIENT, span_of(commands, (size_t)n), (size_t)n / COMMANDS, shuffled);
    send_groups(&s, DIR_SERVER, span_of(replies, COMMANDS * 5), 5, shuffled);
    finish(set, &frames);
}

static void make_pipeline(struct pattern_set *set)
{
    pipeline(set, NULL);
}

static void make_pipeline_shuffled(struct pattern_set *set)
{
    uint32_t state = 7;

    pipeline(set, &state);
}

/* ---- fragments ---- */

static void make_fragments(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct packet_builder b;
    uint8_t bytes[3000];

    random_fill(bytes, sizeof bytes, 1);
    for (uint32_t i = 0; i < 4; i++) {
        struct frame_list one = {0};

        add_udp(&b, &one, bytes, sizeof bytes);
        frame_list_free(&one);
        build_fragments(&b, 100 + i, 1480, &frames, START);
        if (i % 2)
            frame_list_reorder(&frames, i * 3, (const size_t[]){2, 0, 1}, 3);
    }
    finish(set, &frames);
}

static void make_first_fragments(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct packet_builder b, piece;
    uint8_t bytes[3000];

    random_fill(bytes, sizeof bytes, 1);
    add_udp(&b, &frames, bytes, sizeof bytes);
    frame_list_free(&frames);
    build_fragment(&piece, &b, &(struct fragment_spec){.id = 1, .n = 64, .more = true});
    frame_list_add(&frames, piece.bytes, piece.n, START);
    finish(set, &frames);
}

/* ---- floods: one packet, from everywhere ---- */

static void make_one_segment(struct pattern_set *set, const struct tcp_segment *g)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_script_init(&s, &frames);
    tcp_emit(&s, DIR_CLIENT, g);
    finish(set, &frames);
}

static void make_syn(struct pattern_set *set)
{
    make_one_segment(set, &(struct tcp_segment){.flags = TCP_SYN, .mss = 1460});
}

static void make_ack(struct pattern_set *set)
{
    make_one_segment(set, &(struct tcp_segment){.bytes = SPAN("\x9b\x9c\x9d\x9e")});
}

static void make_bad_checksum(struct pattern_set *set)
{
    make_ack(set);
    set->list[0].packets[0].wrong_sum = 1;
}

static void make_udp(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct packet_builder b;

    add_udp(&b, &frames, "\x9b\x9c\x9d\x9e\x9f\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac",
            18);
    finish(set, &frames);
}

static void make_icmp(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    build_icmp(&b, 8, 0, 0x12340001);
    build_fill(&b, 'a', 56);
    build_add(&b, &frames, START);
    finish(set, &frames);
}

/* Frames of random bytes behind an Ethernet header that says IPv4. */
static void make_garbage(struct pattern_set *set)
{
    *set = (struct pattern_set){.list = calloc(64, sizeof *set->list), .count = 64, .opening = 1};
    assert(set->list);
    for (uint32_t i = 0; i < 64; i++) {
        struct pattern *t = &set->list[i];
        uint8_t *bytes = malloc(128);

        t->packets = calloc(1, sizeof *t->packets);
        assert(bytes && t->packets);
        random_fill(bytes, 128, i + 1);
        memcpy(bytes + 12, "\x08\x00\x45", 3);
        t->count = 1;
        t->packets[0] = (struct pattern_packet){.bytes = bytes, .n = 128};
    }
}

/* Every other byte of a stream whose beginning is missing. */
static void make_holes(struct pattern_set *set)
{
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_begin(&s, &frames, 80);
    for (int32_t i = 0; i < 2000; i++)
        tcp_at(&s, DIR_CLIENT, 10 + 2 * i, SPAN("x"));
    finish(set, &frames);
}

#define K 1000u
#define M 1000000u

const struct bench_case bench_cases[] = {
    {.name = "idle-tcp", .make = make_idle, .sizes = {K, 100 * K, M}},
    {.name = "unknown-small", .make = make_unknown_small, .sizes = {K, 100 * K, M}},
    {.name = "unknown-large", .make = make_unknown_large, .sizes = {K, 100 * K}},
    {.name = "unknown-udp", .make = make_unknown_udp, .sizes = {K, 100 * K, M}},
    {.name = "http", .capture = "http/keep-alive", .sizes = {K, 100 * K, M}},
    {.name = "http-tx", .capture = "http/keep-alive", .sizes = {K}, .wants_tx = true},
    {.name = "http-inline", .capture = "http/keep-alive", .sizes = {K}, .mode = ENGINE_INLINE},
    {.name = "http-small", .make = make_http_small, .sizes = {K, 100 * K}},
    {.name = "http-bulk", .make = make_bulk, .sizes = {K}},
    {.name = "http-bulk-ooo", .make = make_bulk_shuffled, .sizes = {K}},
    {.name = "http-bulk-inline", .make = make_bulk, .sizes = {K}, .mode = ENGINE_INLINE},
    {.name = "tls", .capture = "tls/tls13", .sizes = {K, 100 * K}},
    {.name = "tls12", .capture = "tls/tls12", .sizes = {K, 100 * K}},
    {.name = "ssh", .capture = "ssh/command", .sizes = {K, 100 * K}},
    {.name = "redis", .capture = "redis/commands", .sizes = {K, 100 * K}},
    {.name = "redis-small", .make = make_pipeline, .sizes = {K}},
    {.name = "redis-small-ooo", .make = make_pipeline_shuffled, .sizes = {K}},
    {.name = "mysql", .capture = "mysql/queries", .sizes = {K, 100 * K}},
    {.name = "postgresql", .capture = "postgresql/queries", .sizes = {K, 100 * K}},
    {.name = "dns", .capture = "dns/udp", .sizes = {K, 100 * K, M}},
    {.name = "fragments", .make = make_fragments, .sizes = {K}},
    {.name = "holes", .make = make_holes, .sizes = {100}},
    {.name = "flood-syn", .make = make_syn, .sizes = {3 * M}, .flood = true},
    {.name = "flood-ack", .make = make_ack, .sizes = {3 * M}, .flood = true},
    {.name = "flood-udp", .make = make_udp, .sizes = {3 * M}, .flood = true},
    {.name = "flood-icmp", .make = make_icmp, .sizes = {3 * M}, .flood = true},
    {.name = "flood-fragments", .make = make_first_fragments, .sizes = {M}, .flood = true},
    {.name = "flood-checksum",
     .make = make_bad_checksum,
     .sizes = {M},
     .flood = true,
     .checksum = CHECKSUM_STRICT},
    {.name = "flood-garbage", .make = make_garbage, .sizes = {M}, .flood = true},
    {0},
};
