/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens of five dialects, written as text: each as its letter, its bytes behind those that are not
 * told by the letter.
 */
#include "detect/sqli/sql_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* "SELECT 'a'" is "k:SELECT s:'a'". */
static void tokens_write(char *out, size_t room, const char *sql, enum sql_dialect dialect)
{
    struct sql_lexer l = sql_lexer_of(span_text(sql), dialect);
    size_t n = 0;

    out[0] = '\0';
    for (struct sql_token t = sql_next(&l); t.kind != SQL_END; t = sql_next(&l)) {
        bool plain = t.kind == SQL_OPEN || t.kind == SQL_CLOSE || t.kind == SQL_COMMA ||
                     t.kind == SQL_DOT || t.kind == SQL_SEMICOLON;

        assert_true(n + t.n + 8 < room);
        if (n)
            out[n++] = ' ';
        n += (size_t)snprintf(out + n, room - n, plain ? "%c" : "%c:%.*s", t.kind, (int)t.n,
                              sql + t.at);
    }
}

struct row {
    enum sql_dialect dialect;
    const char *sql, *tokens;
};

static void check_rows(const struct row *rows, size_t n)
{
    char got[1024];

    for (size_t i = 0; i < n; i++) {
        tokens_write(got, sizeof(got), rows[i].sql, rows[i].dialect);
        if (strcmp(got, rows[i].tokens) != 0)
            fail_msg("%s is %s, not %s", rows[i].sql, got, rows[i].tokens);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void test_strings(void **state)
{
    static const struct row rows[] = {
        {SQL_MYSQL, "'a''b' c", "s:'a''b' n:c"},
        {SQL_MYSQL, "'a\\'b' c", "s:'a\\'b' n:c"},
        {SQL_MYSQL, "\"a\"\"b\" `c``d`", "s:\"a\"\"b\" n:`c``d`"},
        {SQL_MYSQL, "'a\\", "s:'a\\"},
        {SQL_MYSQL, "''", "s:''"},
        {SQL_MYSQL, "'open", "s:'open"},
        {SQL_MYSQL, "_utf8'a' N'b' x'41' 0x41 b'01'",
         "n:_utf8 s:'a' s:N'b' x:x'41' x:0x41 x:b'01'"},
        {SQL_PGSQL, "'a\\' b", "s:'a\\' n:b"},
        {SQL_PGSQL, "E'a\\'b' c", "s:E'a\\'b' n:c"},
        {SQL_PGSQL, "\"a b\" U&'x'", "n:\"a b\" s:U&'x'"},
        {SQL_PGSQL, "$$a'b$$ c", "s:$$a'b$$ n:c"},
        {SQL_PGSQL, "$q$a$$b$q$ c", "s:$q$a$$b$q$ n:c"},
        {SQL_PGSQL, "$q$open", "s:$q$open"},
        {SQL_PGSQL, "$1 $2", "v:$1 v:$2"},
        {SQL_TDS, "[a]]b] 'c' N'd''e'", "n:[a]]b] s:'c' s:N'd''e'"},
        {SQL_TDS, "#tmp ##all", "n:#tmp n:##all"},
        {SQL_ORACLE, "q'[it's]' nq'{a'}' Q'!x!'", "s:q'[it's]' s:nq'{a'}' s:Q'!x!'"},
        {SQL_ORACLE, "\"a\" 'b'", "n:\"a\" s:'b'"},
    };

    (void)state;
    CHECK(rows);
}

static void test_numbers_and_names(void **state)
{
    static const struct row rows[] = {
        {SQL_MYSQL, "1 2.5 .5 1e5 1.e-3 1..2", "1:1 1:2.5 1:.5 1:1e5 1:1.e-3 1:1. 1:.2"},
        {SQL_MYSQL, "select a.b, c1 as d$e", "k:select n:a . n:b , n:c1 n:as n:d$e"},
        {SQL_MYSQL, "@a @@b.c ? :x", "v:@a v:@@b . n:c v:? v::x"},
        {SQL_MYSQL, "1OR 2", "1:1 k:OR 1:2"},
        {SQL_MYSQL, "nam\xc3\xa9 \xe4", "n:nam\xc3\xa9 n:\xe4"},
        {SQL_MYSQL,
         "a\xc2\xa0or\xc2\xa0"
         "1",
         "n:a k:or 1:1"},
        {SQL_PGSQL, "a::text := 5", "n:a o::: n:text o:: o:= 1:5"},
        {SQL_PGSQL, "a[1]", "n:a o:[ 1:1 o:]"},
    };

    (void)state;
    CHECK(rows);
}

static void test_operators(void **state)
{
    static const struct row rows[] = {
        {SQL_MYSQL, "a<=b>=c<>d!=e<=>f==g",
         "n:a o:<= n:b o:>= n:c o:<> n:d o:!= n:e o:<=> n:f o:== n:g"},
        {SQL_MYSQL, "a||b&&c|d", "n:a k:|| n:b k:&& n:c o:| n:d"},
        {SQL_PGSQL, "a||b&&c", "n:a o:|| n:b o:&& n:c"},
        {SQL_ORACLE, "a||'b'", "n:a o:|| s:'b'"},
        {SQL_MYSQL, "(a;b)", "( n:a ; n:b )"},
    };

    (void)state;
    CHECK(rows);
}

static void test_comments(void **state)
{
    static const struct row rows[] = {
        {SQL_MYSQL, "a -- b\nc", "n:a n:c"},
        {SQL_MYSQL, "a --b", "n:a o:- o:- n:b"},
        {SQL_PGSQL, "a --b\nc", "n:a n:c"},
        {SQL_MYSQL, "a # b\nc", "n:a n:c"},
        {SQL_PGSQL, "a #> b", "n:a o:# o:> n:b"},
        {SQL_MYSQL, "a/* 'b */c", "n:a n:c"},
        {SQL_MYSQL, "a/* /* b */ c", "n:a n:c"},
        {SQL_PGSQL, "a/* /* b */ c */ d", "n:a n:d"},
        {SQL_TDS, "a/* /* b */ c */ d", "n:a n:d"},
        {SQL_MYSQL, "a/*!50000 union*/ /*! select */ /*M!100100 b*/ c",
         "n:a k:union k:select n:b n:c"},
        {SQL_PGSQL, "a/*!50000 union*/b", "n:a n:b"},
        {SQL_MYSQL, "a/* open", "n:a"},
        {SQL_MYSQL, "/**/", ""},
        {SQL_MYSQL, "", ""},
        {SQL_MYSQL, "*/a", "o:* o:/ n:a"},
    };

    (void)state;
    CHECK(rows);
}

static enum sql_tail tail_of(const char *sql, enum sql_dialect dialect)
{
    struct sql_lexer l = sql_lexer_of(span_text(sql), dialect);
    struct sql_token t;

    do
        t = sql_next(&l);
    while (t.kind != SQL_END && t.tail == TAIL_NONE);
    return (enum sql_tail)t.tail;
}

/* Who has written that comment: somebody for a reader, or somebody for the rest of a statement? */
static void test_tails(void **state)
{
    static const struct {
        const char *sql;
        enum sql_tail tail;
    } rows[] = {
        {"a='b'", TAIL_NONE},
        {"a='b' -- the 'right' one", TAIL_WORDS},
        {"a='b' -- isn't it", TAIL_WORDS},
        {"a='b' -- 'c'", TAIL_WORDS},
        {"a='b' -- abcd", TAIL_WORD},
        {"a='b' -- abcde", TAIL_WORDS},
        {"a='b' --", TAIL_EMPTY},
        {"a='b' -- -", TAIL_EMPTY},
        {"a='b' --+", TAIL_EMPTY},
        {"a='b' -- ' AND c='d'", TAIL_REST},
        {"a='b' -- AbCd' AND c='d'", TAIL_REST},
        {"a='b' -- %') AND c='d'", TAIL_REST},
        {"a='b' -- ' AND c=N'd'", TAIL_REST},
        {"a='b' /* c", TAIL_OPEN},
        {"a='b' /* c */", TAIL_NONE},
        {"a='b'\n-- '", TAIL_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (tail_of(rows[i].sql, SQL_TDS) != rows[i].tail)
            fail_msg("%s: %d", rows[i].sql, tail_of(rows[i].sql, SQL_TDS));
}

static struct sql_token second_of(const char *sql)
{
    struct sql_lexer l = sql_lexer_of(span_text(sql), SQL_MYSQL);

    sql_next(&l);
    return sql_next(&l);
}

static void test_marks(void **state)
{
    (void)state;
    assert_int_equal(second_of("a=b").marks, 0);
    assert_int_equal(second_of("a b").marks, SQL_SPACED);
    assert_int_equal(second_of("a\nb").marks, SQL_SPACED | SQL_LINE);
    assert_int_equal(second_of("a/**/b").marks, SQL_SPACED | SQL_HOLLOW);
    assert_int_equal(second_of("a /**/b").marks, SQL_SPACED);
    assert_int_equal(second_of("a/*c*/b").marks, SQL_SPACED | SQL_COMMENTED);
    assert_int_equal(second_of("a/*!b*/").marks, SQL_SPACED | SQL_VERSIONED);
    assert_int_equal(second_of("a'b").marks, SQL_UNCLOSED);
    assert_int_equal(second_of("a`b`").marks, SQL_QUOTED);
}

/* Whatever the bytes: each call goes on, none reads too far, the tokens follow one another. */
static void test_any_bytes(void **state)
{
    uint32_t seed = 12345;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        static const char bytes[] = "'\"`[]$/*-#\\;()!\n ex0N@:q|&.=<>";
        size_t n = round % 40, at = 0;
        uint8_t *text = malloc(n + 1);
        struct sql_lexer l;
        struct sql_token t;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245 + 12345;
            text[i] = seed >> 28 ? (uint8_t)bytes[(seed >> 16) % (sizeof(bytes) - 1)]
                                 : (uint8_t)(seed >> 16);
        }
        text = realloc(text, n ? n : 1);
        l = sql_lexer_of(span_of(text, n), (enum sql_dialect)(round % SQL_DIALECTS));
        while ((t = sql_next(&l)).kind != SQL_END) {
            assert_true(t.n > 0 && t.at >= at && t.at + t.n <= n);
            at = t.at + t.n;
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),   cmocka_unit_test(test_numbers_and_names),
        cmocka_unit_test(test_operators), cmocka_unit_test(test_comments),
        cmocka_unit_test(test_tails),     cmocka_unit_test(test_marks),
        cmocka_unit_test(test_any_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
