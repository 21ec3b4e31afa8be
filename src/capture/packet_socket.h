/* SPDX-License-Identifier: Apache-2.0
 *
 * packet_socket: one packet socket (packet(7)) of one interface, made in steps: opened deaf, given
 * what its user needs, bound, joined with others, and only then let to hear. Control thread.
 */
#ifndef CAPTURE_PACKET_SOCKET_H
#define CAPTURE_PACKET_SOCKET_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet_socket {
    int fd; /* -1: closed. Does not block */
    int index;
    bool loopback;
};

/* Inside of the namespace that the caller is in. It receives nothing before packet_socket_bind()
 * and keeps nothing before packet_sockets_hear(). False and err: no such interface, no permission;
 * what is open then is the caller's to close. */
bool packet_socket_open(struct packet_socket *, const char *interface, struct err *);
/* Its own frames are not shown to it, where the kernel can do that. */
void packet_socket_ignore_own(const struct packet_socket *);
bool packet_socket_bind(const struct packet_socket *, const char *interface, struct err *);

/* How several sockets of one interface share its frames: all between two addresses, fragments and
 * errors about them included, go to one socket. */
enum packet_sharing {
    SHARE_STRICT, /* to that one only */
    SHARE_ROLLING /* to another one rather than nowhere */
};
/* All bound, n > 1. The key decides which of them gets what, and nobody else shall know it. */
bool packet_sockets_share(const int *fds, size_t n, enum packet_sharing, uint32_t key);
void packet_sockets_hear(const int *fds, size_t n);

/* The interface was removed, not just set down. Any thread. */
bool packet_socket_is_gone(int fd);
/* Nothing could be read: because it is gone? Else it goes on, whatever the error was. */
bool packet_socket_failed(int fd);
/* Frames that the kernel had no room for, since this was asked last. */
uint32_t packet_socket_losses(int fd);

#endif
