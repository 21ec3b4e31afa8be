/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose packet is it: by MAC, by longest prefix, and the same for both directions.
 */
#include "engine_fixture.h"
#include "packet_builder.h"
#include "sink_parser.h"
#include "workloads.h"

#include "decode/decode.h"
#include "workload/workload_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START (UINT64_C(1700000000) * 1000000)

static uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xa}, mac_b[6] = {2, 0, 0, 0, 0, 0xb};
static uint8_t mac_c[6] = {2, 0, 0, 0, 0, 0xc}, mac_x[6] = {2, 0, 0, 0, 0, 0x99};

struct found {
    uint32_t zone; /* 0 = nobody's */
    uint8_t ingress;
};

struct way {
    const uint8_t *from_mac, *to_mac;
    const char *from, *to;
};

static struct workload_index *index_of(struct workload *w, size_t count)
{
    struct workload *list[8];

    assert_in_range(count, 1, 8);
    for (size_t i = 0; i < count; i++)
        list[i] = &w[i];
    return workload_index_new(list, count);
}

static struct ipprefix prefix(const char *text)
{
    struct ipprefix p;

    assert_true(ipprefix_parse(text, &p));
    return p;
}

static struct found find(const struct workload_index *ix, const struct way *w)
{
    static struct hash_key hash_key;
    struct decode_env env = {.hash_key = &hash_key, .tunnel_depth = 4};
    struct packet_builder b;
    struct frame f;
    struct packet p;

    build_begin(&b);
    build_ethernet_macs(&b, w->to_mac, w->from_mac);
    build_ip(&b, w->from, w->to);
    build_udp(&b, 40000, 5000);
    build_bytes(&b, "twelve bytes", 12);
    build_finish(&b);
    f = (struct frame){.bytes = b.bytes, .captured = (uint32_t)b.n, .length = (uint32_t)b.n};
    decode_frame(&env, &p, &f);
    assert_int_equal(p.kind, PACKET_IP);
    workload_find(ix, &p);
    assert_int_equal(p.key.zone, p.workload ? p.workload->zone : 0);
    return (struct found){p.key.zone, p.ingress};
}

static void expect(const struct workload_index *ix, const struct way *w, uint32_t zone,
                   uint8_t ingress)
{
    struct found got = find(ix, w);

    if (got.zone != zone || (zone && got.ingress != ingress))
        fail_msg("%s to %s: zone %u, ingress %u; not %u, %u", w->from, w->to, got.zone, got.ingress,
                 zone, ingress);
}

static struct way back(const struct way *w)
{
    return (struct way){w->to_mac, w->from_mac, w->to, w->from};
}

/* There ingress as given, on the way back the opposite, in one zone. */
static void expect_both(const struct workload_index *ix, const struct way *w, uint32_t zone,
                        uint8_t ingress)
{
    struct way b = back(w);

    expect(ix, w, zone, ingress);
    expect(ix, &b, zone, !ingress);
}

static void macs_name_the_workload(void **state)
{
    uint8_t macs[2][2][6];
    struct workload w[2] = {{.zone = 1, .macs = macs[0], .mac_count = 2},
                            {.zone = 2, .macs = macs[1], .mac_count = 1}};
    struct workload_index *ix;

    (void)state;
    memcpy(macs[0][0], mac_c, 6); /* not in order */
    memcpy(macs[0][1], mac_a, 6);
    memcpy(macs[1][0], mac_b, 6);
    ix = index_of(w, 2);
    expect_both(ix, &(struct way){mac_x, mac_a, "10.0.0.1", "10.0.0.2"}, 1, 1);
    expect_both(ix, &(struct way){mac_x, mac_c, "2001:db8::1", "2001:db8::2"}, 1, 1);
    expect_both(ix, &(struct way){mac_b, mac_x, "10.0.0.1", "10.0.0.2"}, 2, 0);
    expect(ix, &(struct way){mac_x, mac_x, "10.0.0.1", "10.0.0.2"}, 0, 1);
    workload_index_free(ix);
}

/* One session has one zone, whichever end sends and whichever address is lower. */
static void both_ends_are_workloads(void **state)
{
    uint8_t macs[2][1][6];
    struct ipprefix nets[2] = {prefix("10.0.1.0/24"), prefix("10.0.2.0/24")};
    struct ipprefix nets6[2] = {prefix("2001:db8:1::/48"), prefix("2001:db8:2::/48")};
    struct workload by_mac[2] = {{.zone = 1, .macs = macs[0], .mac_count = 1},
                                 {.zone = 2, .macs = macs[1], .mac_count = 1}};
    struct workload by_net[2] = {{.zone = 1, .prefixes = &nets[1], .prefix_count = 1},
                                 {.zone = 2, .prefixes = &nets[0], .prefix_count = 1}};
    struct workload by_net6[2] = {{.zone = 1, .prefixes = &nets6[0], .prefix_count = 1},
                                  {.zone = 2, .prefixes = &nets6[1], .prefix_count = 1}};
    struct workload_index *ix;

    (void)state;
    memcpy(macs[0][0], mac_a, 6);
    memcpy(macs[1][0], mac_b, 6);
    ix = index_of(by_mac, 2);
    expect_both(ix, &(struct way){mac_a, mac_b, "10.0.0.1", "10.0.0.2"}, 1, 0);
    expect_both(ix, &(struct way){mac_b, mac_a, "10.0.0.1", "10.0.0.2"}, 1, 1);
    workload_index_free(ix);
    ix = index_of(by_net, 2);
    expect_both(ix, &(struct way){mac_x, mac_x, "10.0.1.1", "10.0.2.1"}, 1, 1);
    workload_index_free(ix);
    ix = index_of(by_net6, 2);
    expect_both(ix, &(struct way){mac_x, mac_x, "2001:db8:1::1", "2001:db8:2::1"}, 1, 0);
    workload_index_free(ix);
}

static void the_longest_prefix_counts(void **state)
{
    struct ipprefix nets[] = {prefix("10.0.0.0/8"),    prefix("10.1.0.0/16"),
                              prefix("10.1.2.0/24"),   prefix("10.1.2.3/32"),
                              prefix("2001:db8::/32"), prefix("2001:db8::7/128")};
    struct workload w[6] = {{.zone = 1}};
    struct workload_index *ix;

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        w[i] = (struct workload){.zone = i + 1, .prefixes = &nets[i], .prefix_count = 1};
    ix = index_of(w, 6);
    expect_both(ix, &(struct way){mac_x, mac_x, "192.0.2.1", "10.9.9.9"}, 1, 1);
    expect_both(ix, &(struct way){mac_x, mac_x, "192.0.2.1", "10.1.9.9"}, 2, 1);
    expect_both(ix, &(struct way){mac_x, mac_x, "192.0.2.1", "10.1.2.4"}, 3, 1);
    expect_both(ix, &(struct way){mac_x, mac_x, "192.0.2.1", "10.1.2.3"}, 4, 1);
    expect_both(ix, &(struct way){mac_x, mac_x, "fe80::1", "2001:db8::1"}, 5, 1);
    expect_both(ix, &(struct way){mac_x, mac_x, "fe80::1", "2001:db8::7"}, 6, 1);
    expect(ix, &(struct way){mac_x, mac_x, "192.0.2.1", "192.0.2.2"}, 0, 1);
    expect(ix, &(struct way){mac_x, mac_x, "fe80::1", "fe80::2"}, 0, 1);
    workload_index_free(ix);
}

static void a_mac_is_stronger_than_a_prefix(void **state)
{
    uint8_t macs[1][6];
    struct ipprefix net = prefix("10.0.0.0/8");
    struct workload w[2] = {{.zone = 1, .prefixes = &net, .prefix_count = 1},
                            {.zone = 2, .macs = macs, .mac_count = 1}};
    struct workload_index *ix;

    (void)state;
    memcpy(macs[0], mac_b, 6);
    ix = index_of(w, 2);
    expect_both(ix, &(struct way){mac_x, mac_b, "10.0.0.1", "10.0.0.2"}, 2, 1);
    expect_both(ix, &(struct way){mac_x, mac_x, "10.0.0.1", "192.0.2.1"}, 1, 0);
    workload_index_free(ix);
}

static void families_do_not_mix(void **state)
{
    struct ipprefix all4 = prefix("0.0.0.0/0"), all6 = prefix("::/0");
    struct workload w[2] = {{.zone = 1, .prefixes = &all6, .prefix_count = 1},
                            {.zone = 2, .prefixes = &all4, .prefix_count = 1}};
    struct workload_index *ix = index_of(w, 2);

    (void)state;
    assert_int_equal(find(ix, &(struct way){mac_x, mac_x, "10.0.0.1", "10.0.0.2"}).zone, 2);
    assert_int_equal(find(ix, &(struct way){mac_x, mac_x, "fe80::1", "fe80::2"}).zone, 1);
    workload_index_free(ix);
}

static void nobody_at_all(void **state)
{
    struct workload_index *ix = workload_index_new(NULL, 0);

    (void)state;
    assert_non_null(ix);
    expect(ix, &(struct way){mac_x, mac_a, "10.0.0.1", "10.0.0.2"}, 0, 1);
    workload_index_free(ix);
    workload_index_free(NULL);
}

/* ---- inside the engine ---- */

static void two_workloads(struct snapshot *s)
{
    static const char *const nets[] = {"10.0.1.0/24", "10.0.2.0/24"};

    workloads_add(s, "guarded", nets, 1);
    workloads_add(s, "watched", nets + 1, 1)->mode = MODE_MONITOR;
}

static void add(struct frame_list *l, const char *from, const char *to, struct span options)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip_spec(&b, &(struct ip_spec){.src = from, .dst = to, .options = options});
    build_udp(&b, 40000, 5000);
    build_bytes(&b, "hello", 5);
    build_add(&b, l, START + l->count * 1000);
}

/* A malformed packet has addresses too, and they are its own: what was decoded before it in the
 * same place of the batch has nothing to say. */
static void malformed_packets_have_an_owner(void **state)
{
    struct frame_list first = {0}, bad = {0};
    struct engine_fixture f;

    (void)state;
    fixture_open(&f, &(struct fixture_options){
                         .parsers = sink_table, .mode = ENGINE_INLINE, .adjust = two_workloads});
    for (int round = 0; round < 2; round++) {
        const char *before = round ? "10.0.1.7" : "10.0.2.7";
        const char *now = round ? "10.0.2.9" : "10.0.1.9";

        add(&first, "192.0.2.1", before, SPAN(""));
        fixture_feed(&f, &first);
        add(&bad, "192.0.2.1", now, SPAN("\x83\x07\x04\x0a\x0a\x0a\x0a"));
        fixture_feed(&f, &bad);
        assert_int_equal(fixture_counter(&f, COUNTER_INVALID), round + 1);
        assert_int_equal(f.fates[f.frame_count - 1].verdict, round ? VERDICT_PASS : VERDICT_DROP);
        frame_list_free(&first);
        frame_list_free(&bad);
    }
    fixture_close(&f);
    sink_reset();
}

static void sessions_and_traffic_of_a_workload(void **state)
{
    struct frame_list frames = {0};
    struct traffic_window w;
    struct engine_fixture f;

    (void)state;
    add(&frames, "192.0.2.1", "10.0.2.7", SPAN(""));
    add(&frames, "192.0.2.1", "10.0.2.7", SPAN(""));
    add(&frames, "10.0.2.7", "192.0.2.9", SPAN(""));
    add(&frames, "192.0.2.1", "192.0.2.2", SPAN(""));
    fixture_open(&f, &(struct fixture_options){
                         .parsers = sink_table, .mode = ENGINE_INLINE, .adjust = two_workloads});
    fixture_feed(&f, &frames);
    assert_int_equal(fixture_counter(&f, COUNTER_NO_WORKLOAD), 1);
    assert_true(engine_traffic(f.engine, 2, 1, TRAFFIC_TOTAL, &w));
    assert_int_equal(w.packets, 2);
    assert_int_equal(w.sessions, 1);
    assert_true(engine_traffic(f.engine, 2, 0, TRAFFIC_TOTAL, &w));
    assert_int_equal(w.packets, 1);
    assert_true(engine_traffic(f.engine, 1, 1, TRAFFIC_TOTAL, &w));
    assert_int_equal(w.packets, 0);
    assert_true(engine_traffic(f.engine, 0, 1, TRAFFIC_TOTAL, &w));
    assert_int_equal(w.packets, 3);
    assert_false(engine_traffic(f.engine, 65537, 1, TRAFFIC_TOTAL, &w));
    fixture_flush(&f);
    assert_string_equal(fixture_event(&f, EVENT_FLOW, 0)->session.workload, "watched");
    fixture_close(&f);
    frame_list_free(&frames);
    sink_reset();
}

/* The workloads of a session are those of the configuration that holds, the old ones are gone. */
static void the_owner_outlives_its_configuration(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        struct frame_list frames = {0};
        struct engine_fixture f;
        struct snapshot *next = snapshot_new();
        const char *name;

        add(&frames, "192.0.2.1", "10.0.2.7", SPAN(""));
        fixture_open(&f, &(struct fixture_options){.parsers = sink_table,
                                                   .mode = ENGINE_INLINE,
                                                   .adjust = two_workloads});
        fixture_feed(&f, &frames);
        next->generation = 2;
        if (kept)
            two_workloads(next);
        assert_true(snapshot_seal(next));
        engine_configure(f.engine, next);
        snapshot_free(f.snapshot); /* a worker at rest lets the grace period pass before it looks */
        fixture_tick(&f, f.now_us);
        f.snapshot = next;
        fixture_feed(&f, &frames);
        fixture_flush(&f);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), kept ? 1 : 2);
        name = fixture_event(&f, EVENT_FLOW, 0)->session.workload;
        if (kept)
            assert_ptr_equal(name, next->workloads[1]->name);
        else
            assert_null(name);
        fixture_close(&f);
        frame_list_free(&frames);
        sink_reset();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macs_name_the_workload),
        cmocka_unit_test(both_ends_are_workloads),
        cmocka_unit_test(the_longest_prefix_counts),
        cmocka_unit_test(a_mac_is_stronger_than_a_prefix),
        cmocka_unit_test(families_do_not_mix),
        cmocka_unit_test(nobody_at_all),
        cmocka_unit_test(malformed_packets_have_an_owner),
        cmocka_unit_test(sessions_and_traffic_of_a_workload),
        cmocka_unit_test(the_owner_outlives_its_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
