/* SPDX-License-Identifier: Apache-2.0
 *
 * The number that the agent is told for a session of HTTP: HTTP's own, or the one of what stands
 * behind it when the configuration says so and there are rules for it.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void in_session(struct snapshot *s)
{
    s->http_product_in_session = true;
}

static bool look(void *arg, const struct session *s)
{
    uint16_t *number = arg;

    *number = session_application(s);
    return false;
}

static uint16_t number_of(const char *header, void (*adjust)(struct snapshot *))
{
    struct engine_fixture f;
    struct frame_list l = {0};
    struct tcp_script s;
    char answer[256];
    uint16_t number = 0;

    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\n%s\r\nContent-Length: 0\r\n\r\n", header);
    fixture_open(&f, &(struct fixture_options){.adjust = adjust});
    tcp_script_init(&s, &l);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    tcp_send(&s, DIR_SERVER, span_text(answer));
    fixture_feed(&f, &l);
    engine_sessions(f.engine, look, &number);
    frame_list_free(&l);
    fixture_close(&f);
    return number;
}

static void test_default(void **state)
{
    (void)state;
    assert_int_equal(number_of("X-Etcd-Index: 7", NULL), 1001);
    assert_int_equal(number_of("X-Consul-Index: 7", NULL), 1001);
}

static void test_in_session(void **state)
{
    (void)state;
    assert_int_equal(number_of("X-Etcd-Index: 7", in_session), 2019);
    assert_int_equal(number_of("X-Consul-Index: 7", in_session), 2017);
    assert_int_equal(number_of("X-Elastic-Product: Elasticsearch", in_session), 2012);
    assert_int_equal(number_of("Server: nginx", in_session), 1001);
    assert_int_equal(number_of("Server: CouchDB/3.3.1", in_session), 1001);
    assert_int_equal(number_of("X-Other: 1", in_session), 1001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_in_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
