/* SPDX-License-Identifier: Apache-2.0
 *
 * Many sessions end without a stop: those of a workload that is gone, and those that exist when
 * somebody clears the table.
 */
#include "engine_fixture.h"
#include "packet_builder.h"
#include "sink_parser.h"
#include "workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define START (UINT64_C(1700000000) * 1000000)

enum { SESSIONS = 3000 };

static const char *const nets[] = {"10.0.1.0/24", "10.0.2.0/24"};

static void both(struct snapshot *s)
{
    s->limits.sessions = 65536;
    workloads_add(s, "first", &nets[0], 1);
    workloads_add(s, "second", &nets[1], 1);
}

static void add(struct frame_list *l, const char *to, uint16_t port)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, "192.0.2.1", to);
    build_udp(&b, port, 5000);
    build_bytes(&b, "hello", 5);
    build_add(&b, l, START);
}

static void feed(struct engine_fixture *f, struct frame_list *l)
{
    fixture_feed(f, l);
    frame_list_free(l);
    *l = (struct frame_list){0};
}

static void open_with_sessions(struct engine_fixture *f)
{
    struct frame_list frames = {0};

    fixture_open(
        f, &(struct fixture_options){.parsers = sink_table, .mode = ENGINE_INLINE, .adjust = both});
    for (uint16_t i = 0; i < SESSIONS; i++)
        add(&frames, i & 1 ? "10.0.1.7" : "10.0.2.7", (uint16_t)(20000 + i));
    feed(f, &frames);
    assert_int_equal(fixture_counter(f, COUNTER_SESSIONS), SESSIONS);
}

/* Ticks within the same second: nothing else ends a session. */
static unsigned ticks_until(struct engine_fixture *f, size_t ended)
{
    unsigned ticks = 0;

    while (fixture_count(f, EVENT_FLOW) < ended && ticks < 1000) {
        fixture_tick(f, f->now_us);
        ticks++;
    }
    assert_int_equal(fixture_count(f, EVENT_FLOW), ended);
    return ticks;
}

static void close_fixture(struct engine_fixture *f)
{
    fixture_close(f);
    sink_reset();
}

static void a_workload_goes(void **state)
{
    struct engine_fixture f;
    struct snapshot *next;

    (void)state;
    open_with_sessions(&f);
    next = snapshot_copy(f.snapshot);
    assert_non_null(next);
    shared_drop(&next->workloads[1]->shared);
    next->workload_count = 1;
    next->generation = 2;
    assert_true(snapshot_seal(next));
    engine_configure(f.engine, next);
    fixture_tick(&f, f.now_us);
    assert_int_equal(engine_generation(f.engine), 2);
    snapshot_free(f.snapshot);
    f.snapshot = next;
    assert_in_range(ticks_until(&f, SESSIONS / 2), 1, 1000);
    for (size_t i = 0; i < SESSIONS / 2; i++) {
        const struct event_record *r = fixture_event(&f, EVENT_FLOW, i);

        assert_int_equal(r->session.end_reason, REASON_CLEARED);
        assert_null(r->session.workload);
    }
    fixture_flush(&f); /* those of the other one are as they were */
    assert_string_equal(fixture_event(&f, EVENT_FLOW, SESSIONS - 1)->session.workload, "first");
    close_fixture(&f);
}

static void everything_is_cleared(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    open_with_sessions(&f);
    engine_clear(f.engine);
    add(&frames, "10.0.1.7", 50000); /* this one is of later */
    feed(&f, &frames);
    ticks_until(&f, SESSIONS);
    for (int i = 0; i < 200; i++)
        fixture_tick(&f, f.now_us);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), SESSIONS);
    close_fixture(&f);
}

/* Some of the table with each frame, however many sessions there are. */
static void packets_go_on_meanwhile(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    open_with_sessions(&f);
    engine_clear(f.engine);
    add(&frames, "10.0.1.7", 50000);
    feed(&f, &frames);
    assert_in_range(fixture_count(&f, EVENT_FLOW), 1, SESSIONS - 1);
    close_fixture(&f);
}

struct chosen {
    uint32_t hash;
    uint64_t id;
};

static bool choose(void *arg, const struct session *s)
{
    struct chosen *c = arg;

    c->hash = s->node.hash;
    c->id = s->id;
    return false;
}

static void one_is_cleared(void **state)
{
    struct engine_fixture f;
    struct chosen c = {0};
    size_t at = 0;

    (void)state;
    open_with_sessions(&f);
    while (c.id == 0 && engine_sessions_from(f.engine, &at, 16, choose, &c))
        ;
    assert_int_not_equal(c.id, 0);
    engine_clear_one(f.engine, c.hash, c.id + SESSIONS); /* no such session */
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 0);
    engine_clear_one(f.engine, c.hash, c.id);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    assert_int_equal(fixture_event(&f, EVENT_FLOW, 0)->session.id, c.id);
    engine_clear_one(f.engine, c.hash, c.id);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    close_fixture(&f);
}

static bool count(void *arg, const struct session *s)
{
    (void)s;
    ++*(size_t *)arg;
    return true;
}

static void the_table_is_seen_in_pieces(void **state)
{
    struct engine_fixture f;
    size_t at = 0, seen = 0, pieces = 0;

    (void)state;
    open_with_sessions(&f);
    while (engine_sessions_from(f.engine, &at, 1000, count, &seen))
        pieces++;
    assert_int_equal(seen, SESSIONS);
    assert_in_range(pieces, 100, 200);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workload_goes),
        cmocka_unit_test(everything_is_cleared),
        cmocka_unit_test(packets_go_on_meanwhile),
        cmocka_unit_test(one_is_cleared),
        cmocka_unit_test(the_table_is_seen_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
