/* SPDX-License-Identifier: Apache-2.0
 *
 * base64, quoted-printable and uuencode: what is lenient, pieces of every length.
 */
#include "support/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct coded {
    enum transfer_encoding as;
    const char *from, *to;
};

static const struct coded table[] = {
    {TRANSFER_PLAIN, "=41 QUJD", "=41 QUJD"},
    {TRANSFER_BASE64, "", ""},
    {TRANSFER_BASE64, "QUJD", "ABC"},
    {TRANSFER_BASE64, "QUI=", "AB"},
    {TRANSFER_BASE64, "QUI", "AB"},
    {TRANSFER_BASE64, "QU", "A"},
    {TRANSFER_BASE64, "QQ==QUJD", "AABC"},
    {TRANSFER_BASE64, "QQ=QUJD", "AABC"},
    {TRANSFER_BASE64, "=QUJD===", "ABC"},
    {TRANSFER_BASE64, "Q\r\nU-J\t*D", "ABC"},
    {TRANSFER_BASE64, "Q", ""},
    {TRANSFER_QUOTED, "", ""},
    {TRANSFER_QUOTED, "a=41=3d", "aA="},
    {TRANSFER_QUOTED, "a=\r\nb\r\n", "ab\r\n"},
    {TRANSFER_QUOTED, "a=\nb\n", "ab\n"},
    {TRANSFER_QUOTED, "a=\rb", "ab"},
    {TRANSFER_QUOTED, "a= \t \r\nb", "ab"},
    {TRANSFER_QUOTED, "a= b", "a= b"},
    {TRANSFER_QUOTED, "a=  =41", "a=  A"},
    {TRANSFER_QUOTED, "a==41", "a=A"},
    {TRANSFER_QUOTED, "a=4=41", "a=4A"},
    {TRANSFER_QUOTED, "a=4x=x4", "a=4x=x4"},
    {TRANSFER_QUOTED, "a=", "a"},
    {TRANSFER_QUOTED, "a=4", "a=4"},
    {TRANSFER_QUOTED, "a= ", "a"},
    {TRANSFER_QUOTED, "a=\r=\n\r\n", "a\r\n"},
};

static void check(const struct coded *c, size_t cut, size_t step)
{
    struct span rest = span_text(c->from);
    struct transfer t = {.as = (uint8_t)c->as};
    uint8_t out[TRANSFER_ROOM(64)];
    size_t n = 0;

    for (size_t piece = cut; rest.n; piece = step) {
        /* Sanitizers watch the end of a piece that has memory of its own. */
        uint8_t *bytes = malloc(piece + 1);
        struct span now = span_first(rest, piece);

        if (now.n)
            memcpy(bytes, now.p, now.n);
        n += transfer_feed(&t, span_of(bytes, now.n), out + n);
        rest = span_from(rest, now.n);
        free(bytes);
    }
    n += transfer_end(&t, out + n);
    if (n != strlen(c->to) || memcmp(out, c->to, n) != 0)
        fail_msg("%s: %.*s (cut at %zu)", c->from, (int)n, (const char *)out, cut);
}

static void decodes_any_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        check(table + i, 1, 1);
        for (size_t cut = 0; cut <= strlen(table[i].from); cut++)
            check(table + i, cut, 64);
    }
}

static void keeps_what_is_no_line_end(void **state)
{
    struct transfer t = {.as = TRANSFER_QUOTED};
    uint8_t out[TRANSFER_ROOM(200)];
    uint8_t blanks[200];
    size_t n;

    (void)state;
    memset(blanks, ' ', sizeof blanks);
    n = transfer_feed(&t, SPAN("="), out);
    n += transfer_feed(&t, span_of(blanks, sizeof blanks), out + n);
    n += transfer_end(&t, out + n);
    assert_int_equal(n, 201);
    assert_int_equal(out[0], '=');
}

static void reads_lines_of_uuencode(void **state)
{
    static const struct {
        const char *from, *to;
    } lines[] = {
        {"#0V%T\r\n", "Cat"}, {"#0V%T", "Cat"}, {"\"0V$", "Ca"},
        {"`\n", ""},          {"", ""},         {"M0V%T\n", "Cat"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        uint8_t out[64];
        size_t n = uu_decode(span_text(lines[i].from), out);

        assert_true(n >= strlen(lines[i].to) && n <= strlen(lines[i].from));
        assert_memory_equal(out, lines[i].to, strlen(lines[i].to));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_any_pieces),
        cmocka_unit_test(keeps_what_is_no_line_end),
        cmocka_unit_test(reads_lines_of_uuencode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
