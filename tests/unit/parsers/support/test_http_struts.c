/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands for Struts in XML.
 */
#include "parser/parser.h"
#include "support/http_struts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In pieces of this size. */
static bool found(const char *text, size_t piece)
{
    struct http_struts s = {0};
    struct span rest = span_text(text);
    unsigned times = 0;

    while (rest.n) {
        times += http_struts_feed(&s, span_first(rest, piece));
        rest = span_from(rest, piece);
    }
    assert_true(times <= 1);
    return times;
}

static void expect(const char *text, bool want)
{
    for (size_t piece = 1; piece <= strlen(text); piece++)
        if (found(text, piece) != want)
            fail_msg("in pieces of %zu: %s", piece, text);
}

static void finds_commands(void **state)
{
    (void)state;
    expect("<map><x class=\"java.lang.ProcessBuilder\"><command><string>/bin/sh</string>", true);
    expect("<x a='b'\n class = 'java.lang.ProcessBuilder' c='d' >\r\n<command >\t<string\n>id",
           true);
    expect("<x class=\" java.lang.ProcessBuilder \"><y/><command><z/><string>id", true);
    expect("<x class=\"java.lang.&#80;rocess&#x42;uilder\"><comm&#97;nd><string>", true);
    expect("java.lang.\"java.lang.ProcessBuilder\"<command><<string>", true);
    expect("&&#;&#x;\"java.lang.ProcessBuilder\"<command><string>", true);
}

static void leaves_others_alone(void **state)
{
    (void)state;
    expect("<x class=\"java.lang.ProcessBuilder\"><command><strings>id", false);
    expect("<x class=\"java.lang.ProcessBuilders\"><command><string>id", false);
    expect("<x class=\"xjava.lang.ProcessBuilder\"><command><string>id", false);
    expect("<command><string>\"java.lang.ProcessBuilder\"", false);
    expect("<x class=\"java.lang.Process&#80;Builder\"><command><string>id", false);
    expect("<x>java.lang</x>&#99999999999;&amp;", false);
    expect("", false);
}

static void looks_at_the_beginning_only(void **state)
{
    struct http_struts s = {0};
    static uint8_t filler[HTTP_STRUTS_LOOK];

    (void)state;
    memset(filler, 'x', sizeof filler);
    assert_false(http_struts_feed(&s, span_of(filler, sizeof filler)));
    assert_false(http_struts_feed(&s, SPAN("\"java.lang.ProcessBuilder\"<command><string>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_commands),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(looks_at_the_beginning_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
