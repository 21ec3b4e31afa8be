/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session adds to the report of connections, and when.
 */
#include "engine/policy.h"
#include "engine_fixture.h"
#include "packet_builder.h"
#include "tcp_script.h"
#include "workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PARTS_MOST = 64 };

static struct contribution parts[PARTS_MOST];
static size_t part_count;
static bool full;

static bool keep(void *arg, const struct contribution *c)
{
    (void)arg;
    if (full || part_count == PARTS_MOST)
        return false;
    parts[part_count++] = *c;
    return true;
}

static void web(struct snapshot *s)
{
    static const char *const net[] = {"10.1.1.2/32"};
    struct networks *n = networks_new();

    if (n == NULL)
        abort();
    n->internal = calloc(1, sizeof *n->internal);
    n->internal_count = ipprefix_parse("10.0.0.0/8", &n->internal[0]);
    if (s->networks)
        shared_drop(&s->networks->shared);
    s->networks = n;
    s->switches.forwarded = true;
    workloads_add(s, "web", net, 1);
}

static void open_reporting(struct engine_fixture *f)
{
    part_count = 0;
    full = false;
    fixture_open(
        f, &(struct fixture_options){.mode = ENGINE_INLINE, .contribute = keep, .adjust = web});
}

static void feed(struct engine_fixture *f, struct frame_list *l)
{
    fixture_feed(f, l);
    frame_list_free(l);
    *l = (struct frame_list){0};
}

static uint64_t frame_bytes(const struct frame_list *l)
{
    uint64_t n = 0;

    for (size_t i = 0; i < l->count; i++)
        n += l->frames[i].n;
    return n;
}

static void assert_address(const struct ipaddr *a, const char *text)
{
    char found[IPADDR_TEXT];

    ipaddr_text(a, found);
    assert_string_equal(found, text);
}

#define REQUEST SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
#define ANSWER  SPAN("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

static void an_application_is_settled(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct tcp_script t;
    uint64_t bytes;

    (void)state;
    open_reporting(&f);
    tcp_script_init(&t, &frames);
    tcp_open(&t);
    bytes = frame_bytes(&frames);
    feed(&f, &frames);
    assert_int_equal(part_count, 0); /* nobody knows yet what it will be */
    tcp_send(&t, DIR_CLIENT, REQUEST);
    tcp_send(&t, DIR_SERVER, ANSWER);
    bytes += frame_bytes(&frames);
    feed(&f, &frames);
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0].sessions, 1);
    assert_int_equal(parts[0].application, 1001);
    assert_int_equal(parts[0].server_port, 80);
    assert_int_equal(parts[0].client_port, 0);
    assert_int_equal(parts[0].proto, 6);
    assert_int_equal(parts[0].zone, 1);
    assert_int_equal(parts[0].flags, CONTRIBUTION_INGRESS);
    assert_int_equal(parts[0].workload_open, 1);
    assert_int_equal(parts[0].violates, 0);
    fixture_flush(&f);
    assert_int_equal(part_count, 2); /* the rest of its bytes */
    assert_int_equal(parts[1].sessions, 0);
    assert_int_equal(parts[0].bytes + parts[1].bytes, bytes);
    fixture_close(&f);
}

static void bytes_are_told_once_a_minute(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct tcp_script t;
    uint64_t all, told = 0;

    (void)state;
    open_reporting(&f);
    tcp_script_init(&t, &frames);
    tcp_open(&t);
    tcp_send(&t, DIR_CLIENT, REQUEST);
    tcp_send(&t, DIR_SERVER, ANSWER);
    all = frame_bytes(&frames);
    feed(&f, &frames);
    assert_int_equal(part_count, 1);
    for (int i = 0; i < 12; i++) { /* 120 seconds */
        tcp_wait(&t, 10000);
        tcp_send(&t, DIR_CLIENT, REQUEST);
        tcp_send(&t, DIR_SERVER, ANSWER);
    }
    all += frame_bytes(&frames);
    feed(&f, &frames);
    assert_int_equal(part_count, 3);
    assert_in_range(parts[1].last_us - parts[0].last_us, 60000000, 70000000);
    assert_in_range(parts[2].last_us - parts[1].last_us, 60000000, 70000000);
    fixture_flush(&f);
    for (size_t i = 0; i < part_count; i++)
        told += parts[i].bytes;
    assert_int_equal(told, all);
    fixture_close(&f);
}

/* What found no room the first time comes with the next. */
static void nothing_is_lost_without_room(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct tcp_script t;
    uint64_t all;

    (void)state;
    open_reporting(&f);
    full = true;
    tcp_script_init(&t, &frames);
    tcp_open(&t);
    tcp_send(&t, DIR_CLIENT, REQUEST);
    tcp_send(&t, DIR_SERVER, ANSWER);
    all = frame_bytes(&frames);
    feed(&f, &frames);
    assert_int_equal(part_count, 0);
    full = false;
    fixture_flush(&f);
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0].sessions, 1);
    assert_int_equal(parts[0].bytes, all);
    fixture_close(&f);
}

static void an_unanswered_one_is_a_scan(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct tcp_script t;

    (void)state;
    open_reporting(&f);
    tcp_script_init(&t, &frames);
    tcp_emit(&t, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_SYN});
    feed(&f, &frames);
    fixture_flush(&f);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 1);
    assert_int_equal(part_count, 0);
    fixture_close(&f);
}

/* Answered, and over before anything was said. */
static void a_short_one_is_told_at_its_end(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct tcp_script t;

    (void)state;
    open_reporting(&f);
    tcp_script_init(&t, &frames);
    tcp_open(&t);
    tcp_close(&t, DIR_CLIENT);
    tcp_close(&t, DIR_SERVER);
    feed(&f, &frames);
    fixture_flush(&f);
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0].sessions, 1);
    assert_int_equal(parts[0].application, 0);
    fixture_close(&f);
}

static void udp(struct frame_list *l, uint64_t time_us, enum dir from, size_t n)
{
    static const uint8_t query[1200] = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a'};
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, from == DIR_CLIENT ? "10.1.1.2" : "192.0.2.9",
             from == DIR_CLIENT ? "192.0.2.9" : "10.1.1.2");
    build_udp(&b, from == DIR_CLIENT ? 5353 : 53, from == DIR_CLIENT ? 53 : 5353);
    build_bytes(&b, query, n);
    build_add(&b, l, time_us);
}

/* Whoever asks so much of DNS may dig a tunnel: the agent looks for the process by its port. */
static void the_port_of_a_talkative_client(void **state)
{
    const uint64_t start = UINT64_C(1700000000) * 1000000;
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    open_reporting(&f);
    udp(&frames, start, DIR_CLIENT, 600);
    udp(&frames, start + 1000, DIR_SERVER, 100);
    feed(&f, &frames);
    for (int i = 1; i <= 10; i++)
        udp(&frames, start + (uint64_t)i * 5000000, DIR_CLIENT, 400);
    feed(&f, &frames);
    fixture_flush(&f);
    assert_in_range(part_count, 3, 6); /* every 15 seconds */
    assert_int_equal(parts[0].client_port, 0);
    assert_int_equal(parts[0].flags, CONTRIBUTION_EXTERNAL);
    assert_int_equal(parts[1].client_port, 5353);
    fixture_close(&f);
}

static void ping(struct frame_list *l, uint64_t time_us, enum dir from)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet(&b);
    build_ip(&b, from == DIR_CLIENT ? "10.1.1.1" : "10.1.1.2",
             from == DIR_CLIENT ? "10.1.1.2" : "10.1.1.1");
    build_icmp(&b, from == DIR_CLIENT ? 8 : 0, 0, 0x00070001);
    build_bytes(&b, "01234567", 8);
    build_add(&b, l, time_us);
}

static void an_echo_is_told_when_it_returns(void **state)
{
    const uint64_t start = UINT64_C(1700000000) * 1000000;
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    open_reporting(&f);
    ping(&frames, start, DIR_CLIENT);
    feed(&f, &frames);
    assert_int_equal(part_count, 0);
    ping(&frames, start + 1000, DIR_SERVER);
    feed(&f, &frames);
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0].server_port, 0);
    assert_int_equal(parts[0].proto, 1);
    assert_address(&parts[0].server, "10.1.1.2");
    fixture_close(&f);
}

static void an_attack_is_told_at_once(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct tcp_script t;

    (void)state;
    open_reporting(&f);
    tcp_script_init(&t, &frames);
    tcp_open(&t);
    tcp_send(&t, DIR_CLIENT, REQUEST);
    tcp_send(&t, DIR_SERVER, ANSWER);
    feed(&f, &frames);
    assert_int_equal(part_count, 1);
    assert_int_equal(parts[0].threat, THREAT_NONE);
    tcp_send(&t, DIR_CLIENT, SPAN("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"));
    feed(&f, &frames);
    assert_int_equal(fixture_threats(&f, THREAT_HTTP_LENGTH), 1);
    assert_int_equal(part_count, 2);
    assert_int_equal(parts[1].threat, THREAT_HTTP_LENGTH);
    fixture_close(&f);
}

static void the_one_behind_a_proxy(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;
    struct tcp_script t;

    (void)state;
    open_reporting(&f);
    tcp_script_init(&t, &frames);
    tcp_open(&t);
    tcp_send(&t, DIR_CLIENT,
             SPAN("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n"
                  "X-Forwarded-Proto: https\r\n\r\n"));
    tcp_send(&t, DIR_SERVER, ANSWER);
    feed(&f, &frames);
    fixture_flush(&f);
    assert_in_range(part_count, 2, 4);
    assert_int_equal(parts[part_count - 1].flags, CONTRIBUTION_INGRESS | CONTRIBUTION_FORWARDED);
    assert_int_equal(parts[part_count - 1].application, 1002);
    assert_address(&parts[part_count - 1].client, "198.51.100.7");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_application_is_settled),
        cmocka_unit_test(bytes_are_told_once_a_minute),
        cmocka_unit_test(nothing_is_lost_without_room),
        cmocka_unit_test(an_unanswered_one_is_a_scan),
        cmocka_unit_test(a_short_one_is_told_at_its_end),
        cmocka_unit_test(the_port_of_a_talkative_client),
        cmocka_unit_test(an_echo_is_told_when_it_returns),
        cmocka_unit_test(an_attack_is_told_at_once),
        cmocka_unit_test(the_one_behind_a_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
