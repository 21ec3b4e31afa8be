/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements in pieces: the same answer as in one, at every cut and of every size; no memory.
 */
#include "detect/sqli/sqli_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LIMIT = 1 << 20 };

static struct sqli_finding in_pieces(struct span text, size_t size, enum sql_dialect dialect)
{
    struct budget b;
    struct sqli_stream s = {.bytes = NULL};
    struct sqli_finding f;

    budget_init(&b, LIMIT);
    for (; text.n; text = span_from(text, size))
        sqli_stream_add(&s, &b, span_first(text, size), dialect);
    sqli_stream_end(&s, &f);
    assert_true(s.room <= SQLI_MOST);
    sqli_stream_clear(&s, &b);
    assert_int_equal(b.used, 0);
    return f;
}

static void same_in_pieces(struct span text, size_t size, enum sql_dialect dialect)
{
    struct sqli_finding whole, pieces;

    sqli_check(text, dialect, &whole);
    pieces = in_pieces(text, size, dialect);
    assert_int_equal(pieces.class, whole.class);
    assert_int_equal(pieces.grade, whole.grade);
    assert_int_equal(pieces.offset, whole.offset);
    assert_int_equal(pieces.cut, whole.cut);
}

static void test_small(void **state)
{
    static const char sql[] = "SELECT * FROM t WHERE a='x' OR 'a'='a' -- ' AND b='y'";

    (void)state;
    for (size_t size = 1; size <= sizeof(sql); size++)
        same_in_pieces(SPAN(sql), size, SQL_MYSQL);
    same_in_pieces(SPAN("SELECT 1"), 3, SQL_MYSQL);
    same_in_pieces(SPAN(""), 3, SQL_MYSQL);
}

/* Rows, and an attack in the last of them. */
static struct span large(uint8_t *text, size_t n)
{
    static const char row[] = "(5, 'it''s -- \"here\"', `x`), /* 'b */ ";
    static const char end[] = "(6, 'x'); SELECT * FROM u WHERE a='' OR 'x'='x'";

    memcpy(text, "INSERT INTO t VALUES ", 21);
    for (size_t i = 21; i < n; i++)
        text[i] = (uint8_t)row[(i - 21) % (sizeof(row) - 1)];
    for (size_t i = n - sizeof(end); i > n - 2 * sizeof(row); i--)
        text[i] = ' ';
    /* From the last whole row on. */
    for (size_t i = 21 + (n - 200 - 21) / (sizeof(row) - 1) * (sizeof(row) - 1); i < n; i++)
        text[i] = ' ';
    memcpy(text + n - (sizeof(end) - 1), end, sizeof(end) - 1);
    return span_of(text, n);
}

static void test_large(void **state)
{
    static const size_t sizes[] = {SQLI_HEAD,     SQLI_MOST - 1,        SQLI_MOST,
                                   SQLI_MOST + 1, SQLI_MOST + 5000,     (size_t)2 * SQLI_MOST,
                                   1000000,       SQLI_MOST + SQLI_TAIL};
    static const size_t pieces[] = {100, 1024, 1460, 16383, 65536, 1000000};
    uint8_t *text = malloc(1000000);

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
            struct span sql = large(text, sizes[i]);
            struct sqli_finding f = in_pieces(sql, pieces[k], SQL_MYSQL);

            assert_int_equal(f.class, SQLI_TAUTOLOGY);
            assert_int_equal(f.cut, sizes[i] > SQLI_MOST);
            same_in_pieces(sql, pieces[k], SQL_MYSQL);
            same_in_pieces(sql, pieces[k], SQL_TDS);
        }
    free(text);
}

/* Without memory what is there counts, and nothing behind it. */
static void test_no_memory(void **state)
{
    static const char sql[] = "SELECT * FROM t WHERE a='x' OR 'a'='a' -- '";
    uint8_t *text = calloc(1, 5000);
    struct budget b;
    struct sqli_stream s = {.bytes = NULL};
    struct sqli_finding f;

    (void)state;
    budget_init(&b, 1500);
    sqli_stream_add(&s, &b, SPAN(sql), SQL_MYSQL);
    sqli_stream_add(&s, &b, span_of(text, 5000), SQL_MYSQL);
    sqli_stream_add(&s, &b, SPAN(sql), SQL_MYSQL);
    assert_true(sqli_stream_end(&s, &f));
    assert_true(f.cut);
    sqli_stream_clear(&s, &b);

    budget_init(&b, 0);
    sqli_stream_add(&s, &b, SPAN(sql), SQL_MYSQL);
    assert_false(sqli_stream_end(&s, &f));
    assert_true(f.cut);
    sqli_stream_clear(&s, &b);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
