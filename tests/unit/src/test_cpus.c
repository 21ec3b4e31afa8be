/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of processors. The machine of the test has at least processor 0.
 */
#include "cpus.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What this process may run on. */
static unsigned usable(cpu_set_t *set)
{
    assert_int_equal(sched_getaffinity(0, sizeof *set, set), 0);
    return (unsigned)CPU_COUNT(set);
}

static int first_of(const cpu_set_t *set)
{
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET((size_t)i, set))
            return i;
    return -1;
}

static void lists(void **state)
{
    struct cpus c;
    struct err err;
    cpu_set_t set;
    char text[32];
    int first;

    (void)state;
    assert_int_equal(cpus_available(), usable(&set));
    first = first_of(&set);
    snprintf(text, sizeof text, "%d", first);
    assert_true(cpus_parse(&c, text, &err));
    assert_int_equal(c.count, 1);
    assert_int_equal(cpus_of(&c, 0), first);
    assert_int_equal(cpus_of(&c, 3), first);
    snprintf(text, sizeof text, "%d,%d-%d", first, first, first);
    assert_true(cpus_parse(&c, text, &err));
    assert_int_equal(c.count, 2); /* as written, even twice */
    c.count = 0;
    assert_int_equal(cpus_of(&c, 0), CPU_ANY);
}

static void refusals(void **state)
{
    static const char *const wrong[] = {"",
                                        ",",
                                        "0,",
                                        "0,,0",
                                        "-",
                                        "0-",
                                        "-1",
                                        "1-0",
                                        "0 ",
                                        "a",
                                        "0x1",
                                        "0;1",
                                        "9999",
                                        "+0",
                                        "0-0-0",
                                        "0-9999999999999999999999",
                                        "99999999999999999999"};
    struct cpus c;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err err = {0};

        assert_false(cpus_parse(&c, wrong[i], &err));
        assert_string_equal(err.path, "--cpus");
        assert_true(strlen(err.text) > 10);
    }
}

static void what_is_not_there(void **state)
{
    struct err err = {0};
    struct cpus c;
    cpu_set_t set;

    (void)state;
    usable(&set);
    if (CPU_ISSET(CPU_NUMBER_MOST, &set))
        skip(); /* the largest machine that there can be */
    assert_false(cpus_parse(&c, "1023", &err));
    assert_non_null(strstr(err.text, "processor 1023"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(refusals),
        cmocka_unit_test(what_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
