/* SPDX-License-Identifier: Apache-2.0
 *
 * What carries a packet: links, tags and tunnels. The same request has to come out of each.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void outer_ethernet(struct packet_builder *b, const char *src, const char *dst)
{
    build_ethernet(b);
    build_ip(b, src, dst);
}

static void carry_one_tag(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x8100, 7);
}

static void carry_two_tags(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x88a8, 7);
    build_vlan(b, 0x8100, 8);
}

static void carry_two_old_tags(struct packet_builder *b)
{
    build_ethernet(b);
    build_vlan(b, 0x8100, 7);
    build_vlan(b, 0x8100, 8);
}

static void carry_pppoe(struct packet_builder *b)
{
    build_ethernet(b);
    build_pppoe(b, 17);
}

static void carry_mpls(struct packet_builder *b)
{
    build_ethernet(b);
    build_mpls(b, 100);
    build_mpls(b, 200);
}

static void carry_raw(struct packet_builder *b)
{
    build_link(b, LINK_RAW_IP);
}

static void carry_cooked(struct packet_builder *b)
{
    build_link(b, LINK_COOKED);
}

static void carry_cooked2(struct packet_builder *b)
{
    build_link(b, LINK_COOKED2);
}

static void carry_null(struct packet_builder *b)
{
    build_link(b, LINK_NULL);
}

static void carry_loop(struct packet_builder *b)
{
    build_link(b, LINK_LOOP);
}

static void carry_ppp(struct packet_builder *b)
{
    build_link(b, LINK_PPP);
}

static void carry_in_ipv4(struct packet_builder *b)
{
    outer_ethernet(b, "192.0.2.1", "192.0.2.2");
}

static void carry_in_ipv6(struct packet_builder *b)
{
    outer_ethernet(b, "2001:db8:9::1", "2001:db8:9::2");
}

static void carry_gre(struct packet_builder *b)
{
    outer_ethernet(b, "192.0.2.1", "192.0.2.2");
    build_gre(b, 0);
}

static void carry_gre_ethernet(struct packet_builder *b)
{
    outer_ethernet(b, "192.0.2.1", "192.0.2.2");
    build_gre(b, 99);
    build_ethernet(b);
}

static void carry_vxlan(struct packet_builder *b)
{
    outer_ethernet(b, "192.0.2.1", "192.0.2.2");
    build_vxlan(b, 42);
    build_ethernet(b);
}

static void carry_vxlan6(struct packet_builder *b)
{
    outer_ethernet(b, "2001:db8:9::1", "2001:db8:9::2");
    build_vxlan(b, 42);
    build_ethernet(b);
    build_vlan(b, 0x8100, 7);
}

static void carry_geneve(struct packet_builder *b)
{
    outer_ethernet(b, "192.0.2.1", "192.0.2.2");
    build_geneve(b, 42);
    build_ethernet(b);
}

static void carry_gtpu(struct packet_builder *b)
{
    outer_ethernet(b, "192.0.2.1", "192.0.2.2");
    build_gtpu(b, 42);
}

static void carry_teredo(struct packet_builder *b)
{
    outer_ethernet(b, "192.0.2.1", "192.0.2.2");
    build_teredo(b);
}

struct carrier {
    const char *name;
    void (*carry)(struct packet_builder *);
    bool only_ipv6;
};

static const struct carrier carriers[] = {
    {"Ethernet", NULL, false},
    {"802.1Q", carry_one_tag, false},
    {"802.1ad", carry_two_tags, false},
    {"802.1Q twice", carry_two_old_tags, false},
    {"PPPoE", carry_pppoe, false},
    {"MPLS", carry_mpls, false},
    {"raw IP", carry_raw, false},
    {"cooked", carry_cooked, false},
    {"cooked 2", carry_cooked2, false},
    {"null", carry_null, false},
    {"loop", carry_loop, false},
    {"PPP", carry_ppp, false},
    {"IP in IPv4", carry_in_ipv4, false},
    {"IP in IPv6", carry_in_ipv6, false},
    {"GRE", carry_gre, false},
    {"Ethernet in GRE", carry_gre_ethernet, false},
    {"VXLAN", carry_vxlan, false},
    {"VXLAN over IPv6, tagged inside", carry_vxlan6, false},
    {"Geneve", carry_geneve, false},
    {"GTP-U", carry_gtpu, false},
    {"Teredo", carry_teredo, true},
};

static void connection(struct frame_list *frames, const struct carrier *c, bool ipv6)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    s.carry = c->carry;
    if (ipv6) {
        s.ends[DIR_CLIENT].addr = "2001:db8::1";
        s.ends[DIR_SERVER].addr = "2001:db8::2";
    }
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, recipe_request());
    tcp_send(&s, DIR_SERVER, recipe_answer());
    tcp_close(&s, DIR_CLIENT);
}

static void the_same_request_out_of_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        for (int v6 = carriers[i].only_ipv6; v6 < 2; v6++) {
            struct frame_list frames = {0};
            struct engine_fixture f;

            connection(&frames, &carriers[i], v6);
            recipe_play(&f, &frames, ENGINE_INLINE);
            if (!span_equal(sink_bytes(0, DIR_CLIENT), recipe_request()) ||
                !span_equal(sink_bytes(0, DIR_SERVER), recipe_answer()))
                fail_msg("%s, IPv%d: %zu and %zu bytes", carriers[i].name, v6 ? 6 : 4,
                         sink_bytes(0, DIR_CLIENT).n, sink_bytes(0, DIR_SERVER).n);
            assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_TCP), 1);
            recipe_expect_verdicts(&f, 0, frames.count, VERDICT_PASS);
            recipe_close(&f);
            frame_list_free(&frames);
        }
    }
}

/* What carries a session is part of its identity. */
static void carriers_keep_sessions_apart(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    connection(&frames, &carriers[0], false);
    connection(&frames, &carriers[1], false);
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++)
        if (carriers[i].carry == carry_vxlan || carriers[i].carry == carry_gre)
            connection(&frames, &carriers[i], false);
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_TCP), 4);
    assert_int_equal(fixture_counter(&f, COUNTER_PORT_REUSED), 0);
    for (size_t i = 0; i < 4; i++)
        recipe_expect_whole(i, DIR_CLIENT, recipe_request());
    recipe_close(&f);
    frame_list_free(&frames);
}

/* Every frame of every carrier cut at every length: nothing breaks, and a frame that was cut is no
 * attack of the sender. */
static void frames_cut_by_the_capture(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        struct frame_list frames = {0}, cut = {0};
        struct engine_fixture f;

        connection(&frames, &carriers[i], carriers[i].only_ipv6);
        for (size_t n = 0; n < frames.frames[3].n; n++) {
            struct listed_frame *frame =
                frame_list_add(&cut, frames.frames[3].bytes, n, frames.frames[3].time_us);

            frame->link = frames.frames[3].link;
            frame->wire = frames.frames[3].n;
        }
        recipe_play(&f, &cut, ENGINE_TAP);
        if (fixture_threats(&f, THREAT_BAD_PACKET))
            fail_msg("%s: %s", carriers[i].name, fixture_event(&f, EVENT_THREAT, 0)->text);
        assert_int_equal(fixture_counter(&f, COUNTER_SNAPPED), cut.count);
        recipe_close(&f);
        frame_list_free(&frames);
        frame_list_free(&cut);
    }
}

/* The same bytes, but the frame itself was as short as that. */
static void frames_that_are_too_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++) {
        for (int mode = ENGINE_TAP; mode <= ENGINE_INLINE; mode++) {
            struct frame_list frames = {0}, cut = {0};
            struct engine_fixture f;

            connection(&frames, &carriers[i], carriers[i].only_ipv6);
            for (size_t n = 0; n < frames.frames[3].n; n++)
                frame_list_add(&cut, frames.frames[3].bytes, n, frames.frames[3].time_us)->link =
                    frames.frames[3].link;
            recipe_play(&f, &cut, (enum engine_mode)mode);
            assert_int_equal(fixture_counter(&f, COUNTER_SNAPPED), 0);
            assert_int_equal(sink_bytes(0, DIR_CLIENT).n, 0);
            recipe_close(&f);
            frame_list_free(&frames);
            frame_list_free(&cut);
        }
    }
}

static void carry_nested(struct packet_builder *b)
{
    build_ethernet(b);
    for (int i = 0; i < 20; i++)
        build_ip(b, "192.0.2.1", "192.0.2.2");
}

/* Tunnels in tunnels end at the configured depth. */
static void nesting_has_a_limit(void **state)
{
    static const struct carrier nested = {"IP in IP, twenty times", carry_nested, false};
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    connection(&frames, &nested, false);
    recipe_play(&f, &frames, ENGINE_INLINE);
    assert_int_equal(sink_count(), 0);
    recipe_expect_verdicts(&f, 0, frames.count, VERDICT_DROP);
    assert_int_equal(f.fates[0].reason, REASON_TUNNEL_DEPTH);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* Padding of short frames is not payload. */
static void trailers_are_not_payload(void **state)
{
    struct frame_list frames = {0}, padded = {0};
    struct engine_fixture f;

    (void)state;
    connection(&frames, &carriers[0], false);
    for (size_t i = 0; i < frames.count; i++) {
        struct packet_builder b;

        build_begin(&b);
        build_bytes(&b, frames.frames[i].bytes, frames.frames[i].n);
        build_trailer(&b, 18);
        frame_list_add(&padded, b.bytes, b.n, frames.frames[i].time_us);
    }
    recipe_play(&f, &padded, ENGINE_INLINE);
    recipe_expect_whole(0, DIR_CLIENT, recipe_request());
    recipe_expect_whole(0, DIR_SERVER, recipe_answer());
    recipe_expect_verdicts(&f, 0, padded.count, VERDICT_PASS);
    recipe_close(&f);
    frame_list_free(&frames);
    frame_list_free(&padded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_request_out_of_each),
        cmocka_unit_test(carriers_keep_sessions_apart),
        cmocka_unit_test(frames_cut_by_the_capture),
        cmocka_unit_test(frames_that_are_too_short),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(trailers_are_not_payload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
