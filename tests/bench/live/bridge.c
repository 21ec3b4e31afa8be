/* SPDX-License-Identifier: Apache-2.0
 *
 * Forwards every frame between two interfaces: out of the one's receive ring into the other's send
 * ring, in one thread, without looking at it. What any inspector between two interfaces can reach.
 *
 *   bridge IFACE IFACE      until SIGINT or SIGTERM
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
    SLOT_BYTES = 2048,
    SLOTS = 4096,
    BLOCK_BYTES = 1 << 16,
    BATCH = 256, /* frames between two calls that send them */
    TURNS = 64,  /* batches between two looks whether to end */
    SLEEP_MS = 100,
    SENT_AT = sizeof(struct tpacket2_hdr), /* where the kernel looks for a frame */
};

_Static_assert(SENT_AT % TPACKET_ALIGNMENT == 0, "the kernel rounds it up");

/* One interface: a ring of frames that have come, behind it one of frames to be sent. */
struct side {
    int fd;
    uint8_t *in, *out;
    unsigned in_at, out_at;
};

struct bridge {
    struct side sides[2];
    uint64_t frames, bytes;
    uint64_t stalls; /* the send ring was full */
};

static struct tpacket2_hdr *slot(uint8_t *ring, unsigned at)
{
    return (struct tpacket2_hdr *)(void *)(ring + (size_t)at * SLOT_BYTES);
}

static uint32_t status_of(struct tpacket2_hdr *h)
{
    return __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE);
}

static void hand_over(struct tpacket2_hdr *h, uint32_t status)
{
    __atomic_store_n(&h->tp_status, status, __ATOMIC_RELEASE);
}

static void open_side(struct side *s, const char *interface)
{
    const struct tpacket_req ring = {.tp_block_size = BLOCK_BYTES,
                                     .tp_block_nr = SLOTS * SLOT_BYTES / BLOCK_BYTES,
                                     .tp_frame_size = SLOT_BYTES,
                                     .tp_frame_nr = SLOTS};
    void *rings;

    s->fd = packet_open(RING_FRAMES);
    packet_set(s->fd, PACKET_LOSS, 1); /* a frame that cannot go is dropped, as a wire does */
    packet_set(s->fd, PACKET_IGNORE_OUTGOING, 1);
    if (setsockopt(s->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) != 0 ||
        setsockopt(s->fd, SOL_PACKET, PACKET_TX_RING, &ring, sizeof ring) != 0)
        peer_die("no rings", interface);
    rings = mmap(NULL, (size_t)2 * SLOTS * SLOT_BYTES, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_POPULATE, s->fd, 0);
    if (rings == MAP_FAILED)
        peer_die("no rings", interface);
    s->in = rings;
    s->out = s->in + (size_t)SLOTS * SLOT_BYTES;
    packet_bind(s->fd, interface, ETH_P_ALL);
}

/* One frame; false: none there, or no room for it. */
static bool move(struct bridge *b, struct side *from, struct side *to)
{
    struct tpacket2_hdr *got = slot(from->in, from->in_at), *put = slot(to->out, to->out_at);
    uint32_t room;

    if (!(status_of(got) & TP_STATUS_USER))
        return false;
    room = status_of(put);
    if (room != TP_STATUS_AVAILABLE && room != TP_STATUS_WRONG_FORMAT) {
        b->stalls++;
        return false;
    }
    memcpy((uint8_t *)put + SENT_AT, (const uint8_t *)got + got->tp_mac, got->tp_snaplen);
    put->tp_len = got->tp_snaplen;
    b->frames++;
    b->bytes += got->tp_snaplen;
    hand_over(put, TP_STATUS_SEND_REQUEST);
    hand_over(got, TP_STATUS_KERNEL);
    from->in_at = (from->in_at + 1) % SLOTS;
    to->out_at = (to->out_at + 1) % SLOTS;
    return true;
}

static bool pump(struct bridge *b, struct side *from, struct side *to)
{
    unsigned n = 0;

    while (n < BATCH && move(b, from, to))
        n++;
    if (n > 0)
        (void)send(to->fd, NULL, 0, MSG_DONTWAIT);
    return n > 0;
}

/* False: nothing came for a while. */
static bool turn(struct bridge *b)
{
    struct side *left = &b->sides[0], *right = &b->sides[1];
    struct pollfd both[2] = {{.fd = left->fd, .events = POLLIN},
                             {.fd = right->fd, .events = POLLIN}};
    bool busy = pump(b, left, right);

    busy |= pump(b, right, left);
    return busy || poll(both, 2, SLEEP_MS) > 0;
}

int main(int argc, char **argv)
{
    struct bridge b = {0};
    uint64_t drops = 0;

    if (argc != 3) {
        fputs("usage: bridge IFACE IFACE\n", stderr);
        return 2;
    }
    peer_stop_init();
    for (int i = 0; i < 2; i++)
        open_side(&b.sides[i], argv[i + 1]);
    peer_ready();
    while (!peer_stop_asked())
        for (int i = 0; i < TURNS && turn(&b);)
            i++;
    for (int i = 0; i < 2; i++)
        drops += packet_drops(b.sides[i].fd, RING_FRAMES);
    printf(
        "{\"frames\": %llu, \"bytes\": %llu, \"drops\": %llu, \"stalls\": %llu, \"cpu\": %.3f}\n",
        (unsigned long long)b.frames, (unsigned long long)b.bytes, (unsigned long long)drops,
        (unsigned long long)b.stalls, peer_cpu());
    return 0;
}
