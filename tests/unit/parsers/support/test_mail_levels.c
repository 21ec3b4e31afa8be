/* SPDX-License-Identifier: Apache-2.0
 *
 * Boundaries of multiparts inside of each other.
 */
#include "support/mail_levels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void push(struct mail_levels *l, const char *boundary)
{
    mail_levels_enter(l);
    assert_true(mail_levels_add(l, span_text(boundary)));
}

static void expect(struct mail_levels *l, const char *line, const char *what)
{
    struct mail_boundary b = mail_levels_match(l, span_text(line));

    if (b.found != (what[0] != '-') || b.closes != (what[0] == 'c') || b.digest != (what[0] == 'd'))
        fail_msg("%s is not %s", line, what);
}

static void finds_boundaries(void **state)
{
    struct mail_levels l = {.count = 0};

    (void)state;
    push(&l, "out");
    push(&l, "in");
    expect(&l, "--x", "-");
    expect(&l, "--", "-");
    expect(&l, "--i", "-");
    expect(&l, "--in", "opens");
    expect(&l, "--in \t\r\n", "opens");
    expect(&l, "--in and more", "opens");
    expect(&l, "--in--", "closes");
    expect(&l, "--in", "opens"); /* behind the last one */
    expect(&l, "--out", "opens");
    expect(&l, "--in", "-");
    expect(&l, "--out--", "closes");
}

static void takes_the_longest(void **state)
{
    struct mail_levels l = {.count = 0};

    (void)state;
    push(&l, "ab");
    push(&l, "a");
    push(&l, "abc");
    expect(&l, "--abc", "opens");
    assert_int_equal(l.count, 3);
    expect(&l, "--ad", "opens");
    assert_int_equal(l.count, 2);
    expect(&l, "--ab", "opens");
    assert_int_equal(l.count, 1);
}

static void keeps_all_names_of_one(void **state)
{
    struct mail_levels l = {.count = 0};

    (void)state;
    push(&l, "a");
    assert_true(mail_levels_add(&l, SPAN("b")));
    assert_true(mail_levels_add(&l, SPAN("a")));
    assert_int_equal(l.count, 2);
    push(&l, "c");
    expect(&l, "--a", "opens");
    assert_int_equal(l.count, 2);
    expect(&l, "--b", "opens");
    expect(&l, "--c", "-");
}

static void knows_digests(void **state)
{
    struct mail_levels l = {.count = 0};

    (void)state;
    mail_levels_enter(&l);
    mail_levels_digest(&l); /* of nothing */
    push(&l, "a");
    mail_levels_digest(&l);
    push(&l, "b");
    expect(&l, "--b", "opens");
    expect(&l, "--a", "digest");
}

static void has_limits(void **state)
{
    struct mail_levels l = {.count = 0};
    char name[2 * MAIL_BOUNDARY + 1] = "";

    (void)state;
    for (int i = 0; i < MAIL_LEVELS; i++) {
        char boundary[2] = {(char)('a' + i), 0};

        push(&l, boundary);
    }
    mail_levels_enter(&l);
    assert_false(mail_levels_add(&l, SPAN("z")));
    l.count = 0;
    assert_false(mail_levels_add(&l, span_of("", 0)));
    memset(name, 'x', sizeof name - 1);
    push(&l, name);
    assert_true(mail_levels_match(&l, span_of("--", 2)).found == false);
    name[0] = name[1] = '-';
    assert_true(mail_levels_match(&l, span_of(name, MAIL_BOUNDARY + 2)).found);
    assert_false(mail_levels_match(&l, span_of(name, MAIL_BOUNDARY + 1)).found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_boundaries),
        cmocka_unit_test(takes_the_longest),
        cmocka_unit_test(keeps_all_names_of_one),
        cmocka_unit_test(knows_digests),
        cmocka_unit_test(has_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
