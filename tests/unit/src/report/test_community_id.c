/* SPDX-License-Identifier: Apache-2.0
 *
 * Community ids: the published examples of the specification (version 1, seed 0), both ways round.
 */
#include "report/community_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    uint8_t proto;
    const char *source;
    uint16_t source_port;
    const char *dest;
    uint16_t dest_port;
    const char *id;
    bool one_way;
} examples[] = {
    {6, "128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", false},
    {17, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", false},
    {132, "192.168.170.8", 7, "192.168.170.56", 80, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", false},
    {1, "192.168.0.89", 8, "192.168.0.1", 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", true},
    {58, "fe80::200:86ff:fe05:80da", 135, "fe80::260:97ff:fe07:69ea", 0,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", true},
    {6, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", false},
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct community_flow f = {.source_port = examples[i].source_port,
                                   .dest_port = examples[i].dest_port,
                                   .proto = examples[i].proto};
        struct community_flow back;
        char text[COMMUNITY_ID_TEXT];

        assert_true(ipaddr_parse(examples[i].source, &f.source));
        assert_true(ipaddr_parse(examples[i].dest, &f.dest));
        assert_int_equal(community_id_text(&f, text), strlen(examples[i].id));
        assert_string_equal(text, examples[i].id);
        if (examples[i].one_way)
            continue;
        back = (struct community_flow){f.dest, f.source, f.dest_port, f.source_port, f.proto};
        community_id_text(&back, text);
        assert_string_equal(text, examples[i].id);
    }
}

/* More flows than are remembered, asked for twice: as if nothing were. */
static void test_again(void **state)
{
    struct community_ids ids = {0};

    (void)state;
    for (unsigned i = 0; i < 400; i++) {
        struct community_flow f = {.source_port = (uint16_t)(i % 200), .proto = 6};
        char text[COMMUNITY_ID_TEXT];

        f.source = ipaddr_v4((const uint8_t[4]){10, 0, 0, 1});
        f.dest = ipaddr_v4((const uint8_t[4]){10, 0, (uint8_t)(i % 3), 2});
        f.dest_port = i % 5 ? 80 : 81;
        community_id_text(&f, text);
        assert_string_equal(community_id_again(&ids, &f), text);
        assert_string_equal(community_id_again(&ids, &f), text);
    }
}

/* An answer has the id of its request. */
static void test_icmp_answer(void **state)
{
    struct community_flow request = {.source_port = 8, .dest_port = 0, .proto = 1};
    struct community_flow answer = {.source_port = 0, .dest_port = 0, .proto = 1};
    char one[COMMUNITY_ID_TEXT], other[COMMUNITY_ID_TEXT];

    (void)state;
    assert_true(ipaddr_parse("192.168.0.89", &request.source));
    assert_true(ipaddr_parse("192.168.0.1", &request.dest));
    answer.source = request.dest;
    answer.dest = request.source;
    community_id_text(&request, one);
    community_id_text(&answer, other);
    assert_string_equal(one, other);
}

/* Ports do not count where there are none. */
static void test_no_ports(void **state)
{
    struct community_flow f = {.proto = 47}, with = {.proto = 47, .source_port = 1};
    char one[COMMUNITY_ID_TEXT], other[COMMUNITY_ID_TEXT];

    (void)state;
    assert_true(ipaddr_parse("10.0.0.1", &f.source));
    assert_true(ipaddr_parse("10.0.0.2", &f.dest));
    with.source = f.source;
    with.dest = f.dest;
    community_id_text(&f, one);
    community_id_text(&with, other);
    assert_string_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_icmp_answer),
        cmocka_unit_test(test_no_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
