/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of other character sets, fed whole and byte by byte.
 */
#include "support/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct result {
    size_t n;
    uint8_t text[8192];
};

static void collect(void *arg, struct span piece)
{
    struct result *r = arg;

    assert_true(r->n + piece.n <= sizeof r->text);
    memcpy(r->text + r->n, piece.p, piece.n);
    r->n += piece.n;
}

static struct result read_as(enum charset named, struct span text, size_t piece)
{
    struct charset_reader r = {.is = (uint8_t)named};
    struct result got = {0};

    while (text.n) {
        charset_feed(&r, span_first(text, piece), collect, &got);
        text = span_from(text, piece);
    }
    charset_end(&r, collect, &got);
    return got;
}

struct row {
    enum charset named;
    struct span text, want;
};

#define TEXT(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }

static void reads_texts(void **state)
{
    static const struct row rows[] = {
        {CHARSET_AS_IS, TEXT("plain text that is long enough"), TEXT("")},
        {CHARSET_AS_IS, TEXT("\xef\xbb\xbfplain text, marked"), TEXT("")},
        {CHARSET_AS_IS,
         TEXT("\xff\xfe"
              "a\0b\0"),
         TEXT("ab")},
        {CHARSET_AS_IS, TEXT("\xfe\xff\0a\0b"), TEXT("ab")},
        {CHARSET_AS_IS, TEXT("\xff\xfe\0\0a\0\0\0"), TEXT("a")},
        {CHARSET_AS_IS, TEXT("\0\0\xfe\xff\0\0\0a"), TEXT("a")},
        {CHARSET_AS_IS, TEXT("a\0b\0c\0d\0e\0f\0g\0h\0i\0\xac\x20"), TEXT("abcdefghi\xe2\x82\xac")},
        {CHARSET_AS_IS, TEXT("\0a\0b\0c"), TEXT("abc")},
        {CHARSET_AS_IS, TEXT("a\0\0\0b\0\0\0"), TEXT("ab")},
        {CHARSET_AS_IS, TEXT("\0\0\0a\0\0\0b"), TEXT("ab")},
        {CHARSET_AS_IS, TEXT("\1\0\2\0\3\0\4\0"), TEXT("")},
        {CHARSET_UTF16, TEXT("\xe4\0b\0"),
         TEXT("\xc3\xa4"
              "b")},
        {CHARSET_UTF16, TEXT("\0a\0b\0c\0d\0e\0f\0g\0h\0i"), TEXT("abcdefghi")},
        {CHARSET_UTF16_BE, TEXT("\xd8\x3d\xde\0"), TEXT("\xf0\x9f\x98\x80")},
        {CHARSET_UTF16_BE, TEXT("\xd8\x3d\0a"),
         TEXT("\xef\xbf\xbd"
              "a")},
        {CHARSET_UTF16_LE, TEXT("a\0b"), TEXT("a\xef\xbf\xbd")},
        {CHARSET_UTF32_LE, TEXT("\0\xf6\1\0\0\0\x11\0"), TEXT("\xf0\x9f\x98\x80\xef\xbf\xbd")},
        {CHARSET_UTF7, TEXT("a+ADw-b+AD4 c+-d"), TEXT("a<b> c+d")},
        {CHARSET_UTF7, TEXT("+2D3eAA-"), TEXT("\xf0\x9f\x98\x80")},
        {CHARSET_EBCDIC, TEXT("\x85\xa5\x89\x93\x4c\x6e\x7d\x7f\x40\xe5"), TEXT("evil<>'\" V")},
        {CHARSET_AS_IS, TEXT("\x4c\x6f\xa7\x94\x93\x6f\x6e"), TEXT("<?xml?>")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t piece = 1; piece <= 17; piece += 4) {
            struct result got = read_as(rows[i].named, rows[i].text, piece);

            if (!span_equal(span_of(got.text, got.n), rows[i].want))
                fail_msg("row %zu, %zu bytes at a time: %.*s", i, piece, (int)got.n, got.text);
        }
}

static void knows_names(void **state)
{
    static const struct {
        const char *name;
        enum charset is;
        bool known;
    } rows[] = {
        {"UTF-16", CHARSET_UTF16, true},
        {" \"utf-16le\" ", CHARSET_UTF16_LE, true},
        {"ibm037", CHARSET_EBCDIC, true},
        {"UTF-7", CHARSET_UTF7, true},
        {"utf-8", CHARSET_AS_IS, true},
        {"ISO-8859-15", CHARSET_AS_IS, true},
        {"windows-1252", CHARSET_AS_IS, true},
        {"gb18030", CHARSET_AS_IS, true},
        {"", CHARSET_AS_IS, true},
        {"x-secret", CHARSET_AS_IS, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum charset is;

        assert_int_equal(charset_by_name(span_of(rows[i].name, strlen(rows[i].name)), &is),
                         rows[i].known);
        assert_int_equal(is, rows[i].is);
    }
}

static void long_texts_come_in_pieces(void **state)
{
    static uint8_t text[5000];
    struct result got;

    (void)state;
    for (size_t i = 0; i < sizeof text; i += 2)
        text[i] = 'a';
    got = read_as(CHARSET_UTF16, span_of(text, sizeof text), 999);
    assert_int_equal(got.n, sizeof text / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_texts),
        cmocka_unit_test(knows_names),
        cmocka_unit_test(long_texts_come_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
