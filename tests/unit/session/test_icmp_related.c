/* SPDX-License-Identifier: Apache-2.0
 *
 * ICMP: errors belong to the session they speak of, answers to their questions; and protocols
 * without ports are sessions too.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START (UINT64_C(1700000000) * 1000000)

struct family {
    const char *client, *server, *router;
};

static const struct family families[] = {
    {"10.1.1.1", "10.1.1.2", "10.9.9.9"},
    {"2001:db8::1", "2001:db8::2", "2001:db8::99"},
};

enum { V4, V6 };

static void run(struct engine_fixture *f, const struct frame_list *frames)
{
    sink_reset();
    fixture_open(f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_INLINE});
    fixture_feed(f, frames);
    fixture_flush(f);
}

static void transport(struct packet_builder *b, uint8_t proto, uint16_t from, uint16_t to)
{
    if (proto == 6)
        build_tcp(b, &(struct tcp_spec){.sport = from, .dport = to, .seq = 1, .flags = TCP_SYN});
    else
        build_udp(b, from, to);
    if (proto == 17)
        build_bytes(b, "question", 8);
}

/* The packet that begins the session. */
static void question(struct packet_builder *b, const struct family *v, uint8_t proto)
{
    build_begin(b);
    build_ethernet(b);
    build_ip(b, v->client, v->server);
    transport(b, proto, 40000, 5000);
    build_finish(b);
}

/* What a router says about it: an error with the beginning of the packet inside. */
static void error_about(struct packet_builder *b, const struct family *v, uint8_t type,
                        uint8_t code, const struct packet_builder *about)
{
    size_t n = about->n - 14;

    build_begin(b);
    build_ethernet(b);
    build_ip(b, v->router, v->client);
    if (v == &families[V4])
        build_icmp(b, type, code, 0);
    else
        build_icmpv6(b, type, code, 0);
    build_bytes(b, about->bytes + 14, n);
    build_finish(b);
}

static void errors_belong_to_their_session(void **state)
{
    static const uint8_t types[2][6] = {{3, 4, 5, 11, 12, 0}, {1, 2, 3, 4, 0, 0}};

    (void)state;
    for (int v = V4; v <= V6; v++) {
        for (int t = 0; types[v][t]; t++) {
            for (int tcp = 0; tcp < 2; tcp++) {
                struct packet_builder asked, error;
                struct frame_list frames = {0};
                struct engine_fixture f;

                question(&asked, &families[v], tcp ? 6 : 17);
                error_about(&error, &families[v], types[v][t], 1, &asked);
                frame_list_add(&frames, asked.bytes, asked.n, START);
                frame_list_add(&frames, error.bytes, error.n, START + 1000);
                run(&f, &frames);
                if (fixture_counter(&f, COUNTER_ICMP_RELATED) != 1)
                    fail_msg("IPv%d error %u about %s is not related", v == V4 ? 4 : 6, types[v][t],
                             tcp ? "TCP" : "UDP");
                assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
                recipe_expect_verdicts(&f, 0, 2, VERDICT_PASS);
                recipe_close(&f);
                frame_list_free(&frames);
            }
        }
    }
}

/* The error comes from the other end about an answer: the embedded packet is the server's. */
static void errors_about_the_servers_packets(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct family back = {families[v].server, families[v].client, families[v].client};
        struct packet_builder asked, answer, error;
        struct frame_list frames = {0};
        struct engine_fixture f;

        question(&asked, &families[v], 17);
        build_begin(&answer);
        build_ethernet(&answer);
        build_ip(&answer, back.client, back.server);
        build_udp(&answer, 5000, 40000);
        build_bytes(&answer, "answer", 6);
        build_finish(&answer);
        build_begin(&error);
        build_ethernet(&error);
        build_ip(&error, families[v].client, families[v].server);
        if (v == V4)
            build_icmp(&error, 3, 3, 0);
        else
            build_icmpv6(&error, 1, 4, 0);
        build_bytes(&error, answer.bytes + 14, answer.n - 14);
        build_finish(&error);
        frame_list_add(&frames, asked.bytes, asked.n, START);
        frame_list_add(&frames, answer.bytes, answer.n, START + 1000);
        frame_list_add(&frames, error.bytes, error.n, START + 2000);
        run(&f, &frames);
        assert_int_equal(fixture_counter(&f, COUNTER_ICMP_RELATED), 1);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* RFC 792: the header and eight bytes are all that has to be inside. */
static void eight_bytes_of_tcp_are_enough(void **state)
{
    struct packet_builder asked, error;
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    question(&asked, &families[V4], 6);
    frame_list_add(&frames, asked.bytes, asked.n, START);
    asked.n = 14 + 20 + 8;
    error_about(&error, &families[V4], 3, 4, &asked);
    frame_list_add(&frames, error.bytes, error.n, START + 1000);
    run(&f, &frames);
    assert_int_equal(fixture_counter(&f, COUNTER_ICMP_RELATED), 1);
    recipe_close(&f);
    frame_list_free(&frames);
}

/* Cut anywhere inside: nothing may break, and nothing may be found that is not there. */
static void embedded_packets_cut_short(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct packet_builder asked;
        size_t whole;

        question(&asked, &families[v], 17);
        whole = asked.n;
        for (size_t n = 14; n <= whole; n++) {
            size_t needed = v == V4 ? 14 + 20 + 4 : 14 + 40 + 4;
            struct packet_builder error;
            struct frame_list frames = {0};
            struct engine_fixture f;

            frame_list_add(&frames, asked.bytes, whole, START);
            asked.n = n;
            error_about(&error, &families[v], v == V4 ? 3 : 1, 1, &asked);
            frame_list_add(&frames, error.bytes, error.n, START + 1000);
            run(&f, &frames);
            if (n < needed)
                assert_int_equal(fixture_counter(&f, COUNTER_ICMP_RELATED), 0);
            recipe_close(&f);
            frame_list_free(&frames);
        }
    }
}

static void errors_of_no_session_make_none(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct packet_builder asked, error;
        struct frame_list frames = {0};
        struct engine_fixture f;

        question(&asked, &families[v], 17);
        error_about(&error, &families[v], v == V4 ? 3 : 1, 1, &asked);
        frame_list_add(&frames, error.bytes, error.n, START);
        run(&f, &frames);
        assert_int_equal(fixture_counter(&f, COUNTER_ICMP_RELATED), 0);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_UDP), 0);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* ---- questions and answers ---- */

static void icmp_packet(struct frame_list *frames, int v, bool answer, uint8_t type, uint16_t id)
{
    const struct family *fam = &families[v];
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, answer ? fam->server : fam->client, answer ? fam->client : fam->server);
    if (v == V4)
        build_icmp(&b, type, 0, (uint32_t)id << 16 | 1);
    else
        build_icmpv6(&b, type, 0, (uint32_t)id << 16 | 1);
    build_fill(&b, 'p', 32);
    build_add(&b, frames, START + frames->count);
}

static void answers_belong_to_their_questions(void **state)
{
    static const struct {
        int v;
        uint8_t ask, answer;
    } pairs[] = {{V4, 8, 0}, {V4, 13, 14}, {V4, 15, 16}, {V4, 17, 18}, {V6, 128, 129}};

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct frame_list frames = {0};
        struct engine_fixture f;
        const struct event_record *flow;

        icmp_packet(&frames, pairs[i].v, false, pairs[i].ask, 7);
        icmp_packet(&frames, pairs[i].v, true, pairs[i].answer, 7);
        run(&f, &frames);
        if (fixture_count(&f, EVENT_FLOW) != 1)
            fail_msg("types %u and %u are %zu sessions", pairs[i].ask, pairs[i].answer,
                     fixture_count(&f, EVENT_FLOW));
        flow = fixture_event(&f, EVENT_FLOW, 0);
        assert_int_equal(flow->session.client_side.packets, 1);
        assert_int_equal(flow->session.server_side.packets, 1);
        recipe_expect_verdicts(&f, 0, 2, VERDICT_PASS);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* An answer seen first still is one: who asked is known from its type. */
static void a_lone_answer_names_the_right_client(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct frame_list frames = {0};
        struct engine_fixture f;
        char text[IPADDR_TEXT];

        icmp_packet(&frames, v, true, v == V4 ? 0 : 129, 7);
        icmp_packet(&frames, v, false, v == V4 ? 8 : 128, 7);
        run(&f, &frames);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        ipaddr_text(&fixture_event(&f, EVENT_FLOW, 0)->session.client.addr, text);
        assert_string_equal(text, families[v].client);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

static void identifiers_tell_pings_apart(void **state)
{
    (void)state;
    for (int v = V4; v <= V6; v++) {
        struct frame_list frames = {0};
        struct engine_fixture f;

        for (uint16_t id = 1; id <= 3; id++) {
            icmp_packet(&frames, v, false, v == V4 ? 8 : 128, id);
            icmp_packet(&frames, v, true, v == V4 ? 0 : 129, id);
        }
        run(&f, &frames);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 3);
        recipe_close(&f);
        frame_list_free(&frames);
    }
}

/* ---- other protocols ---- */

static void other_packet(struct frame_list *frames, int v, bool answer, uint8_t proto)
{
    const struct family *fam = &families[v];
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip_spec(&b, &(struct ip_spec){.src = answer ? fam->server : fam->client,
                                        .dst = answer ? fam->client : fam->server,
                                        .proto = proto});
    if (proto == 132)
        build_sctp(&b, answer ? 3868 : 40000, answer ? 40000 : 3868, 0);
    build_fill(&b, 0, 40);
    build_add(&b, frames, START + frames->count);
}

static void sctp_and_unknown_protocols_are_sessions(void **state)
{
    static const uint8_t protos[] = {132, 2, 50, 88, 103, 136, 253};

    (void)state;
    for (int v = V4; v <= V6; v++) {
        for (size_t i = 0; i < sizeof protos; i++) {
            struct frame_list frames = {0};
            struct engine_fixture f;
            const struct event_record *flow;

            other_packet(&frames, v, false, protos[i]);
            other_packet(&frames, v, true, protos[i]);
            other_packet(&frames, v, false, protos[i]);
            run(&f, &frames);
            if (fixture_count(&f, EVENT_FLOW) != 1)
                fail_msg("protocol %u over IPv%d: %zu sessions", protos[i], v == V4 ? 4 : 6,
                         fixture_count(&f, EVENT_FLOW));
            flow = fixture_event(&f, EVENT_FLOW, 0);
            assert_int_equal(flow->session.proto, protos[i]);
            assert_int_equal(flow->session.client_side.packets, 2);
            assert_int_equal(flow->session.server_side.packets, 1);
            assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_OTHER), 1);
            if (protos[i] == 132)
                assert_int_equal(flow->session.server.port, 3868);
            recipe_expect_verdicts(&f, 0, 3, VERDICT_PASS);
            recipe_close(&f);
            frame_list_free(&frames);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_belong_to_their_session),
        cmocka_unit_test(errors_about_the_servers_packets),
        cmocka_unit_test(eight_bytes_of_tcp_are_enough),
        cmocka_unit_test(embedded_packets_cut_short),
        cmocka_unit_test(errors_of_no_session_make_none),
        cmocka_unit_test(answers_belong_to_their_questions),
        cmocka_unit_test(a_lone_answer_names_the_right_client),
        cmocka_unit_test(identifiers_tell_pings_apart),
        cmocka_unit_test(sctp_and_unknown_protocols_are_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
