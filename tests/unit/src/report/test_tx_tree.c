/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of a transaction in the shape that their paths ask for.
 */
#include "report/tx_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct row {
    enum field field;
    const char *text; /* of text, bytes and addresses */
    size_t n;
    uint64_t number; /* of numbers, when there is no text */
};

#define TEXT(field, literal)                                                                       \
    {                                                                                              \
        FIELD_##field, (literal), sizeof(literal) - 1, 0                                           \
    }
#define NUMBER(field, value)                                                                       \
    {                                                                                              \
        FIELD_##field, NULL, 0, (value)                                                            \
    }

static void assert_tree(const struct row *rows, size_t count, const char *want)
{
    struct tx_tree tree = {0};
    struct json_out out = {0};

    for (int again = 0; again < 2; again++) { /* the tree is used again and again */
        tx_tree_reset(&tree);
        for (size_t i = 0; i < count; i++) {
            struct tx_field f = {.field = rows[i].field};

            f.value = rows[i].text != NULL ? span_of(rows[i].text, rows[i].n)
                                           : span_of(&rows[i].number, sizeof rows[i].number);
            assert_true(tx_tree_add(&tree, &f));
        }
        out.used = 0;
        json_line_begin(&out);
        tx_tree_write(&tree, &out, "x");
        assert_true(json_line_end(&out));
        out.text[out.used - 1] = '\0';
        assert_string_equal(out.text, want);
    }
    tx_tree_fini(&tree);
    json_out_fini(&out);
}

#define ASSERT_TREE(want, ...)                                                                     \
    do {                                                                                           \
        const struct row rows[] = {__VA_ARGS__};                                                   \
        assert_tree(rows, sizeof rows / sizeof rows[0], want);                                     \
    } while (0)

static void test_values(void **state)
{
    (void)state;
    ASSERT_TREE("{\"x\":{\"http_method\":\"GET\",\"status\":200,\"session_resumed\":true,"
                "\"assigned_ip\":\"10.1.2.3\",\"client_mac\":\"02:42:00\"}}",
                TEXT(HTTP_METHOD, "GET"), NUMBER(HTTP_STATUS, 200), NUMBER(TLS_RESUMED, 1),
                TEXT(DHCP_ASSIGNED_IP, "\x0a\x01\x02\x03"), TEXT(DHCP_CLIENT_MAC, "\x02\x42\0"));
    ASSERT_TREE("{\"x\":{\"transmit_timestamp\":18446744073709551615}}",
                NUMBER(NTP_TRANSMIT, UINT64_MAX));
    ASSERT_TREE("{\"x\":{\"client_ip\":\"fd00::1\",\"relay_ip\":\"01:02\"}}",
                TEXT(DHCP_CLIENT_IP, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
                TEXT(DHCP_RELAY_IP, "\x01\x02"));
    ASSERT_TREE("{\"x\":{\"url\":\"\\\\xff\\u0000\"}}", TEXT(HTTP_URL, "\xff\0"));
}

static void test_nothing(void **state)
{
    (void)state;
    assert_tree(NULL, 0, "{\"x\":{}}");
}

static void test_said_twice(void **state)
{
    (void)state;
    ASSERT_TREE("{\"x\":{\"url\":\"b\",\"status\":1}}", TEXT(HTTP_URL, "a"), NUMBER(HTTP_STATUS, 1),
                TEXT(HTTP_URL, "b"));
}

static void test_objects(void **state)
{
    (void)state;
    ASSERT_TREE("{\"x\":{\"client\":{\"proto_version\":\"2.0\",\"software_version\":\"OpenSSH\","
                "\"hassh\":{\"string\":\"h\"}},\"server\":{\"proto_version\":\"1.99\"}}}",
                TEXT(SSH_CLIENT_PROTO, "2.0"), TEXT(SSH_SERVER_PROTO, "1.99"),
                TEXT(SSH_CLIENT_SOFTWARE, "OpenSSH"), TEXT(SSH_CLIENT_HASSH, "h"));
}

static void test_lists(void **state)
{
    (void)state;
    ASSERT_TREE("{\"x\":{\"subjectaltname\":[\"a\",\"b\",\"a\"],\"sni\":\"s\"}}",
                TEXT(TLS_SAN, "a"), TEXT(TLS_SAN, "b"), TEXT(TLS_SNI, "s"), TEXT(TLS_SAN, "a"));
    ASSERT_TREE("{\"x\":{\"params\":[1,3,6]}}", NUMBER(DHCP_PARAMS, 1), NUMBER(DHCP_PARAMS, 3),
                NUMBER(DHCP_PARAMS, 6));
}

/* A new element begins when the field is already there; two fields of one path too. */
static void test_lists_of_objects(void **state)
{
    (void)state;
    ASSERT_TREE("{\"x\":{\"queries\":[{\"rrname\":\"a\",\"rrtype\":\"A\"},{\"rrname\":\"b\"}],"
                "\"id\":7,\"answers\":[{\"rrname\":\"a\",\"ttl\":5,\"rdata\":\"10.0.0.1\"},"
                "{\"rdata\":\"text\"},{\"rdata\":\"10.0.0.2\"}]}}",
                TEXT(DNS_QUERY_NAME, "a"), NUMBER(DNS_ID, 7), TEXT(DNS_QUERY_TYPE, "A"),
                TEXT(DNS_QUERY_NAME, "b"), TEXT(DNS_ANSWER_NAME, "a"), NUMBER(DNS_ANSWER_TTL, 5),
                TEXT(DNS_ANSWER_IP, "\x0a\0\0\x01"), TEXT(DNS_ANSWER_TEXT, "text"),
                TEXT(DNS_ANSWER_IP, "\x0a\0\0\x02"));
}

/* What is ours is written elsewhere. */
static void test_own(void **state)
{
    struct tx_tree tree = {0};
    struct json_out out = {0};
    struct tx_field host = {.field = FIELD_HTTP_FORWARDED_HOST, .value = SPAN("a")};
    struct tx_field note = {.field = FIELD_HTTP_NOTES, .value = SPAN("b")};

    (void)state;
    ASSERT_TREE("{\"x\":{\"hostname\":\"h\"}}", TEXT(HTTP_NOTES, "n"), TEXT(HTTP_HOST, "h"),
                TEXT(HTTP_FORWARDED_PROTO, "p"));
    ASSERT_TREE("{\"x\":{}}", TEXT(HTTP_NOTES, "n"));
    assert_true(tx_tree_add(&tree, &host));
    assert_true(tx_tree_add(&tree, &note));
    json_line_begin(&out);
    tx_tree_write_own(&tree, &out);
    assert_true(json_line_end(&out));
    out.text[out.used - 1] = '\0';
    assert_string_equal(out.text, "{\"forwarded\":{\"host\":\"a\"},\"notes\":[\"b\"]}");
    tx_tree_fini(&tree);
    json_out_fini(&out);
}

static void test_many(void **state)
{
    struct tx_tree tree = {0};
    struct json_out out = {0};
    uint64_t zero = 0;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        struct tx_field name = {.field = FIELD_DNS_ANSWER_NAME, .value = SPAN("n")};
        struct tx_field ttl = {.field = FIELD_DNS_ANSWER_TTL, .value = span_of(&zero, sizeof zero)};

        assert_true(tx_tree_add(&tree, &name));
        assert_true(tx_tree_add(&tree, &ttl));
    }
    json_line_begin(&out);
    tx_tree_write(&tree, &out, "x");
    assert_true(json_line_end(&out));
    assert_true(out.used > 50000 * strlen("{\"rrname\":\"n\",\"ttl\":0},"));
    tx_tree_fini(&tree);
    json_out_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),     cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_said_twice), cmocka_unit_test(test_objects),
        cmocka_unit_test(test_lists),      cmocka_unit_test(test_lists_of_objects),
        cmocka_unit_test(test_own),        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
