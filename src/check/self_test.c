/* SPDX-License-Identifier: Apache-2.0 */
#include "check/self_test.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LINE_BYTES = 512,
    NICENESS = 10,
    LONGEST_MS = 30000, /* on a machine that is busy with packets */
};

extern char **environ;

struct self_test {
    pid_t pid; /* 0: it is gone */
    int output;
    uint64_t until_ms; /* 0: not known yet */
    size_t lines, n;
    char line[LINE_BYTES];
};

/* ---- birth ---- */

/* The service takes signals in its own way. */
static void signals_plain(posix_spawnattr_t *attributes)
{
    sigset_t none, ignored;

    sigemptyset(&none);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &ignored);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(struct self_test *t, const char *program, int output)
{
    char name[] = "sluiced", option[] = "--check";
    char *const argv[] = {name, option, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int why;

    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    signals_plain(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, 1);
    why = posix_spawn(&t->pid, program, &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (why != 0)
        t->pid = 0;
    else
        (void)setpriority(PRIO_PROCESS, (id_t)t->pid, NICENESS);
    return why;
}

struct self_test *self_test_start(const char *program, struct err *err)
{
    struct self_test *t = calloc(1, sizeof *t);
    int ends[2], why;

    if (t == NULL || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        err_set(err, program, "%s", strerror(errno));
        free(t);
        return NULL;
    }
    t->output = ends[0];
    (void)fcntl(ends[1], F_SETFL, 0); /* the child's waits */
    why = spawn(t, program, ends[1]);
    close(ends[1]);
    if (why == 0)
        return t;
    err_set(err, program, "cannot be run: %s", strerror(why));
    self_test_free(t);
    return NULL;
}

/* ---- life ---- */

int self_test_fd(const struct self_test *t)
{
    return t->output;
}

static bool begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static void put_line(struct self_test *t)
{
    enum log_level level = LOG_WARN; /* what is missing or broken, and what nobody expects */

    t->line[t->n] = '\0';
    t->n = 0;
    t->lines++;
    if (begins(t->line, "ok ") || begins(t->line, "unknown "))
        level = LOG_INFO;
    log_write(level, "self-test: %s", t->line);
}

static void take_bytes(struct self_test *t, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\n' || t->n + 1 == sizeof t->line)
            put_line(t);
        if (bytes[i] != '\n')
            t->line[t->n++] = bytes[i];
    }
}

/* What is there now. */
static void read_lines(struct self_test *t)
{
    char bytes[4096];
    ssize_t got = read(t->output, bytes, sizeof bytes);

    if (got > 0) {
        take_bytes(t, bytes, (size_t)got);
        return;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (t->n > 0)
        put_line(t);
    close(t->output);
    t->output = -1;
}

/* Its exit status is 0 or 1, and it has said something. */
static void bury(struct self_test *t)
{
    int status;

    if (waitpid(t->pid, &status, WNOHANG) == 0)
        return;
    t->pid = 0;
    if (WIFSIGNALED(status))
        log_warn("self-test: ended by signal %d after %zu lines: try sluiced --check",
                 WTERMSIG(status), t->lines);
    else if (WEXITSTATUS(status) > 1 || t->lines == 0)
        log_warn("self-test: ended with status %d after %zu lines: try sluiced --check",
                 WEXITSTATUS(status), t->lines);
}

bool self_test_go_on(struct self_test *t, uint64_t now_ms)
{
    if (t->until_ms == 0)
        t->until_ms = now_ms + LONGEST_MS;
    if (t->output >= 0)
        read_lines(t);
    if (t->pid > 0 && now_ms >= t->until_ms)
        kill(t->pid, SIGKILL);
    if (t->pid > 0 && t->output < 0)
        bury(t);
    return t->pid > 0 || t->output >= 0;
}

void self_test_free(struct self_test *t)
{
    if (t == NULL)
        return;
    if (t->pid > 0) {
        kill(t->pid, SIGKILL);
        waitpid(t->pid, NULL, 0);
    }
    if (t->output >= 0)
        close(t->output);
    free(t);
}
