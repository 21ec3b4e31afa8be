/* SPDX-License-Identifier: Apache-2.0
 *
 * R19 and R20: inputs made to be expensive. Judged by what the engine holds and does, not by a
 * clock.
 */
#include "engine_state.h"
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SINGLE_BYTES 30000u
/* 256 pieces may have to move for a new one. */
#define MOVED_PER_SEGMENT (256u * sizeof(struct interval))

/* ---- R19 ---- */

/* Byte number i of the stream. */
static uint8_t counted(uint32_t i)
{
    return (uint8_t)(i * 13 + i / 256);
}

static void send_counted(struct tcp_script *s, uint32_t i)
{
    uint8_t byte = counted(i);

    tcp_at(s, DIR_CLIENT, (int32_t)i, span_of(&byte, 1));
}

static void expect_counted_stream(void)
{
    struct span got = sink_bytes(0, DIR_CLIENT);

    assert_int_equal(got.n, SINGLE_BYTES + 1);
    for (uint32_t i = 0; i <= SINGLE_BYTES; i++)
        if (got.p[i] != counted(i))
            fail_msg("byte %u is wrong", i);
}

static void r19_single_bytes_behind_a_hole(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    struct engine_usage usage;

    (void)state;
    tcp_script_init(&s, &frames);
    s.step_us = 10;
    tcp_open(&s);
    for (uint32_t i = 1; i <= SINGLE_BYTES; i++)
        send_counted(&s, i);
    send_counted(&s, 0);
    recipe_play(&f, &frames, ENGINE_INLINE);
    engine_usage(f.engine, &usage);
    expect_counted_stream();
    /* No more is held than a few times the bytes themselves, the parser is not called for every
     * byte, and what is moved about for one segment is bounded by the number of pieces. */
    assert_in_range(usage.reassembly_peak, 1, 4 * SINGLE_BYTES);
    assert_in_range(sink_session(0)->streams[DIR_CLIENT].calls, 1, SINGLE_BYTES / 50);
    assert_in_range(f.engine->reasm.bytes_moved, 0, SINGLE_BYTES * MOVED_PER_SEGMENT);
    assert_int_equal(fixture_counter(&f, COUNTER_TCP_BUDGET), 0);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
}

static void r19_the_same_backwards(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;

    (void)state;
    tcp_script_init(&s, &frames);
    s.step_us = 10;
    tcp_open(&s);
    for (uint32_t i = SINGLE_BYTES + 1; i > 0; i--)
        send_counted(&s, i - 1);
    recipe_play(&f, &frames, ENGINE_INLINE);
    expect_counted_stream();
    assert_in_range(f.engine->reasm.bytes_moved, 0, SINGLE_BYTES * MOVED_PER_SEGMENT);
    assert_int_equal(fixture_counter(&f, COUNTER_TCP_BUDGET), 0);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* Every other byte is missing: pieces cannot be joined, so their number meets its limit. What does
 * not fit is dropped, the session is inspected on. */
static void r19_every_other_byte(void **state)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct engine_fixture f;
    struct engine_usage usage;

    (void)state;
    tcp_script_init(&s, &frames);
    s.step_us = 10;
    tcp_open(&s);
    for (uint32_t i = 2; i <= SINGLE_BYTES; i += 2)
        send_counted(&s, i);
    for (uint32_t i = 0; i <= SINGLE_BYTES; i++)
        send_counted(&s, i);
    recipe_play(&f, &frames, ENGINE_INLINE);
    engine_usage(f.engine, &usage);
    expect_counted_stream();
    assert_in_range(fixture_counter(&f, COUNTER_TCP_BUDGET), 1, SINGLE_BYTES);
    assert_in_range(f.engine->reasm.bytes_moved, 0, 3 * SINGLE_BYTES * MOVED_PER_SEGMENT);
    assert_in_range(usage.reassembly_peak, 1, 512 * 1024);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSION_BYPASSED), 0);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* ---- R20 ---- */

#define SYNS 20000u

/* The additive hash that these addresses and ports were made for: three sums without a seed. */
static uint32_t sdbm(const uint8_t *p, size_t n)
{
    uint32_t h = 0;

    for (size_t i = 0; i < n; i++)
        h = p[i] + (h << 6) + (h << 16) - h;
    return h;
}

static uint32_t additive_hash(const uint8_t client[4], const uint8_t server[4], uint16_t cport,
                              uint16_t sport)
{
    uint32_t ports = (uint32_t)cport << 16 | sport;
    uint8_t bytes[4];

    memcpy(bytes, &ports, sizeof bytes);
    return sdbm(client, 4) + sdbm(server, 4) + sdbm(bytes, 4);
}

static void add_syn(struct frame_list *frames, const uint8_t client[4], uint16_t port, uint32_t i)
{
    char text[IPADDR_TEXT];
    struct ipaddr a = ipaddr_v4(client);
    struct packet_builder b;

    ipaddr_text(&a, text);
    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, text, "10.1.1.2");
    build_tcp(&b, &(struct tcp_spec){
                      .sport = port, .dport = 80, .seq = i, .flags = TCP_SYN, .window = 1024});
    build_add(&b, frames, UINT64_C(1700000000000000) + i);
}

/* Address bytes and port bytes are added up with the same factors: what one gains the other loses.
 * Returns how many different sums there are. */
static size_t colliding_syns(struct frame_list *frames)
{
    static const uint8_t server[4] = {10, 1, 1, 2};
    uint32_t common = 0;
    size_t different = 0;

    for (uint32_t i = 0; i < SYNS; i++) {
        uint8_t low = (uint8_t)(1 + i % 200), high = (uint8_t)(i / 200);
        uint8_t client[4] = {10, 9, (uint8_t)(255 - low), (uint8_t)(255 - high)};
        uint16_t port = (uint16_t)(low | high << 8);
        uint32_t sum = additive_hash(client, server, port, 80);

        different += i == 0 || sum != common;
        common = sum;
        add_syn(frames, client, port, i);
    }
    return different;
}

static void random_syns(struct frame_list *frames)
{
    uint64_t r = 88172645463325252u;

    for (uint32_t i = 0; i < SYNS; i++) {
        uint8_t client[4] = {10};

        r ^= r << 13;
        r ^= r >> 7;
        r ^= r << 17;
        memcpy(client + 1, &r, 3);
        add_syn(frames, client, (uint16_t)(r >> 32), i);
    }
}

struct chains {
    uint32_t *lengths;
    size_t count;
};

/* As many buckets as sessions: more than the table has only makes the test milder for both. */
#define CHAIN_MASK 0x7fffu

static bool count_chain(void *arg, const struct session *s)
{
    struct chains *c = arg;

    c->lengths[s->node.hash & CHAIN_MASK]++;
    c->count++;
    return true;
}

/* The longest chain, and in `work` the steps that looking up every session once takes. */
static uint32_t longest_chain(const struct frame_list *frames, uint64_t *work)
{
    struct chains c = {.lengths = calloc(CHAIN_MASK + 1, sizeof *c.lengths)};
    uint32_t longest = 0;
    struct engine_fixture f;

    assert_non_null(c.lengths);
    sink_reset();
    fixture_open(&f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_INLINE});
    fixture_feed(&f, frames);
    engine_sessions(f.engine, count_chain, &c);
    assert_in_range(c.count, SYNS - 10, SYNS);
    *work = 0;
    for (size_t i = 0; i <= CHAIN_MASK; i++) {
        longest = c.lengths[i] > longest ? c.lengths[i] : longest;
        *work += (uint64_t)c.lengths[i] * (c.lengths[i] + 1) / 2;
    }
    fixture_close(&f);
    free(c.lengths);
    return longest;
}

static void r20_colliding_syns_cost_what_random_ones_do(void **state)
{
    struct frame_list crafted = {0}, random = {0};
    uint64_t crafted_work, random_work;
    uint32_t crafted_longest, random_longest;

    (void)state;
    assert_int_equal(colliding_syns(&crafted), 1);
    random_syns(&random);
    crafted_longest = longest_chain(&crafted, &crafted_work);
    random_longest = longest_chain(&random, &random_work);
    assert_in_range(random_longest, 1, 16);
    assert_in_range(crafted_longest, 1, 16);
    assert_in_range(crafted_work, 1, random_work * 11 / 10);
    frame_list_free(&crafted);
    frame_list_free(&random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(r19_single_bytes_behind_a_hole),
        cmocka_unit_test(r19_the_same_backwards),
        cmocka_unit_test(r19_every_other_byte),
        cmocka_unit_test(r20_colliding_syns_cost_what_random_ones_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
