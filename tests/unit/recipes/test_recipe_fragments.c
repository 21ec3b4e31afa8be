/* SPDX-License-Identifier: Apache-2.0
 *
 * R15 to R18: IPv6 fragments, impossible trains, duplicates, datagrams as large as they can be.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define START (UINT64_C(1700000000) * 1000000)

static const enum engine_mode modes[] = {ENGINE_TAP, ENGINE_INLINE};

/* Bytes that tell their place. */
static void fill_counted(struct packet_builder *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)(i * 7 + i / 251);

        build_bytes(b, &byte, 1);
    }
}

static void expect_counted(size_t session, size_t n)
{
    struct span got = sink_bytes(session, DIR_CLIENT);

    assert_int_equal(got.n, n);
    for (size_t i = 0; i < n; i++)
        if (got.p[i] != (uint8_t)(i * 7 + i / 251))
            fail_msg("byte %zu of the datagram is wrong", i);
}

static void udp_whole(struct packet_builder *b, const char *src, const char *dst, size_t n)
{
    build_begin(b);
    build_ethernet(b);
    build_ip(b, src, dst);
    build_udp(b, 40000, 5000);
    fill_counted(b, n);
    build_finish(b);
}

static void r15_two_ipv6_fragments(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};

    (void)state;
    udp_whole(&whole, "2001:db8::1", "2001:db8::2", 2000);
    build_fragments(&whole, 0x12345678, 1432, &frames, START);
    assert_int_equal(frames.count, 2);
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        expect_counted(0, 2000);
        recipe_expect_verdicts(&f, 0, 2, VERDICT_PASS);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.proto, 17);
        assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.server.port, 5000);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DONE), 1);
        if (modes[i] == ENGINE_INLINE)
            assert_true(f.fates[0].held);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* The upper half of the 32-bit identification tells trains apart. */
static void r15_identifications_of_32_bits(void **state)
{
    struct packet_builder whole;
    struct frame_list a = {0}, b = {0}, mixed = {0};
    struct engine_fixture f;

    (void)state;
    udp_whole(&whole, "2001:db8::1", "2001:db8::2", 2000);
    build_fragments(&whole, 0x00010007, 1432, &a, START);
    build_fragments(&whole, 0x00020007, 1432, &b, START);
    frame_list_add(&mixed, a.frames[0].bytes, a.frames[0].n, START);
    frame_list_add(&mixed, b.frames[1].bytes, b.frames[1].n, START);
    recipe_play(&f, &mixed, ENGINE_INLINE);
    assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DONE), 0);
    assert_int_equal(sink_count(), 0);
    recipe_close(&f);
    frame_list_free(&a);
    frame_list_free(&b);
    frame_list_free(&mixed);
}

static void r16_trains_that_never_fit(void **state)
{
    struct packet_builder whole, piece;
    struct frame_list frames = {0};

    (void)state;
    udp_whole(&whole, "2001:db8::1", "2001:db8::2", 400);
    for (uint32_t id = 1; id <= 11; id++) {
        build_fragment(&piece, &whole,
                       &(struct fragment_spec){.id = id, .offset = 256, .n = 64, .more = false});
        frame_list_add(&frames, piece.bytes, piece.n, START + id);
        build_fragment(&piece, &whole,
                       &(struct fragment_spec){.id = id, .offset = 64, .n = 64, .more = false});
        frame_list_add(&frames, piece.bytes, piece.n, START + id);
    }
    /* Life goes on, and later the trains are too old. */
    udp_whole(&whole, "2001:db8::1", "2001:db8::2", 100);
    frame_list_add(&frames, whole.bytes, whole.n, START + 1000);
    frame_list_add(&frames, whole.bytes, whole.n, START + 60 * UINT64_C(1000000));
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;
        struct engine_usage usage;

        recipe_play(&f, &frames, modes[i]);
        engine_usage(f.engine, &usage);
        assert_int_equal(usage.fragment_trains, 0);
        assert_int_equal(usage.fragment_bytes, 0);
        assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DONE), 0);
        recipe_expect_verdicts(&f, 22, 2, VERDICT_PASS);
        for (size_t k = 0; k < 22; k++)
            assert_int_not_equal(f.fates[k].verdict, VERDICT_HOLD);
        if (modes[i] == ENGINE_INLINE)
            for (size_t k = 0; k < 22; k++)
                assert_false(fixture_passed(&f, k));
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

static void r17_duplicate_fragment_is_no_attack(void **state)
{
    struct packet_builder whole;
    struct frame_list pieces = {0}, frames = {0};

    (void)state;
    udp_whole(&whole, "10.1.1.1", "10.1.1.2", 4000);
    build_fragments(&whole, 77, 1480, &pieces, START);
    assert_int_equal(pieces.count, 3);
    frame_list_add(&frames, pieces.frames[0].bytes, pieces.frames[0].n, START);
    frame_list_add(&frames, pieces.frames[1].bytes, pieces.frames[1].n, START);
    frame_list_add(&frames, pieces.frames[1].bytes, pieces.frames[1].n, START);
    frame_list_add(&frames, pieces.frames[2].bytes, pieces.frames[2].n, START);
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        expect_counted(0, 4000);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DUPLICATE), 1);
        recipe_expect_verdicts(&f, 0, 2, VERDICT_PASS);
        recipe_expect_verdicts(&f, 3, 1, VERDICT_PASS);
        recipe_close(&f);
    }
    frame_list_free(&pieces);
    frame_list_free(&frames);
}

/* A real overlap is one: other bytes at the same place. */
static void r17_contradicting_fragment_is_one(void **state)
{
    struct packet_builder whole, piece;
    struct frame_list frames = {0};

    (void)state;
    udp_whole(&whole, "10.1.1.1", "10.1.1.2", 4000);
    build_fragments(&whole, 77, 1480, &frames, START);
    build_fragment(&piece, &whole,
                   &(struct fragment_spec){.id = 77, .offset = 1480, .n = 1480, .more = true});
    piece.bytes[piece.n - 1] ^= 1;
    frame_list_add(&frames, piece.bytes, piece.n, START);
    /* The contradiction comes before the train is complete. */
    frame_list_reorder(&frames, 0, (size_t[]){0, 1, 3, 2}, 4);
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(sink_count(), 0);
        assert_int_equal(fixture_threats(&f, THREAT_TEARDROP), 1);
        if (modes[i] == ENGINE_INLINE)
            for (size_t k = 0; k < frames.count; k++)
                assert_false(fixture_passed(&f, k));
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

static void r18_ping_of_65502_bytes(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};

    (void)state;
    build_begin(&whole);
    build_ethernet(&whole);
    build_ip(&whole, "10.1.1.1", "10.1.1.2");
    build_icmp(&whole, 8, 0, 0x00010001);
    fill_counted(&whole, 65502 - 8);
    build_finish(&whole);
    build_fragments(&whole, 78, 1480, &frames, START);
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        assert_int_equal(fixture_threats(&f, THREAT_PING_DEATH), 1);
        assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DONE), 1);
        if (modes[i] == ENGINE_INLINE)
            for (size_t k = 0; k < frames.count; k++)
                assert_false(fixture_passed(&f, k));
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

static void r18_udp_of_65502_bytes(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};

    (void)state;
    udp_whole(&whole, "10.1.1.1", "10.1.1.2", 65502 - 8);
    build_fragments(&whole, 79, 1480, &frames, START);
    for (size_t i = 0; i < 2; i++) {
        struct engine_fixture f;

        recipe_play(&f, &frames, modes[i]);
        expect_counted(0, 65502 - 8);
        recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
        assert_int_equal(fixture_count(&f, EVENT_THREAT), 0);
        recipe_close(&f);
    }
    frame_list_free(&frames);
}

/* The largest there is, and one that claims to end beyond it. */
static void r18_the_limit_itself(void **state)
{
    struct packet_builder whole;
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    udp_whole(&whole, "10.1.1.1", "10.1.1.2", 65535 - 20 - 8);
    build_fragments(&whole, 80, 1480, &frames, START);
    recipe_play(&f, &frames, ENGINE_INLINE);
    expect_counted(0, 65535 - 20 - 8);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);

    build_begin(&whole);
    build_ethernet(&whole);
    build_ip(&whole, "10.1.1.1", "10.1.1.2");
    build_icmp(&whole, 8, 0, 0x00010001);
    fill_counted(&whole, 67000);
    build_finish(&whole);
    build_fragments(&whole, 81, 1480, &frames, START);
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(fixture_threats(&f, THREAT_PING_DEATH), 1);
    assert_int_equal(fixture_counter(&f, COUNTER_FRAG_DONE), 0);
    for (size_t k = 0; k < frames.count; k++)
        assert_false(fixture_passed(&f, k));
    recipe_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r15_two_ipv6_fragments),
        cmocka_unit_test(r15_identifications_of_32_bits),
        cmocka_unit_test(r16_trains_that_never_fit),
        cmocka_unit_test(r17_duplicate_fragment_is_no_attack),
        cmocka_unit_test(r17_contradicting_fragment_is_one),
        cmocka_unit_test(r18_ping_of_65502_bytes),
        cmocka_unit_test(r18_udp_of_65502_bytes),
        cmocka_unit_test(r18_the_limit_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
