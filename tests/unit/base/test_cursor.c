/* SPDX-License-Identifier: Apache-2.0
 *
 * The cursor: every read at, before and beyond the end; errors stick; SHORT and BAD are told apart.
 */
#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t counted[] = {1, 2, 3, 4, 5, 6, 7, 8};

static void reads_numbers_in_both_orders(void **state)
{
    struct cursor c;

    (void)state;
    c = cur_of(span_of(counted, 8));
    assert_int_equal(cur_u8(&c), 1);
    assert_int_equal(cur_be16(&c), 0x0203);
    assert_int_equal(cur_be32(&c), 0x04050607);
    assert_int_equal(cur_left(&c), 1);

    c = cur_of(span_of(counted, 8));
    assert_int_equal(cur_be24(&c), 0x010203);
    assert_int_equal(cur_le24(&c), 0x060504);
    assert_int_equal(cur_le16(&c), 0x0807);
    assert_true(cur_done(&c));

    c = cur_of(span_of(counted, 8));
    assert_int_equal(cur_le32(&c), 0x04030201);
    c = cur_of(span_of(counted, 8));
    assert_true(cur_be64(&c) == 0x0102030405060708u);
    c = cur_of(span_of(counted, 8));
    assert_true(cur_le64(&c) == 0x0807060504030201u);
    assert_true(cur_done(&c));
}

static void high_bits_do_not_leak_into_neighbours(void **state)
{
    static const uint8_t ones[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct cursor c = cur_of(span_of(ones, 8));

    (void)state;
    assert_true(cur_be32(&c) == 0xffffffffu);
    assert_true(cur_le32(&c) == 0xffffffffu);
    c = cur_of(span_of(ones, 8));
    assert_true(cur_be64(&c) == UINT64_MAX);
    c = cur_of(span_of(ones, 8));
    assert_true(cur_le64(&c) == UINT64_MAX);
}

/* Every read with every number of bytes too few, each in an allocation of exactly that size. */
static void short_reads_say_what_is_missing(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 4, 8, 2, 3, 4, 8};

    (void)state;
    for (size_t kind = 0; kind < sizeof sizes / sizeof sizes[0]; kind++) {
        for (size_t have = 0; have < sizes[kind]; have++) {
            uint8_t *exact = malloc(have ? have : 1);
            uint64_t value = 1;
            struct cursor c;

            assert_non_null(exact);
            memset(exact, 0xaa, have);
            c = cur_of(span_of(exact, have));
            switch (kind) {
            case 0:
                value = cur_u8(&c);
                break;
            case 1:
                value = cur_be16(&c);
                break;
            case 2:
                value = cur_be24(&c);
                break;
            case 3:
                value = cur_be32(&c);
                break;
            case 4:
                value = cur_be64(&c);
                break;
            case 5:
                value = cur_le16(&c);
                break;
            case 6:
                value = cur_le24(&c);
                break;
            case 7:
                value = cur_le32(&c);
                break;
            default:
                value = cur_le64(&c);
                break;
            }
            assert_true(value == 0);
            assert_int_equal(c.state, CUR_SHORT);
            assert_int_equal(c.need, sizes[kind] - have);
            assert_true(c.pos == exact);
            assert_int_equal(cur_left(&c), 0);
            assert_false(cur_done(&c));
            free(exact);
        }
    }
}

static void first_error_stays(void **state)
{
    struct cursor c = cur_of(span_of(counted, 3));

    (void)state;
    assert_int_equal(cur_be32(&c), 0);
    assert_int_equal(c.need, 1);
    assert_int_equal(cur_u8(&c), 0);
    assert_int_equal(cur_be64(&c), 0);
    assert_int_equal(c.need, 1);
    cur_fail(&c);
    assert_int_equal(c.state, CUR_SHORT);
    assert_int_equal(cur_span(&c, 1).n, 0);
    assert_int_equal(cur_rest(&c).n, 0);
    assert_int_equal(cur_look(&c).n, 0);
    assert_int_equal(cur_peek(&c), 0);

    c = cur_of(span_of(counted, 3));
    cur_fail(&c);
    cur_short(&c, 9);
    assert_int_equal(c.state, CUR_BAD);
    assert_int_equal(c.need, 0);
    assert_int_equal(cur_u8(&c), 0);
}

static void huge_needs_are_capped(void **state)
{
    struct cursor c = cur_of(span_of(counted, 3));

    (void)state;
    assert_int_equal(cur_span(&c, SIZE_MAX).n, 0);
    assert_int_equal(c.state, CUR_SHORT);
    assert_true(c.need == UINT32_MAX);
}

static void spans_and_rest(void **state)
{
    struct cursor c = cur_of(span_of(counted, 8));

    (void)state;
    assert_true(span_equal(cur_span(&c, 3), span_of(counted, 3)));
    assert_int_equal(cur_peek(&c), 4);
    assert_true(span_equal(cur_look(&c), span_of(counted + 3, 5)));
    cur_skip(&c, 1);
    assert_true(span_equal(cur_rest(&c), span_of(counted + 4, 4)));
    assert_true(cur_done(&c));
    assert_int_equal(cur_rest(&c).n, 0);
    assert_int_equal(cur_span(&c, 0).n, 0);
    assert_int_equal(cur_peek(&c), 0);
    assert_true(cur_done(&c));
}

static void read_nothing_from(struct span nothing)
{
    struct cursor c = cur_of(nothing);

    assert_true(cur_done(&c));
    assert_int_equal(cur_rest(&c).n, 0);
    assert_int_equal(cur_look(&c).n, 0);
    assert_int_equal(cur_span(&c, 0).n, 0);
    assert_true(cur_done(&c));
    assert_int_equal(cur_u8(&c), 0);
    assert_int_equal(c.state, CUR_SHORT);
}

static void empty_span_is_no_special_case(void **state)
{
    (void)state;
    read_nothing_from(span_of("", 0));
    read_nothing_from((struct span){0});
}

static void until_finds_limits_and_waits(void **state)
{
    struct cursor c = cur_of(SPAN("user:pass"));

    (void)state;
    assert_true(span_equal(cur_until(&c, ':', 4), SPAN("user")));
    assert_true(span_equal(cur_look(&c), SPAN("pass")));

    c = cur_of(SPAN("user:pass"));
    assert_int_equal(cur_until(&c, ':', 3).n, 0);
    assert_int_equal(c.state, CUR_BAD);

    c = cur_of(SPAN("user"));
    assert_int_equal(cur_until(&c, ':', 4).n, 0);
    assert_int_equal(c.state, CUR_SHORT);
    assert_int_equal(c.need, 1);

    /* One byte more than may come before it, and it has not come: no waiting helps. */
    c = cur_of(SPAN("users"));
    assert_int_equal(cur_until(&c, ':', 4).n, 0);
    assert_int_equal(c.state, CUR_BAD);

    c = cur_of(SPAN(":"));
    assert_int_equal(cur_until(&c, ':', 0).n, 0);
    assert_true(cur_done(&c));
}

static void lines_end_in_lf_or_crlf(void **state)
{
    struct cursor c = cur_of(SPAN("one\r\ntwo\n\r\n\nla\rst"));

    (void)state;
    assert_true(span_equal(cur_line(&c, 100), SPAN("one")));
    assert_true(span_equal(cur_line(&c, 100), SPAN("two")));
    assert_int_equal(cur_line(&c, 100).n, 0);
    assert_int_equal(c.state, CUR_OK);
    assert_int_equal(cur_line(&c, 100).n, 0);
    assert_int_equal(c.state, CUR_OK);
    assert_int_equal(cur_line(&c, 100).n, 0);
    assert_int_equal(c.state, CUR_SHORT);
}

static void line_limit_counts_without_its_end(void **state)
{
    struct cursor c = cur_of(SPAN("four\r\n"));

    (void)state;
    assert_true(span_equal(cur_line(&c, 4), SPAN("four")));
    c = cur_of(SPAN("four\n"));
    assert_true(span_equal(cur_line(&c, 4), SPAN("four")));
    c = cur_of(SPAN("fives\n"));
    cur_line(&c, 4);
    assert_int_equal(c.state, CUR_BAD);
    c = cur_of(SPAN("fives\r\n"));
    cur_line(&c, 4);
    assert_int_equal(c.state, CUR_BAD);
    c = cur_of(SPAN("four\r"));
    cur_line(&c, 4);
    assert_int_equal(c.state, CUR_SHORT);
    c = cur_of(SPAN("sixsix"));
    cur_line(&c, 4);
    assert_int_equal(c.state, CUR_BAD);
}

static void children_are_cut_and_joined(void **state)
{
    struct cursor parent = cur_of(span_of(counted, 8));
    struct cursor child = cur_sub(&parent, 3);

    (void)state;
    assert_int_equal(cur_be16(&child), 0x0102);
    cur_join(&parent, &child);
    assert_int_equal(parent.state, CUR_OK);
    assert_int_equal(cur_be16(&child), 0);
    assert_int_equal(child.state, CUR_SHORT);
    cur_join(&parent, &child);
    assert_int_equal(parent.state, CUR_BAD);
}

static void child_of_a_short_cursor_changes_nothing(void **state)
{
    struct cursor parent = cur_of(span_of(counted, 8));
    struct cursor child = cur_sub(&parent, 9);

    (void)state;
    assert_int_equal(parent.state, CUR_SHORT);
    assert_int_equal(parent.need, 1);
    assert_int_equal(cur_u8(&child), 0);
    cur_join(&parent, &child);
    assert_int_equal(parent.state, CUR_SHORT);
    assert_int_equal(parent.need, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers_in_both_orders),
        cmocka_unit_test(high_bits_do_not_leak_into_neighbours),
        cmocka_unit_test(short_reads_say_what_is_missing),
        cmocka_unit_test(first_error_stays),
        cmocka_unit_test(huge_needs_are_capped),
        cmocka_unit_test(spans_and_rest),
        cmocka_unit_test(empty_span_is_no_special_case),
        cmocka_unit_test(until_finds_limits_and_waits),
        cmocka_unit_test(lines_end_in_lf_or_crlf),
        cmocka_unit_test(line_limit_counts_without_its_end),
        cmocka_unit_test(children_are_cut_and_joined),
        cmocka_unit_test(child_of_a_short_cursor_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
