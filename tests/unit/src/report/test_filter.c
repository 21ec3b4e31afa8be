/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters: which packets each form selects, and where a mistake is found.
 */
#include "report/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct frame frame = {.number = 42};

/* 10.1.1.2:80 is end 0 of the key, 10.9.9.9:40000 end 1, which sends. */
static struct packet tcp_packet(void)
{
    struct packet p = {.frame = &frame, .kind = PACKET_IP, .side = 1, .proto = 6};

    p.key = (struct session_key){.port = {80, 40000}, .proto = 6, .family = 4, .vlan = {7, 0}};
    memcpy(p.key.addr.v4[0], (uint8_t[]){10, 1, 1, 2}, 4);
    memcpy(p.key.addr.v4[1], (uint8_t[]){10, 9, 9, 9}, 4);
    return p;
}

static bool matches(const char *text, const struct packet *p)
{
    struct filter f;
    struct err err = {0};

    if (!filter_parse(&f, text, &err))
        fail_msg("'%s': %s", text, err.text);
    return filter_matches(&f, p);
}

static const char *const selecting[] = {
    "all",
    "host 10.1.1.2",
    "src host 10.9.9.9",
    "dst host 10.1.1.2",
    "net 10.0.0.0/8",
    "src net 10.9.0.0/16",
    "port 80",
    "port 40000",
    "dst port 80",
    "src port 40000",
    "proto tcp",
    "proto 6",
    "tcp",
    "ip",
    "vlan 7",
    "frame 42",
    "host 10.1.1.2 and port 80",
    "tcp port 80",
    "not udp",
    "! udp && !icmp",
    "udp or tcp",
    "udp or icmp or port 80",
    "not (udp or icmp)",
    "(tcp)",
    "udp and tcp or ip",
    "tcp and (udp or (host 10.9.9.9 and not port 81))",
    "  tcp\tand\nport   80 ",
    "not not tcp",
};
static const char *const missing[] = {
    "host 10.1.1.3",
    "src host 10.1.1.2",
    "dst host 10.9.9.9",
    "net 192.168.0.0/16",
    "net fd00::/8",
    "port 81",
    "src port 80",
    "dst port 40000",
    "udp",
    "icmp",
    "proto 17",
    "ip6",
    "vlan 8",
    "frame 41",
    "host 10.1.1.2 and port 81",
    "not tcp",
    "tcp and (udp or icmp)",
    "not (udp or tcp)",
    "udp or tcp and icmp",
    "tcp udp",
};

static void test_matches(void **state)
{
    struct packet p = tcp_packet();

    (void)state;
    for (size_t i = 0; i < sizeof selecting / sizeof selecting[0]; i++)
        if (!matches(selecting[i], &p))
            fail_msg("'%s' does not match", selecting[i]);
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
        if (matches(missing[i], &p))
            fail_msg("'%s' matches", missing[i]);
}

static void test_ipv6(void **state)
{
    struct packet p = tcp_packet();

    (void)state;
    p.key.family = 6;
    memset(&p.key.addr, 0, sizeof p.key.addr);
    p.key.addr.v6[0][0] = 0xfd;
    p.key.addr.v6[0][15] = 1;
    assert_true(matches("host fd00::1 and ip6", &p));
    assert_true(matches("net fd00::/8", &p));
    assert_false(matches("host fd00::2", &p));
    assert_false(matches("ip", &p));
}

/* What has no ports is not found by a port; what has no addresses only by its number. */
static void test_other_packets(void **state)
{
    struct packet icmp = tcp_packet(), arp = {.frame = &frame, .kind = PACKET_OTHER};
    struct packet fragment = tcp_packet();

    (void)state;
    icmp.proto = icmp.key.proto = 1;
    assert_true(matches("icmp and host 10.1.1.2", &icmp));
    assert_false(matches("port 80", &icmp));
    fragment.kind = PACKET_FRAGMENT;
    assert_true(matches("host 10.1.1.2", &fragment));
    assert_false(matches("port 80", &fragment));
    assert_true(matches("all", &arp));
    assert_true(matches("frame 42", &arp));
    assert_true(matches("not ip", &arp));
    assert_false(matches("host 0.0.0.0", &arp));
}

/* What only sessions have. */
static void test_sessions(void **state)
{
    static const char *const yes[] = {
        "app http",          "app websocket",
        "workload web",      "app http and workload web and port 80",
        "src host 10.9.9.9", "dst port 80",
        "not app dns",       "not workload db",
        "tcp and ip",
    };
    static const char *const no[] = {
        "app dns",           "app failed",  "workload we", "workload webb",
        "dst host 10.9.9.9", "src port 80", "frame 1",     "udp",
    };
    struct workload w = {.name = "web"};
    struct session s = {
        .key = {.family = 4, .proto = 6, .port = {40000, 80}},
        .client = 0,
        .app_id = APP_WEBSOCKET,
        .labels = {APP_HTTP, APP_WEBSOCKET},
    };
    struct filter f;
    struct err err;

    (void)state;
    memcpy(s.key.addr.v4[0], (uint8_t[]){10, 9, 9, 9}, 4);
    memcpy(s.key.addr.v4[1], (uint8_t[]){10, 1, 1, 2}, 4);
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!filter_parse(&f, yes[i], &err) || !filter_session(&f, &s, &w))
            fail_msg("'%s' does not match", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (!filter_parse(&f, no[i], &err) || filter_session(&f, &s, &w))
            fail_msg("'%s' matches", no[i]);
    assert_true(filter_parse(&f, "workload web", &err));
    assert_false(filter_session(&f, &s, NULL));
    s.app_id = APP_UNKNOWN;
    assert_true(filter_parse(&f, "app failed", &err));
    assert_true(filter_session(&f, &s, NULL));
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "ends where"},
        {"host", "ends where an address"},
        {"host 10.0.0.0/8", "'10.0.0.0/8' stands where an address"},
        {"host 10.1.1", "'10.1.1' stands"},
        {"net 10.1.1.1/8", "without host bits"},
        {"port http", "'http' stands where a port"},
        {"port 65536", "'65536' stands"},
        {"port -1", "'-1' stands"},
        {"port 80 and", "ends where"},
        {"and port 80", "'and' stands"},
        {"proto 256", "a protocol"},
        {"proto foo", "a protocol"},
        {"(tcp", "ends where ')'"},
        {"tcp)", "')' stands where the end"},
        {"src tcp", "'tcp' stands where host, net or port"},
        {"not", "ends where"},
        {"app gopher", "'gopher' stands where an application"},
        {"app", "ends where an application"},
        {"workload", "ends where the name"},
        {"vlan 4096", "a VLAN"},
        {"frame 99999999999999999999", "number of a frame"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct filter f;
        struct err err = {0};

        if (filter_parse(&f, cases[i].text, &err))
            fail_msg("'%s' is taken", cases[i].text);
        if (strstr(err.text, cases[i].why) == NULL)
            fail_msg("'%s': '%s' is not in '%s'", cases[i].text, cases[i].why, err.text);
    }
}

static void test_too_much(void **state)
{
    char text[2000] = "tcp";
    struct filter f;
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 40; i++)
        strcat(text, " or tcp");
    assert_false(filter_parse(&f, text, &err));
    assert_non_null(strstr(err.text, "more than 64 parts"));
    memset(text, '(', 500);
    text[500] = '\0';
    assert_false(filter_parse(&f, text, &err));
    assert_non_null(strstr(err.text, "nested more than"));
    memset(text, 'x', 500);
    assert_false(filter_parse(&f, text, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),       cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_other_packets), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_much),      cmocka_unit_test(test_sessions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
