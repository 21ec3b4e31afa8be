/* SPDX-License-Identifier: Apache-2.0
 *
 * A tap: the kernel puts frames into blocks of memory that we share with it, and wakes us when a
 * block is full or has waited long enough. Nothing is copied; a block goes back when the verdicts
 * of its frames are made. There is nothing that could send.
 */
#include "capture/afpacket.h"

#include "base/hash.h"
#include "capture/netns.h"
#include "capture/packet_socket.h"
#include "capture/vlan_tag.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 512 << 10, /* seven frames of the largest that offloads make; any page size */
    BLOCKS = 8,
    BLOCKS_LEAST = 2,  /* where the kernel has less memory */
    SLOT_BYTES = 2048, /* the kernel wants it to divide a block, and uses it for nothing */
    WAIT_MS = 20,      /* longest that a frame waits for its block to fill. The kernel looks at
                          each ring so often, also when nothing comes */
};

_Static_assert(sizeof(struct tpacket3_hdr) % TPACKET_ALIGNMENT == 0, "an address follows it");

struct tap_ring {
    struct capture capture; /* first */
    struct packet_socket socket;
    uint8_t *memory;
    unsigned blocks;
    unsigned oldest; /* the first block that is ours */
    unsigned ours;   /* how many are */
    uint32_t left;   /* frames of the last of them that were not given out */
    uint32_t at;     /* where in it the next stands */
    unsigned since_dry;
    uint64_t token;
};

static struct tpacket_block_desc *block_of(const struct tap_ring *r, unsigned number)
{
    void *block = r->memory + (size_t)(number % r->blocks) * BLOCK_BYTES;

    return block;
}

static uint32_t block_status(struct tpacket_block_desc *block)
{
    return __atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

/* ---- receiving ---- */

/* Blocks whose frames have all been decided. */
static void give_back(struct tap_ring *r)
{
    while (r->ours > (r->left > 0 ? 1 : 0)) {
        __atomic_store_n(&block_of(r, r->oldest)->hdr.bh1.block_status, TP_STATUS_KERNEL,
                         __ATOMIC_RELEASE);
        r->oldest = (r->oldest + 1) % r->blocks;
        r->ours--;
    }
}

static void count_losses(struct tap_ring *r)
{
    capture_count(&r->capture.counts.lost, packet_socket_losses(r->capture.fd));
}

/* The next block the kernel has filled becomes ours. */
static bool next_block(struct tap_ring *r)
{
    struct tpacket_block_desc *block;
    uint32_t status;

    if (r->ours == r->blocks)
        return false;
    block = block_of(r, r->oldest + r->ours);
    status = block_status(block);
    if (!(status & TP_STATUS_USER)) {
        /* It has been full, perhaps: with no more frames nobody else would tell us. */
        if (r->since_dry >= r->blocks / 2)
            count_losses(r);
        r->since_dry = 0;
        return false;
    }
    r->ours++;
    r->since_dry++;
    r->left = block->hdr.bh1.num_pkts;
    r->at = block->hdr.bh1.offset_to_first_pkt;
    if (status & TP_STATUS_LOSING)
        count_losses(r);
    return true;
}

static const struct tpacket3_hdr *next_header(struct tap_ring *r)
{
    const uint8_t *block = (const uint8_t *)block_of(r, r->oldest + r->ours - 1);
    const void *header = block + r->at;

    r->left--;
    r->at += ((const struct tpacket3_hdr *)header)->tp_next_offset;
    return header;
}

/* A loopback interface shows every packet as it leaves and as it comes: once is enough. */
static bool is_own_copy(const struct tap_ring *r, const struct tpacket3_hdr *h)
{
    const void *behind = h + 1; /* its size is one that the kernel need not round up */
    struct sockaddr_ll from;

    if (!r->socket.loopback)
        return false;
    memcpy(&from, behind, sizeof from);
    return from.sll_pkttype == PACKET_OUTGOING;
}

static void read_frame(struct tap_ring *r, const struct tpacket3_hdr *h, struct frame *f)
{
    *f = (struct frame){
        .bytes = (const uint8_t *)h + h->tp_mac,
        .captured = h->tp_snaplen,
        .length = h->tp_len,
        .link = LINK_ETHERNET,
        .gso = true,
        .token = ++r->token & CAPTURE_TOKENS,
    };
    if (h->tp_status & TP_STATUS_CSUMNOTREADY)
        f->checksum = CSUM_PARTIAL;
    else if (h->tp_status & TP_STATUS_CSUM_VALID)
        f->checksum = CSUM_VALID;
    if (h->tp_status & TP_STATUS_VLAN_VALID)
        vlan_tag_restore(f, h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid : 0,
                         (uint16_t)h->hv1.tp_vlan_tci);
}

static int tap_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct tap_ring *r = (struct tap_ring *)c;
    int count = 0;

    while ((size_t)count < n && (r->left > 0 || next_block(r))) {
        const struct tpacket3_hdr *h = next_header(r);

        if (!is_own_copy(r, h))
            read_frame(r, h, &frames[count++]);
    }
    capture_count(&c->counts.received, (uint64_t)count);
    if (count > 0)
        return count;
    give_back(r); /* what was not for us */
    return packet_socket_failed(c->fd) ? -1 : 0;
}

static void tap_decide(struct capture *c, const struct frame *frames, size_t n)
{
    (void)frames;
    (void)n;
    give_back((struct tap_ring *)c);
}

/* ---- life ---- */

static void tap_free(struct capture *c)
{
    struct tap_ring *r = (struct tap_ring *)c;

    if (r->memory != NULL)
        munmap(r->memory, c->memory);
    if (c->fd >= 0)
        close(c->fd);
    free(r);
}

static bool tap_is_gone(const struct capture *c)
{
    return packet_socket_is_gone(c->fd);
}

static const struct capture_ops ops = {
    .kind = "tap",
    .receive = tap_receive,
    .decide = tap_decide,
    .is_gone = tap_is_gone,
    .free = tap_free,
    .late_ms = WAIT_MS,
    .closes_slowly = true,
};

static bool ring_ask(const struct tap_ring *r)
{
    struct tpacket_req3 request = {
        .tp_block_size = BLOCK_BYTES,
        .tp_block_nr = r->blocks,
        .tp_frame_size = SLOT_BYTES,
        .tp_frame_nr = r->blocks * (BLOCK_BYTES / SLOT_BYTES),
        .tp_retire_blk_tov = WAIT_MS,
    };

    return setsockopt(r->capture.fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) == 0;
}

/* As many blocks as the kernel can spare. */
static bool ring_make(struct tap_ring *r, const char *interface, struct err *err)
{
    int version = TPACKET_V3, room = VLAN_TAG_BYTES;
    void *memory;
    bool made;

    if (setsockopt(r->capture.fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0)
        return err_set(err, interface, "this kernel has no TPACKET_V3 rings (CONFIG_PACKET): %s",
                       strerror(errno));
    (void)setsockopt(r->capture.fd, SOL_PACKET, PACKET_RESERVE, &room, sizeof room);
    while (!(made = ring_ask(r)) && r->blocks / 2 >= BLOCKS_LEAST)
        r->blocks /= 2;
    if (!made)
        return err_set(err, interface, "the kernel has no memory for a ring of %d KiB: %s",
                       BLOCKS_LEAST * BLOCK_BYTES >> 10, strerror(errno));
    memory = mmap(NULL, (size_t)r->blocks * BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
                  r->capture.fd, 0);
    if (memory == MAP_FAILED)
        return err_set(err, interface, "its ring cannot be mapped: %s", strerror(errno));
    r->memory = memory;
    r->capture.memory = (size_t)r->blocks * BLOCK_BYTES;
    return true;
}

/* What is opened, and where. */
struct opening {
    struct tap_ring **rings;
    size_t count;
    const char *interface;
};

static bool open_ring(struct tap_ring *r, const char *interface, struct err *err)
{
    bool opened = packet_socket_open(&r->socket, interface, err);

    r->capture.fd = r->socket.fd;
    if (!opened)
        return false;
    if (r->socket.loopback) /* older kernels cannot: see is_own_copy() */
        packet_socket_ignore_own(&r->socket);
    return ring_make(r, interface, err) && packet_socket_bind(&r->socket, interface, err);
}

static bool open_inside(void *arg, struct err *err)
{
    const struct opening *o = arg;
    int fds[AFPACKET_SPREAD_MOST];
    struct hash_key key;

    for (size_t i = 0; i < o->count; i++) {
        if (!open_ring(o->rings[i], o->interface, err))
            return false;
        fds[i] = o->rings[i]->capture.fd;
    }
    hash_init(&key);
    if (o->count > 1 &&
        !packet_sockets_share(fds, o->count, SHARE_ROLLING, (uint32_t)hash_bytes(&key, "tap", 3)))
        return err_set(err, o->interface, "cannot be shared by %zu workers: %s", o->count,
                       strerror(errno));
    packet_sockets_hear(fds, o->count);
    return true;
}

static struct tap_ring *ring_new(size_t bytes)
{
    struct tap_ring *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    r->capture.ops = &ops;
    r->capture.fd = r->socket.fd = -1;
    r->blocks = bytes / BLOCK_BYTES > BLOCKS_LEAST ? (unsigned)(bytes / BLOCK_BYTES) : BLOCKS_LEAST;
    return r;
}

bool afpacket_tap_spread(const struct afpacket_place *at, struct capture **out, size_t n,
                         struct err *err)
{
    struct tap_ring *rings[AFPACKET_SPREAD_MOST];
    struct opening o = {rings, n, at->interface};
    bool whole = true;

    for (size_t i = 0; i < n; i++)
        whole &= (rings[i] = ring_new(at->ring)) != NULL;
    if (!whole)
        err_set(err, NULL, "no memory");
    else
        whole = netns_inside(at->netns, open_inside, &o, err);
    for (size_t i = 0; i < n; i++) {
        out[i] = whole ? &rings[i]->capture : NULL;
        if (!whole && rings[i] != NULL)
            tap_free(&rings[i]->capture);
    }
    return whole;
}

struct capture *afpacket_tap(const struct afpacket_place *at, struct err *err)
{
    struct capture *c;

    return afpacket_tap_spread(at, &c, 1, err) ? c : NULL;
}
