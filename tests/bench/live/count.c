/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts the frames that come to an interface, out of a ring of blocks, and those that the kernel
 * had no room for: the rate that any listener can reach.
 *
 *   count [--touch] [--write FILE] [--most N] IFACE      until SIGINT or SIGTERM
 *
 *   --touch        read a byte of every cache line
 *   --write FILE   write the frames down, as a classic capture
 *   --most N       write so many and no more
 */
#include "peer.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
    BLOCK_BYTES = 1 << 20,
    BLOCKS = 64,
    FRAME_BYTES = 2048, /* smallest share of a block; frames may be larger */
    WAIT_MS = 4,        /* a block that is not full is handed over after so long */
    SLEEP_MS = 100,
    TURNS = 64, /* blocks between two looks whether to end */
    LINE_BYTES = 64,
};

struct counter {
    int fd;
    uint8_t *ring;
    unsigned at;
    bool touch;
    FILE *file; /* NULL: not written */
    uint64_t most;
    uint64_t frames, bytes;
    uint64_t touched; /* sum of what was read, that it must be read */
};

static void open_ring(struct counter *c, const char *interface)
{
    const struct tpacket_req3 ring = {.tp_block_size = BLOCK_BYTES,
                                      .tp_block_nr = BLOCKS,
                                      .tp_frame_size = FRAME_BYTES,
                                      .tp_frame_nr = BLOCKS * (BLOCK_BYTES / FRAME_BYTES),
                                      .tp_retire_blk_tov = WAIT_MS};
    void *blocks;

    c->fd = packet_open(RING_BLOCKS);
    if (setsockopt(c->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) != 0)
        peer_die("no ring", interface);
    blocks = mmap(NULL, (size_t)BLOCKS * BLOCK_BYTES, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_POPULATE, c->fd, 0);
    if (blocks == MAP_FAILED)
        peer_die("no ring", interface);
    c->ring = blocks;
    packet_bind(c->fd, interface, ETH_P_ALL);
}

/* ---- the capture ---- */

struct file_head {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, most, link;
};

struct frame_head {
    uint32_t seconds, nanoseconds, captured, length;
};

static void open_file(struct counter *c, const char *path)
{
    const struct file_head head = {.magic = 0xa1b23c4d, /* nanoseconds */
                                   .major = 2,
                                   .minor = 4,
                                   .most = 1 << 18,
                                   .link = 1};

    c->file = fopen(path, "wb");
    if (c->file == NULL || fwrite(&head, sizeof head, 1, c->file) != 1)
        peer_die("cannot be written", path);
}

static void write_frame(FILE *file, const struct tpacket3_hdr *f)
{
    const struct frame_head head = {.seconds = f->tp_sec,
                                    .nanoseconds = f->tp_nsec,
                                    .captured = f->tp_snaplen,
                                    .length = f->tp_len};

    if (fwrite(&head, sizeof head, 1, file) != 1 ||
        fwrite((const uint8_t *)f + f->tp_mac, 1, f->tp_snaplen, file) != f->tp_snaplen)
        peer_die("cannot be written", "the capture");
}

/* ---- counting ---- */

static void count_block(struct counter *c, const uint8_t *block, const struct tpacket_hdr_v1 *head)
{
    const uint8_t *at = block + head->offset_to_first_pkt;

    for (uint32_t i = 0; i < head->num_pkts; i++) {
        const struct tpacket3_hdr *f = (const struct tpacket3_hdr *)(const void *)at;

        c->frames++;
        c->bytes += f->tp_len;
        if (c->touch)
            for (uint32_t k = 0; k < f->tp_snaplen; k += LINE_BYTES)
                c->touched += at[f->tp_mac + k];
        if (c->file != NULL && c->frames <= c->most)
            write_frame(c->file, f);
        at += f->tp_next_offset;
    }
}

/* False: nothing came for a while. */
static bool turn(struct counter *c)
{
    uint8_t *block = c->ring + (size_t)c->at * BLOCK_BYTES;
    struct tpacket_hdr_v1 *head = &((struct tpacket_block_desc *)(void *)block)->hdr.bh1;
    struct pollfd p = {.fd = c->fd, .events = POLLIN};

    if (!(__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
        return poll(&p, 1, SLEEP_MS) > 0;
    count_block(c, block, head);
    __atomic_store_n(&head->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    c->at = (c->at + 1) % BLOCKS;
    return true;
}

static void run(struct counter *c)
{
    while (!peer_stop_asked())
        for (int i = 0; i < TURNS && turn(c);)
            i++;
    while (turn(c)) /* what has come before the end was asked for */
        ;
}

int main(int argc, char **argv)
{
    struct counter c = {.most = UINT64_MAX};
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--touch") == 0)
            c.touch = true;
        else if (strcmp(argv[i], "--write") == 0)
            open_file(&c, peer_value(argv, &i));
        else if (strcmp(argv[i], "--most") == 0)
            c.most = (uint64_t)peer_number(peer_value(argv, &i));
        else
            break;
    }
    if (i + 1 != argc) {
        fputs("usage: count [--touch] [--write FILE] [--most N] IFACE\n", stderr);
        return 2;
    }
    peer_stop_init();
    open_ring(&c, argv[i]);
    peer_ready();
    run(&c);
    if (c.file != NULL && fclose(c.file) != 0)
        peer_die("cannot be written", "the capture");
    printf("{\"frames\": %llu, \"bytes\": %llu, \"drops\": %llu, \"cpu\": %.3f, \"sum\": %llu}\n",
           (unsigned long long)c.frames, (unsigned long long)c.bytes,
           (unsigned long long)packet_drops(c.fd, RING_BLOCKS), peer_cpu(),
           (unsigned long long)c.touched);
    return 0;
}
