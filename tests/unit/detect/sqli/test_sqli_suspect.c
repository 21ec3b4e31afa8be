/* SPDX-License-Identifier: Apache-2.0
 *
 * The pass in front: words that it must not overlook, statements that it must let go.
 */
#include "detect/sqli/sqli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool is_suspect(const char *sql)
{
    return sqli_suspect(span_text(sql));
}

/* The table of lengths holds each word that matters: every one alone is enough. */
static void test_words(void **state)
{
    static const char *const words[] = {
        "UNION",
        "SLEEP",
        "BENCHMARK",
        "PG_SLEEP",
        "PG_SLEEP_FOR",
        "pg_sleep_until",
        "WAITFOR",
        "DBMS_LOCK",
        "DBMS_PIPE",
        "DBMS_SESSION",
        "EXTRACTVALUE",
        "UPDATEXML",
        "GTID_SUBSET",
        "GTID_SUBTRACT",
        "JSON_KEYS",
        "EXP",
        "FLOOR",
        "CONVERT",
        "XMLTYPE",
        "ASCII",
        "ORD",
        "UNICODE",
        "SUBSTR",
        "SUBSTRING",
        "MID",
        "CHAR",
        "CHR",
        "NCHAR",
        "OUTFILE",
        "DUMPFILE",
        "LOAD_FILE",
        "XP_CMDSHELL",
        "SP_OACREATE",
        "UTL_HTTP",
        "UTL_INADDR",
        "CTXSYS",
        "PG_READ_FILE",
        "LO_IMPORT",
        "LO_EXPORT",
        "SYS_EXEC",
        "SYS_EVAL",
        "GENERATE_SERIES",
        "INFORMATION_SCHEMA",
        "ALL_USERS",
        "SYSUSERS",
        "f(0x41",
        "IF(1",
        "IIF (1",
        "ELT(1",
        "MAKE_SET(1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (!is_suspect(words[i]))
            fail_msg("%s is overlooked", words[i]);
}

static void test_conditions(void **state)
{
    static const char *const suspects[] = {
        "a OR 1",     "a AND 'x'", "a XOR\t(( 5", "HAVING 1",      "WHEN 1",
        "a or not 1", "a or - 1",  "a OR N'x'",   "a OR _utf8'x'", "'x' OR a=a",
        "a OR true",  "a || b",    "a && b",      "a OR.5",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(suspects) / sizeof(suspects[0]); i++)
        if (!is_suspect(suspects[i]))
            fail_msg("%s is overlooked", suspects[i]);
}

static void test_others(void **state)
{
    (void)state;
    assert_true(is_suspect("a -- b"));
    assert_true(is_suspect("a /* b"));
    assert_true(is_suspect("a # b"));
    assert_true(is_suspect("a; b"));
    assert_false(is_suspect("a; \n"));
}

static void test_harmless(void **state)
{
    static const char *const plain[] = {
        "",
        "SELECT c FROM sbtest1 WHERE id=5",
        "UPDATE pgbench_accounts SET abalance = abalance + -4321 WHERE aid = 77777;",
        "SELECT a, b FROM t WHERE a = 1 AND b = 'x' AND c = 5 ORDER BY d LIMIT 10",
        "INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', 5.5)",
        "SELECT a/b, c-d, e|f, g&h FROM t WHERE orders = 1 AND sandy = 2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (is_suspect(plain[i]))
            fail_msg("%s is suspect", plain[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
