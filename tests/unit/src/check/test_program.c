/* SPDX-License-Identifier: Apache-2.0
 *
 * Running another program: what it says when it fails, and that it never stays.
 */
#include "check/program.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000, SHORT_MS = 30 };

static void shell(const char *script, int patience_ms, bool want, struct err *err)
{
    const char *const argv[] = {"sh", "-c", script, NULL};

    *err = (struct err){{0}, {0}};
    assert_int_equal(program_run(argv, patience_ms, err), want);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_done(void **state)
{
    struct err err;

    (void)state;
    shell("exit 0", PATIENCE_MS, true, &err);
    /* More than a pipe holds. */
    shell("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; "
          "i=$((i + 1)); done",
          PATIENCE_MS, true, &err);
}

static void test_failed(void **state)
{
    struct err err;

    (void)state;
    shell("echo no such chain; echo 'try again' >&2; exit 3", PATIENCE_MS, false, &err);
    assert_string_equal(err.path, "sh");
    assert_string_equal(err.text, "no such chain (status 3)");
    shell("echo no such thing >&2; exit 1", PATIENCE_MS, false, &err);
    assert_string_equal(err.text, "no such thing (status 1)");
    shell("kill -9 $$", PATIENCE_MS, false, &err);
    assert_string_equal(err.text, "was ended by signal 9");
}

static void test_too_long(void **state)
{
    struct err err;

    (void)state;
    shell("while :; do :; done", SHORT_MS, false, &err);
    assert_non_null(strstr(err.text, "does not end within 30 ms"));
}

/* Nothing of the environment comes along that would change what it does. */
static void test_environment(void **state)
{
    struct err err;

    (void)state;
    setenv("LANG", "de_DE.UTF-8", 1);
    shell("test \"$LC_ALL\" = C && test \"$XTABLES_LOCKFILE\" = /dev/null && test -z \"$LANG\"",
          PATIENCE_MS, true, &err);
}

static void test_not_installed(void **state)
{
    const char *const argv[] = {"no-such-program", NULL};
    const char *path = getenv("PATH");
    char before[4096];
    struct err err = {0};

    (void)state;
    snprintf(before, sizeof before, "%s", path != NULL ? path : "/usr/bin:/bin");
    assert_false(program_run(argv, PATIENCE_MS, &err));
    assert_string_equal(err.path, "no-such-program");
    assert_non_null(strstr(err.text, "is not installed (PATH is "));
    assert_true(program_exists("sh"));
    setenv("PATH", "/nowhere::/proc", 1);
    assert_false(program_exists("sh"));
    unsetenv("PATH");
    assert_true(program_exists("sh"));
    setenv("PATH", before, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_done),          cmocka_unit_test(test_failed),
        cmocka_unit_test(test_too_long),      cmocka_unit_test(test_environment),
        cmocka_unit_test(test_not_installed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
