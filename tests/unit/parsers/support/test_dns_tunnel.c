/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions that carry data, and many that do not.
 */
#include "support/dns_tunnel.h"

#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* n questions for TXT records below t.org, their first labels of `length` letters. */
static void ask_often(unsigned n, unsigned length, const char *const *expect)
{
    static struct turn turns[101];
    static uint8_t bytes[100][128];

    for (unsigned i = 0; i < n; i++) {
        uint8_t *m = bytes[i];
        size_t at = 12;

        memcpy(m, "\x12\x34\1\0\0\1\0\0\0\0\0\0", 12);
        m[at++] = (uint8_t)length;
        for (unsigned k = 0; k < length; k++)
            m[at++] =
                (uint8_t) "abcdefghijklmnopqrstuvwxyz234567"[(i * 7 + k * 5 + (i >> k % 4)) % 32];
        m[at - 1] = (uint8_t)('a' + i % 26);
        m[at - 2] = (uint8_t)('a' + i / 26);
        memcpy(m + at, "\1t\3org\0\0\x10\0\1", 11);
        turns[i] = (struct turn)CLIENT_BYTES(m, at + 11);
    }
    turns[n] = (struct turn){0};
    conversation_check_once(
        &(struct conversation){
            .transport = OVER_UDP, .server_port = 53, .turns = turns, .expect = expect},
        CUT_TURNS);
}

static void measures_noise(void **state)
{
    (void)state;
    assert_int_equal(dns_tunnel_entropy(SPAN("")), 0);
    assert_int_equal(dns_tunnel_entropy(SPAN("aaaaaaaa")), 0);
    assert_int_equal(dns_tunnel_entropy(SPAN("abababab")), 10);
    assert_int_equal(dns_tunnel_entropy(SPAN("abcdefghijklmnop")), 40);
}

/* A question for a name below one domain; returns what is made of it. */
static const char *ask(struct dns_tunnel *t, unsigned i, const char *domain, uint64_t now_us)
{
    uint8_t bytes[128] = {40};
    size_t n = strlen(domain);

    memset(bytes + 1, 'a', 40);
    bytes[1] = (uint8_t)('a' + i % 26);
    bytes[2] = (uint8_t)('a' + i / 26);
    memcpy(bytes + 41, domain, n + 1);
    memcpy(bytes + 42 + n, "\0\x10\0\1", 4);
    return dns_tunnel_ask(t, span_of(bytes, 46 + n), now_us);
}

static void counts_by_domain_and_minute(void **state)
{
    struct dns_tunnel t = {0};
    const char *why = NULL;

    (void)state;
    for (unsigned i = 0; i < 120; i++)
        why = why ? why : ask(&t, i, i % 2 ? "\1t\3org" : "\1u\3org", i);
    assert_null(why);
    for (unsigned i = 0; i < 120; i++)
        why = why ? why : ask(&t, i, "\1t\3org", i * UINT64_C(2000000));
    assert_null(why);
    for (unsigned i = 0; i < 120; i++) /* always the same ten names */
        why = why ? why : ask(&t, i % 10, "\1v\3org", i);
    assert_null(why);
    for (unsigned i = 0; i < 2000; i++)
        why = why ? why : ask(&t, i % 10, "\1w\3org", i);
    assert_string_equal(why, "names of many bytes below one domain");
}

static void tells_tunnels(void **state)
{
    (void)state;
    ask_often(60, 32, LINES("app dns", "threat 2024 many long names below one domain"));
    ask_often(60, 22, LINES("app dns", "threat 2024 many names like noise below one domain"));
    ask_often(60, 8, LINES("app dns", "!threat *"));
    ask_often(40, 32, LINES("app dns", "!threat *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_noise),
        cmocka_unit_test(counts_by_domain_and_minute),
        cmocka_unit_test(tells_tunnels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
