/* SPDX-License-Identifier: Apache-2.0
 *
 * Service mesh: a proxy in the workload takes the connection over, and the two directions of one
 * connection carry different server addresses. Only the client's end is the same.
 */
#include "recipe.h"
#include "workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct family {
    const char *pod, *proxy, *server, *other;
};

static const struct family families[] = {
    {"10.244.0.7", "127.0.0.1", "172.16.0.9", "172.16.0.10"},
    {"2001:db8::7", "::1", "2001:db8:9::9", "2001:db8:9::10"},
};

/* One connection: what the client sends goes to the proxy, what comes back is the server's. */
struct meshed {
    struct tcp_script s;
    const char *proxy, *server;
    uint16_t server_port;
};

static void mesh_of(struct snapshot *s)
{
    static const char *const nets[] = {"10.244.0.7/32", "2001:db8::7/128"};

    workloads_add(s, "meshed", nets, 2)->mesh = true;
}

/* The loopback interface: no addresses below IP. */
static void loopback(struct packet_builder *b)
{
    build_ethernet_macs(b, (uint8_t[6]){0}, (uint8_t[6]){0});
}

static void meshed_init(struct meshed *m, struct frame_list *l, const struct family *v,
                        const char *server, uint32_t isn)
{
    tcp_script_init(&m->s, l);
    m->s.carry = loopback;
    m->proxy = v->proxy;
    m->server = server;
    m->server_port = 80;
    m->s.ends[DIR_CLIENT].addr = v->pod;
    m->s.ends[DIR_CLIENT].isn = m->s.ends[DIR_CLIENT].next = isn;
    m->s.ends[DIR_SERVER].isn = m->s.ends[DIR_SERVER].next = isn + 0x40000000;
}

/* From now on `from` speaks: the server's end looks as that direction sees it. */
static struct tcp_script *turn(struct meshed *m, enum dir from)
{
    m->s.ends[DIR_SERVER].addr = from == DIR_CLIENT ? m->proxy : m->server;
    m->s.ends[DIR_SERVER].port = from == DIR_CLIENT ? 15001 : m->server_port;
    m->s.time_us = 1700000000u * UINT64_C(1000000) + m->s.out->count * 1000;
    return &m->s;
}

static void meshed_syn(struct meshed *m)
{
    tcp_emit(turn(m, DIR_CLIENT), DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    m->s.ends[DIR_CLIENT].next++;
}

static void meshed_answer(struct meshed *m)
{
    tcp_emit(turn(m, DIR_SERVER), DIR_SERVER, &(struct tcp_segment){.flags = TCP_SYN | TCP_ACK});
    m->s.ends[DIR_SERVER].next++;
}

static void meshed_send(struct meshed *m, enum dir from, struct span bytes)
{
    tcp_send(turn(m, from), from, bytes);
}

static void meshed_open(struct meshed *m)
{
    meshed_syn(m);
    meshed_answer(m);
    tcp_ack(turn(m, DIR_CLIENT), DIR_CLIENT);
}

static void meshed_close(struct meshed *m)
{
    for (enum dir d = DIR_CLIENT; d <= DIR_SERVER; d++) {
        tcp_emit(turn(m, d), d, &(struct tcp_segment){.flags = TCP_FIN | TCP_ACK});
        m->s.ends[d].next++;
    }
    tcp_ack(turn(m, DIR_CLIENT), DIR_CLIENT);
}

static void play(struct engine_fixture *f, struct frame_list *l, const struct parser *const *table)
{
    sink_reset();
    fixture_open(
        f, &(struct fixture_options){.parsers = table, .mode = ENGINE_INLINE, .adjust = mesh_of});
    fixture_feed(f, l);
    fixture_flush(f);
    frame_list_free(l);
}

static void expect_end(const struct session_end *end, const char *addr, uint16_t port)
{
    char text[IPADDR_TEXT];

    ipaddr_text(&end->addr, text);
    assert_string_equal(text, addr);
    assert_int_equal(end->port, port);
}

static void both_halves_are_one_session(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        struct frame_list l = {0};
        struct engine_fixture f;
        struct meshed m;
        const struct session_record *s;

        meshed_init(&m, &l, &families[v], families[v].server, 0x10000000);
        meshed_open(&m);
        meshed_send(&m, DIR_CLIENT, recipe_request());
        meshed_send(&m, DIR_SERVER, recipe_answer());
        meshed_close(&m);
        play(&f, &l, NULL);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        s = &fixture_event(&f, EVENT_FLOW, 0)->session;
        expect_end(&s->client, families[v].pod, 40000);
        expect_end(&s->server, families[v].server, 80);
        assert_true(s->flags & SESSION_MESH_TO_SERVER);
        assert_true(s->flags & SESSION_WAS_ESTABLISHED);
        assert_false(s->flags & SESSION_INGRESS);
        assert_int_equal(s->app, APP_HTTP);
        assert_string_equal(s->host, "shop.example.org");
        assert_string_equal(s->workload, "meshed");
        assert_int_equal(s->end_reason, REASON_CLOSED);
        assert_int_equal(s->client_side.packets, 5);
        assert_int_equal(s->server_side.packets, 3);
        assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_MESH), 1);
        assert_int_equal(fixture_counter(&f, COUNTER_TCP_OUT_OF_WINDOW), 0);
        recipe_expect_verdicts(&f, 0, f.frame_count, VERDICT_PASS);
        recipe_close(&f);
    }
}

static void a_syn_alone_names_the_proxy(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        struct frame_list l = {0};
        struct engine_fixture f;
        struct meshed m;
        const struct session_record *s;

        meshed_init(&m, &l, &families[v], families[v].server, 0x10000000);
        meshed_syn(&m);
        play(&f, &l, NULL);
        s = &fixture_event(&f, EVENT_FLOW, 0)->session;
        expect_end(&s->server, families[v].proxy, 15001);
        assert_false(s->flags & SESSION_MESH_TO_SERVER);
        recipe_close(&f);
    }
}

/* A connection that no proxy takes over is one like any other. */
static void a_direct_connection_stays_as_it_is(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        struct frame_list l = {0};
        struct engine_fixture f;
        struct meshed m;
        const struct session_record *s;

        meshed_init(&m, &l, &families[v], families[v].server, 0x10000000);
        m.proxy = families[v].server;
        meshed_open(&m);
        meshed_send(&m, DIR_CLIENT, recipe_request());
        play(&f, &l, NULL);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
        s = &fixture_event(&f, EVENT_FLOW, 0)->session;
        expect_end(&s->server, families[v].server, 15001);
        assert_false(s->flags & SESSION_MESH_TO_SERVER);
        assert_int_equal(s->app, APP_HTTP);
        recipe_close(&f);
    }
}

/* ---- one client port, two servers ---- */

enum order { ONE_BY_ONE, TOGETHER, CROSSED, ORDERS };

static void open_both(struct meshed *a, struct meshed *b, enum order order)
{
    if (order == ONE_BY_ONE) {
        meshed_open(a);
        meshed_open(b);
        return;
    }
    meshed_syn(a);
    meshed_syn(b);
    meshed_answer(order == CROSSED ? b : a);
    meshed_answer(order == CROSSED ? a : b);
    tcp_ack(turn(a, DIR_CLIENT), DIR_CLIENT);
    tcp_ack(turn(b, DIR_CLIENT), DIR_CLIENT);
}

static void two_connections_are_two_sessions(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        for (enum order order = ONE_BY_ONE; order < ORDERS; order++) {
            struct frame_list l = {0};
            struct engine_fixture f;
            struct meshed a, b;
            unsigned seen[2] = {0};

            meshed_init(&a, &l, &families[v], families[v].server, 0x10000000);
            meshed_init(&b, &l, &families[v], families[v].other, 0x90000000);
            b.server_port = 8080;
            open_both(&a, &b, order);
            meshed_send(&a, DIR_CLIENT, SPAN("to the first"));
            meshed_send(&b, DIR_CLIENT, SPAN("to the second"));
            meshed_send(&b, DIR_SERVER, SPAN("from the second"));
            meshed_send(&a, DIR_SERVER, SPAN("from the first"));
            meshed_close(&b);
            meshed_send(&a, DIR_CLIENT, SPAN("!"));
            play(&f, &l, sink_table);
            if (fixture_count(&f, EVENT_FLOW) != 2)
                fail_msg("order %d: %zu sessions", order, fixture_count(&f, EVENT_FLOW));
            recipe_expect_whole(0, DIR_CLIENT, SPAN("to the first!"));
            recipe_expect_whole(0, DIR_SERVER, SPAN("from the first"));
            recipe_expect_whole(1, DIR_CLIENT, SPAN("to the second"));
            recipe_expect_whole(1, DIR_SERVER, SPAN("from the second"));
            for (size_t i = 0; i < 2; i++) {
                const struct session_record *s = &fixture_event(&f, EVENT_FLOW, i)->session;
                bool second = s->server.port == 8080;

                expect_end(&s->server, second ? families[v].other : families[v].server,
                           second ? 8080 : 80);
                seen[second]++;
            }
            assert_int_equal(seen[0], 1);
            assert_int_equal(seen[1], 1);
            recipe_expect_verdicts(&f, 0, f.frame_count, VERDICT_PASS);
            recipe_close(&f);
        }
    }
}

/* The one that has been idle too long ends at its next packet; the other one is not it. */
static void one_of_two_times_out(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct meshed a, b;

    (void)state;
    meshed_init(&a, &l, &families[0], families[0].server, 0x10000000);
    meshed_init(&b, &l, &families[0], families[0].other, 0x90000000);
    meshed_open(&a);
    meshed_open(&b);
    meshed_send(&a, DIR_CLIENT, SPAN("first"));
    meshed_send(&b, DIR_CLIENT, SPAN("second"));
    for (unsigned later = 1; later <= 2; later++) { /* b goes on, a does not; one batch */
        meshed_send(&b, DIR_CLIENT, SPAN("+"));
        l.frames[l.count - 1].time_us += later * UINT64_C(1000) * 1000000;
    }
    meshed_send(&a, DIR_CLIENT, SPAN("again"));
    l.frames[l.count - 1].time_us += 2000 * UINT64_C(1000000);
    play(&f, &l, sink_table);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS_TIMEOUT), 1);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 3);
    recipe_expect_whole(0, DIR_CLIENT, SPAN("first"));
    recipe_expect_whole(1, DIR_CLIENT, SPAN("second++"));
    recipe_expect(2, DIR_CLIENT, SPAN("again"));
    recipe_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_halves_are_one_session),
        cmocka_unit_test(a_syn_alone_names_the_proxy),
        cmocka_unit_test(a_direct_connection_stays_as_it_is),
        cmocka_unit_test(two_connections_are_two_sessions),
        cmocka_unit_test(one_of_two_times_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
