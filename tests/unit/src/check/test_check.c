/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of the self-test, with checks that only say something, and the table of the real ones
 * where nothing can be tried.
 */
#include "check/check.h"
#include "check/checks.h"
#include "check/netlab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void says_ok(struct netlab *lab, struct check_result *r)
{
    (void)lab;
    check_say(r, CHECK_OK, "%d of %d", 2, 2);
}

static void says_missing(struct netlab *lab, struct check_result *r)
{
    struct err err = {.path = "veth", .text = "no such thing"};

    (void)lab;
    check_refuse(r, CHECK_MISSING, "no cable", &err);
}

static void says_broken(struct netlab *lab, struct check_result *r)
{
    struct err err = {.text = "lost"};

    (void)lab;
    check_refuse(r, CHECK_BROKEN, "no frame", &err);
}

static void says_unknown(struct netlab *lab, struct check_result *r)
{
    (void)lab;
    check_say(r, CHECK_UNKNOWN, "not tried");
}

static void says_nothing(struct netlab *lab, struct check_result *r)
{
    (void)lab;
    (void)r;
}

/* What a table prints; the caller frees it. */
static char *printed(const struct check *table, size_t n, enum check_colour colour, bool *ok)
{
    char *text = NULL;
    size_t size = 0;
    struct check_report report = {open_memstream(&text, &size), colour};
    struct netlab lab = {.fds = {-1, -1}};

    *ok = check_run(table, n, &lab, &report);
    fclose(report.to);
    return text;
}

static void test_lines(void **state)
{
    static const struct check table[] = {
        {"one", says_ok},       {"two", says_missing},  {"a-longer-name", says_broken},
        {"four", says_unknown}, {"five", says_nothing},
    };
    bool ok;
    char *text = printed(table, 5, CHECK_PLAIN, &ok);

    (void)state;
    assert_false(ok);
    assert_string_equal(text, "ok       one                 2 of 2\n"
                              "missing  two                 no cable: veth: no such thing\n"
                              "broken   a-longer-name       no frame: lost\n"
                              "unknown  four                not tried\n"
                              "broken   five                the check says nothing\n");
    free(text);
}

/* What could not be tried is no failure; what is missing or broken is, wherever it stands. */
static void test_verdict(void **state)
{
    static const struct {
        struct check table[2];
        bool ok;
    } cases[] = {
        {{{"a", says_ok}, {"b", says_ok}}, true},
        {{{"a", says_unknown}, {"b", says_ok}}, true},
        {{{"a", says_missing}, {"b", says_ok}}, false},
        {{{"a", says_ok}, {"b", says_missing}}, false},
        {{{"a", says_broken}, {"b", says_ok}}, false},
        {{{"a", says_ok}, {"b", says_nothing}}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool ok;

        free(printed(cases[i].table, 2, CHECK_PLAIN, &ok));
        assert_int_equal(ok, cases[i].ok);
    }
}

static void test_colours(void **state)
{
    static const struct check table[] = {{"one", says_ok}, {"two", says_missing}};
    bool ok;
    char *text = printed(table, 2, CHECK_COLOUR, &ok);

    (void)state;
    assert_string_equal(text, "\033[32mok     \033[0m  one                 2 of 2\n"
                              "\033[31mmissing\033[0m  two                 no cable: veth: no such "
                              "thing\n");
    free(text);
}

/* Who redirects the lines to a full disk does not get status 0. */
static void test_cannot_be_written(void **state)
{
    static const struct check table[] = {{"one", says_ok}};
    struct check_report report = {fopen("/dev/full", "we"), CHECK_PLAIN};
    struct netlab lab = {.fds = {-1, -1}};

    (void)state;
    assert_non_null(report.to);
    assert_false(check_run(table, 1, &lab, &report));
    fclose(report.to);
}

static void test_long_texts_are_cut(void **state)
{
    struct check_result r;
    struct err err;

    (void)state;
    memset(&err, 'x', sizeof err);
    err.path[sizeof err.path - 1] = err.text[sizeof err.text - 1] = '\0';
    check_refuse(&r, CHECK_BROKEN, "much", &err);
    assert_true(strlen(r.text) < sizeof r.text);
    assert_memory_equal(r.text, "much: xxx", 9);
}

/* Programs read the names. */
static void test_names(void **state)
{
    size_t n;
    const struct check *table = check_table(&n);

    (void)state;
    assert_in_range(n, 22, 100);
    for (size_t i = 0; i < n; i++) {
        assert_true(strlen(table[i].name) <= 18);
        assert_int_equal(strspn(table[i].name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                         strlen(table[i].name));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(table[i].name, table[k].name);
    }
}

/* Without namespaces whatever needs them says that it was not tried; nothing is called good. */
static void test_without_namespaces(void **state)
{
    static const char *const need_none[] = {"cap-net-raw",   "cap-net-admin", "cap-sys-admin",
                                            "locked-memory", "processes",     "processor"};
    struct netlab lab = {.fds = {-1, -1}, .why = {.text = "nobody may"}};
    size_t n;
    const struct check *table = check_table(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct check_result r = {.status = CHECK_OK};
        bool needs = true;

        for (size_t k = 0; k < sizeof need_none / sizeof need_none[0]; k++)
            needs &= strcmp(table[i].name, need_none[k]) != 0;
        if (!needs)
            continue;
        table[i].run(&lab, &r);
        if (strcmp(table[i].name, "namespaces") == 0) {
            assert_int_equal(r.status, CHECK_MISSING);
            assert_non_null(strstr(r.text, "nobody may"));
        } else {
            assert_int_equal(r.status, CHECK_UNKNOWN);
            assert_string_equal(r.text, "not tried, needs namespaces: see there");
        }
    }
}

/* With namespaces and without cables, and without rules. */
static void test_without_cables(void **state)
{
    struct netlab lab = {.fds = {-1, -1},
                         .has_namespaces = true,
                         .has_loopback = true,
                         .why = {"veth", "is not there"}};
    struct check_result r;

    (void)state;
    check_cables(&lab, &r);
    assert_int_equal(r.status, CHECK_MISSING);
    assert_non_null(strstr(r.text, "veth: is not there"));
    check_tap(&lab, &r);
    assert_int_equal(r.status, CHECK_UNKNOWN);
    assert_string_equal(r.text, "not tried, needs cables: see there");
    check_nfqueue_six(&lab, &r);
    assert_int_equal(r.status, CHECK_UNKNOWN);
    assert_non_null(strstr(r.text, "ip6tables has put no rules in"));
    check_fail_open(&lab, &r);
    assert_int_equal(r.status, CHECK_UNKNOWN);
    assert_non_null(strstr(r.text, "iptables has put no rules in"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_verdict),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_cannot_be_written),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_without_namespaces),
        cmocka_unit_test(test_without_cables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
