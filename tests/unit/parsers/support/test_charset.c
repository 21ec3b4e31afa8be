/* SPDX-License-Identifier: Apache-2.0
 *
 * Character sets: by mark, by name, by zeros, by declaration; in pieces; what is odd.
 */
#include "support/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    size_t n;
    uint8_t bytes[8192];
};

static void add(void *arg, struct span piece)
{
    struct seen *seen = arg;

    assert_true(piece.n > 0 && seen->n + piece.n <= sizeof seen->bytes);
    memcpy(seen->bytes + seen->n, piece.p, piece.n);
    seen->n += piece.n;
}

static uint32_t read_pieces(const char *type, struct span in, size_t step, struct seen *seen)
{
    struct charset_reader c;
    uint32_t odd = 0;
    enum charset is = charset_of_type(span_text(type), &odd);

    seen->n = 0;
    charset_begin(&c, is, odd);
    for (; in.n; in = span_from(in, step))
        charset_feed(&c, span_first(in, step), add, seen);
    charset_end(&c, add, seen);
    return c.odd;
}

/* In pieces of every size it is the same. */
static void reads(const char *type, struct span in, struct span text, uint32_t odd)
{
    struct seen seen;

    for (size_t step = 1; step <= in.n; step++) {
        assert_int_equal(read_pieces(type, in, step, &seen), odd);
        assert_int_equal(seen.n, text.n);
        assert_memory_equal(seen.bytes, text.p, text.n);
    }
}

static void marks_win(void **state)
{
    (void)state;
    reads("a/b", SPAN("\xff\xfeh\0i\0"), SPAN("hi"), 0);
    reads("a/b; charset=utf-8", SPAN("\xfe\xff\0h\0i"), SPAN("hi"), 0);
    reads("a/b", SPAN("\xff\xfe\0\0h\0\0\0i\0\0\0"), SPAN("hi"), 0);
    reads("a/b", SPAN("\0\0\xfe\xff\0\0\0h\0\1\xf6\0"), SPAN("h\xf0\x9f\x98\x80"), 0);
    reads("a/b; charset=utf-16", SPAN("\xef\xbb\xbfhi"), SPAN("\xef\xbb\xbfhi"), 0);
}

static void names_are_read(void **state)
{
    (void)state;
    reads("text/plain;charset=utf-16le", SPAN("h\0\xe4\0\x3d\xd8\0\xde"),
          SPAN("h\xc3\xa4\xf0\x9f\x98\x80"), 0);
    reads("text/plain; CHARSET=\" UTF-16BE \"", SPAN("\0h\0i"), SPAN("hi"), 0);
    reads("text/plain; charset='utf-16'", SPAN("\0h\0i"), SPAN("hi"), 0);
    reads("text/plain; charset=unicode", SPAN("h\0i\0"), SPAN("hi"), 0);
    reads("text/plain; charset=utf-32be", SPAN("\0\0\0h"), SPAN("h"), CHARSET_ODD_RARE);
    reads("text/plain; charset=utf-8; charset=utf-16le", SPAN("h\0i\0"), SPAN("hi"), 0);
    reads("text/plain; charset=IBM037", SPAN("\x88\x89\x40\xf1"), SPAN("hi 1"), CHARSET_ODD_RARE);
    reads("text/plain; charset=ibm500", SPAN("\x88\x89\x40\xf1"), SPAN("hi 1"),
          CHARSET_ODD_RARE | CHARSET_ODD_RELATED);
    reads("text/plain; charset=klingon", SPAN("hi there"), SPAN("hi there"), CHARSET_ODD_UNKNOWN);
    reads("text/plain; charset=iso-8859-1", SPAN("h\xe4 there"), SPAN("h\xe4 there"), 0);
}

static void utf7_is_read(void **state)
{
    const char *type = "text/html; charset=utf-7";

    (void)state;
    reads(type, SPAN("+ADw-script+AD4-1+-1"), SPAN("<script>1+1"), CHARSET_ODD_RARE);
    reads(type, SPAN("\xe4+2D3eAA x"), SPAN("\xc3\xa4\xf0\x9f\x98\x80 x"), CHARSET_ODD_RARE);
    reads(type, SPAN("+!+2D0-"), SPAN("!\xef\xbf\xbd"), CHARSET_ODD_RARE | CHARSET_ODD_MALFORMED);
    reads("text/xml", SPAN("<?xml version='1.0' encoding='utf-7'?>+ADw-"),
          SPAN("<?xml version='1.0' encoding='utf-7'?><"), CHARSET_ODD_RARE);
}

static void zeros_tell(void **state)
{
    (void)state;
    reads("", SPAN("h\0i\0 \0t\0o\0"), SPAN("hi to"), CHARSET_ODD_SILENT);
    reads("a/b; charset=utf-8", SPAN("\0h\0i\0 "), SPAN("hi "), CHARSET_ODD_SILENT);
    reads("", SPAN("h\0\0\0i\0\0\0"), SPAN("hi"), CHARSET_ODD_SILENT);
    reads("", SPAN("\x4c\x6f\xa7\x94\x93"), SPAN("<?xml"), CHARSET_ODD_SILENT);
    reads("", SPAN("\1\0\0\0\2\0\0\0"), SPAN("\1\0\0\0\2\0\0\0"), 0);
    reads("", SPAN("a"), SPAN("a"), 0);
    reads("", SPAN("a\0"), SPAN("a\0"), 0);
}

static void broken_is_told(void **state)
{
    (void)state;
    reads("a/b; charset=utf-16le", SPAN("h\0\x3d\xd8i\0"), SPAN("h\xef\xbf\xbdi"),
          CHARSET_ODD_MALFORMED);
    reads("a/b; charset=utf-16le", SPAN("h\0i\0j"), SPAN("hi"), CHARSET_ODD_TRUNCATED);
    reads("a/b; charset=utf-16le", SPAN("h\0\x3d\xd8"), SPAN("h\xef\xbf\xbd"),
          CHARSET_ODD_MALFORMED | CHARSET_ODD_TRUNCATED);
    reads("a/b; charset=utf-32le", SPAN("\0\0\x11\0"), SPAN("\xef\xbf\xbd"),
          CHARSET_ODD_RARE | CHARSET_ODD_MALFORMED);
    reads("a/b; charset=utf-16le", SPAN("hidden"), SPAN("\xe6\xa5\xa8\xe6\x91\xa4\xe6\xb9\xa5"),
          CHARSET_ODD_PLAIN);
}

static void plain_is_not_copied(void **state)
{
    static const char text[] = "plain text, and more of it";
    struct charset_reader c;
    struct seen seen = {.n = 0};

    (void)state;
    charset_begin(&c, CHARSET_AS_IS, 0);
    assert_false(charset_is_plain(&c));
    charset_feed(&c, SPAN(text), add, &seen);
    assert_true(charset_is_plain(&c));
    assert_int_equal(seen.n, sizeof text - 1);
}

static void much_comes_in_pieces(void **state)
{
    static uint8_t in[4000];
    struct seen seen;

    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = i % 2 ? 0 : 'x';
    read_pieces("a/b; charset=utf-16", span_of(in, sizeof in), sizeof in, &seen);
    assert_int_equal(seen.n, sizeof in / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_win),
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(utf7_is_read),
        cmocka_unit_test(zeros_tell),
        cmocka_unit_test(broken_is_told),
        cmocka_unit_test(plain_is_not_copied),
        cmocka_unit_test(much_comes_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
