/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON text: commas, escapes, and that whatever bytes come, the line is JSON.
 */
#include "report/json_out.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_line(struct json_out *out, const char *want)
{
    assert_true(json_line_end(out));
    assert_int_equal(out->used, strlen(want));
    assert_memory_equal(out->text, want, out->used);
    json_out_fini(out);
}

static void test_structure(void **state)
{
    struct json_out out = {0};

    (void)state;
    json_line_begin(&out);
    json_put_object(&out, "empty");
    json_close(&out, '}');
    json_put_list(&out, "list");
    json_uint(&out, 0);
    json_uint(&out, UINT64_MAX);
    json_open(&out, '{');
    json_put_truth(&out, "a", 4096);
    json_put_truth(&out, "b", 0);
    json_close(&out, '}');
    json_text(&out, SPAN("["));
    json_text(&out, SPAN("x"));
    json_close(&out, ']');
    json_put_time(&out, "t", UINT64_C(1767323045000006));
    json_key(&out, SPAN("h"));
    json_hex(&out, span_of("\x02\x42\xff", 3));
    json_key(&out, SPAN("none"));
    json_hex(&out, SPAN(""));
    assert_line(&out, "{\"empty\":{},\"list\":[0,18446744073709551615,{\"a\":true,\"b\":false},"
                      "\"[\",\"x\"],\"t\":\"2026-01-02T03:04:05.000006+0000\",\"h\":\"02:42:ff\","
                      "\"none\":\"\"}\n");
}

static void test_escapes(void **state)
{
    static const struct {
        const char *bytes, *want;
    } cases[] = {
        {"plain", "plain"},
        {"\"\\/", "\\\"\\\\/"},
        {"\b\t\n\v\f\r\x1b\x7f", "\\b\\t\\n\\u000b\\f\\r\\u001b\\u007f"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\x80", "\\\\x80"},
        {"\xff\xfe", "\\\\xff\\\\xfe"},
        {"a\xc3", "a\\\\xc3"},                                /* cut */
        {"\xc3(", "\\\\xc3("},                                /* no continuation */
        {"\xc0\xaf", "\\\\xc0\\\\xaf"},                       /* overlong */
        {"\xe0\x80\xaf", "\\\\xe0\\\\x80\\\\xaf"},            /* overlong */
        {"\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80"},            /* surrogate */
        {"\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80"}, /* beyond Unicode */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_out out = {0};
        char want[128];

        json_line_begin(&out);
        json_put_text(&out, "k", span_text(cases[i].bytes));
        snprintf(want, sizeof want, "{\"k\":\"%s\"}\n", cases[i].want);
        assert_line(&out, want);
    }
}

/* Every pair of bytes, as value and as key: the JSON library reads it. */
static void test_any_bytes(void **state)
{
    struct json_out out = {0};

    (void)state;
    for (unsigned i = 0; i < 65536; i++) {
        uint8_t pair[2] = {(uint8_t)(i >> 8), (uint8_t)i};
        json_error_t error;
        json_t *document;

        out.used = 0;
        json_line_begin(&out);
        json_put_text(&out, "k", span_of(pair, 2));
        assert_true(json_line_end(&out));
        document = json_loadb(out.text, out.used, JSON_ALLOW_NUL, &error);
        if (document == NULL)
            fail_msg("%02x %02x: %s", pair[0], pair[1], error.text);
        json_decref(document);
    }
    json_out_fini(&out);
}

/* A byte is written the same wherever it stands in a long text. */
static void test_any_place(void **state)
{
    struct json_out one = {0}, all = {0};
    uint8_t text[19];

    (void)state;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof text; at++) {
            uint8_t byte = (uint8_t)c;
            size_t n;

            memset(text, 'a', sizeof text);
            text[at] = byte;
            one.used = all.used = 0;
            json_text(&one, span_of(&byte, 1));
            json_text(&all, span_of(text, sizeof text));
            n = one.used - 2;
            assert_int_equal(all.used, sizeof text - 1 + n + 2);
            assert_memory_equal(all.text + 1, text, at);
            assert_memory_equal(all.text + 1 + at, one.text + 1, n);
            if (at + 1 < sizeof text)
                assert_memory_equal(all.text + 1 + at + n, text + at + 1, sizeof text - at - 1);
        }
    json_out_fini(&one);
    json_out_fini(&all);
}

static void test_lines_add_up(void **state)
{
    struct json_out out = {0};
    char *big = calloc(1, 200001);

    (void)state;
    memset(big, 0xff, 200000);
    for (int i = 0; i < 3; i++) {
        json_line_begin(&out);
        json_put_string(&out, "big", big);
        assert_true(json_line_end(&out));
    }
    assert_int_equal(out.used, 3 * (strlen("{\"big\":\"\"}\n") + 5 * 200000));
    json_out_fini(&out);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),    cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_any_bytes),    cmocka_unit_test(test_any_place),
        cmocka_unit_test(test_lines_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
