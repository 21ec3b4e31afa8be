/* SPDX-License-Identifier: Apache-2.0
 *
 * What the agent has not read yet: kept in order, within a bound, counted, and told when it is
 * back.
 */
#include "report/outbox.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { LETTER = 100, PUT_MOST = 5000 };

static char folder[40], path[64];

static int listener(void)
{
    struct sockaddr_un me = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    unlink(path);
    snprintf(me.sun_path, sizeof me.sun_path, "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    return fd;
}

static struct outbox *box(size_t letters)
{
    struct err err = {0};
    struct outbox *o = outbox_new(path, letters * LETTER, &err);

    assert_non_null(o);
    return o;
}

static void put(struct outbox *o, uint16_t number)
{
    uint8_t bytes[LETTER] = {(uint8_t)(number >> 8), (uint8_t)number};

    outbox_put(o, span_of(bytes, sizeof bytes));
}

/* The number of the next that has come; -1: there is none. */
static int next(int fd)
{
    uint8_t bytes[LETTER + 1];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);

    if (n < 0) {
        assert_true(errno == EAGAIN);
        return -1;
    }
    assert_int_equal(n, LETTER);
    return bytes[0] << 8 | bytes[1];
}

static void told_at_once(void **state)
{
    struct outbox *o = box(4);
    int fd = listener();

    (void)state;
    for (uint16_t i = 0; i < 5; i++)
        put(o, i);
    for (int i = 0; i < 5; i++)
        assert_int_equal(next(fd), i);
    assert_int_equal(next(fd), -1);
    assert_int_equal(outbox_counts(o).sent, 5);
    assert_int_equal(outbox_counts(o).kept, 0);
    outbox_free(o);
    close(fd);
}

/* No path yet, and a path that a dead agent has left behind: the same. */
static void kept_until_somebody_listens(void **state)
{
    struct outbox *o = box(4);
    int fd;

    (void)state;
    unlink(path);
    put(o, 1);
    assert_false(outbox_go_on(o)); /* nobody is there: no reason to try again soon */
    close(listener());
    put(o, 2);
    assert_false(outbox_go_on(o));
    assert_int_equal(outbox_counts(o).kept, 2);
    assert_int_equal(outbox_counts(o).kept_bytes, 2 * LETTER);
    fd = listener();
    put(o, 3); /* not before those that wait */
    assert_int_equal(next(fd), -1);
    assert_false(outbox_go_on(o));
    for (int i = 1; i <= 3; i++)
        assert_int_equal(next(fd), i);
    assert_int_equal(outbox_counts(o).kept, 0);
    assert_int_equal(outbox_counts(o).kept_bytes, 0);
    assert_int_equal(outbox_counts(o).sent, 3);
    assert_int_equal(outbox_counts(o).lost, 0);
    outbox_free(o);
    close(fd);
}

static void bounded_and_counted(void **state)
{
    struct outbox *o = box(4);
    uint8_t large[5 * LETTER] = {0};
    int fd;

    (void)state;
    unlink(path);
    for (uint16_t i = 0; i < 10; i++)
        put(o, i);
    assert_int_equal(outbox_counts(o).kept, 4);
    assert_int_equal(outbox_counts(o).lost, 6);
    outbox_put(o, span_of(large, sizeof large)); /* drives nothing out: it never fits */
    assert_int_equal(outbox_counts(o).kept, 4);
    assert_int_equal(outbox_counts(o).lost, 7);
    fd = listener();
    assert_false(outbox_go_on(o));
    for (int i = 6; i < 10; i++)
        assert_int_equal(next(fd), i);
    assert_int_equal(next(fd), -1);
    outbox_free(o);
    close(fd);
}

/* The agent is there and does not read: nothing waits, nothing is out of order. */
static void a_full_queue(void **state)
{
    struct outbox *o = box(PUT_MOST);
    int fd = listener(), expected = 0;
    uint16_t given = 0;

    (void)state;
    while (outbox_counts(o).kept < 10 && given < PUT_MOST)
        put(o, given++);
    assert_in_range(given, 11, PUT_MOST - 1); /* some have gone out, then there was no room */
    assert_true(outbox_go_on(o));             /* it is there: soon again */
    assert_int_equal(next(fd), expected++);
    assert_true(outbox_go_on(o));
    while (outbox_counts(o).kept > 0) {
        assert_int_equal(next(fd), expected++);
        (void)outbox_go_on(o);
    }
    while (expected < given)
        assert_int_equal(next(fd), expected++);
    assert_int_equal(next(fd), -1);
    assert_int_equal(outbox_counts(o).sent, given);
    assert_int_equal(outbox_counts(o).lost, 0);
    outbox_free(o);
    close(fd);
}

static void a_path_that_is_none(void **state)
{
    struct err err = {0};
    char text[200];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(outbox_new(text, LETTER, &err));
    assert_non_null(strstr(err.text, "too long"));
    outbox_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(told_at_once),        cmocka_unit_test(kept_until_somebody_listens),
        cmocka_unit_test(bounded_and_counted), cmocka_unit_test(a_full_queue),
        cmocka_unit_test(a_path_that_is_none),
    };
    int failed;

    snprintf(folder, sizeof folder, "/tmp/sluice-outbox-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/n", folder);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    rmdir(folder);
    return failed;
}
