/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of files in all their forms.
 */
#include "support/mime_filename.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void add(void *arg, struct span name)
{
    char *end = (char *)arg + strlen(arg);

    memcpy(end, name.p, name.n);
    memcpy(end + name.n, "|", 2);
}

static void tells_every_form(void **state)
{
    static const struct {
        const char *field, *names;
    } table[] = {
        {"attachment", ""},
        {"attachment; filename=\"\"", ""},
        {"attachment; filename=a.txt", "a.txt|"},
        {"attachment; FileName=\"a b.txt\"", "a b.txt|"},
        {"attachment; filename=\"a\\\"b\"", "a\"b|"},
        {"attachment; filename=\"a%20b\"", "a%20b|a b|"},
        {"attachment; filename=a; filename=b", "a|b|"},
        {"attachment; filename==?utf-8?q?a=41?=", "=?utf-8?q?a=41?=|aA|"},
        {"attachment; filename=\"=?utf-8?B?YWI=?=\r\n =?utf-8?B?Yw==?=\"",
         "=?utf-8?B?YWI=?= =?utf-8?B?Yw==?=|abc|"},
        {"attachment; filename*=utf-8''a%20b", "a b|"},
        {"attachment; filename=x; filename*=utf-8'en'a%20b", "x|a b|"},
        {"attachment; filename*1=b; filename*0=\"a\"", "ab|"},
        {"attachment; filename*0*=utf-8''%41; filename*1=%41", "A%41|"},
        {"attachment; filename*0=\"a", "a|"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[200] = "";

        mime_filenames(span_text(table[i].field), SPAN("filename"), add, text);
        assert_string_equal(text, table[i].names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_every_form)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
