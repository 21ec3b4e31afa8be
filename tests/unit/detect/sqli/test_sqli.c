/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements of attackers and of applications, from attacks.sql and benign.sql beside this file:
 * what is found, and that nothing is; disguises; hostile sizes.
 */
#include "detect/sqli/sqli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { FILE_MOST = 1 << 18, HOSTILE = 1 << 16 };

static const char *const classes[SQLI_CLASSES] = {
    "none",
#define SQLI_CLASS(name, text) #name,
#include "detect/sqli/sqli_class.def"
#undef SQLI_CLASS
};

static const char *const dialects[SQL_DIALECTS] = {"generic", "mysql", "pgsql", "tds", "oracle"};

static int index_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fail_msg("what is \"%s\"?", name);
    return 0;
}

struct statement {
    struct span text;
    enum sql_dialect dialect;
    enum sqli_class class;
    enum sqli_grade grade;
};

/* ---- the files ---- */

static char *file_read(const char *name)
{
    static const char here[] = "test_sqli.c";
    char path[512];
    char *text = malloc(FILE_MOST);
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "%.*s%s", (int)(strlen(__FILE__) - strlen(here)), __FILE__, name);
    f = fopen(path, "r");
    assert_non_null(f);
    n = fread(text, 1, FILE_MOST - 1, f);
    assert_true(n > 0 && n < FILE_MOST - 1);
    text[n] = '\0';
    fclose(f);
    return text;
}

static void sign_read(const char *line, struct statement *s)
{
    char dialect[16], class[32] = "none", grade[16] = "TOLD";

    assert_true(sscanf(line, "@%15s %31s %15s", dialect, class, grade) > 0);
    s->dialect = (enum sql_dialect)index_of(dialects, SQL_DIALECTS, dialect);
    s->class = (enum sqli_class)index_of(classes, SQLI_CLASSES, class);
    s->grade = strcmp(grade, "SURE") == 0 ? SQLI_SURE : SQLI_TOLD;
}

/* The next paragraph; what signs above it say stays for those below. */
static bool statement_next(char **at, struct statement *s)
{
    for (;;) {
        char *end;

        while (**at == '\n')
            ++*at;
        if (**at == '\0')
            return false;
        end = strstr(*at, **at == '@' ? "\n" : "\n\n");
        if (end == NULL)
            end = *at + strlen(*at) - 1;
        if (**at != '@') {
            s->text = span_of(*at, (size_t)(end - *at));
            *at = end;
            return true;
        }
        *end = '\0';
        if ((*at)[1] != '@')
            sign_read(*at, s);
        *at = end + 1;
    }
}

static void for_each(const char *file, void (*look)(const struct statement *))
{
    char *text = file_read(file), *at = text;
    struct statement s = {.class = SQLI_NONE};
    unsigned count = 0;

    for (; statement_next(&at, &s); count++)
        look(&s);
    assert_true(count > 100);
    free(text);
}

/* ---- what is expected ---- */

static void expect(const struct statement *s, struct span text)
{
    struct sqli_finding f;
    bool found = sqli_check(text, s->dialect, &f);

    if (found != (s->class != SQLI_NONE) || f.class != s->class || (found && f.grade != s->grade))
        fail_msg("%s %d, not %s %d: %s: %.*s", classes[f.class], f.grade, classes[s->class],
                 s->grade, dialects[s->dialect], (int)text.n, (const char *)text.p);
    assert_true(f.offset <= text.n && !f.cut);
    if (found)
        assert_true(f.near.p >= text.p && f.near.p + f.near.n <= text.p + text.n);
}

/* The pass in front overlooks nothing. */
static void expect_suspect(const struct statement *s)
{
    struct sqli_text text = {.head = s->text, .dialect = s->dialect};
    struct sqli_finding f;

    if (sqli_read(&text, &f) && !sqli_suspect(s->text))
        fail_msg("not suspect: %.*s", (int)s->text.n, (const char *)s->text.p);
}

static void test_none_is_overlooked(void **state)
{
    (void)state;
    for_each("attacks.sql", expect_suspect);
    for_each("benign.sql", expect_suspect);
}

static void expect_as_it_is(const struct statement *s)
{
    uint8_t *exact = malloc(s->text.n);

    memcpy(exact, s->text.p, s->text.n);
    expect(s, span_of(exact, s->text.n));
    free(exact);
}

static void test_attacks(void **state)
{
    (void)state;
    for_each("attacks.sql", expect_as_it_is);
}

static void test_benign(void **state)
{
    (void)state;
    for_each("benign.sql", expect_as_it_is);
}

/* Every class has attacks of its own, several. */
static unsigned counts[SQLI_CLASSES];

static void count(const struct statement *s)
{
    counts[s->class]++;
}

static void test_every_class(void **state)
{
    (void)state;
    for_each("attacks.sql", count);
    for (int i = 1; i < SQLI_CLASSES; i++)
        assert_true(counts[i] >= 4);
}

/* ---- disguises ---- */

/* Letters of the other case, outside of strings where that would change what is said. */
static void expect_swapped(const struct statement *s)
{
    uint8_t *text = malloc(s->text.n);

    for (size_t i = 0; i < s->text.n; i++) {
        uint8_t c = s->text.p[i];
        bool after_escape = i && s->text.p[i - 1] == '\\';
        bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';

        text[i] = !after_escape && i % 2 && (upper || lower) ? c ^ 0x20 : c;
    }
    /* 0X is no number. */
    if (memmem(s->text.p, s->text.n, "0x", 2) == NULL &&
        memmem(s->text.p, s->text.n, "__TIME__", 8) == NULL)
        expect(s, span_of(text, s->text.n));
    free(text);
}

static void test_case(void **state)
{
    (void)state;
    for_each("attacks.sql", expect_swapped);
}

/* Every blank another kind of blank, and more of them; strings have them, too. */
static void expect_blanks(const struct statement *s)
{
    static const char *const blanks[] = {"\t", "  ", "\v", "\f", " \r", "\xc2\xa0"};
    uint8_t *text = malloc(s->text.n * 2 + 1);

    for (size_t b = 0; b < sizeof(blanks) / sizeof(blanks[0]); b++) {
        size_t n = 0;

        for (size_t i = 0; i < s->text.n; i++) {
            size_t k = s->text.p[i] == ' ' ? strlen(blanks[b]) : 1;

            /* MySQL's comment needs a byte that is a blank in ASCII. */
            if (s->text.p[i] == ' ' && i && s->text.p[i - 1] == '-')
                k = 1;
            memcpy(text + n, k > 1 || s->text.p[i] == ' ' ? blanks[b] : (char *)&s->text.p[i], k);
            if (s->text.p[i] == ' ' && i && s->text.p[i - 1] == '-')
                text[n] = ' ';
            n += k;
        }
        expect(s, span_of(text, n));
    }
    free(text);
}

static void test_blanks(void **state)
{
    (void)state;
    for_each("attacks.sql", expect_blanks);
}

/* In front of an application's statement stands its own comment. */
static void expect_commented(const struct statement *s)
{
    uint8_t *text = malloc(s->text.n + 64);
    int n = sprintf((char *)text, "/* page 5, it's 'x' */ ");

    memcpy(text + n, s->text.p, s->text.n);
    expect(s, span_of(text, (size_t)n + s->text.n));
    free(text);
}

static void test_comment_in_front(void **state)
{
    (void)state;
    for_each("attacks.sql", expect_commented);
    for_each("benign.sql", expect_commented);
}

/* The text of an attack as a value: a string has nothing to say. */
static void expect_quoted(const struct statement *s)
{
    uint8_t *text = malloc(s->text.n * 2 + 128);
    struct statement quiet = {.class = SQLI_NONE, .dialect = s->dialect};
    size_t n = (size_t)sprintf((char *)text, "INSERT INTO log (who, what) VALUES (5, '");

    for (size_t i = 0; i < s->text.n; i++) {
        uint8_t c = s->text.p[i];

        if (c == '\'' || (c == '\\' && s->dialect == SQL_MYSQL))
            text[n++] = c;
        text[n++] = c;
    }
    n += (size_t)sprintf((char *)text + n, "') RETURNING id");
    expect(&quiet, span_of(text, n));
    free(text);
}

static void test_values(void **state)
{
    (void)state;
    for_each("attacks.sql", expect_quoted);
}

/* ---- what is cut, what is large ---- */

static void test_cut_anywhere(void **state)
{
    static const char sql[] = "SELECT a FROM t WHERE b='x' UNION SELECT 1,2,3 -- '";
    struct sqli_finding f;

    (void)state;
    for (size_t n = 0; n < sizeof(sql); n++) {
        uint8_t *text = malloc(n ? n : 1);

        memcpy(text, sql, n);
        sqli_check(span_of(text, n), SQL_MYSQL, &f);
        free(text);
    }
}

static struct span filled(uint8_t *text, size_t n, const char *pattern)
{
    size_t m = strlen(pattern);

    for (size_t i = 0; i < n; i++)
        text[i] = (uint8_t)pattern[i % m];
    return span_of(text, n);
}

static double seconds_of(struct span text)
{
    struct sqli_finding f;
    clock_t begin = clock();

    for (int d = 0; d < SQL_DIALECTS; d++)
        sqli_check(text, (enum sql_dialect)d, &f);
    return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/* A statement of 64 KiB takes no longer than any other, whatever is in it: well below a second,
 * where anything quadratic would take one of many. */
static void test_hostile(void **state)
{
    static const char *const patterns[] = {
        "(",
        ")",
        "((SELECT(",
        "'",
        "/*",
        "*/",
        "/**/",
        "--",
        "-- '\n",
        "#'\n",
        "OR 1=1 ",
        "OR(((((((",
        "UNION SELECT ",
        "$a$",
        "$$",
        "q'[",
        "[",
        "]",
        "\\",
        "'\\'",
        "CHAR(65,65,65,",
        "0x41",
        ";",
        ";DROP ",
        "/*!50000",
        "N'a",
        "a'b",
        "AND NOT ",
        "EXTRACTVALUE(1,CONCAT(",
        "IN (((((((",
        "1,",
        "NULL,",
        "EXEC ",
        "CREATE VIEW ",
        "\xc2\xa0",
    };
    uint8_t *text = malloc(HOSTILE);

    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        if (seconds_of(filled(text, HOSTILE, patterns[i])) > 1.0)
            fail_msg("too long for %s", patterns[i]);
    free(text);
}

/* Longer than is read: its beginning and its end are. */
static void test_long(void **state)
{
    static const char head[] = "INSERT INTO t (a) VALUES ('";
    static const char tail[] = "'); SELECT * FROM u WHERE a='x' OR 'a'='a'";
    size_t n = 3 * (size_t)SQLI_MOST;
    uint8_t *text = malloc(n);
    struct sqli_finding f;

    (void)state;
    filled(text, n, "x OR 1=1 ''");
    memcpy(text, head, strlen(head));
    text[strlen(head)] = text[strlen(head) + 1] = text[strlen(head) + 2] = ' ';
    memcpy(text + n - strlen(tail) - 1, " ", 1);
    for (size_t i = n - 64; i < n; i++)
        text[i] = ' ';
    memcpy(text + n - strlen(tail), tail, strlen(tail));
    /* Pairs of quotes in the string: whole ones before the tail. */
    text[strlen(head) + 3] = ' ';
    assert_true(sqli_check(span_of(text, n), SQL_PGSQL, &f));
    assert_int_equal(f.class, SQLI_TAUTOLOGY);
    assert_true(f.cut && f.offset > n - strlen(tail));
    /* The same without the end of the string: all of it is data. */
    text[n - strlen(tail)] = ' ';
    for (size_t i = n - strlen(tail); i < n; i++)
        if (text[i] == '\'')
            text[i] = '"';
    assert_false(sqli_check(span_of(text, n), SQL_PGSQL, &f));
    assert_true(f.cut);
    free(text);
}

/* What begins far before is seen where it is. */
static void test_long_head(void **state)
{
    size_t n = 2 * (size_t)SQLI_MOST;
    uint8_t *text = malloc(n);
    static const char head[] = "SELECT * FROM t WHERE a='' OR 1=1 ";
    struct sqli_finding f;

    (void)state;
    filled(text, n, " AND a=b");
    memcpy(text, head, strlen(head));
    memcpy(text + strlen(head), "ORDER BY x", 10);
    assert_true(sqli_check(span_of(text, n), SQL_MYSQL, &f));
    assert_int_equal(f.class, SQLI_TAUTOLOGY);
    assert_true(f.cut);
    free(text);
}

static void test_texts(void **state)
{
    (void)state;
    for (int d = 0; d < SQL_DIALECTS; d++)
        for (int c = 1; c < SQLI_CLASSES; c++) {
            const char *text = sqli_class_text((enum sqli_class)c, (enum sql_dialect)d);

            assert_true(strlen(text) > 20 && strlen(text) <= 63);
        }
    assert_string_equal(sqli_class_text(SQLI_NONE, SQL_MYSQL), "");
    assert_string_equal(sqli_class_text(SQLI_TAUTOLOGY, SQL_MYSQL),
                        "SQL injection, MySQL: a condition always true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attacks),
        cmocka_unit_test(test_benign),
        cmocka_unit_test(test_every_class),
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_comment_in_front),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_long_head),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_none_is_overlooked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
