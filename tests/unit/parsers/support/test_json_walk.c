/* SPDX-License-Identifier: Apache-2.0
 *
 * Names and values of JSON texts.
 */
#include "support/json_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct pieces {
    size_t n, count;
    char text[4096]; /* each with a "|" behind it */
};

static void collect(void *arg, struct span piece)
{
    struct pieces *p = arg;

    p->count++;
    if (p->n + piece.n + 2 > sizeof p->text)
        return;
    memcpy(p->text + p->n, piece.p, piece.n);
    p->n += piece.n;
    p->text[p->n++] = '|';
}

static struct pieces walked(struct span text)
{
    uint8_t *in = malloc(text.n + 1), *room = malloc(text.n + 1);
    struct pieces got = {0};

    memcpy(in, text.p, text.n);
    json_walk(span_of(in, text.n), room, collect, &got);
    got.text[got.n] = 0;
    free(in);
    free(room);
    return got;
}

static void reads_texts(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"{}", ""},
        {"[]", ""},
        {"{\"a\":\"b\"}", "a=b|"},
        {"{ \"a\" : \"b\" , \"c\" : 1.5e3 }", "a=b|c=1.5e3|"},
        {"{\"a\":true,\"b\":null}", "a=true|b=null|"},
        {"[\"a\",\"b\",3]", "a|b|"},
        {"{\"a\":{\"b\":[\"c\",{\"d\":\"e\"}]}}", "a|b|c|d=e|"},
        {"{\"\\u0061\\u0062\":\"\\u0063\"}", "ab=c|"},
        {"[\"\\ud83d\\ude00\"]", "\xf0\x9f\x98\x80|"},
        {"[\"\\ud83d\"]", "\xef\xbf\xbd|"},
        {"[\"\\ud83d\\u0041\"]", "\xef\xbf\xbd"
                                 "A|"},
        {"[\"\\u00e4\\u20AC\"]", "\xc3\xa4\xe2\x82\xac|"},
        {"[\"a\\\"b\\\\c\\/d\\n\"]", "a\"b\\c/d\n|"},
        {"[\"\\q\\u12\\x41\\x4\"]", "\\q\\u12A\\x4|"},
        {"{\"a\":\"b", "a=b|"},
        {"{\"a\":", "a|"},
        {"{\"a", "a|"},
        {"{\"a\":\"b\"}\n{\"c\":\"d\"}\n", "a=b|c=d|"},
        {")]}',\n{\"a\":\"b\"}", "a=b|"},
        {"{'a':'b',c:d}", "a=b|c=d|"},
        {"{\"a\":,\"b\":\"c\"}", "a|b=c|"},
        {"{\"a\":\"\"}", "a=|"},
        {"\"a\"", "a|"},
        {"[\"a\":\"b\":\"c\"]", "a=b|c|"},
        {"\\u0041", ""},
        {"{a:\\u0041}", "a=A|"},
        {"for(;;);{\"a\":1}", "a=1|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(walked(span_of(rows[i].text, strlen(rows[i].text))).text, rows[i].want);
}

static void stops_at_its_limit(void **state)
{
    enum { N = 5000 };
    static uint8_t text[4 * N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        memcpy(text + 4 * i, "\"a\",", 4);
    assert_int_equal(walked(span_of(text, sizeof text)).count, JSON_PIECES_MOST);
    memset(text, '[', sizeof text);
    assert_int_equal(walked(span_of(text, sizeof text)).count, 0);
}

/* Whatever comes, it fits: the room is as large as the text and no byte larger. */
static void fits_for_any_text(void **state)
{
    static const char letters[] = "\"'\\u0d8:,{}[] a";
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        uint8_t text[24];
        size_t n = (size_t)i % sizeof text;

        for (size_t k = 0; k < n; k++) {
            seed = seed * 1664525 + 1013904223;
            text[k] = (uint8_t)letters[(seed >> 16) % (sizeof letters - 1)];
        }
        assert_true(walked(span_of(text, n)).count <= JSON_PIECES_MOST);
    }
}

static void knows_its_beginning(void **state)
{
    (void)state;
    assert_true(json_begins(SPAN("{}")));
    assert_true(json_begins(SPAN(" \r\n\t[1]")));
    assert_true(json_begins(SPAN("\xef\xbb\xbf{")));
    assert_true(json_begins(SPAN(")]}',\n{")));
    assert_true(json_begins(SPAN("for(;;);{")));
    assert_false(json_begins(SPAN("")));
    assert_false(json_begins(SPAN("a=b")));
    assert_false(json_begins(SPAN("<a>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_texts),
        cmocka_unit_test(stops_at_its_limit),
        cmocka_unit_test(fits_for_any_text),
        cmocka_unit_test(knows_its_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
