/* SPDX-License-Identifier: Apache-2.0
 *
 * Words: each is found, in any case, and nothing else is.
 */
#include "detect/sqli/sql_token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const words[WORD_COUNT] = {
#define SQL_WORD(name, kind) [WORD_##name] = #name,
#include "detect/sqli/sql_word.def"
#undef SQL_WORD
};

static void test_all_are_found(void **state)
{
    (void)state;
    for (int i = 1; i < WORD_COUNT; i++) {
        char mixed[32];
        size_t n = strlen(words[i]);

        assert_true(n < sizeof(mixed));
        memcpy(mixed, words[i], n);
        for (size_t k = 0; k < n; k += 2)
            mixed[k] = (char)span_lower((uint8_t)mixed[k]);
        assert_int_equal(sql_word_find(span_of(mixed, n)), i);
        assert_int_equal(sql_word_find(span_of(mixed, n - 1)) == (enum sql_word)i, false);
        if (i > 1)
            assert_true(strcmp(words[i - 1], words[i]) < 0);
    }
}

static void test_others_are_not(void **state)
{
    static const char *const others[] = {
        "", "a", "A", "unions", "selec", "zzz", "_", "or_", "a_very_long_name_that_no_word_has"};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(sql_word_find(span_text(others[i])), WORD_NONE);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(sql_word_kind(WORD_SELECT), SQL_KEYWORD);
    assert_int_equal(sql_word_kind(WORD_SLEEP), SQL_NAME);
    assert_int_equal(sql_word_kind(WORD_NONE), SQL_NAME);
    assert_int_equal(sql_word_kind(OP_EQUAL), SQL_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_found),
        cmocka_unit_test(test_others_are_not),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
