/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames that know each other again, over sockets that need no privileges, and out of a capture
 * that hands out what it was given.
 */
#include "check/clock.h"
#include "check/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const struct probe_ends ends = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

static struct netlab lab_now(uint64_t patience_ms)
{
    return (struct netlab){.fds = {-1, -1}, .deadline_ms = clock_now_ms() + patience_ms};
}

static void test_frames(void **state)
{
    struct netlab lab = lab_now(0);
    struct probe plain, tagged;

    (void)state;
    probe_make(&lab, &plain, &ends, 0);
    probe_make(&lab, &tagged, &ends, 0x64);
    assert_memory_equal(plain.bytes, "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb5", 14);
    assert_memory_equal(tagged.bytes, "\2\0\0\0\0\1\2\0\0\0\0\2\x81\x00\x00\x64\x88\xb5", 18);
    assert_int_equal(tagged.n, plain.n + 4);
    assert_int_not_equal(plain.number, tagged.number);
    assert_true(plain.n >= 60);
}

static void test_over_sockets(void **state)
{
    struct netlab lab = lab_now(60000);
    struct probe first, second;
    struct sighting seen;
    int ends_of[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends_of), 0);
    probe_make(&lab, &first, &ends, 0);
    probe_make(&lab, &second, &ends, 7);
    assert_int_equal(send(ends_of[0], "noise", 5, 0), 5);
    assert_true(probe_send(ends_of[0], &first, NULL));
    assert_true(probe_send(ends_of[0], &second, NULL));
    assert_true(probe_arrives(&lab, ends_of[1], &second, &seen));
    assert_true(probe_equals(&second, &seen));
    assert_false(probe_equals(&first, &seen));
    assert_int_equal(seen.others, 1);
    assert_true(probe_send(ends_of[0], &first, NULL));
    assert_false(probe_is_there(ends_of[1], &second));
    assert_true(probe_send(ends_of[0], &first, NULL));
    assert_true(probe_is_there(ends_of[1], &first));
    close(ends_of[0]);
    close(ends_of[1]);
}

/* A wait ends, also while other frames keep coming. */
static void test_never_comes(void **state)
{
    struct netlab lab = lab_now(0);
    struct probe sent, missing;
    struct sighting seen;
    int ends_of[2];
    uint64_t begin = clock_now_ms();

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends_of), 0);
    probe_make(&lab, &sent, &ends, 0);
    probe_make(&lab, &missing, &ends, 0);
    assert_true(probe_send(ends_of[0], &sent, NULL));
    assert_false(probe_arrives(&lab, ends_of[1], &missing, &seen));
    assert_int_equal(seen.others, 1);
    assert_in_range(clock_now_ms() - begin, 0, 5000);
    close(ends_of[0]);
    close(ends_of[1]);
}

/* ---- a capture of our own ---- */

struct fake {
    struct capture capture; /* first */
    const struct probe *frames[3];
    size_t n;
    uint8_t verdicts[3];
};

static int fake_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct fake *f = (struct fake *)c;

    assert_true(n >= f->n);
    for (size_t i = 0; i < f->n; i++)
        frames[i] = (struct frame){.bytes = f->frames[i]->bytes,
                                   .captured = (uint32_t)f->frames[i]->n,
                                   .checksum = CSUM_PARTIAL};
    return f->capture.gone ? -1 : (int)f->n;
}

static void fake_decide(struct capture *c, const struct frame *frames, size_t n)
{
    struct fake *f = (struct fake *)c;

    for (size_t i = 0; i < n; i++)
        f->verdicts[i] = frames[i].verdict;
}

static const struct capture_ops fake_ops = {.receive = fake_receive, .decide = fake_decide};

static void test_captures(void **state)
{
    struct netlab lab = lab_now(60000);
    struct probe other, wanted;
    struct sighting seen;
    int ends_of[2];
    struct fake fake = {
        .capture = {.ops = &fake_ops}, .frames = {&other, &wanted, &wanted}, .n = 2};

    (void)state;
    assert_int_equal(pipe(ends_of), 0);
    assert_int_equal(write(ends_of[1], "x", 1), 1);
    fake.capture.fd = ends_of[0];
    probe_make(&lab, &other, &ends, 0);
    probe_make(&lab, &wanted, &ends, 0);
    assert_true(probe_decide(&lab, &fake.capture, &wanted, VERDICT_PASS, &seen));
    assert_int_equal(fake.verdicts[0], VERDICT_DROP);
    assert_int_equal(fake.verdicts[1], VERDICT_PASS);
    assert_int_equal(seen.checksum, CSUM_PARTIAL);
    assert_int_equal(seen.times, 1);
    assert_true(probe_equals(&wanted, &seen));
    fake.n = 3; /* twice in one batch */
    assert_true(probe_decide(&lab, &fake.capture, &wanted, VERDICT_DROP, &seen));
    assert_int_equal(seen.times, 2);
    fake.capture.gone = true;
    assert_false(probe_decide(&lab, &fake.capture, &wanted, VERDICT_PASS, &seen));
    fake.capture.gone = false;
    fake.n = 1;
    lab.deadline_ms = 0;
    assert_false(probe_decide(&lab, &fake.capture, &wanted, VERDICT_PASS, &seen));
    close(ends_of[0]);
    close(ends_of[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_over_sockets),
        cmocka_unit_test(test_never_comes),
        cmocka_unit_test(test_captures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
