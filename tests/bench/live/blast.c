/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends frames out of an interface at a rate, past the queueing discipline, and counts exactly how
 * many have gone.
 *
 *   blast [--rate N] [--seconds N] IFACE pcap FILE          frames of a classic capture, in a
 * circle blast [--rate N] [--seconds N] IFACE udp FLOWS BYTES    UDP from so many sources, frames
 * so large
 *
 * Without --rate as fast as it can. UDP goes from 10.x.y.z:1024 and up to 198.18.0.1:9,
 * 02:00:00:00:00:01 to 02:00:00:00:00:05; the flows come in turn. A capture is sent with other
 * addresses each time round (IPv4, TCP and UDP, checksums put right), that its sessions are new
 * ones.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = 64,
    FRAME_BYTES = 1514,
    FILE_HEAD = 24,
    FRAME_HEAD = 16,
    PORTS = 60000, /* of a source address */
    SEND_BYTES = 8 << 20,
    NAP_NS = 50000,
};

struct udp_frame {
    struct ether_header ether;
    struct iphdr ip;
    struct udphdr udp;
    uint8_t payload[FRAME_BYTES - ETH_HLEN - 28];
} __attribute__((packed));

struct blast {
    int fd;
    double rate, seconds;
    uint64_t sent, bytes, refused;
    /* of a capture */
    const uint8_t *file;
    size_t file_bytes, at;
    uint16_t lap;
    uint8_t copies[BATCH][FRAME_BYTES];
    /* of UDP */
    uint32_t flows, flow;
    struct udp_frame frames[BATCH];
    struct mmsghdr messages[BATCH];
    struct iovec pieces[BATCH];
};

/* ---- what is sent ---- */

static uint16_t ip_checksum(const struct udp_frame *f)
{
    uint16_t words[sizeof f->ip / 2];
    uint32_t sum = 0;

    memcpy(words, (const uint8_t *)f + offsetof(struct udp_frame, ip), sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        sum += words[i];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

static void make_udp(struct blast *b, uint32_t flows, size_t bytes)
{
    static const struct udp_frame form = {
        .ether = {.ether_dhost = {2, 0, 0, 0, 0, 5}, .ether_shost = {2, 0, 0, 0, 0, 1}},
        .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP},
    };
    size_t least = offsetof(struct udp_frame, payload);

    b->flows = flows;
    for (size_t i = 0; i < BATCH; i++) {
        struct udp_frame *f = &b->frames[i];

        *f = form;
        f->ether.ether_type = htons(ETHERTYPE_IP);
        f->ip.tot_len = htons((uint16_t)(bytes - sizeof f->ether));
        f->ip.daddr = htonl(0xc6120001);
        f->udp.dest = htons(9);
        f->udp.len = htons((uint16_t)(bytes - least + sizeof f->udp));
        b->pieces[i] = (struct iovec){f, bytes};
    }
}

static void next_udp(struct blast *b, size_t i)
{
    struct udp_frame *f = &b->frames[i];

    f->ip.saddr = htonl(0x0a000001 + b->flow / PORTS);
    f->udp.source = htons((uint16_t)(1024 + b->flow % PORTS));
    f->ip.check = 0;
    f->ip.check = ip_checksum(f);
    b->flow = (b->flow + 1) % b->flows;
}

static void read_file(struct blast *b, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    void *bytes;
    uint32_t magic;

    if (fd < 0 || fstat(fd, &about) != 0)
        peer_die("cannot be read", path);
    b->file_bytes = (size_t)about.st_size;
    bytes = mmap(NULL, b->file_bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (bytes == MAP_FAILED)
        peer_die("cannot be read", path);
    close(fd);
    b->file = bytes;
    b->at = FILE_HEAD;
    memcpy(&magic, b->file, b->file_bytes < FILE_HEAD ? 0 : sizeof magic);
    if (b->file_bytes < FILE_HEAD + FRAME_HEAD || (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d)) {
        fprintf(stderr, "%s: is no classic capture of this byte order\n", path);
        exit(2);
    }
}

/* One 16-bit word of what a checksum covers is another. */
static void put_word(uint8_t *word, uint16_t value, uint8_t *sums[2])
{
    uint16_t old, sum;

    memcpy(&old, word, sizeof old);
    memcpy(word, &value, sizeof value);
    for (int i = 0; i < 2 && sums[i] != NULL; i++) {
        uint32_t total;

        memcpy(&sum, sums[i], sizeof sum);
        total = (uint16_t)~sum + (uint16_t)~old + (uint32_t)value;
        total = (total & 0xffff) + (total >> 16);
        sum = (uint16_t) ~(total + (total >> 16));
        memcpy(sums[i], &sum, sizeof sum);
    }
}

/* The upper half of both addresses is moved on by the number of the lap. */
static void move_addresses(const struct blast *b, uint8_t *frame, size_t n)
{
    uint8_t *ip = frame + ETH_HLEN, *sums[2] = {ip + 10, NULL};
    size_t head = (size_t)(ip[0] & 15) * 4;

    if (n < ETH_HLEN + 40 || frame[12] != 8 || frame[13] != 0 || n < ETH_HLEN + head + 20)
        return;
    if (ip[9] == IPPROTO_TCP)
        sums[1] = ip + head + 16;
    else if (ip[9] == IPPROTO_UDP && (ip[head + 6] | ip[head + 7]) != 0)
        sums[1] = ip + head + 6;
    for (size_t at = 12; at <= 16; at += 4) {
        uint16_t word;

        memcpy(&word, ip + at, sizeof word);
        put_word(ip + at, htons((uint16_t)(ntohs(word) + b->lap)), sums);
    }
}

static void next_of_file(struct blast *b, size_t i)
{
    uint32_t n;

    if (b->file_bytes - b->at < FRAME_HEAD) {
        b->at = FILE_HEAD;
        b->lap++;
    }
    memcpy(&n, b->file + b->at + 8, sizeof n);
    if (n > b->file_bytes - b->at - FRAME_HEAD || n > FRAME_BYTES) {
        fputs("the capture is cut short, or a frame is too large\n", stderr);
        exit(2);
    }
    memcpy(b->copies[i], b->file + b->at + FRAME_HEAD, n);
    if (b->lap > 0)
        move_addresses(b, b->copies[i], n);
    b->pieces[i] = (struct iovec){b->copies[i], n};
    b->at += FRAME_HEAD + n;
}

/* ---- sending ---- */

/* Waits until frames are due and tells how many. */
static size_t due(const struct blast *b, double begin)
{
    for (;;) {
        double want = (peer_now() - begin) * b->rate - (double)(b->sent + b->refused);

        if (b->rate == 0 || want >= BATCH)
            return BATCH;
        if (want >= 1)
            return (size_t)want;
        if (1 - want > b->rate * 2 * NAP_NS / 1e9)
            nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
}

static void send_batch(struct blast *b, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (b->file != NULL)
            next_of_file(b, i);
        else
            next_udp(b, i);
    }
    while (at < n) {
        int now = sendmmsg(b->fd, b->messages + at, (unsigned)(n - at), 0);

        for (int k = 0; k < now; k++)
            b->bytes += b->pieces[at + (size_t)k].iov_len;
        if (now > 0) {
            b->sent += (uint64_t)now;
            at += (size_t)now;
        } else if (errno != EINTR) {
            b->refused++;
            at++;
        }
    }
}

static void open_socket(struct blast *b, const char *interface)
{
    int room = SEND_BYTES;

    b->fd = packet_open(RING_NONE);
    (void)setsockopt(b->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    packet_bind(b->fd, interface, 0);
    for (size_t i = 0; i < BATCH; i++)
        b->messages[i].msg_hdr = (struct msghdr){.msg_iov = &b->pieces[i], .msg_iovlen = 1};
}

static void run(struct blast *b)
{
    double begin = peer_now(), took;

    while (peer_now() - begin < b->seconds && !peer_stop_asked())
        send_batch(b, due(b, begin));
    took = peer_now() - begin;
    printf("{\"frames\": %llu, \"bytes\": %llu, \"refused\": %llu, \"seconds\": %.6f, "
           "\"rate\": %.0f, \"cpu\": %.3f}\n",
           (unsigned long long)b->sent, (unsigned long long)b->bytes,
           (unsigned long long)b->refused, took, (double)b->sent / took, peer_cpu());
}

static void __attribute__((noreturn)) usage(void)
{
    fputs("usage: blast [--rate N] [--seconds N] IFACE pcap FILE | IFACE udp FLOWS BYTES\n",
          stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    struct blast *b = calloc(1, sizeof *b);
    int i = 1;

    if (b == NULL)
        peer_die("no memory", "blast");
    b->seconds = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--rate") == 0)
            b->rate = peer_number(peer_value(argv, &i));
        else if (strcmp(argv[i], "--seconds") == 0)
            b->seconds = peer_number(peer_value(argv, &i));
        else
            usage();
    }
    if (argc - i == 3 && strcmp(argv[i + 1], "pcap") == 0) {
        read_file(b, argv[i + 2]);
    } else if (argc - i == 4 && strcmp(argv[i + 1], "udp") == 0) {
        double flows = peer_number(argv[i + 2]), bytes = peer_number(argv[i + 3]);

        if (flows < 1 || flows > 1e9 || bytes < 60 || bytes > FRAME_BYTES)
            usage();
        make_udp(b, (uint32_t)flows, (size_t)bytes);
    } else {
        usage();
    }
    peer_stop_init();
    open_socket(b, argv[i]);
    run(b);
    free(b);
    return 0;
}
