/* SPDX-License-Identifier: Apache-2.0
 *
 * What is counted of sessions for the table.
 */
#include "report/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void count(struct tally *t, enum app app, uint16_t flags)
{
    struct session s = {.app_id = (uint8_t)app, .flags = flags};

    s.key.proto = 6;
    s.sides[0].bytes = 10;
    tally_event(t, &(struct event){.type = EVENT_FLOW, .session = &s});
}

static void one_name_is_counted_once(void **state)
{
    struct tally t = {0};

    (void)state;
    count(&t, APP_STOMP_RABBITMQ, SESSION_PAYLOAD);
    count(&t, APP_STOMP, SESSION_PAYLOAD);
    count(&t, APP_HTTP, SESSION_PAYLOAD);
    count(&t, APP_UNKNOWN, 0);
    assert_int_equal(t.sessions, 4);
    assert_int_equal(t.by_app[APP_STOMP], 2);
    assert_int_equal(t.app_bytes[APP_STOMP], 20);
    assert_int_equal(t.by_app[APP_STOMP_RABBITMQ], 0);
    assert_int_equal(t.by_app[APP_HTTP], 1);
    assert_int_equal(t.silent, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_is_counted_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
