/* SPDX-License-Identifier: Apache-2.0 */
#include "report/event_file.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of one turn: the other work of its thread must not starve. */
enum { WRITES_MOST = 256 };

struct event_file {
    int fd;
    bool plain;  /* a file: writing never waits for a reader */
    bool failed; /* nothing is written any more */
    size_t room, used, done;
    char *buffer;
};

static bool file_open(struct event_file *f, const char *path, struct err *err)
{
    struct stat st;

    f->fd = strcmp(path, "-") == 0
                ? STDOUT_FILENO
                : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    if (f->fd < 0)
        return err_set(err, path, "cannot be written (%s): check the path and its permissions",
                       errno == ENXIO ? "nobody reads this pipe" : strerror(errno));
    f->plain = fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode);
    return true;
}

struct event_file *event_file_new(const char *path, size_t room, struct err *err)
{
    struct event_file *f = calloc(1, sizeof *f);

    if (f != NULL)
        *f = (struct event_file){.fd = -1, .room = room, .buffer = malloc(room)};
    if (f == NULL || f->buffer == NULL)
        err_set(err, NULL, "no memory");
    else if (file_open(f, path, err))
        return f;
    event_file_free(f);
    return NULL;
}

void event_file_free(struct event_file *f)
{
    if (f == NULL)
        return;
    if (f->fd > STDERR_FILENO)
        close(f->fd);
    free(f->buffer);
    free(f);
}

/* POLLOUT of a pipe: PIPE_BUF bytes find room. */
static size_t room_now(const struct event_file *f)
{
    struct pollfd p = {.fd = f->fd, .events = POLLOUT};
    size_t n = f->used - f->done;

    if (f->plain)
        return n;
    if (poll(&p, 1, 0) <= 0)
        return 0;
    return n < PIPE_BUF ? n : PIPE_BUF;
}

static void give_up(struct event_file *f, int why)
{
    f->failed = true;
    log_error("events cannot be written any more (%s): make room and start again", strerror(why));
}

static void write_some(struct event_file *f)
{
    for (int i = 0; i < WRITES_MOST && f->done < f->used && !f->failed; i++) {
        size_t n = room_now(f);
        ssize_t written;

        if (n == 0)
            return;
        written = write(f->fd, f->buffer + f->done, n);
        if (written >= 0)
            f->done += (size_t)written;
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            give_up(f, errno);
    }
}

bool event_file_drain(struct event_file *f, struct event_ring *ring)
{
    for (;;) {
        bool was_empty = f->done == f->used || f->failed;
        size_t taken;

        if (was_empty)
            f->done = f->used = 0;
        taken = event_ring_take(ring, f->buffer + f->used, f->room - f->used);
        f->used += taken;
        write_some(f);
        if (f->done < f->used && !f->failed)
            return true;
        if (was_empty && taken == 0)
            return false;
    }
}
