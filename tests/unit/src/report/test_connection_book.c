/* SPDX-License-Identifier: Apache-2.0
 *
 * Contributions of sessions, summed up.
 */
#include "report/connection_book.h"

#include "engine/policy.h"
#include "wire/threats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW (UINT64_C(1700000000) * 1000000)

static struct contribution one(uint16_t port)
{
    struct contribution c = {
        .zone = 1,
        .server_port = port,
        .application = 1001,
        .flags = CONTRIBUTION_INGRESS,
        .proto = 6,
        .action = POLICY_LEARN,
        .bytes = 100,
        .sessions = 1,
        .last_us = NOW,
    };

    assert_true(ipaddr_parse("10.0.0.1", &c.client));
    assert_true(ipaddr_parse("10.0.0.2", &c.server));
    return c;
}

static int open_book(void **state)
{
    static struct connection_book book;

    *state = &book;
    return connection_book_init(&book) ? 0 : -1;
}

static int close_book(void **state)
{
    connection_book_fini(*state);
    return 0;
}

static void equal_ones_are_summed_up(void **state)
{
    struct connection_book *b = *state;
    struct contribution c = one(80);

    assert_true(connection_book_add(b, &c));
    c.last_us = NOW + 5000000;
    c.threat = THREAT_STRUTS;
    c.action = POLICY_DENY;
    c.violates = 1;
    c.sessions = 0;
    assert_true(connection_book_add(b, &c));
    c.last_us = NOW + 1000000; /* an older one does not change what is newest */
    c.threat = THREAT_SSH_1;
    c.action = POLICY_LEARN;
    c.violates = 0;
    assert_true(connection_book_add(b, &c));
    assert_int_equal(b->count, 1);
    assert_int_equal(b->list[0].sum.bytes, 300);
    assert_int_equal(b->list[0].sum.sessions, 1);
    assert_int_equal(b->list[0].sum.violates, 1);
    assert_int_equal(b->list[0].sum.action, POLICY_DENY);
    assert_int_equal(b->list[0].sum.threat, THREAT_STRUTS);
    assert_int_equal(b->list[0].first_us, NOW);
    assert_int_equal(b->list[0].sum.last_us, NOW + 5000000);
}

/* Each of these tells two entries apart, and nothing else does. */
static void what_tells_them_apart(void **state)
{
    struct connection_book *b = *state;
    struct contribution base = one(80), c;
    size_t n = 1;

    assert_true(connection_book_add(b, &base));
#define APART(member, value)                                                                       \
    c = base;                                                                                      \
    c.member = value;                                                                              \
    assert_true(connection_book_add(b, &c));                                                       \
    assert_int_equal(b->count, ++n);
    APART(zone, 2)
    APART(rule, 10001)
    APART(server_port, 81)
    APART(application, 0)
    APART(proto, 17)
    APART(flags, 0)
    APART(flags, CONTRIBUTION_INGRESS | CONTRIBUTION_FORWARDED)
    APART(client.bytes[3], 9)
    APART(server.bytes[3], 9)
#undef APART
    c = base;
    c.flags |= CONTRIBUTION_EXTERNAL;
    c.action = POLICY_ALLOW;
    c.client_port = 4000;
    assert_true(connection_book_add(b, &c));
    assert_int_equal(b->count, n);
    connection_book_clear(b);
    assert_int_equal(b->count, 0);
    assert_true(connection_book_add(b, &base));
    assert_int_equal(b->count, 1);
}

static void new_ones_of_allowed_traffic_are_limited(void **state)
{
    struct connection_book *b = *state;
    struct contribution c;

    for (unsigned i = 0; i < 2 * CONNECTION_FREELY; i++) {
        c = one((uint16_t)(1000 + i));
        c.action = POLICY_ALLOW;
        assert_int_equal(connection_book_add(b, &c), i < CONNECTION_FREELY);
    }
    c = one(1000); /* known already */
    c.action = POLICY_ALLOW;
    assert_true(connection_book_add(b, &c));
    c = one(9000); /* wanted always */
    assert_true(connection_book_add(b, &c));
    c.server_port = 9001;
    c.action = POLICY_DENY;
    assert_true(connection_book_add(b, &c));
    assert_int_equal(b->limited, CONNECTION_FREELY);
    assert_int_equal(b->passed, CONNECTION_FREELY + 2);
    c.server_port = 9002;
    c.action = POLICY_OPEN;
    assert_false(connection_book_add(b, &c));
    c.last_us += CONNECTION_WINDOW_US;
    assert_true(connection_book_add(b, &c));
}

static void it_is_full_one_day(void **state)
{
    struct connection_book *b = *state;
    struct contribution c = one(80);

    for (uint32_t i = 0; i < CONNECTION_BOOK_MOST; i++) {
        c.rule = i;
        assert_true(connection_book_add(b, &c));
    }
    c.rule = CONNECTION_BOOK_MOST;
    assert_false(connection_book_add(b, &c));
    assert_false(connection_book_merge(b, &(struct connection){c, NOW}));
    c.rule = 77;
    assert_true(connection_book_add(b, &c));
    assert_int_equal(b->list[77].sum.bytes, 200);
}

static void as_the_agent_reads_it(void **state)
{
    struct contribution c = one(80);
    struct connection k = {c, NOW - 3000000};
    struct message_connection_entry m;

    (void)state;
    m = connection_wire(&k, (struct wire_mac){{2, 0, 0, 0, 0, 1}});
    assert_int_equal(m.first_seen_at, 1700000000 - 3);
    assert_int_equal(m.last_seen_at, 1700000000);
    assert_int_equal(m.ether_type, 0x0800);
    assert_int_equal(m.severity, 0);
    assert_int_equal(m.threat, 0);
    k.sum.threat = THREAT_STRUTS;
    m = connection_wire(&k, (struct wire_mac){{2, 0, 0, 0, 0, 1}});
    assert_int_equal(m.severity, 5);
    assert_int_equal(m.threat, 2023);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_ones_are_summed_up, open_book, close_book),
        cmocka_unit_test_setup_teardown(what_tells_them_apart, open_book, close_book),
        cmocka_unit_test_setup_teardown(new_ones_of_allowed_traffic_are_limited, open_book,
                                        close_book),
        cmocka_unit_test_setup_teardown(it_is_full_one_day, open_book, close_book),
        cmocka_unit_test(as_the_agent_reads_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
