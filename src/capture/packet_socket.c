/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/packet_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Sockets are bound one after the other, and before they share, each would get everything. */
static void deafen(int fd)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &nothing};

    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void packet_sockets_hear(const int *fds, size_t n)
{
    int unused = 0;

    for (size_t i = 0; i < n; i++)
        (void)setsockopt(fds[i], SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

bool packet_socket_open(struct packet_socket *s, const char *interface, struct err *err)
{
    struct ifreq request = {0};

    s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return err_set(err, interface, "cannot be listened to (%s): CAP_NET_RAW is needed",
                       strerror(errno));
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    if (ioctl(s->fd, SIOCGIFINDEX, &request) != 0 || request.ifr_ifindex <= 0)
        return err_set(err, interface, "is no interface there: %s", strerror(errno));
    s->index = request.ifr_ifindex;
    if (ioctl(s->fd, SIOCGIFHWADDR, &request) == 0)
        s->loopback = request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
    deafen(s->fd);
    return true;
}

void packet_socket_ignore_own(const struct packet_socket *s)
{
    int on = 1;

    (void)setsockopt(s->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
}

/* To exactly this interface: index 0 would be all of them. */
bool packet_socket_bind(const struct packet_socket *s, const char *interface, struct err *err)
{
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = s->index,
    };

    if (bind(s->fd, (const struct sockaddr *)&at, sizeof at) != 0)
        return err_set(err, interface, "cannot be bound: %s", strerror(errno));
    return true;
}

/* ---- sharing ---- */

#define LOAD_NET(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_NET_OFF + (offset)))

enum { PROGRAM_MOST = 40 };

struct program {
    struct sock_filter code[PROGRAM_MOST];
    unsigned short n;
};

static void put(struct program *p, struct sock_filter instruction)
{
    p->code[p->n++] = instruction;
}

/* A := the words from there on, folded into one; the same for either direction. */
static void put_addresses(struct program *p, int offset, int words)
{
    put(p, (struct sock_filter)LOAD_NET(offset));
    for (int i = 1; i < words; i++) {
        put(p, (struct sock_filter)BPF_STMT(BPF_MISC | BPF_TAX, 0));
        put(p, (struct sock_filter)LOAD_NET(offset + 4 * i));
        put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0));
    }
}

/* Which of them: the upper half of the product with an odd number that nobody else knows. The
 * kernel takes it modulo their number. */
static void put_choice(struct program *p, uint32_t key)
{
    put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, key | 1));
    put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16));
    put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0));
}

/* Ports do not count: later fragments have none, and what an error or an announced connection is
 * about has others. */
static void choose_by_addresses(struct program *p, uint32_t key)
{
    unsigned short to_six;

    put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                        (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)));
    to_six = p->n;
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 0, 0));
    put_addresses(p, 12, 2);
    put_choice(p, key);
    p->code[to_six].jf = (uint8_t)(p->n - to_six - 1);
    put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 1, 0));
    put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0));
    put_addresses(p, 8, 8);
    put_choice(p, key);
}

bool packet_sockets_share(const int *fds, size_t n, enum packet_sharing how, uint32_t key)
{
    int flags = how == SHARE_ROLLING ? PACKET_FANOUT_FLAG_ROLLOVER : 0;
    int group = (PACKET_FANOUT_CBPF | flags | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
    socklen_t size = sizeof group;
    struct program program = {.n = 0};
    struct sock_fprog choice = {.filter = program.code};

    choose_by_addresses(&program, key);
    choice.len = program.n;
    for (size_t i = 0; i < n; i++) {
        if (setsockopt(fds[i], SOL_PACKET, PACKET_FANOUT, &group, sizeof group) != 0)
            return false;
        if (i > 0)
            continue;
        /* The kernel has found a number that is free. */
        if (getsockopt(fds[0], SOL_PACKET, PACKET_FANOUT, &group, &size) != 0)
            return false;
        group = (group & 0xffff) | (PACKET_FANOUT_CBPF | flags) << 16;
    }
    return setsockopt(fds[0], SOL_PACKET, PACKET_FANOUT_DATA, &choice, sizeof choice) == 0;
}

/* ---- looking after ---- */

/* The kernel takes the number off a socket whose interface is removed. One that is only down may
 * come up again. */
bool packet_socket_is_gone(int fd)
{
    struct sockaddr_ll at = {.sll_ifindex = 0};
    socklen_t size = sizeof at;

    return getsockname(fd, (struct sockaddr *)&at, &size) != 0 || at.sll_ifindex <= 0;
}

/* An error that nobody takes away wakes us again and again. */
bool packet_socket_failed(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;

    (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return packet_socket_is_gone(fd);
}

/* The same beginning for all kinds of rings. */
uint32_t packet_socket_losses(int fd)
{
    struct tpacket_stats_v3 stats;
    socklen_t size = sizeof stats;

    return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0 ? stats.tp_drops : 0;
}
