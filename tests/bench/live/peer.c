/* SPDX-License-Identifier: Apache-2.0
 *
 * What the programs of this folder share.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

double peer_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double peer_cpu(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static sigset_t ending(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

void peer_stop_init(void)
{
    sigset_t set = ending();

    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Blocked, the signal waits for us to look. */
bool peer_stop_asked(void)
{
    sigset_t set;

    sigpending(&set);
    return sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1;
}

void peer_die(const char *what, const char *name)
{
    fprintf(stderr, "%s: %s: %s\n", name, what, strerror(errno));
    exit(1);
}

void peer_ready(void)
{
    puts("ready");
    fflush(stdout);
}

double peer_number(const char *text)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || value < 0) {
        fprintf(stderr, "%s: not a number\n", text);
        exit(2);
    }
    return value;
}

const char *peer_value(char **argv, int *i)
{
    if (argv[*i + 1] == NULL) {
        fprintf(stderr, "%s: needs a value\n", argv[*i]);
        exit(2);
    }
    return argv[++*i];
}

void packet_set(int fd, int option, int value)
{
    if (setsockopt(fd, SOL_PACKET, option, &value, sizeof value) != 0)
        peer_die("refused by the kernel", "an option of a packet socket");
}

int packet_open(enum packet_ring ring)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    if (fd < 0)
        peer_die("cannot be had", "a packet socket");
    if (ring != RING_NONE)
        packet_set(fd, PACKET_VERSION, ring == RING_BLOCKS ? TPACKET_V3 : TPACKET_V2);
    packet_set(fd, PACKET_QDISC_BYPASS, 1);
    return fd;
}

void packet_bind(int fd, const char *interface, uint16_t protocol)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(protocol),
                             .sll_ifindex = (int)if_nametoindex(interface)};
    struct packet_mreq all = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};

    if (at.sll_ifindex == 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) != 0 ||
        bind(fd, (const struct sockaddr *)&at, sizeof at) != 0)
        peer_die("cannot be bound to", interface);
}

uint64_t packet_drops(int fd, enum packet_ring ring)
{
    struct tpacket_stats_v3 three = {0};
    struct tpacket_stats two = {0};
    socklen_t n = ring == RING_BLOCKS ? sizeof three : sizeof two;

    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS,
                   ring == RING_BLOCKS ? (void *)&three : (void *)&two, &n) != 0)
        peer_die("cannot be had", "what a packet socket has lost");
    return ring == RING_BLOCKS ? three.tp_drops : two.tp_drops;
}
