/* SPDX-License-Identifier: Apache-2.0 */
#include "control/unix_path.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file beside it, locked as long as we live: the kernel lets go of it whatever ends us. */
static bool lock_take(struct unix_path *s, const char *option, struct err *err)
{
    char name[sizeof s->path + 8];

    snprintf(name, sizeof name, "%s.lock", s->path);
    s->lock = open(name, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock < 0)
        return err_set(err, name, "cannot be opened (%s): check the folder and its permissions",
                       strerror(errno));
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0)
        return err_set(err, s->path,
                       "another instance serves it: stop that one first, or give "
                       "this one a path of its own with %s",
                       option);
    return true;
}

static bool is_served(const struct sockaddr_un *address, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool served = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;

    if (fd >= 0)
        close(fd);
    return served;
}

/* What a killed instance left behind goes; anything else stays. */
static bool path_clear(const struct unix_path *s, const struct sockaddr_un *address, int type,
                       struct err *err)
{
    struct stat st;

    if (lstat(s->path, &st) != 0)
        return true;
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, s->path, "is there and is no socket: move it away");
    if (is_served(address, type))
        return err_set(err, s->path, "another program serves it: stop that one first");
    if (unlink(s->path) != 0)
        return err_set(err, s->path, "is left over and cannot be removed: %s", strerror(errno));
    return true;
}

static bool bind_path(struct unix_path *s, int type, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat st;

    memcpy(address.sun_path, s->path, sizeof address.sun_path);
    if (!path_clear(s, &address, type, err))
        return false;
    s->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->fd < 0 || bind(s->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return err_set(err, s->path, "cannot be bound: %s", strerror(errno));
    if (lstat(s->path, &st) != 0)
        return err_set(err, s->path, "has gone at once: %s", strerror(errno));
    s->device = st.st_dev;
    s->inode = st.st_ino;
    return true;
}

bool unix_path_open(struct unix_path *s, const char *path, int type, const char *option,
                    struct err *err)
{
    *s = (struct unix_path){.fd = -1, .lock = -1};
    if (!text_copy(s->path, sizeof s->path, path))
        return err_set(err, path, "is too long for a socket: up to %zu bytes", sizeof s->path - 1);
    if (lock_take(s, option, err) && bind_path(s, type, err))
        return true;
    unix_path_close(s);
    return false;
}

void unix_path_close(struct unix_path *s)
{
    struct stat st;

    if (s->inode != 0 && lstat(s->path, &st) == 0 && st.st_dev == s->device &&
        st.st_ino == s->inode)
        unlink(s->path);
    if (s->fd >= 0)
        close(s->fd);
    if (s->lock >= 0)
        close(s->lock);
    s->fd = s->lock = -1;
    s->inode = 0;
}
