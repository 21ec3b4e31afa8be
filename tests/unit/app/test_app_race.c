/* SPDX-License-Identifier: Apache-2.0
 *
 * The race for an undecided session: how long it may last, who wins it, what comes behind it.
 */
#include "conversation.h"
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)

/* ---- parsers of our own: a stream of 'x' interests them; how they end differs ---- */

static bool starts_with_x(enum dir from, struct span first)
{
    (void)from;
    return first.p[0] == 'x';
}

/* Reads to '.'; until then it waits. Before: `early` proof for what it has. */
static enum parse_result to_the_dot(struct parse *p, struct cursor *in, enum proof early,
                                    enum proof sure)
{
    struct span rest = cur_rest(in);

    if (early != PROOF_NONE)
        parse_proof(p, early);
    if (memchr(rest.p, '.', rest.n) == NULL)
        return early == PROOF_NONE ? PARSE_MORE : PARSE_MATCH;
    parse_proof(p, sure);
    parse_commit(p, in);
    return PARSE_MATCH;
}

static enum parse_result wait_parse(struct parse *p, struct cursor *in)
{
    return to_the_dot(p, in, PROOF_NONE, PROOF_CERTAIN);
}

static enum parse_result weak_parse(struct parse *p, struct cursor *in)
{
    return to_the_dot(p, in, PROOF_WEAK, PROOF_STRONG);
}

static enum parse_result fair_parse(struct parse *p, struct cursor *in)
{
    return to_the_dot(p, in, PROOF_FAIR, PROOF_STRONG);
}

/* Not mine, once there are three bytes. */
static enum parse_result short_parse(struct parse *p, struct cursor *in)
{
    (void)p;
    return cur_left(in) < 3 ? PARSE_MORE : PARSE_REJECT;
}

/* Announces another session with every datagram of the client. */
static const struct parser announcing;

static enum parse_result announce_parse(struct parse *p, struct cursor *in)
{
    parse_proof(p, PROOF_CERTAIN);
    if (p->dir == DIR_CLIENT)
        parse_expect(p, &(struct announce){.parser = &announcing,
                                           .app = APP_TFTP,
                                           .opener = DIR_CLIENT,
                                           .transport = OVER_UDP,
                                           .port = p->client_port,
                                           .port_of = DIR_CLIENT,
                                           .seconds = 30});
    cur_rest(in);
    parse_commit(p, in);
    return PARSE_MATCH;
}

#define PARSER(label, name_of, function)                                                           \
    static const struct parser label = {                                                           \
        .name = #label,                                                                            \
        .app = name_of,                                                                            \
        .transports = OVER_TCP | OVER_UDP,                                                         \
        .first = EITHER_FIRST,                                                                     \
        .state_size = 64,                                                                          \
        .max_pending = 24 << 10,                                                                   \
        .probe = starts_with_x,                                                                    \
        .parse = function,                                                                         \
    }

PARSER(waiting, APP_REDIS, wait_parse);
PARSER(weak, APP_DNS, weak_parse);
PARSER(fair, APP_SSH, fair_parse);
PARSER(passing, APP_MYSQL, short_parse);
PARSER(announcing, APP_TFTP, announce_parse);

static const struct parser *const only_waiting[] = {&waiting, NULL};
static const struct parser *const only_weak[] = {&weak, NULL};
static const struct parser *const only_fair[] = {&fair, NULL};
static const struct parser *const fair_and_waiting[] = {&fair, &waiting, NULL};
static const struct parser *const fair_and_passing[] = {&fair, &passing, NULL};
static const struct parser *const weak_and_fair[] = {&weak, &fair, &waiting, NULL};
static const struct parser *const only_announcing[] = {&announcing, NULL};

/* ---- one session, bytes a segment at a time ---- */

struct race {
    struct engine_fixture f;
    struct frame_list frames;
    struct tcp_script s;
};

static void feed(struct race *r)
{
    fixture_feed(&r->f, &r->frames);
    frame_list_free(&r->frames);
}

static void begin(struct race *r, const struct parser *const *table,
                  void (*adjust)(struct snapshot *))
{
    memset(r, 0, sizeof *r);
    fixture_open(&r->f, &(struct fixture_options){
                            .parsers = table, .mode = ENGINE_INLINE, .adjust = adjust});
    tcp_script_init(&r->s, &r->frames);
    tcp_open(&r->s);
    feed(r);
}

static void say(struct race *r, char c, size_t n)
{
    static char bytes[4096];

    assert_true(n <= sizeof bytes);
    memset(bytes, c, sizeof bytes);
    tcp_send(&r->s, DIR_CLIENT, span_of(bytes, n));
    tcp_ack(&r->s, DIR_SERVER);
    feed(r);
}

static bool look(void *arg, const struct session *s)
{
    *(struct session_record *)arg =
        (struct session_record){.flags = s->flags, .app = (enum app)s->app_id, .proof = s->proof};
    return true;
}

static struct session_record now(const struct race *r)
{
    struct session_record s = {0};

    engine_sessions(r->f.engine, look, &s);
    return s;
}

static bool is_ready(const struct race *r)
{
    return now(r).flags & SESSION_APP_READY;
}

static size_t app_bytes(const struct race *r)
{
    struct engine_usage u;

    engine_usage(r->f.engine, &u);
    return u.app_bytes;
}

static void end(struct race *r)
{
    for (size_t i = 0; i < r->f.frame_count; i++)
        assert_true(fixture_passed(&r->f, i));
    fixture_flush(&r->f);
    assert_int_equal(app_bytes(r), 0);
    fixture_close(&r->f);
}

/* ---- limits ---- */

static void decided_after_so_many_bytes(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_waiting, NULL);
    for (unsigned kib = 1; kib <= 15; kib++) {
        say(&r, 'x', 1024);
        assert_false(is_ready(&r));
    }
    say(&r, 'x', 1023);
    assert_false(is_ready(&r));
    say(&r, 'x', 1);
    assert_true(is_ready(&r));
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    assert_int_equal(fixture_counter(&r.f, COUNTER_APP_UNKNOWN), 1);
    end(&r);
}

static void decided_after_so_many_packets(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_waiting, NULL);
    for (unsigned i = 1; i <= 31; i++) {
        say(&r, 'x', 1);
        tcp_ack(&r.s, DIR_CLIENT); /* without payload: does not count */
        feed(&r);
        assert_false(is_ready(&r));
    }
    say(&r, 'x', 1);
    assert_true(is_ready(&r));
    assert_int_equal(fixture_counter(&r.f, COUNTER_APP_UNKNOWN), 1);
    end(&r);
}

/* Silence does not stop the clock. */
static void decided_after_so_long(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        struct race r;
        uint64_t first;

        begin(&r, only_waiting, NULL);
        tcp_wait(&r.s, 60000); /* the handshake's time is not that of the data */
        first = r.s.time_us;
        say(&r, 'x', 10);
        fixture_tick(&r.f, first + 9 * SECOND);
        assert_false(is_ready(&r));
        if (silent) {
            fixture_tick(&r.f, first + 11 * SECOND);
        } else {
            r.s.time_us = first + 10 * SECOND - 2000;
            say(&r, 'x', 1);
            assert_false(is_ready(&r));
            r.s.time_us = first + 10 * SECOND;
            tcp_ack(&r.s, DIR_CLIENT);
            feed(&r);
        }
        assert_true(is_ready(&r));
        assert_int_equal(now(&r).app, APP_UNKNOWN);
        end(&r);
    }
}

static void fewer(struct snapshot *s)
{
    s->limits.decide_bytes = 100;
    s->limits.decide_packets = 5;
}

static void limits_are_settings(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_waiting, fewer);
    say(&r, 'x', 99);
    assert_false(is_ready(&r));
    say(&r, 'x', 1);
    assert_true(is_ready(&r));
    end(&r);
    begin(&r, only_waiting, fewer);
    for (int i = 0; i < 5; i++) {
        assert_false(is_ready(&r));
        say(&r, 'x', 1);
    }
    assert_true(is_ready(&r));
    end(&r);
}

/* ---- proofs ---- */

/* Ready means that policy does not wait any more; the name may still come. */
static void a_late_proof_counts(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_waiting, NULL);
    for (int i = 0; i < 32; i++)
        say(&r, 'x', 1);
    assert_true(is_ready(&r));
    say(&r, '.', 1);
    assert_int_equal(now(&r).app, APP_REDIS);
    assert_int_equal(now(&r).proof, PROOF_CERTAIN);
    assert_int_equal(fixture_counter(&r.f, COUNTER_APP_FOUND), 0); /* it was counted already */
    end(&r);
}

/* ... but not for ever: what no candidate may hold is not kept. */
static void too_late_a_proof_does_not(void **state)
{
    struct race r;
    size_t kept;

    (void)state;
    begin(&r, only_waiting, NULL);
    for (int i = 0; i < 20; i++)
        say(&r, 'x', 1024);
    assert_true(is_ready(&r));
    kept = app_bytes(&r);
    assert_true(kept > 16 << 10);
    for (int i = 0; i < 5; i++)
        say(&r, 'x', 1024);
    assert_true(app_bytes(&r) < kept - (16 << 10));
    say(&r, '.', 1);
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    end(&r);
}

static void a_weak_proof_never_decides(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_weak, NULL);
    for (int i = 0; i < 32; i++)
        say(&r, 'x', 1);
    assert_true(is_ready(&r));
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    say(&r, '.', 1);
    assert_int_equal(now(&r).app, APP_DNS);
    end(&r);
}

static void a_fair_proof_is_enough_alone(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_fair, NULL);
    say(&r, 'x', 1);
    assert_int_equal(now(&r).app, APP_SSH);
    assert_int_equal(now(&r).proof, PROOF_FAIR);
    end(&r);
}

/* With somebody else still in the race it waits: for the deadline, or for the other to leave. */
static void two_candidates(void **state)
{
    struct race r;

    (void)state;
    begin(&r, fair_and_waiting, NULL);
    for (int i = 0; i < 31; i++) {
        say(&r, 'x', 1);
        assert_int_equal(now(&r).app, APP_UNKNOWN);
    }
    say(&r, 'x', 1);
    assert_int_equal(now(&r).app, APP_SSH);
    assert_int_equal(fixture_counter(&r.f, COUNTER_APP_FOUND), 1);
    assert_int_equal(fixture_counter(&r.f, COUNTER_APP_CANDIDATES), 2);
    end(&r);

    begin(&r, fair_and_passing, NULL);
    say(&r, 'x', 1);
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    say(&r, 'x', 2);
    assert_int_equal(now(&r).app, APP_SSH);
    end(&r);

    begin(&r, fair_and_waiting, NULL);
    say(&r, 'x', 1);
    say(&r, '.', 1); /* certain beats strong */
    assert_int_equal(now(&r).app, APP_REDIS);
    end(&r);
}

static void the_best_proof_wins_at_the_deadline(void **state)
{
    struct race r;

    (void)state;
    begin(&r, weak_and_fair, fewer);
    say(&r, 'x', 10);
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    say(&r, 'x', 90);
    assert_int_equal(now(&r).app, APP_SSH);
    end(&r);
}

/* The end of a session is a deadline too. */
static void the_end_decides(void **state)
{
    struct race r;

    (void)state;
    begin(&r, fair_and_waiting, NULL);
    say(&r, 'x', 1);
    fixture_flush(&r.f);
    assert_int_equal(fixture_event(&r.f, EVENT_FLOW, 0)->session.app, APP_SSH);
    end(&r);
}

static void nobody_wants_it(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_waiting, NULL);
    say(&r, 'y', 1);
    assert_true(is_ready(&r));
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    say(&r, 'x', 1);
    say(&r, '.', 1);
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    assert_int_equal(fixture_counter(&r.f, COUNTER_APP_CALLS), 0);
    end(&r);
}

/* ---- memory ---- */

static void little_memory(struct snapshot *s)
{
    s->limits.app_bytes = 2048;
}

static void no_memory(struct snapshot *s)
{
    s->limits.app_bytes = 32;
}

/* Without memory the application stays unknown, the traffic goes on, and nothing is kept. */
static void memory_runs_out(void **state)
{
    struct race r;

    (void)state;
    begin(&r, only_waiting, little_memory);
    say(&r, 'x', 1000);
    assert_false(is_ready(&r));
    say(&r, 'x', 1000);
    assert_true(fixture_counter(&r.f, COUNTER_APP_BUDGET) > 0);
    assert_true(is_ready(&r));
    say(&r, '.', 1);
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    end(&r);

    begin(&r, only_waiting, no_memory);
    say(&r, 'x', 1);
    assert_int_equal(fixture_counter(&r.f, COUNTER_APP_BUDGET), 1);
    assert_true(is_ready(&r));
    assert_int_equal(now(&r).app, APP_UNKNOWN);
    end(&r);
}

/* ---- one application inside another ---- */

#define HELLO                                                                                      \
    "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03"                                                 \
    "0123456789abcdef0123456789abcdef"                                                             \
    "\x00\x00\x04\x13\x01\x13\x02\x01\x00"
#define HELLO_ANSWER                                                                               \
    "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"                                                 \
    "fedcba9876543210fedcba9876543210"                                                             \
    "\x00\x13\x01\x00"

static void upgrades_are_labelled_outside_in(void **state)
{
    static const struct turn connect[] = {
        CLIENT("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"),
        SERVER("HTTP/1.1 200 OK\r\n\r\n"),
        CLIENT(HELLO),
        SERVER(HELLO_ANSWER),
        {0},
    };
    static const struct turn ssl_request[] = {
        CLIENT("\0\0\0\x08\x04\xd2\x16\x2f"), SERVER("S"), CLIENT(HELLO), SERVER(HELLO_ANSWER), {0},
    };
    static const struct turn refused[] = {
        CLIENT("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"),
        SERVER("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        {0},
    };
    static const struct {
        const struct turn *turns;
        const char *expect[3];
    } rows[] = {
        {connect, {"protocols http,tls", NULL}},
        {ssl_request, {"protocols postgresql,tls", NULL}},
        {refused, {"app http", "!protocols http,tls", NULL}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        conversation_check(&(struct conversation){
            .server_port = 40001, .turns = rows[i].turns, .expect = rows[i].expect});
}

/* ---- expectations ---- */

static void four(struct snapshot *s)
{
    s->limits.expectations = 4;
}

static void datagram(struct frame_list *l, bool back, uint16_t client, uint16_t server,
                     uint64_t seconds)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, back ? "10.1.1.2" : "10.1.1.1", back ? "10.1.1.1" : "10.1.1.2");
    build_udp(&b, back ? server : client, back ? client : server);
    build_bytes(&b, back ? "y" : "x", 1);
    build_add(&b, l, (1700000000 + seconds) * SECOND);
}

static void announced_sessions_are_known(void **state)
{
    static const struct {
        uint64_t seconds;
        bool known;
    } rows[] = {{1, true}, {30, true}, {31, false}, {1000, false}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame_list l = {0};
        struct engine_fixture f;
        const struct session_record *s = NULL;

        fixture_open(&f, &(struct fixture_options){.parsers = only_announcing});
        datagram(&l, false, 40000, 69, 0);
        datagram(&l, true, 40000, 50000, rows[i].seconds);
        datagram(&l, true, 40001, 50000, rows[i].seconds); /* nobody announced this one */
        fixture_feed(&f, &l);
        fixture_flush(&f);
        assert_int_equal(fixture_counter(&f, COUNTER_EXPECTED), rows[i].known);
        assert_int_equal(fixture_count(&f, EVENT_FLOW), 3);
        for (size_t k = 0; k < 3; k++) {
            const struct session_record *one = &fixture_event(&f, EVENT_FLOW, k)->session;

            if (one->flags & SESSION_EXPECTED)
                s = one;
        }
        if (rows[i].known) {
            assert_non_null(s);
            assert_int_equal(s->app, APP_TFTP);
            assert_int_equal(s->client.port, 40000);
            assert_int_equal(s->server.port, 50000);
        } else
            assert_null(s);
        fixture_close(&f);
        frame_list_free(&l);
    }
}

/* More than there is room for: the oldest are forgotten. */
static void too_many_announcements(void **state)
{
    struct frame_list l = {0};
    struct engine_fixture f;

    (void)state;
    fixture_open(&f, &(struct fixture_options){.parsers = only_announcing, .adjust = four});
    for (uint16_t i = 0; i < 6; i++)
        datagram(&l, false, (uint16_t)(40000 + i), 69, 0);
    for (uint16_t i = 0; i < 2; i++)
        datagram(&l, true, (uint16_t)(40000 + i), 50000, 1);
    fixture_feed(&f, &l);
    assert_int_equal(fixture_counter(&f, COUNTER_EXPECTED), 0);
    frame_list_free(&l);
    for (uint16_t i = 2; i < 6; i++)
        datagram(&l, true, (uint16_t)(40000 + i), 50000, 2);
    for (uint16_t i = 2; i < 6; i++) /* each only once */
        datagram(&l, true, (uint16_t)(40000 + i), 50001, 2);
    fixture_feed(&f, &l);
    assert_int_equal(fixture_counter(&f, COUNTER_EXPECTED), 4);
    fixture_close(&f);
    frame_list_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decided_after_so_many_bytes),
        cmocka_unit_test(decided_after_so_many_packets),
        cmocka_unit_test(decided_after_so_long),
        cmocka_unit_test(limits_are_settings),
        cmocka_unit_test(a_late_proof_counts),
        cmocka_unit_test(too_late_a_proof_does_not),
        cmocka_unit_test(a_weak_proof_never_decides),
        cmocka_unit_test(a_fair_proof_is_enough_alone),
        cmocka_unit_test(two_candidates),
        cmocka_unit_test(the_best_proof_wins_at_the_deadline),
        cmocka_unit_test(the_end_decides),
        cmocka_unit_test(nobody_wants_it),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(upgrades_are_labelled_outside_in),
        cmocka_unit_test(announced_sessions_are_known),
        cmocka_unit_test(too_many_announcements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
