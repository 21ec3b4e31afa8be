/* SPDX-License-Identifier: Apache-2.0 */
#include "check/program.h"

#include "check/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_BYTES = 2048, POLL_MS = 1 };

static const char default_path[] = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/* iptables of the old kind takes a lock of the whole system, which the agent wants as well. The
 * tables are those of a namespace that nobody else has: any other file will do. */
static const char *const environment[] = {"LC_ALL=C", "XTABLES_LOCKFILE=/dev/null", NULL};

static const char *search_path(void)
{
    const char *path = getenv("PATH");

    return path != NULL ? path : default_path;
}

/* Where it is; false: nowhere. */
static bool find(const char *name, char *file, size_t room)
{
    const char *at = search_path();

    while (*at != '\0') {
        size_t n = strcspn(at, ":");
        int length = snprintf(file, room, "%.*s/%s", (int)n, at, name);

        if (n > 0 && length > 0 && (size_t)length < room && access(file, X_OK) == 0)
            return true;
        at += n + (at[n] == ':');
    }
    return false;
}

bool program_exists(const char *name)
{
    char file[512];

    return find(name, file, sizeof file);
}

/* ---- its life ---- */

/* A program under way, and what it has said. */
struct running {
    pid_t pid;
    int output;
    size_t n;
    char said[OUTPUT_BYTES];
};

/* posix_spawn() wants words that may be written; nobody does. */
static char *const *words(const char *const argv[])
{
    char *const *w;

    memcpy(&w, &argv, sizeof w);
    return w;
}

static int spawn(struct running *r, const char *file, const char *const argv[], int output)
{
    posix_spawn_file_actions_t files;
    int why;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, 1);
    posix_spawn_file_actions_adddup2(&files, output, 2);
    why = posix_spawn(&r->pid, file, &files, NULL, words(argv), words(environment));
    posix_spawn_file_actions_destroy(&files);
    return why;
}

static bool begin(struct running *r, const char *file, const char *const argv[], struct err *err)
{
    int ends[2], why;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(err, argv[0], "no pipe: %s", strerror(errno));
    why = spawn(r, file, argv, ends[1]);
    close(ends[1]);
    r->output = ends[0];
    if (why == 0 && fcntl(r->output, F_SETFL, O_NONBLOCK) == 0)
        return true;
    close(r->output);
    return err_set(err, argv[0], "cannot be run: %s", strerror(why));
}

static void listen_to(struct running *r)
{
    char beyond[256];
    ssize_t got;

    do {
        bool is_full = r->n + 1 >= sizeof r->said;

        got = read(r->output, is_full ? beyond : r->said + r->n,
                   is_full ? sizeof beyond : sizeof r->said - 1 - r->n);
        if (got > 0 && !is_full)
            r->n += (size_t)got;
    } while (got > 0);
    r->said[r->n] = '\0';
}

/* Its status as of waitpid(); -1: it was killed, because it took too long. */
static int finish(struct running *r, int patience_ms)
{
    uint64_t until = clock_now_ms() + (uint64_t)patience_ms;
    struct pollfd p = {.fd = r->output, .events = POLLIN};
    int status = -1;

    while (waitpid(r->pid, &status, WNOHANG) == 0) {
        listen_to(r);
        if (clock_now_ms() > until) {
            kill(r->pid, SIGKILL);
            waitpid(r->pid, &status, 0);
            return -1;
        }
        poll(&p, (p.revents & POLLHUP) == 0, POLL_MS);
    }
    listen_to(r);
    return status;
}

/* The first line says most: what follows are hints and consequences. */
static const char *first_line(struct running *r)
{
    r->said[strcspn(r->said, "\n")] = '\0';
    return r->said;
}

bool program_run(const char *const argv[], int patience_ms, struct err *err)
{
    struct running r = {.pid = -1};
    char file[512];
    int status;

    if (!find(argv[0], file, sizeof file))
        return err_set(err, argv[0], "is not installed (PATH is %.150s)", search_path());
    if (!begin(&r, file, argv, err))
        return false;
    status = finish(&r, patience_ms);
    close(r.output);
    if (status == 0)
        return true;
    if (status == -1)
        return err_set(err, argv[0], "does not end within %d ms", patience_ms);
    if (WIFSIGNALED(status))
        return err_set(err, argv[0], "was ended by signal %d", WTERMSIG(status));
    return err_set(err, argv[0], "%s (status %d)", first_line(&r), WEXITSTATUS(status));
}
