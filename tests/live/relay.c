/* SPDX-License-Identifier: Apache-2.0
 *
 * A bad line between two interfaces: frames are lost, overtaken, repeated, cut into IP fragments;
 * by chance, which repeats with its seed. Offloads must be off on both cables.
 *
 *   relay IF IF LOSS OVERTAKE REPEAT FRAGMENT SEED
 *
 * LOSS, OVERTAKE and REPEAT in a thousand; IP datagrams larger than FRAGMENT bytes (0: none) are
 * cut. Until SIGTERM; then it prints what it has done, as JSON.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FRAME_MOST = 9216,
    HELD_FRAMES = 3, /* that overtake one which is held, */
    HELD_MS = 5,     /* or so long */
    QUEUE_BYTES = 8 << 20,
    FOUR = 20,
    SIX = 40,
    FRAGMENT_HEADER = 8,
};

struct frame {
    size_t n;
    uint8_t bytes[FRAME_MOST];
};

struct way {
    int from, to;
    struct frame held;
    unsigned overtaken; /* frames that are still to pass the held one; 0: none is held */
};

static struct {
    unsigned loss, overtake, repeat, fragment;
    uint64_t chance; /* never 0 */
    unsigned long frames, lost, overtaken, repeated, fragments;
} relay;

static volatile sig_atomic_t ending;

static void on_signal(int number)
{
    (void)number;
    ending = 1;
}

/* xorshift64 */
static bool happens(unsigned in_a_thousand)
{
    relay.chance ^= relay.chance << 13;
    relay.chance ^= relay.chance >> 7;
    relay.chance ^= relay.chance << 17;
    return relay.chance % 1000 < in_a_thousand;
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_checksum(uint8_t *header)
{
    uint32_t sum = 0;

    put16(header + 10, 0);
    for (size_t i = 0; i < FOUR; i += 2)
        sum += get16(header + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    put16(header + 10, ~sum & 0xffff);
}

static void send_frame(const struct way *w, const uint8_t *bytes, size_t n)
{
    if (send(w->to, bytes, n, 0) != (ssize_t)n)
        perror("relay: send");
}

/* One fragment of an IPv4 datagram without options. */
static void send_four(const struct way *w, const struct frame *f, size_t at, size_t n)
{
    const uint8_t *ip = f->bytes + ETH_HLEN;
    size_t all = get16(ip + 2) - (size_t)FOUR;
    struct frame out = {.n = ETH_HLEN + FOUR + n};
    uint8_t *header = out.bytes + ETH_HLEN;

    memcpy(out.bytes, f->bytes, ETH_HLEN + FOUR);
    memcpy(header + FOUR, ip + FOUR + at, n);
    put16(header + 2, FOUR + n);
    put16(header + 6, at / 8 | (at + n < all ? 0x2000 : 0));
    put_checksum(header);
    send_frame(w, out.bytes, out.n);
    relay.fragments++;
}

static void send_six(const struct way *w, const struct frame *f, size_t at, size_t n)
{
    static uint32_t number;
    const uint8_t *ip = f->bytes + ETH_HLEN;
    size_t all = get16(ip + 4);
    struct frame out = {.n = ETH_HLEN + SIX + FRAGMENT_HEADER + n};
    uint8_t *header = out.bytes + ETH_HLEN, *fragment = header + SIX;

    number += at == 0;
    memcpy(out.bytes, f->bytes, ETH_HLEN + SIX);
    put16(header + 4, FRAGMENT_HEADER + n);
    fragment[0] = header[6];
    fragment[1] = 0;
    header[6] = 44;
    put16(fragment + 2, at | (at + n < all ? 1 : 0));
    memcpy(fragment + 4, &number, sizeof number);
    memcpy(fragment + FRAGMENT_HEADER, ip + SIX + at, n);
    send_frame(w, out.bytes, out.n);
    relay.fragments++;
}

/* As it is, or in pieces. What is a fragment already, or has options, stays as it is. */
static void pass(const struct way *w, const struct frame *f)
{
    const uint8_t *ip = f->bytes + ETH_HLEN;
    uint16_t type = get16(f->bytes + 12);
    size_t piece = relay.fragment & ~(size_t)7, all = 0;
    bool is_four = type == ETHERTYPE_IP && ip[0] == 0x45 && !(get16(ip + 6) & 0x3fff);
    bool is_six = type == ETHERTYPE_IPV6 && (ip[6] == 6 || ip[6] == 17 || ip[6] == 58);

    if (f->n > ETH_HLEN + SIX)
        all = is_four ? get16(ip + 2) - (size_t)FOUR : is_six ? get16(ip + 4) : 0;
    if (piece == 0 || all <= piece || all > f->n) {
        send_frame(w, f->bytes, f->n);
        return;
    }
    for (size_t at = 0; at < all; at += piece) {
        size_t n = all - at < piece ? all - at : piece;

        if (is_four)
            send_four(w, f, at, n);
        else
            send_six(w, f, at, n);
    }
}

static void let_go(struct way *w)
{
    w->overtaken = 0;
    pass(w, &w->held);
}

static void take(struct way *w)
{
    struct frame f;
    struct sockaddr_ll from = {0};
    socklen_t size = sizeof from;
    ssize_t n = recvfrom(w->from, f.bytes, sizeof f.bytes, MSG_DONTWAIT | MSG_TRUNC,
                         (struct sockaddr *)&from, &size);

    if (n < ETH_HLEN || from.sll_pkttype == PACKET_OUTGOING)
        return;
    if ((size_t)n > sizeof f.bytes) {
        fprintf(stderr, "relay: a frame of %zd bytes: are offloads off?\n", n);
        return;
    }
    f.n = (size_t)n;
    relay.frames++;
    if (happens(relay.loss)) {
        relay.lost++;
        return;
    }
    if (w->overtaken == 0 && happens(relay.overtake)) {
        w->held = f;
        w->overtaken = HELD_FRAMES;
        relay.overtaken++;
        return;
    }
    pass(w, &f);
    if (happens(relay.repeat)) {
        pass(w, &f);
        relay.repeated++;
    }
    if (w->overtaken > 0 && --w->overtaken == 0)
        let_go(w);
}

static int open_interface(const char *name)
{
    struct sockaddr_ll at = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ALL),
        .sll_ifindex = (int)if_nametoindex(name),
    };
    int fd = socket(AF_PACKET, SOCK_RAW, 0), room = QUEUE_BYTES;

    if (fd < 0 || at.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        perror(name);
        exit(2);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    return fd;
}

static void run(struct way ways[2])
{
    while (!ending) {
        struct pollfd fds[2] = {{ways[0].from, POLLIN, 0}, {ways[1].from, POLLIN, 0}};
        int n = poll(fds, 2, HELD_MS);

        for (int i = 0; i < 2; i++) {
            if (n > 0 && (fds[i].revents & POLLIN))
                take(&ways[i]);
            else if (n == 0 && ways[i].overtaken > 0)
                let_go(&ways[i]);
        }
    }
}

int main(int argc, char **argv)
{
    static struct way ways[2];
    struct sigaction end = {.sa_handler = on_signal};

    if (argc != 8) {
        fputs("usage: relay IF IF LOSS OVERTAKE REPEAT FRAGMENT SEED\n", stderr);
        return 2;
    }
    relay.loss = (unsigned)atoi(argv[3]);
    relay.overtake = (unsigned)atoi(argv[4]);
    relay.repeat = (unsigned)atoi(argv[5]);
    relay.fragment = (unsigned)atoi(argv[6]);
    relay.chance = (uint64_t)atoll(argv[7]) * 2 + 1;
    sigaction(SIGTERM, &end, NULL);
    ways[0].from = ways[1].to = open_interface(argv[1]);
    ways[0].to = ways[1].from = open_interface(argv[2]);
    run(ways);
    printf("{\"frames\": %lu, \"lost\": %lu, \"overtaken\": %lu, \"repeated\": %lu, "
           "\"fragments\": %lu}\n",
           relay.frames, relay.lost, relay.overtaken, relay.repeated, relay.fragments);
    return 0;
}
