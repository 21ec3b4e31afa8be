/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and prefixes: text in, text out, what is refused, what is inside.
 */
#include "base/ipaddr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void text_and_back(void **state)
{
    static const char *const texts[] = {
        "0.0.0.0", "10.1.2.3",    "100.99.200.9",  "255.255.255.255",
        "::",      "2001:db8::1", "fe80::1:2:3:4", "1111:2222:3333:4444:5555:6666:7777:8888"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ipaddr a;
        char text[IPADDR_TEXT];

        assert_true(ipaddr_parse(texts[i], &a));
        assert_int_equal(a.family, strchr(texts[i], ':') ? 6 : 4);
        assert_int_equal(ipaddr_text(&a, text), strlen(texts[i]));
        assert_string_equal(text, texts[i]);
    }
}

static void longest_text_fits(void **state)
{
    struct ipaddr a;
    char text[IPADDR_TEXT];

    (void)state;
    assert_true(ipaddr_parse("::ffff:255.255.255.255", &a));
    assert_int_equal(a.family, 6);
    ipaddr_text(&a, text);
    assert_string_equal(text, "::ffff:255.255.255.255");
}

static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {
        "",     "10.1.2",    "10.1.2.256", "10.1.2.3.4", "10.1.2.3 ",
        "host", "2001::1::", ":::",        "12345::",    "1.2.3.4/8"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ipaddr a;

        assert_false(ipaddr_parse(texts[i], &a));
        assert_int_equal(a.family, 0);
    }
}

static void equality_needs_the_family(void **state)
{
    static const uint8_t bytes[16] = {10, 1, 2, 3};
    struct ipaddr v4 = ipaddr_v4(bytes), v6 = ipaddr_v6(bytes), other;

    (void)state;
    assert_true(ipaddr_parse("10.1.2.3", &other));
    assert_true(ipaddr_equal(&v4, &other));
    assert_false(ipaddr_equal(&v4, &v6));
    assert_true(ipaddr_parse("10.1.2.4", &other));
    assert_false(ipaddr_equal(&v4, &other));
}

static bool inside(const char *prefix, const char *addr)
{
    struct ipprefix p;
    struct ipaddr a;

    assert_true(ipprefix_parse(prefix, &p));
    assert_true(ipaddr_parse(addr, &a));
    return ipprefix_has(&p, &a);
}

static void prefixes_contain(void **state)
{
    (void)state;
    assert_true(inside("10.0.0.0/8", "10.255.255.255"));
    assert_false(inside("10.0.0.0/8", "11.0.0.0"));
    assert_true(inside("10.1.2.0/23", "10.1.3.255"));
    assert_false(inside("10.1.2.0/23", "10.1.4.0"));
    assert_true(inside("10.1.2.3", "10.1.2.3"));
    assert_false(inside("10.1.2.3/32", "10.1.2.2"));
    assert_true(inside("0.0.0.0/0", "200.1.1.1"));
    assert_false(inside("0.0.0.0/0", "::1"));
    assert_true(inside("::/0", "2001:db8::1"));
    assert_false(inside("::/0", "1.2.3.4"));
    assert_true(inside("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(inside("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(inside("128.0.0.0/1", "128.0.0.1"));
    assert_false(inside("128.0.0.0/1", "127.0.0.1"));
}

static void bad_prefixes_are_refused(void **state)
{
    static const char *const texts[] = {
        "10.0.0.1/8",
        "10.0.0.0/33",
        "2001:db8::/129",
        "10.0.0.0/",
        "10.0.0.0/8x",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "/8",
        "10.0.0.0/8/8",
        "10.0.0.0/4294967304",
        "2001:db8::1/64",
        "10.0.0.0/ 8",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb/8",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ipprefix p;

        if (ipprefix_parse(texts[i], &p))
            fail_msg("accepted: %s", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_back),       cmocka_unit_test(longest_text_fits),
        cmocka_unit_test(nonsense_is_refused), cmocka_unit_test(equality_needs_the_family),
        cmocka_unit_test(prefixes_contain),    cmocka_unit_test(bad_prefixes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
