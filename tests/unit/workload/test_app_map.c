/* SPDX-License-Identifier: Apache-2.0
 *
 * What runs behind the ports of workloads: learned, kept, forgotten, and never more than there is
 * room for.
 */
#include "workload/app_map.h"

#include "engine_fixture.h"
#include "tcp_script.h"
#include "workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct hash_key key;

static bool learn(struct app_map *m, uint32_t zone, uint16_t port, uint16_t protocol)
{
    return app_map_learn(
        m, &key, &(struct port_app){.zone = zone, .proto = 6, .port = port, .protocol = protocol});
}

static void numbers_are_joined(void **state)
{
    struct port_app server = {.zone = 1, .proto = 6, .port = 80, .server = 2022};
    struct app_map m = {0};
    const struct port_app *e = NULL;

    (void)state;
    assert_true(learn(&m, 1, 80, 1001));
    assert_true(m.changed);
    for (size_t i = 0; i < APP_MAP_ENTRIES; i++) {
        if (m.entries[i].zone)
            e = &m.entries[i];
        m.entries[i].changed = false;
    }
    m.changed = false;
    assert_non_null(e);
    assert_true(learn(&m, 1, 80, 1001));
    assert_true(learn(&m, 1, 80, 0)); /* says nothing */
    assert_false(m.changed);
    assert_true(app_map_learn(&m, &key, &server));
    assert_true(m.changed);
    assert_true(e->changed);
    assert_int_equal(m.count, 1);
    assert_int_equal(e->protocol, 1001);
    assert_int_equal(e->server, 2022);
    app_map_fini(&m);
}

static void a_full_map_learns_nothing_new(void **state)
{
    struct app_map m = {0};

    (void)state;
    for (uint32_t i = 0; i < APP_MAP_MOST; i++)
        assert_true(learn(&m, 1 + i % 3, (uint16_t)i, 1001));
    assert_false(learn(&m, 4, 1, 1001));
    assert_true(learn(&m, 1, 0, 1002)); /* what is known may change */
    assert_int_equal(m.count, APP_MAP_MOST);
    app_map_fini(&m);
}

static void zones_are_forgotten(void **state)
{
    static const bool there[] = {false, true, false, true};
    struct app_map m = {0};

    (void)state;
    app_map_keep(&m, &key, there, 4); /* nothing to do */
    for (uint32_t i = 0; i < 3000; i++)
        assert_true(learn(&m, 1 + i % 4, (uint16_t)i, 1001));
    app_map_keep(&m, &key, there, 4);
    assert_int_equal(m.count, 1500);
    for (size_t i = 0; i < APP_MAP_ENTRIES; i++)
        assert_true(m.entries[i].zone == 0 || m.entries[i].zone == 1 || m.entries[i].zone == 3);
    for (uint32_t i = 0; i < 3000; i += 2)
        assert_true(learn(&m, 1 + i % 4, (uint16_t)i, 1001)); /* they are still found */
    assert_int_equal(m.count, 1500);
    app_map_fini(&m);
}

/* ---- through the engine ---- */

static void server_and_client(struct snapshot *s)
{
    static const char *const nets[] = {"10.1.1.2", "10.1.1.1"};

    workloads_add(s, "server", &nets[0], 1);
    workloads_add(s, "client", &nets[1], 1);
}

struct seen {
    struct port_app list[8];
    size_t count;
};

static void see(void *arg, const struct port_app *p)
{
    struct seen *s = arg;

    assert_in_range(s->count, 0, 7);
    s->list[s->count++] = *p;
}

static struct seen ports_of(const struct engine *e)
{
    struct seen s = {0};
    size_t at = 0;

    while (engine_ports(e, &at, 1000, see, &s))
        ;
    return s;
}

static void servers_show_what_they_are(void **state)
{
    struct engine_fixture f;
    struct frame_list frames = {0};
    struct tcp_script t;
    struct seen seen;

    (void)state;
    tcp_script_init(&t, &frames);
    t.ends[DIR_SERVER].port = 8080;
    tcp_open(&t);
    tcp_send(&t, DIR_CLIENT, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    tcp_send(&t, DIR_SERVER,
             SPAN("HTTP/1.1 200 OK\r\nServer: nginx/1.2\r\nContent-Length: 0\r\n\r\n"));
    fixture_open(&f, &(struct fixture_options){.mode = ENGINE_INLINE, .adjust = server_and_client});
    fixture_feed(&f, &frames);
    assert_true(engine_ports_changed(f.engine));
    seen = ports_of(f.engine);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.list[0].zone, 1);
    assert_int_equal(seen.list[0].port, 8080);
    assert_int_equal(seen.list[0].proto, 6);
    assert_int_equal(seen.list[0].protocol, 1001);
    assert_int_equal(seen.list[0].server, 2022);
    assert_int_equal(seen.list[0].application, 0);
    assert_true(seen.list[0].changed);
    engine_ports_told(f.engine);
    assert_false(engine_ports_changed(f.engine));
    assert_false(ports_of(f.engine).list[0].changed);
    fixture_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_joined),
        cmocka_unit_test(a_full_map_learns_nothing_new),
        cmocka_unit_test(zones_are_forgotten),
        cmocka_unit_test(servers_show_what_they_are),
    };

    hash_init_seeded(&key, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
