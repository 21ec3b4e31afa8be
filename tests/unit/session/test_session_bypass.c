/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions set aside: by rule, or because their start was not seen. They are forwarded and counted,
 * not inspected, until the configuration says otherwise.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct look {
    size_t count;
    uint8_t state, verdict, why;
};

static bool look(void *arg, const struct session *s)
{
    struct look *l = arg;

    l->count++;
    l->state = s->state;
    l->verdict = s->verdict;
    l->why = s->bypass_reason;
    return true;
}

static struct look look_at(const struct engine_fixture *f)
{
    struct look l = {0};

    engine_sessions(f->engine, look, &l);
    return l;
}

static void add_rule(struct snapshot *s, const char *net, uint16_t port, uint8_t proto)
{
    struct bypass_rule *r;

    s->bypass = realloc(s->bypass, (s->bypass_count + 1) * sizeof *s->bypass);
    r = &s->bypass[s->bypass_count++];
    *r = (struct bypass_rule){.port = port, .proto = proto};
    if (net)
        assert_true(ipprefix_parse(net, &r->net));
}

static void open_engine(struct engine_fixture *f, void (*adjust)(struct snapshot *))
{
    sink_reset();
    fixture_open(f, &(struct fixture_options){
                        .parsers = sink_table, .mode = ENGINE_INLINE, .adjust = adjust});
}

static void feed(struct engine_fixture *f, struct frame_list *l)
{
    fixture_feed(f, l);
    frame_list_free(l);
}

/* The next generation of the same, without rules; the old one is freed. */
static void reconfigure(struct engine_fixture *f, void (*adjust)(struct snapshot *))
{
    struct snapshot *next = snapshot_new(), *old = f->snapshot;

    next->generation = old->generation + 1;
    if (adjust)
        adjust(next);
    assert_true(snapshot_seal(next));
    engine_configure(f->engine, next);
    fixture_tick(f, f->now_us);
    f->snapshot = next;
    snapshot_free(old);
}

/* ---- rules ---- */

struct rule_row {
    const char *what;
    const char *net;
    uint16_t port;
    uint8_t proto;
    bool tcp, udp; /* does it concern the connection 10.1.1.1:40000 to 10.1.1.2:80? */
};

static const struct rule_row *row;

static void by_row(struct snapshot *s)
{
    add_rule(s, "203.0.113.0/24", 0, 0); /* one that never holds, in front */
    add_rule(s, row->net, row->port, row->proto);
}

static void connection(struct frame_list *l, struct tcp_script *s)
{
    tcp_script_init(s, l);
    tcp_open(s);
    tcp_send(s, DIR_CLIENT, SPAN("hello"));
    tcp_send(s, DIR_SERVER, SPAN("welcome"));
}

static void datagrams(struct frame_list *l)
{
    for (int back = 0; back < 2; back++) {
        struct packet_builder b;

        build_begin(&b);
        build_ethernet(&b);
        build_ip(&b, back ? "10.1.1.2" : "10.1.1.1", back ? "10.1.1.1" : "10.1.1.2");
        build_udp(&b, back ? 80 : 40000, back ? 40000 : 80);
        build_bytes(&b, "content", 7);
        build_add(&b, l, UINT64_C(1700000000) * 1000000 + (uint64_t)back);
    }
}

static void expect_aside(const char *what, struct engine_fixture *f, bool aside)
{
    struct look now = look_at(f);

    if (now.count != 1 || (now.state == SESSION_BYPASSED) != aside)
        fail_msg("%s: %zu sessions, state %u", what, now.count, now.state);
    assert_int_equal(now.verdict, aside ? VERDICT_BYPASS : VERDICT_PASS);
    assert_int_equal(now.why, aside ? REASON_SETTING : REASON_NONE);
    assert_int_equal(sink_count(), aside ? 0 : 1);
    assert_int_equal(fixture_counter(f, COUNTER_SESSION_BYPASSED), aside);
    recipe_expect_verdicts(f, 0, f->frame_count, VERDICT_PASS);
    fixture_flush(f);
    assert_int_equal(fixture_event(f, EVENT_FLOW, 0)->session.verdict,
                     aside ? VERDICT_BYPASS : VERDICT_PASS);
    assert_int_equal(fixture_event(f, EVENT_FLOW, 0)->session.server_side.packets,
                     f->frame_count / 2);
}

static void rules_say_what_they_say(void **state)
{
    static const struct rule_row rows[] = {
        {"server's prefix", "10.1.1.2/32", 0, 0, true, true},
        {"client's prefix", "10.1.1.0/31", 0, 0, true, true},
        {"another prefix", "10.1.2.0/24", 0, 0, false, false},
        {"other family", "::/0", 0, 0, false, false},
        {"server's port", NULL, 80, 0, true, true},
        {"client's port", NULL, 40000, 0, true, true},
        {"another port", NULL, 81, 0, false, false},
        {"TCP", NULL, 0, 6, true, false},
        {"UDP", NULL, 0, 17, false, true},
        {"port of one protocol", NULL, 80, 17, false, true},
        {"one end", "10.1.1.2/32", 80, 6, true, false},
        {"address and port of two ends", "10.1.1.1/32", 80, 0, false, false},
        {"everything", NULL, 0, 0, true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame_list l = {0};
        struct engine_fixture f;
        struct tcp_script s;

        row = &rows[i];
        open_engine(&f, by_row);
        connection(&l, &s);
        tcp_ack(&s, DIR_SERVER);
        feed(&f, &l);
        expect_aside(row->what, &f, row->tcp);
        recipe_close(&f);

        open_engine(&f, by_row);
        datagrams(&l);
        feed(&f, &l);
        expect_aside(row->what, &f, row->udp);
        recipe_close(&f);
    }
}

/* ---- until the configuration changes ---- */

static void port_80(struct snapshot *s)
{
    add_rule(s, NULL, 80, 6);
}

static void without_its_rule_it_is_inspected_again(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct tcp_script s;

    (void)state;
    open_engine(&f, port_80);
    connection(&l, &s);
    feed(&f, &l);
    assert_int_equal(sink_count(), 0);
    reconfigure(&f, port_80); /* newer, but the same */
    tcp_send(&s, DIR_CLIENT, SPAN("hidden"));
    feed(&f, &l);
    assert_int_equal(look_at(&f).state, SESSION_BYPASSED);
    assert_int_equal(sink_count(), 0);
    reconfigure(&f, NULL);
    tcp_send(&s, DIR_CLIENT, SPAN("to be "));
    tcp_send(&s, DIR_SERVER, SPAN("as well"));
    tcp_send(&s, DIR_CLIENT, SPAN("seen"));
    feed(&f, &l);
    assert_int_equal(look_at(&f).state, SESSION_ESTABLISHED);
    assert_int_equal(look_at(&f).verdict, VERDICT_PASS);
    assert_int_equal(sink_count(), 1);
    recipe_expect_whole(0, DIR_CLIENT, SPAN("to be seen"));
    recipe_expect_whole(0, DIR_SERVER, SPAN("as well"));
    recipe_expect_verdicts(&f, 0, f.frame_count, VERDICT_PASS);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS), 1);
    recipe_close(&f);
}

/* The rule comes later: what is inspected goes on to be. */
static void a_new_rule_is_for_new_sessions(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct tcp_script s;

    (void)state;
    open_engine(&f, NULL);
    connection(&l, &s);
    feed(&f, &l);
    reconfigure(&f, port_80);
    tcp_send(&s, DIR_CLIENT, SPAN(", again"));
    feed(&f, &l);
    recipe_expect_whole(0, DIR_CLIENT, SPAN("hello, again"));
    assert_int_equal(look_at(&f).verdict, VERDICT_PASS);
    recipe_close(&f);
}

static void window_bypass(struct snapshot *s)
{
    s->exceptions[EXCEPTION_OUT_OF_WINDOW] = VERDICT_BYPASS;
}

/* Its application had been found before: that search begins anew too. */
static void set_aside_after_its_application_was_found(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct tcp_script s;

    (void)state;
    open_engine(&f, window_bypass);
    connection(&l, &s);
    tcp_at(&s, DIR_CLIENT, 100 << 20, SPAN("far away"));
    tcp_send(&s, DIR_CLIENT, SPAN("hidden"));
    feed(&f, &l);
    assert_int_equal(look_at(&f).state, SESSION_BYPASSED);
    assert_int_equal(look_at(&f).why, REASON_OUT_OF_WINDOW);
    recipe_expect(0, DIR_CLIENT, SPAN("hello"));
    reconfigure(&f, NULL);
    tcp_send(&s, DIR_CLIENT, SPAN("seen"));
    tcp_send(&s, DIR_SERVER, SPAN("too"));
    feed(&f, &l);
    assert_int_equal(sink_count(), 2);
    recipe_expect_whole(1, DIR_CLIENT, SPAN("seen"));
    recipe_expect_whole(1, DIR_SERVER, SPAN("too"));
    fixture_flush(&f);
    assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.app, APP_NTP);
    assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.label_count, 1);
    recipe_close(&f);
}

/* The same for a session blocked by a threat. */
static void blocked_after_its_application_was_found(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct tcp_script s;

    (void)state;
    open_engine(&f, NULL);
    connection(&l, &s);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = SPAN("x"), .options = SPAN("\2\4\0\100")});
    tcp_send(&s, DIR_CLIENT, SPAN("hidden"));
    feed(&f, &l);
    assert_int_equal(look_at(&f).verdict, VERDICT_BLOCK);
    recipe_expect_verdicts(&f, 5, 2, VERDICT_DROP);
    reconfigure(&f, NULL);
    tcp_send(&s, DIR_CLIENT, SPAN("seen"));
    feed(&f, &l);
    assert_int_equal(f.fates[f.frame_count - 1].verdict, VERDICT_PASS);
    assert_int_equal(sink_count(), 2);
    recipe_expect_whole(1, DIR_CLIENT, SPAN("seen"));
    recipe_close(&f);
}

/* ---- joined in the middle ---- */

static void midstream_bypass(struct snapshot *s)
{
    s->exceptions[EXCEPTION_MIDSTREAM] = VERDICT_BYPASS;
}

static void midstream_drop(struct snapshot *s)
{
    s->exceptions[EXCEPTION_MIDSTREAM] = VERDICT_DROP;
}

static void joined_sessions_are_set_aside_when_set(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct tcp_script s;
    struct look now;

    (void)state;
    open_engine(&f, midstream_bypass);
    tcp_script_init(&s, &l);
    tcp_send(&s, DIR_CLIENT, SPAN("hello"));
    tcp_send(&s, DIR_SERVER, SPAN("welcome"));
    feed(&f, &l);
    now = look_at(&f);
    assert_int_equal(now.count, 1);
    assert_int_equal(now.state, SESSION_BYPASSED);
    assert_int_equal(now.why, REASON_MIDSTREAM);
    assert_int_equal(sink_count(), 0);
    recipe_expect_verdicts(&f, 0, 2, VERDICT_PASS);
    s.ends[DIR_CLIENT].port = 40001; /* one from its start is not concerned */
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN("hello"));
    feed(&f, &l);
    assert_int_equal(sink_count(), 1);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSION_BYPASSED), 1);
    recipe_close(&f);
}

static void joined_sessions_are_dropped_when_set(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;
    struct tcp_script s;

    (void)state;
    open_engine(&f, midstream_drop);
    tcp_script_init(&s, &l);
    tcp_send(&s, DIR_CLIENT, SPAN("hello"));
    feed(&f, &l);
    assert_int_equal(look_at(&f).count, 0);
    recipe_expect_verdicts(&f, 0, 1, VERDICT_DROP);
    assert_int_equal(f.fates[0].reason, REASON_MIDSTREAM);
    recipe_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_say_what_they_say),
        cmocka_unit_test(without_its_rule_it_is_inspected_again),
        cmocka_unit_test(a_new_rule_is_for_new_sessions),
        cmocka_unit_test(set_aside_after_its_application_was_found),
        cmocka_unit_test(blocked_after_its_application_was_found),
        cmocka_unit_test(joined_sessions_are_set_aside_when_set),
        cmocka_unit_test(joined_sessions_are_dropped_when_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
