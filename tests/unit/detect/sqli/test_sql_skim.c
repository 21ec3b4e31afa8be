/* SPDX-License-Identifier: Apache-2.0
 *
 * Is something open behind these bytes? In one piece and byte by byte.
 */
#include "detect/sqli/sql_skim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    enum sql_dialect dialect;
    const char *before, *after, *rest;
};

static const struct row rows[] = {
    {SQL_MYSQL, "a 'b'", "c", "c"},        {SQL_MYSQL, "a 'b", "c' d", " d"},
    {SQL_MYSQL, "a 'b''c", "d' e", " e"},  {SQL_MYSQL, "a 'b\\'c", "d' e", " e"},
    {SQL_MYSQL, "a 'b\\\\", "' e", " e"},  {SQL_MYSQL, "a 'b\\", "' e' f", " f"},
    {SQL_PGSQL, "a 'b\\' c", "d", "d"},    {SQL_MYSQL, "a \"b", "' \" c", " c"},
    {SQL_MYSQL, "a `b", "c` d", " d"},     {SQL_TDS, "a [b", "'] c", " c"},
    {SQL_PGSQL, "a [b", "c", "c"},         {SQL_MYSQL, "a -- b", "'\nc", "c"},
    {SQL_MYSQL, "a # b", "'\nc", "c"},     {SQL_PGSQL, "a # b", "c", "c"},
    {SQL_MYSQL, "a /* b '", "*/c", "c"},   {SQL_MYSQL, "a /*/", "*/c", "c"},
    {SQL_MYSQL, "a /* /* b */", "c", "c"}, {SQL_PGSQL, "a /* /* b */", "c */ d", " d"},
    {SQL_PGSQL, "a $q$ b", "c", ""},       {SQL_MYSQL, "a 'b", "c", ""},
};

static void expect_rest(const struct sql_skim *skim, const struct row *row)
{
    struct sql_skim s = *skim;
    struct span rest = sql_skim_out(&s, span_text(row->after));

    if (!span_equal(rest, span_text(row->rest)))
        fail_msg("behind \"%s\" \"%s\" leaves \"%.*s\"", row->before, row->after, (int)rest.n,
                 (const char *)rest.p);
}

static void test_skim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sql_skim whole = {.dialect = rows[i].dialect}, bytes = whole;

        sql_skim(&whole, span_text(rows[i].before));
        expect_rest(&whole, &rows[i]);
        for (const char *c = rows[i].before; *c; c++)
            sql_skim(&bytes, span_of(c, 1));
        expect_rest(&bytes, &rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_skim)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
