/* SPDX-License-Identifier: Apache-2.0
 *
 * What the programs of this folder share: time, CPU time, when to end, packet sockets. Each of them
 * has one thread. What goes wrong is told on standard error and ends the program with status 1.
 */
#ifndef BENCH_LIVE_PEER_H
#define BENCH_LIVE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seconds of a clock that never jumps. */
double peer_now(void);

/* Seconds of CPU that this program has used, in user space and in the kernel. */
double peer_cpu(void);

/* SIGINT and SIGTERM ask for the end from now on. */
void peer_stop_init(void);
bool peer_stop_asked(void);

/* Tells what failed and why (errno), and exits. */
void peer_die(const char *what, const char *name) __attribute__((noreturn));

/* Tells whoever has started the program that it is ready: one line on standard output. */
void peer_ready(void);

/* A number of an option; what is none ends the program. */
double peer_number(const char *text);

/* The value that follows option *i, which is moved to it. */
const char *peer_value(char **argv, int *i);

enum packet_ring { RING_NONE, RING_FRAMES, RING_BLOCKS };

/* A packet socket that is not bound yet; rings of frames are TPACKET_V2, of blocks TPACKET_V3. It
 * does not show what is sent through its interface when that is asked for, and what it sends goes
 * to the driver at once. */
int packet_open(enum packet_ring ring);

/* One more option of a packet socket. */
void packet_set(int fd, int option, int value);

/* From here on everything that comes to the interface is the socket's, also what is for others. */
void packet_bind(int fd, const char *interface, uint16_t protocol);

/* Frames that found no room in the socket since the last time. */
uint64_t packet_drops(int fd, enum packet_ring ring);

#endif
