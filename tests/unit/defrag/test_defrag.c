/* SPDX-License-Identifier: Apache-2.0
 *
 * Fragments: every order, what belongs together, what does not, limits of memory and time.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define START  (UINT64_C(1700000000) * 1000000)
#define SECOND UINT64_C(1000000)

static const char *const clients[] = {"10.1.1.1", "2001:db8::1"};
static const char *const servers[] = {"10.1.1.2", "2001:db8::2"};

enum { V4, V6 };

static void fill_counted(struct packet_builder *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(i * 5 + i / 255);

        build_bytes(b, &byte, 1);
    }
}

static void datagram(struct packet_builder *b, int v, size_t n)
{
    build_begin(b);
    build_ethernet(b);
    build_ip(b, clients[v], servers[v]);
    build_udp(b, 40000, 5000);
    fill_counted(b, n);
    build_finish(b);
}

/* One fragment of it, added to the list. */
static void piece(struct frame_list *l, const struct packet_builder *whole, uint32_t id,
                  size_t offset, size_t n, uint64_t time_us)
{
    struct packet_builder b;
    struct fragment_spec f = {
        .id = id, .offset = offset, .n = n, .more = offset + n < build_fragmentable(whole)};

    build_fragment(&b, whole, &f);
    frame_list_add(l, b.bytes, b.n, time_us)->link = b.link;
}

static void play(struct engine_fixture *f, const struct frame_list *frames,
                 void (*adjust)(struct snapshot *))
{
    sink_reset();
    fixture_open(f, &(struct fixture_options){
                        .parsers = sink_table, .mode = ENGINE_INLINE, .adjust = adjust});
    fixture_feed(f, frames);
    fixture_flush(f);
}

/* ---- together ---- */

static void next_order(size_t order[4])
{
    size_t i = 2, j = 3;

    while (order[i] > order[i + 1])
        if (i-- == 0) /* the last permutation */
            return;
    while (order[j] < order[i])
        j--;
    size_t t = order[i];
    order[i] = order[j];
    order[j] = t;
    for (size_t low = i + 1, high = 3; low < high; low++, high--) {
        t = order[low];
        order[low] = order[high];
        order[high] = t;
    }
}

static void every_order_gives_the_datagram(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        size_t order[4] = {0, 1, 2, 3};

        for (int round = 0; round < 24; round++, next_order(order)) {
            struct packet_builder whole;
            struct frame_list frames = {0};
            struct engine_fixture f;

            datagram(&whole, v, 1000);
            build_fragments(&whole, 7, 256, &frames, START);
            assert_int_equal(frames.count, 4);
            frame_list_reorder(&frames, 0, order, 4);
            play(&f, &frames, NULL);
            assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 1000);
            assert_memory_equal(sink_bytes(0, DIR_CLIENT).p, whole.bytes + whole.n - 1000, 1000);
            recipe_expect_verdicts(&f, 0, 4, VERDICT_PASS);
            recipe_close(&f);
            frame_list_free(&frames);
        }
    }
}

static void carry_tagged(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x8100, 9);
}

static void carry_tunnel(struct packet_builder *b)
{
    build_ethernet(b);
    build_ip(b, "192.0.2.1", "192.0.2.2");
    build_vxlan(b, 3);
    build_ethernet(b);
}

static void carry_plain(struct packet_builder *b)
{
    build_ethernet(b);
}

/* A TCP request cut into fragments of 64 bytes, in a tag, in a tunnel, plain. */
static void requests_in_fragments_are_read(void **state)
{
    void (*const carriers[])(struct packet_builder *) = {carry_plain, carry_tagged, carry_tunnel};

    (void)state;
    for (int v = V4; v <= V6; v++) {
        for (size_t c = 0; c < 3; c++) {
            struct frame_list frames = {0};
            struct tcp_script s;
            struct packet_builder b;

            tcp_script_init(&s, &frames);
            s.carry = carriers[c];
            s.ends[DIR_CLIENT].addr = clients[v];
            s.ends[DIR_SERVER].addr = servers[v];
            tcp_open(&s);
            build_begin(&b);
            carriers[c](&b);
            build_ip(&b, clients[v], servers[v]);
            build_tcp(&b, &(struct tcp_spec){.sport = 40000,
                                             .dport = 80,
                                             .seq = s.ends[DIR_CLIENT].next,
                                             .ack = s.ends[DIR_SERVER].next,
                                             .flags = TCP_ACK | TCP_PSH,
                                             .window = 64240});
            build_bytes(&b, recipe_request().p, recipe_request().n);
            build_finish(&b);
            build_fragments(&b, 99, 64, &frames, s.time_us);
            recipe_check(&frames, 0, recipe_request());
            frame_list_free(&frames);
        }
    }
}

/* RFC 8200 4.5: only the first fragment says what the datagram is. */
static void the_first_fragment_names_the_protocol(void **state)
{
    (void)state;
    for (size_t last = 0; last < 2; last++) {
        struct packet_builder whole;
        struct frame_list frames = {0};
        struct engine_fixture f;

        datagram(&whole, V6, 1000);
        build_fragments(&whole, 7, 512, &frames, START);
        /* The fragment header's next-header byte of the other one lies. */
        frames.frames[1].bytes[14 + 40] = 59;
        if (last)
            frame_list_reorder(&frames, 0, (size_t[]){1, 0}, 2);
        play(&f, &frames, NULL);
        assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 1000);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* RFC 6946: an atomic fragment is a packet, whatever train has its identification. */
static void atomic_fragments_are_packets(void **state)
{
    struct packet_builder whole, atomic;
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    datagram(&whole, V6, 1000);
    datagram(&atomic, V6, 100);
    piece(&frames, &whole, 7, 0, 512, START);
    piece(&frames, &atomic, 7, 0, 108, START);
    piece(&frames, &whole, 7, 512, 512, START);
    play(&f, &frames, NULL);
    assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 1100);
    assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
    recipe_expect_verdicts(&f, 0, 3, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* ---- apart ---- */

static void trains_are_kept_apart(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct packet_builder whole, tagged;
        struct frame_list frames = {0};
        struct engine_fixture f;

        datagram(&whole, v, 1000);
        build_begin(&tagged);
        carry_tagged(&tagged);
        build_ip(&tagged, clients[v], servers[v]);
        build_udp(&tagged, 40000, 5000);
        fill_counted(&tagged, 1000);
        build_finish(&tagged);
        piece(&frames, &whole, 7, 0, 512, START);
        piece(&frames, &whole, 8, 512, 512, START);
        piece(&frames, &tagged, 7, 512, 512, START);
        play(&f, &frames, NULL);
        assert_int_equal(sink_count(), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DONE), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_FRAG_TIMEOUT), 3);
        for (size_t i = 0; i < 3; i++)
            assert_false(fixture_passed(&f, i));
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* Both ends use the same identification at once. */
static void directions_are_kept_apart(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct packet_builder there, back;
        struct frame_list frames = {0};
        struct engine_fixture f;

        datagram(&there, v, 1000);
        build_begin(&back);
        build_ethernet(&back);
        build_ip(&back, servers[v], clients[v]);
        build_udp(&back, 5000, 40000);
        fill_counted(&back, 1000);
        build_finish(&back);
        piece(&frames, &there, 7, 0, 512, START);
        piece(&frames, &back, 7, 0, 512, START);
        piece(&frames, &there, 7, 512, 512, START);
        piece(&frames, &back, 7, 512, 512, START);
        play(&f, &frames, NULL);
        assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 1000);
        assert_int_equal(sink_bytes(0, DIR_SERVER).n, 1000);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* ---- wrong ---- */

static void expect_refused(const struct frame_list *frames, enum threat threat, const char *what)
{
    struct engine_fixture f;

    play(&f, frames, NULL);
    if (fixture_threats(&f, threat) == 0)
        fail_msg("%s: no threat %u", what, threat_number(threat));
    if (sink_count())
        fail_msg("%s: it was put together", what);
    for (size_t i = 0; i < frames->count; i++)
        if (fixture_passed(&f, i))
            fail_msg("%s: fragment %zu passed", what, i);
    recipe_close(&f);
}

static void overlaps_end_the_train(void **state)
{
    static const struct {
        const char *name;
        size_t offset, n;
    } laps[] = {{"inside", 264, 64},
                {"over the start", 192, 128},
                {"over the end", 448, 128},
                {"around", 192, 512},
                {"same start", 256, 128},
                {"same end", 320, 192},
                {"same start, longer", 256, 320}};

    (void)state;
    for (int v = V4; v <= V6; v++) {
        for (size_t i = 0; i < sizeof laps / sizeof laps[0]; i++) {
            struct packet_builder whole;
            struct frame_list frames = {0};

            datagram(&whole, v, 1000);
            piece(&frames, &whole, 7, 0, 64, START);
            piece(&frames, &whole, 7, 256, 256, START);
            piece(&frames, &whole, 7, laps[i].offset, laps[i].n, START);
            expect_refused(&frames, THREAT_TEARDROP, laps[i].name);
            frame_list_free(&frames);
        }
    }
}

/* What remains of a refused train must not become a datagram with what comes later. */
static void the_rest_of_a_refused_train_is_refused_too(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};

    (void)state;
    datagram(&whole, V4, 1000);
    piece(&frames, &whole, 7, 0, 256, START);
    piece(&frames, &whole, 7, 128, 256, START);
    piece(&frames, &whole, 7, 256, 256, START);
    piece(&frames, &whole, 7, 512, 496, START);
    expect_refused(&frames, THREAT_TEARDROP, "rest of a train");
    frame_list_free(&frames);
}

static void fragments_that_cannot_be(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct packet_builder whole, b;
        struct frame_list frames = {0};

        datagram(&whole, v, 1000);
        piece(&frames, &whole, 7, 0, 100, START);
        expect_refused(&frames, THREAT_BAD_PACKET, "length is no multiple of 8");
        frame_list_free(&frames);

        piece(&frames, &whole, 7, 768, 240, START);
        build_fragment(&b, &whole,
                       &(struct fragment_spec){.id = 7, .offset = 256, .n = 256, .more = false});
        frame_list_add(&frames, b.bytes, b.n, START);
        expect_refused(&frames, THREAT_BAD_PACKET, "two ends");
        frame_list_free(&frames);

        frame_list_add(&frames, b.bytes, b.n, START);
        piece(&frames, &whole, 7, 512, 256, START);
        expect_refused(&frames, THREAT_BAD_PACKET, "behind the end");
        frame_list_free(&frames);
    }
}

static void tiny_first_fragment(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct packet_builder b;
        struct frame_list frames = {0};

        build_begin(&b);
        build_ethernet(&b);
        build_ip(&b, clients[v], servers[v]);
        build_tcp(&b, &(struct tcp_spec){.sport = 40000, .dport = 80, .flags = TCP_SYN});
        build_fill(&b, 0, 40);
        build_finish(&b);
        piece(&frames, &b, 7, 0, 16, START);
        expect_refused(&frames, THREAT_BAD_PACKET, "half a TCP header");
        frame_list_free(&frames);
    }
}

/* ---- limits ---- */

/* The clock runs from the first fragment and no later one winds it up. */
static void time_is_counted_from_the_first_fragment(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    datagram(&whole, V4, 1000);
    piece(&frames, &whole, 7, 0, 256, START);
    piece(&frames, &whole, 7, 256, 256, START + 5 * SECOND);
    piece(&frames, &whole, 7, 512, 256, START + 9 * SECOND);
    piece(&frames, &whole, 7, 768, 256, START + 12 * SECOND);
    play(&f, &frames, NULL);
    assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DONE), 0);
    for (size_t i = 0; i < 4; i++)
        assert_false(fixture_passed(&f, i));
    assert_int_equal(f.fates[0].reason, REASON_FRAGMENT_TIMEOUT);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void idle_time_expires_trains(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct engine_usage usage;

    (void)state;
    datagram(&whole, V4, 1000);
    piece(&frames, &whole, 7, 0, 256, START);
    sink_reset();
    fixture_open(&f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_INLINE});
    fixture_feed(&f, &frames);
    assert_int_equal(f.fates[0].verdict, VERDICT_HOLD);
    fixture_tick(&f, START + 11 * SECOND);
    assert_int_equal(f.fates[0].verdict, VERDICT_DROP);
    engine_usage(f.engine, &usage);
    assert_int_equal(usage.fragment_trains, 0);
    assert_int_equal(usage.fragment_bytes, 0);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void few_trains(struct snapshot *s)
{
    s->limits.fragment_trains = 16;
}

static void little_memory(struct snapshot *s)
{
    s->limits.fragment_bytes = 64 << 10;
}

static void (*const adjustments[])(struct snapshot *) = {few_trains, little_memory};

/* Many sources, each begins a datagram and never ends it: the oldest give way, and the traffic of
 * everybody else goes on. */
static void floods_of_first_fragments(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct frame_list frames = {0};
        struct packet_builder whole;
        struct engine_fixture f;
        size_t honest;

        for (int i = 0; i < 2000; i++) {
            char source[32];
            struct packet_builder b;

            snprintf(source, sizeof source, "10.2.%d.%d", i / 250, 1 + i % 250);
            build_begin(&b);
            build_ethernet(&b);
            build_ip(&b, source, "10.1.1.2");
            build_udp(&b, 1000, 2000);
            build_fill(&b, 0, 1400);
            build_finish(&b);
            piece(&frames, &b, (uint32_t)i, 0, 1024, START);
        }
        honest = frames.count;
        datagram(&whole, V4, 1000);
        build_fragments(&whole, 7, 512, &frames, START);
        play(&f, &frames, adjustments[k]);
        assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 1000);
        recipe_expect_verdicts(&f, honest, 2, VERDICT_PASS);
        assert_in_range(fixture_counter(&f, COUNTER_FRAG_EVICTED), 1900, 2000);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* One source alone must not push out the others. */
static void one_source_has_its_share(void **state)
{
    struct frame_list frames = {0};
    struct packet_builder whole, other;
    struct engine_fixture f;

    (void)state;
    build_begin(&other);
    build_ethernet(&other);
    build_ip(&other, "10.9.9.9", "10.1.1.2");
    build_udp(&other, 1000, 2000);
    build_fill(&other, 0, 1400);
    build_finish(&other);
    datagram(&whole, V4, 1000);
    piece(&frames, &whole, 7, 0, 512, START);
    for (uint32_t i = 0; i < 2000; i++)
        piece(&frames, &other, i, 0, 1024, START);
    piece(&frames, &whole, 7, 512, 496, START);
    play(&f, &frames, little_memory);
    assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 1000);
    assert_true(fixture_passed(&f, 0));
    assert_true(fixture_passed(&f, frames.count - 1));
    recipe_close(&f);
    frame_list_free(&frames);
}

static void too_many_pieces(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    datagram(&whole, V4, 1000);
    build_fragments(&whole, 7, 8, &frames, START);
    play(&f, &frames, NULL);
    assert_int_equal(sink_count(), 0);
    for (size_t i = 0; i < frames.count; i++)
        assert_false(fixture_passed(&f, i));
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_gives_the_datagram),
        cmocka_unit_test(requests_in_fragments_are_read),
        cmocka_unit_test(the_first_fragment_names_the_protocol),
        cmocka_unit_test(atomic_fragments_are_packets),
        cmocka_unit_test(trains_are_kept_apart),
        cmocka_unit_test(directions_are_kept_apart),
        cmocka_unit_test(overlaps_end_the_train),
        cmocka_unit_test(the_rest_of_a_refused_train_is_refused_too),
        cmocka_unit_test(fragments_that_cannot_be),
        cmocka_unit_test(tiny_first_fragment),
        cmocka_unit_test(time_is_counted_from_the_first_fragment),
        cmocka_unit_test(idle_time_expires_trains),
        cmocka_unit_test(floods_of_first_fragments),
        cmocka_unit_test(one_source_has_its_share),
        cmocka_unit_test(too_many_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
