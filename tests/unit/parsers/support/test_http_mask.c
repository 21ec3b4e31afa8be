/* SPDX-License-Identifier: Apache-2.0
 *
 * What people may see of bodies and headers: digits, keys and what is said to be secret is covered.
 */
#include "support/http_mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS(rows) (sizeof(rows) / sizeof *(rows))

static void compare(struct span text, const uint8_t *out, const char *want)
{
    if (strlen(want) != text.n || memcmp(out, want, text.n) != 0)
        fail_msg("\"%.*s\" is \"%.*s\", not \"%s\"", (int)text.n, (const char *)text.p, (int)text.n,
                 (const char *)out, want);
}

static void bodies(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"name=John+Smith&age=42", "name=John+Smith&age=**"},
        {"user=john&password=s3cr3t!&x=y", "user=john&password=*******&x=y"},
        {"{\"user\":\"john\", \"Password\" : \"a\\\"b c\", \"n\": 12}",
         "{\"user\":\"john\", \"Password\" : \"******\", \"n\": **}"},
        {"{'api_key':abc,'b':[\"x\"]}", "{'api_key':***,'b':[\"x\"]}"},
        {"<a><password>hi you</password><b>x</b></a>",
         "<a><password>******</password><b>x</b></a>"},
        {"--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n--b",
         "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n***\r\n--b"},
        {"id deadbeefcafe1234567 end", "id ******************* end"},
        {"bearer eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM",
         "bearer ************************************"},
        {"see /usr/share/doc/packages/2026/index", "see /usr/share/doc/packages/****/index"},
        {"Authorization: Basic YWxhZGRpbg==\nx", "Authorization: ******************\nx"},
        {"shipping=a&pin=1&user_pin=bc&keyboard=x", "shipping=a&pin=*&user_pin=**&keyboard=x"},
        {"password", "password"},
        {"password=", "password="},
        {"password=\"", "password=\""},
        {"password=\"\\", "password=\"*"},
        {"<password", "<password"},
        {"a\x01\x80\tb\n", "a...b\n"},
    };
    uint8_t out[128];

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct span text = span_text(rows[i].text);

        http_mask_body(text, out);
        compare(text, out, rows[i].want);
    }
}

static void headers(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } rows[] = {
        {"Host", "shop.example:8080", "shop.example:8080"},
        {"authorization", "Basic YTpi", "Basic ****"},
        {"Authorization", "YTpi", "****"},
        {"Proxy-Authorization", "Digest a=\"b\", c", "Digest ********"},
        {"Cookie", "a=b; sid=12; plain", "a=*; sid=**;******"},
        {"Set-Cookie", "sid=12; Path=/; HttpOnly", "sid=**; Path=/; HttpOnly"},
        {"X-Api-Key", "abc", "***"},
        {"X-Auth-Token", "abc", "***"},
        {"Sec-WebSocket-Key", "abc", "abc"},
        {"WWW-Authenticate", "Basic realm=x", "Basic realm=x"},
        {":authority", "a", "a"},
        {"Cookie", "", ""},
    };
    uint8_t out[64];

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct span value = span_text(rows[i].value);

        http_mask_header(span_text(rows[i].name), value, out);
        compare(value, out, rows[i].want);
    }
}

/* Whatever comes: nothing is written behind the end, and no digit is left. */
static void hostile_bodies(void **state)
{
    static const char *const parts[] = {"password", "=",        ":", "\"", "'", "<", ">",   "\\",
                                        "\r\n",     "\r\n\r\n", "1", "a",  " ", ";", "key", "{"};
    uint32_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t text[64], *out;
        size_t n = 0;

        for (unsigned i = 0; i < 8; i++) {
            struct span part;

            seed = seed * 1664525 + 1013904223;
            part = span_text(parts[seed >> 16 & 15]);
            memcpy(text + n, part.p, part.n);
            n += part.n;
        }
        out = malloc(n + 1);
        assert_non_null(out);
        out[n] = 0x55;
        http_mask_body(span_of(text, n), out);
        assert_int_equal(out[n], 0x55);
        assert_null(memchr(out, '1', n));
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(headers),
        cmocka_unit_test(hostile_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
