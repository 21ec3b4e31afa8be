/* SPDX-License-Identifier: Apache-2.0
 *
 * Proxies' headers: who is named in every notation, lists, whom to believe.
 */
#include "support/http_forwarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* "addr port", "unknown port", "hidden port", "bad" or "none". */
static void check_hop(const char *value, const struct http_hop *hop, const char *want)
{
    static const char *const kinds[] = {"none", "", "unknown", "hidden", "bad"};
    char text[IPADDR_TEXT], got[IPADDR_TEXT + 16];

    if (hop->kind == HOP_ADDRESS)
        ipaddr_text(&hop->addr, text);
    (void)snprintf(got, sizeof got, hop->port ? "%s %u" : "%s",
                   hop->kind == HOP_ADDRESS ? text : kinds[hop->kind], hop->port);
    if (strcmp(got, want) != 0)
        fail_msg("\"%s\" names \"%s\", not \"%s\"", value, got, want);
}

struct row {
    const char *value;
    const char *want[6];
};

static void check(enum http_forwarded_header header, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct http_forwarded f = http_forwarded_of(header, span_text(rows[i].value));
        struct http_hop hop;
        size_t at = 0;

        for (; http_forwarded_next(&f, &hop); at++) {
            assert_non_null(rows[i].want[at]);
            check_hop(rows[i].value, &hop, rows[i].want[at]);
        }
        if (rows[i].want[at])
            fail_msg("\"%s\": no \"%s\"", rows[i].value, rows[i].want[at]);
    }
}

#define CHECK(header, rows) check(header, rows, sizeof(rows) / sizeof *(rows))

static void forwarded_for(void **state)
{
    static const struct row rows[] = {
        {"", {NULL}},
        {" , ,, ", {NULL}},
        {"203.0.113.7", {"203.0.113.7"}},
        {"  203.0.113.7\t", {"203.0.113.7"}},
        {"203.0.113.7:8080", {"203.0.113.7 8080"}},
        {"203.0.113.7:0", {"203.0.113.7"}},
        {"203.0.113.7:99999", {"203.0.113.7"}},
        {"203.0.113.7:65535", {"203.0.113.7 65535"}},
        {"203.0.113.7:65536", {"203.0.113.7"}},
        {"203.0.113.7:", {"203.0.113.7"}},
        {"203.0.113.7:http", {"203.0.113.7"}},
        {"203.0.113.7:-1", {"203.0.113.7"}},
        {"2001:db8::1", {"2001:db8::1"}},
        {"[2001:DB8::1]", {"2001:db8::1"}},
        {"[2001:db8::1]:443", {"2001:db8::1 443"}},
        {"[2001:db8::1]443", {"bad"}},
        {"[2001:db8::1", {"bad"}},
        {"2001:db8::1]", {"bad"}},
        {"[]", {"bad"}},
        {"[", {"bad"}},
        {"[]:80", {"bad 80"}},
        {"::", {"::"}},
        {"::1", {"::1"}},
        {":", {"bad"}},
        {":80", {"bad 80"}},
        {"::ffff:192.0.2.1", {"192.0.2.1"}},
        {"[::ffff:c000:201]:5", {"192.0.2.1 5"}},
        {"fe80::1%eth0", {"fe80::1"}},
        {"[fe80::1%25en0]:22", {"fe80::1 22"}},
        {"\"203.0.113.7\"", {"203.0.113.7"}},
        {"\"[2001:db8::1]:80\"", {"2001:db8::1 80"}},
        {"unknown", {"unknown"}},
        {"UNKNOWN", {"unknown"}},
        {"_hidden", {"hidden"}},
        {"_", {"hidden"}},
        {"localhost", {"bad"}},
        {"256.1.1.1", {"bad"}},
        {"1.2.3", {"bad"}},
        {"1.2.3.4.5", {"bad"}},
        {"1.2.3.4 5", {"bad"}},
        {"0x7f.0.0.1", {"bad"}},
        {"%", {"bad"}},
        {"1:2:3:4:5:6:7:8:9", {"bad"}},
        {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd", {"bad"}},
        {"1.1.1.1, 2.2.2.2", {"1.1.1.1", "2.2.2.2"}},
        {"1.1.1.1,2.2.2.2:2 ,[::3]:3", {"1.1.1.1", "2.2.2.2 2", "::3 3"}},
        {",1.1.1.1,,2.2.2.2,", {"1.1.1.1", "2.2.2.2"}},
        {"unknown, _a:_b, 1.1.1.1", {"unknown", "hidden", "1.1.1.1"}},
        {"1.1.1.1 2.2.2.2", {"bad"}},
        {"1.1.1.1;2.2.2.2", {"bad"}},
        {"1.1.1.1, \"2.2.2.2, 3.3.3.3", {"1.1.1.1", "bad", "3.3.3.3"}},
        {"\"1.1.1.1, 2.2.2.2\"", {"bad"}},
        {"\"", {"bad"}},
        {"\"\"", {"bad"}},
    };

    (void)state;
    CHECK(FORWARDED_FOR, rows);
    CHECK(FORWARDED_REAL_IP, rows);
}

static void forwarded(void **state)
{
    static const struct row rows[] = {
        {"", {NULL}},
        {";", {"none"}},
        {"for=192.0.2.60", {"192.0.2.60"}},
        {"For=192.0.2.60;proto=http;by=203.0.113.43", {"192.0.2.60"}},
        {"by=203.0.113.43 ; FOR = 192.0.2.60", {"192.0.2.60"}},
        {"for=\"[2001:db8:cafe::17]:4711\"", {"2001:db8:cafe::17 4711"}},
        {"for=[2001:db8::1]", {"2001:db8::1"}},
        {"for=192.0.2.43:47011", {"192.0.2.43 47011"}},
        {"for=\"192.0.2.43:47011\"", {"192.0.2.43 47011"}},
        {"for=\"_gazonk\"", {"hidden"}},
        {"for=_SEVKISEK:_port", {"hidden"}},
        {"for=unknown", {"unknown"}},
        {"for=\"unknown:1\"", {"unknown 1"}},
        {"for=192.0.2.43, for=198.51.100.17", {"192.0.2.43", "198.51.100.17"}},
        {"for=192.0.2.43,for=\"[2001:db8::1]\";proto=https, for=unknown",
         {"192.0.2.43", "2001:db8::1", "unknown"}},
        {"for=\"192.0.2.43, 1.1.1.1\";proto=http, for=2.2.2.2", {"bad", "2.2.2.2"}},
        {"for=\"1\\92.0.2\\.43\"", {"192.0.2.43"}},
        {"for=\"192.0.2.43\\\", for=1.1.1.1", {"bad", "1.1.1.1"}},
        {"host=\"a,b;c\";for=1.1.1.1", {"1.1.1.1"}},
        {"for=1.1.1.1;for=2.2.2.2", {"1.1.1.1"}},
        {"proto=https", {"none"}},
        {"for", {"bad"}},
        {"for=", {"bad"}},
        {"=1.1.1.1", {"none"}},
        {"192.0.2.60", {"none"}},
        {"for=\"1.1.1.1, for=2.2.2.2", {"bad", "2.2.2.2"}},
    };

    (void)state;
    CHECK(FORWARDED, rows);
}

static void what_else_an_element_says(void **state)
{
    struct http_forwarded f = http_forwarded_of(
        FORWARDED,
        SPAN("proto=HTTPS;host=\"a.example:1\";for=_x;by=b, Proto=\"http\";host=b, proto=ftp"));
    struct http_hop hop;

    (void)state;
    assert_true(http_forwarded_next(&f, &hop));
    assert_int_equal(hop.proto, HTTP_PROTO_HTTPS);
    assert_true(span_equal(hop.host, SPAN("a.example:1")));
    assert_true(span_equal(hop.text, SPAN("_x")));
    assert_true(http_forwarded_next(&f, &hop));
    assert_int_equal(hop.proto, HTTP_PROTO_HTTP);
    assert_true(span_equal(hop.host, SPAN("b")));
    assert_int_equal(hop.text.n, 0);
    assert_true(http_forwarded_next(&f, &hop));
    assert_int_equal(hop.proto, HTTP_PROTO_NONE);
    assert_false(http_forwarded_next(&f, &hop));
}

static void names_of_headers(void **state)
{
    (void)state;
    assert_int_equal(http_forwarded_header(SPAN("x-forwarded-for")), FORWARDED_FOR);
    assert_int_equal(http_forwarded_header(SPAN("Forwarded")), FORWARDED);
    assert_int_equal(http_forwarded_header(SPAN("X-REAL-IP")), FORWARDED_REAL_IP);
    assert_int_equal(http_forwarded_header(SPAN("cf-connecting-ip")), FORWARDED_CONNECTING_IP);
    assert_int_equal(http_forwarded_header(SPAN("True-Client-Ip")), FORWARDED_CLIENT_IP);
    assert_int_equal(http_forwarded_header(SPAN("X-Forwarded")), FORWARDED_NONE);
    assert_int_equal(http_forwarded_header(SPAN("")), FORWARDED_NONE);
}

static void protocols_and_ports(void **state)
{
    static const struct {
        const char *value;
        enum http_proto proto;
        uint16_t port;
    } rows[] = {
        {"http", HTTP_PROTO_HTTP, 0},       {"HTTPS", HTTP_PROTO_HTTPS, 0},
        {" Https ", HTTP_PROTO_HTTPS, 0},   {"https, http", HTTP_PROTO_HTTPS, 0},
        {"\"http\"", HTTP_PROTO_HTTP, 0},   {"httpss", HTTP_PROTO_NONE, 0},
        {"", HTTP_PROTO_NONE, 0},           {",http", HTTP_PROTO_NONE, 0},
        {"443", HTTP_PROTO_NONE, 443},      {" 80 , 443", HTTP_PROTO_NONE, 80},
        {"1", HTTP_PROTO_NONE, 1},          {"65535", HTTP_PROTO_NONE, 65535},
        {"65536", HTTP_PROTO_NONE, 0},      {"99999", HTTP_PROTO_NONE, 0},
        {"0", HTTP_PROTO_NONE, 0},          {"-1", HTTP_PROTO_NONE, 0},
        {"+80", HTTP_PROTO_NONE, 0},        {"80x", HTTP_PROTO_NONE, 0},
        {"000080", HTTP_PROTO_NONE, 0},     {"00080", HTTP_PROTO_NONE, 80},
        {"4294967376", HTTP_PROTO_NONE, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(http_forwarded_proto(span_text(rows[i].value)), rows[i].proto);
        assert_int_equal(http_forwarded_port(span_text(rows[i].value)), rows[i].port);
    }
}

/* The lists of several lines, who asks with so many of the two prefixes trusted. */
static void check_chain(enum http_forwarded_header header, const char *const *lists, size_t trusted,
                        const char *want)
{
    static const char *const kinds[] = {"none", "", "unknown", "hidden", "bad"};
    struct ipprefix prefixes[2];
    struct http_chain chain = {.count = 0};
    char text[IPADDR_TEXT];

    assert_true(ipprefix_parse("10.0.0.0/8", &prefixes[0]));
    assert_true(ipprefix_parse("2001:db8::/32", &prefixes[1]));
    for (; *lists; lists++)
        http_chain_add(&chain, header, span_text(*lists), prefixes, trusted);
    if (chain.kind == HOP_ADDRESS)
        ipaddr_text(&chain.addr, text);
    assert_string_equal(chain.kind == HOP_ADDRESS ? text : kinds[chain.kind], want);
}

#define LISTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void whom_to_believe(void **state)
{
    (void)state;
    check_chain(FORWARDED_FOR, LISTS(""), 0, "none");
    check_chain(FORWARDED_FOR, LISTS(" , "), 2, "none");
    check_chain(FORWARDED_FOR, LISTS("1.1.1.1, 2.2.2.2", "10.0.0.2"), 0, "1.1.1.1");
    check_chain(FORWARDED_FOR, LISTS("1.1.1.1, 2.2.2.2", "10.0.0.2"), 2, "2.2.2.2");
    check_chain(FORWARDED_FOR, LISTS("1.1.1.1", "10.0.0.2", "unknown, [2001:db8::5]:1"), 2,
                "unknown");
    check_chain(FORWARDED_FOR, LISTS("1.1.1.1", "10.0.0.2", "unknown, [2001:db8::5]:1"), 1,
                "2001:db8::5");
    check_chain(FORWARDED_FOR, LISTS("_x, 10.0.0.3, 10.0.0.2"), 1, "hidden");
    check_chain(FORWARDED_FOR, LISTS("10.0.0.3, 10.0.0.2"), 1, "10.0.0.3");
    check_chain(FORWARDED, LISTS("for=10.0.0.1, for=10.0.0.2"), 1, "10.0.0.1");
    check_chain(FORWARDED, LISTS("by=1, for=10.0.0.2"), 0, "none");
}

/* What the client itself writes stands on the left, in any number. */
static void lists_of_any_length(void **state)
{
    struct http_chain chain = {.count = 0};
    struct ipprefix trusted;
    struct ipaddr last;

    (void)state;
    assert_true(ipprefix_parse("10.0.0.0/8", &trusted));
    assert_true(ipaddr_parse("9.9.9.9", &last));
    for (unsigned i = 1; i <= 200; i++)
        http_chain_add(&chain, FORWARDED_FOR, SPAN("1.1.1.1, 2.2.2.2"), &trusted, 1);
    assert_false(chain.inside);
    http_chain_add(&chain, FORWARDED_FOR, SPAN("9.9.9.9"), &trusted, 1);
    for (unsigned i = 1; i <= 100; i++)
        http_chain_add(&chain, FORWARDED_FOR, SPAN("10.0.0.1"), &trusted, 1);
    assert_int_equal(chain.count, 501);
    assert_true(chain.inside);
    assert_true(ipaddr_equal(&chain.addr, &last));
    assert_true(span_equal(span_of(chain.text, chain.text_n), SPAN("9.9.9.9")));
}

static void addresses_from_inside(void **state)
{
    static const struct {
        const char *text;
        bool inside;
    } rows[] = {
        {"10.1.2.3", true},     {"11.0.0.1", false},   {"172.16.0.1", true},
        {"172.31.255.1", true}, {"172.32.0.1", false}, {"192.168.1.1", true},
        {"192.169.0.1", false}, {"127.0.0.1", true},   {"127.9.9.9", true},
        {"169.254.1.1", true},  {"8.8.8.8", false},    {"::1", true},
        {"::2", false},         {"fc00::1", true},     {"fdff::1", true},
        {"fe80::1", true},      {"febf::1", true},     {"fec0::1", false},
        {"2001:db8::1", false}, {"0.0.0.0", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ipaddr addr;

        assert_true(ipaddr_parse(rows[i].text, &addr));
        assert_int_equal(http_hop_internal(&addr), rows[i].inside);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forwarded_for),
        cmocka_unit_test(forwarded),
        cmocka_unit_test(what_else_an_element_says),
        cmocka_unit_test(names_of_headers),
        cmocka_unit_test(protocols_and_ports),
        cmocka_unit_test(whom_to_believe),
        cmocka_unit_test(lists_of_any_length),
        cmocka_unit_test(addresses_from_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
