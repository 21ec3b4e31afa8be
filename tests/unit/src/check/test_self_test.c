/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's child: its lines in the log, how it ends, that nothing of it stays. Scripts stand
 * for the program.
 */
#include "check/self_test.h"

#include "base/log.h"
#include "check/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 20000 };

/* A program, and what was logged meanwhile. */
static struct {
    char program[64];
    char log[8192];
} bench;

static void script(const char *text)
{
    char name[] = "/tmp/sluice-self-test-XXXXXX";
    int fd = mkostemp(name, O_CLOEXEC);

    assert_true(fd >= 0);
    dprintf(fd, "#!/bin/sh\n%s\n", text);
    assert_int_equal(fchmod(fd, 0700), 0);
    close(fd);
    snprintf(bench.program, sizeof bench.program, "%s", name);
}

/* As the control thread does it: when there are lines, and every now and then. */
static void go_to_end(struct self_test *t, uint64_t later_ms)
{
    uint64_t until = clock_now_ms() + PATIENCE_MS;

    while (self_test_go_on(t, clock_now_ms()) && self_test_go_on(t, clock_now_ms() + later_ms)) {
        struct pollfd p = {.fd = self_test_fd(t), .events = POLLIN};

        assert_true(clock_now_ms() < until);
        poll(&p, 1, 1);
    }
}

static void read_log(int fd)
{
    ssize_t n = pread(fd, bench.log, sizeof bench.log - 1, 0);

    bench.log[n > 0 ? n : 0] = '\0';
}

/* Runs a script to its end. */
static void run(const char *text, uint64_t later_ms)
{
    FILE *log = tmpfile();
    int before = dup(STDERR_FILENO);
    struct err err = {0};
    struct self_test *t;

    script(text);
    t = self_test_start(bench.program, &err);
    fflush(stderr);
    dup2(fileno(log), STDERR_FILENO);
    if (t != NULL)
        go_to_end(t, later_ms);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    read_log(fileno(log));
    fclose(log);
    self_test_free(t);
    unlink(bench.program);
    assert_non_null(t);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_lines(void **state)
{
    (void)state;
    run("test \"$1\" = --check || exit 7\n"
        "echo 'ok       tap      seen'\n"
        "echo 'missing  iptables not installed'\n"
        "echo 'broken   nfqueue  lost'\n"
        "echo 'unknown  tc       not tried'\n"
        "printf 'okay is another word'\n"
        "exit 1",
        0);
    assert_string_equal(bench.log, "sluiced: info: self-test: ok       tap      seen\n"
                                   "sluiced: warning: self-test: missing  iptables not installed\n"
                                   "sluiced: warning: self-test: broken   nfqueue  lost\n"
                                   "sluiced: info: self-test: unknown  tc       not tried\n"
                                   "sluiced: warning: self-test: okay is another word\n");
}

/* One warning, whatever happens to it. */
static void test_bad_ends(void **state)
{
    (void)state;
    run("exit 0", 0);
    assert_string_equal(bench.log, "sluiced: warning: self-test: ended with status 0 after 0 lines:"
                                   " try sluiced --check\n");
    run("exit 4", 0);
    assert_non_null(strstr(bench.log, "ended with status 4 after 0 lines"));
    run("kill -11 $$", 0);
    assert_non_null(strstr(bench.log, "ended by signal 11 after 0 lines"));
    run("echo 'ok  a b'; exit 3", 0);
    assert_non_null(strstr(bench.log, "ended with status 3 after 1 lines"));
}

/* A long line is cut into several. */
static void test_long_line(void **state)
{
    (void)state;
    run("printf '%1500s' x", 0);
    assert_int_equal(strlen(bench.log) > 1500, 1);
    assert_non_null(strstr(bench.log, "x\n"));
}

/* It takes too long: half a minute from now is said to be later. */
static void test_too_long(void **state)
{
    (void)state;
    run("exec sleep 1000", 40000);
    assert_non_null(strstr(bench.log, "ended by signal 9 after 0 lines"));
}

static void test_cannot_be_run(void **state)
{
    struct err err = {0};

    (void)state;
    assert_null(self_test_start("/nowhere/sluiced", &err));
    assert_string_equal(err.path, "/nowhere/sluiced");
    assert_string_equal(err.text, "cannot be run: No such file or directory");
    self_test_free(NULL);
}

/* The daemon ends first. */
static void test_ends_with_us(void **state)
{
    struct err err = {0};
    struct self_test *t;

    (void)state;
    script("exec sleep 1000");
    t = self_test_start(bench.program, &err);
    assert_non_null(t);
    assert_true(self_test_go_on(t, 1));
    self_test_free(t);
    unlink(bench.program);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* The service ignores SIGPIPE and blocks others: its child shall not. */
static void test_signals(void **state)
{
    sigset_t set, before;
    const char *ignored;

    (void)state;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, &before);
    signal(SIGPIPE, SIG_IGN);
    run("grep -E '^Sig(Blk|Ign)' /proc/self/status | sed 's/^/ok  /'", 0);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_non_null(strstr(bench.log, "SigBlk:\t0000000000000000\n"));
    ignored = strstr(bench.log, "SigIgn:\t");
    assert_non_null(ignored);
    assert_int_equal(strtoull(ignored + 8, NULL, 16) & 1u << (SIGPIPE - 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),         cmocka_unit_test(test_bad_ends),
        cmocka_unit_test(test_long_line),     cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_cannot_be_run), cmocka_unit_test(test_ends_with_us),
        cmocka_unit_test(test_signals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
