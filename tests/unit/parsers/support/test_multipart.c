/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of parts: delimiters, ends that are missing, parts in parts, headers; limits.
 */
#include "support/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "[header|contents]" for each part, without line ends. */
static void parts_are(const char *type, struct span body, const char *wanted)
{
    struct boundary b = {0};
    struct multipart m;
    struct multipart_part part;
    char seen[512];
    size_t n = 0;

    multipart_boundaries(span_text(type), &b, 1);
    multipart_begin(&m, &b, body);
    while (multipart_next(&m, &part)) {
        n += (size_t)snprintf(seen + n, sizeof seen - n, "[%.*s|%.*s%s]", (int)part.header.n,
                              (const char *)part.header.p, (int)part.contents.n,
                              (const char *)part.contents.p, part.opens ? "..." : "");
        assert_true(n < sizeof seen);
    }
    seen[n] = 0;
    assert_string_equal(seen, wanted);
}

#define TYPE "multipart/x; boundary=b"

static void parts_are_found(void **state)
{
    (void)state;
    parts_are(TYPE, SPAN("pre\r\n--b\r\nA: 1\r\n\r\none\r\n--b \r\n\r\ntwo\r\n--b--\r\npost"),
              "[A: 1\r\n|one][|two]");
    parts_are("multipart/x; boundary=\"b\"", SPAN("--b\nA: 1\n\none\n\n--b--"), "[A: 1\n|one\n]");
    parts_are(TYPE, SPAN("--b\r\nA: 1\r\n\r\none"), "[A: 1\r\n|one]");
    parts_are(TYPE, SPAN("--b\r\nA: 1\r\n\r\n--bc\r\n--b"), "[A: 1\r\n|--bc][|]");
    parts_are(TYPE, SPAN("--b\r\n\r\n1\r\n--b--\r\n--b\r\n\r\n2\r\n--b--"), "[|1][|2]");
    parts_are(TYPE, SPAN("--b\r\nno header\r\n--b\r\n"), "[|no header][|]");
    parts_are(TYPE, SPAN("--b\r\nA: 1\r\n 2\r\nB: 3\r\n\r\nx"), "[A: 1\r\n 2\r\nB: 3\r\n|x]");
    parts_are("multipart/x", SPAN("\r\n--guessed\r\n\r\n1\r\n--guessed--"), "[|1]");
    parts_are(TYPE, SPAN("nothing of it"), "");
    parts_are(TYPE, SPAN(""), "");
}

static void parts_hold_parts(void **state)
{
    (void)state;
    parts_are(TYPE,
              SPAN("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n1\r\n"
                   "--c\r\n\r\n2\r\n--c--\r\n--b\r\n\r\n3\r\n--b--"),
              "[Content-Type: multipart/mixed; boundary=c\r\n|...][|1][|2][|3]");
    /* The fourth level is contents. */
    parts_are(TYPE,
              SPAN("--b\ncontent-type:multipart/a;boundary=c\n\n--c\n"
                   "content-type:multipart/a;boundary=d\n\n--d\n"
                   "content-type:multipart/a;boundary=e\n\n--e\n\nx"),
              "[content-type:multipart/a;boundary=c\n|...]"
              "[content-type:multipart/a;boundary=d\n|...]"
              "[content-type:multipart/a;boundary=e\n|--e\n\nx]");
}

static void boundaries_are_read(void **state)
{
    struct boundary b[2];

    (void)state;
    assert_int_equal(
        multipart_boundaries(SPAN("a/b; boundary=x; boundary=x; boundary=\"y z\""), b, 2), 2);
    assert_int_equal(b[1].n, 3);
    assert_memory_equal(b[1].bytes, "y z", 3);
    assert_int_equal(multipart_boundaries(SPAN("a/b; boundary="), b, 2), 0);
}

static void parts_are_bounded(void **state)
{
    static char body[6 * (MULTIPART_PARTS + 10)];
    struct boundary b = {.n = 1, .bytes = "b"};
    struct multipart m;
    struct multipart_part part;
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < sizeof body; i += 6)
        memcpy(body + i, "--b\nx\n", 6);
    for (multipart_begin(&m, &b, SPAN(body)); multipart_next(&m, &part);)
        n++;
    assert_int_equal(n, MULTIPART_PARTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(parts_hold_parts),
        cmocka_unit_test(boundaries_are_read),
        cmocka_unit_test(parts_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
