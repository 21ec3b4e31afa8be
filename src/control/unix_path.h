/* SPDX-License-Identifier: Apache-2.0
 *
 * unix_path: a socket at a path that one process at a time serves. A file beside it is locked for
 * that; what a killed process has left is taken over; at the end only our own socket is removed.
 */
#ifndef CONTROL_UNIX_PATH_H
#define CONTROL_UNIX_PATH_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

struct unix_path {
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    int fd, lock; /* -1: there is none */
    dev_t device;
    ino_t inode;
};

/* Binds a socket of this type (SOCK_DGRAM, SOCK_STREAM), non-blocking. `option` is the one by which
 * another path is given. False and err: nothing is left behind, unix_path_close() may be called all
 * the same. */
bool unix_path_open(struct unix_path *, const char *path, int type, const char *option,
                    struct err *);
void unix_path_close(struct unix_path *);

#endif
