/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of protobuf messages.
 */
#include "support/protobuf_strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct found {
    size_t n, count;
    char text[512];
};

static void collect(void *arg, struct span s)
{
    struct found *f = arg;

    f->count++;
    if (f->n + s.n + 2 > sizeof f->text)
        return;
    memcpy(f->text + f->n, s.p, s.n);
    f->n += s.n;
    f->text[f->n++] = '|';
}

static struct found strings(struct span message)
{
    struct found f = {0};

    protobuf_strings(message, collect, &f);
    return f;
}

static void finds_strings(void **state)
{
    (void)state;
    assert_string_equal(strings(SPAN("")).text, "");
    assert_string_equal(strings(SPAN("\x0a\x04"
                                     "evil"))
                            .text,
                        "evil|");
    assert_string_equal(strings(SPAN("\x0a\x03"
                                     "abc\x12\x04"
                                     "abcd"))
                            .text,
                        "abcd|");
    assert_string_equal(strings(SPAN("\x08\x96\x01\x12\x04"
                                     "abcd\x1d"
                                     "1234\x21"
                                     "12345678"))
                            .text,
                        "abcd|");
    assert_string_equal(strings(SPAN("\x0a\x05"
                                     "ab\xff"
                                     "cd\x12\x04"
                                     "abcd"))
                            .text,
                        "abcd|");
    /* Also within a message that has a field before the text. */
    assert_string_equal(strings(SPAN("\x0a\x09\x08\xff\x01\x12\x04"
                                     "evil"))
                            .text,
                        "evil|");
    assert_string_equal(strings(SPAN("\x0a\x04"
                                     "abcd\x12\x7f"
                                     "cut"))
                            .text,
                        "abcd|");
    assert_string_equal(strings(SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")).text, "");
}

/* A message in a message in a message. */
static void stops_in_depth(void **state)
{
    uint8_t nested[64];
    size_t n = 6;

    (void)state;
    memcpy(nested + sizeof nested - n,
           "\x0a\x04"
           "evil",
           6);
    for (int depth = 1; depth <= 12; depth++) {
        struct span all;

        nested[sizeof nested - n - 1] = (uint8_t)n;
        nested[sizeof nested - n - 2] = 0x0a;
        n += 2;
        all = span_of(nested + sizeof nested - n, n);
        assert_true(strings(all).count > 0);
        assert_true(strings(all).count <= PROTOBUF_DEPTH);
    }
}

static void stops_at_its_limit(void **state)
{
    static uint8_t message[6 * 5000];

    (void)state;
    for (size_t i = 0; i < sizeof message; i += 6)
        memcpy(message + i,
               "\x0a\x04"
               "abcd",
               6);
    assert_int_equal(strings(span_of(message, sizeof message)).count, PROTOBUF_STRINGS_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_strings),
        cmocka_unit_test(stops_in_depth),
        cmocka_unit_test(stops_at_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
