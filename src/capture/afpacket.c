/* SPDX-License-Identifier: Apache-2.0
 *
 * Inline ports. Frames come in a ring of slots that we share with the kernel (TPACKET_V2: it wakes
 * us for each, so that a packet on its own leaves at once), with what offloads have left to be done
 * in front of each (PACKET_VNET_HDR), and go out by the batch from where they are. What is larger
 * than a slot waits in the socket's queue besides, and is read from there.
 */
#include "capture/afpacket.h"

#include "base/hash.h"
#include "capture/held.h"
#include "capture/netns.h"
#include "capture/packet_socket.h"
#include "capture/vlan_tag.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FRAME_BYTES = 1 << 16, /* the largest that offloads make */
    OFFLOAD_BYTES = sizeof(struct virtio_net_hdr),
    HEADROOM = VLAN_TAG_BYTES + OFFLOAD_BYTES,
    LARGE_BYTES = FRAME_BYTES + 64, /* and a cache line between them */
    SLOT_BYTES = 2048,              /* a frame of 1,900 bytes and what the kernel says about it */
    BLOCK_BYTES = 64 << 10,         /* the largest page of any processor */
    SLOTS_LEAST = 512,
    QUEUE_BYTES = 16 << 20, /* of the socket, for what is larger */
    INJECT_MOST = 2048,
};

_Static_assert(sizeof(struct tpacket2_hdr) % TPACKET_ALIGNMENT == 0, "an address follows it");

enum role { ROLE_SERVICE, ROLE_PAIR };

/* There stands before each frame what is left to be done to it: segments to be
 * made, a checksum to be computed. A frame goes out with what it came in with. */
struct afpacket {
    struct capture capture; /* first */
    enum role role;
    _Atomic bool quarantine;
    uint8_t mac[6];         /* of the workload of a pair */
    struct afpacket *inner; /* of a pair: the side where its workload is */
    struct afpacket *other; /* of a pair, freed with it; a service port's own */
    _Atomic unsigned freed; /* of a pair's inner side: how many of both */
    uint8_t *ring;
    unsigned slots, first, taken; /* the first that is ours, and how many are */
    uint8_t *large;               /* room for a batch of frames from the queue */
    uint64_t token;               /* given out last */
    struct mmsghdr out[ENGINE_BATCH];
    struct iovec out_pieces[ENGINE_BATCH];
    struct held held;
};

/* ---- sending ---- */

/* A frame and what stands before it. Not sent: the queue is full, or it is larger than the
 * interface takes. */
static void send_one(struct afpacket *from, const struct afpacket *to, const uint8_t *bytes,
                     size_t n)
{
    if (send(to->capture.fd, bytes, n, MSG_DONTWAIT) == (ssize_t)n)
        capture_count(&from->capture.counts.sent, 1);
    else
        capture_count(&from->capture.counts.not_sent, 1);
}

static void send_all(struct afpacket *from, const struct afpacket *to, size_t n)
{
    size_t at = 0;

    while (at < n) {
        int now = sendmmsg(to->capture.fd, from->out + at, (unsigned)(n - at), MSG_DONTWAIT);

        if (now > 0) {
            at += (size_t)now;
            capture_count(&from->capture.counts.sent, (uint64_t)now);
        } else if (errno != EINTR) {
            at++; /* this one cannot go */
            capture_count(&from->capture.counts.not_sent, 1);
        }
    }
}

/* Frames borrow our slots; here we may write. */
static uint8_t *own_bytes(const uint8_t *bytes)
{
    uint8_t *own;

    memcpy(&own, &bytes, sizeof own);
    return own;
}

static bool forwards(enum verdict verdict)
{
    return verdict == VERDICT_PASS || verdict == VERDICT_BYPASS;
}

static struct tpacket2_hdr *slot(const struct afpacket *p, unsigned number)
{
    void *at = p->ring + (size_t)(number % p->slots) * SLOT_BYTES;

    return at;
}

static void slots_give_back(struct afpacket *p)
{
    for (; p->taken > 0; p->taken--) {
        __atomic_store_n(&slot(p, p->first)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        p->first = (p->first + 1) % p->slots;
    }
}

static void afpacket_decide(struct capture *c, const struct frame *frames, size_t n)
{
    struct afpacket *p = (struct afpacket *)c;
    size_t out = 0;

    for (size_t i = 0; i < n; i++) {
        const struct frame *f = &frames[i];
        const uint8_t *bytes = f->bytes - OFFLOAD_BYTES;
        size_t bytes_n = f->captured + OFFLOAD_BYTES;

        if (f->verdict == VERDICT_HOLD) {
            if (held_put(&p->held, capture_token(f), bytes, bytes_n) == NULL)
                capture_count(&c->counts.not_sent, 1);
            continue;
        }
        if (!forwards(f->verdict))
            continue;
        p->out_pieces[out] = (struct iovec){own_bytes(bytes), bytes_n};
        p->out[out] =
            (struct mmsghdr){.msg_hdr = {.msg_iov = &p->out_pieces[out], .msg_iovlen = 1}};
        out++;
    }
    send_all(p, p->other, out);
    slots_give_back(p);
}

static void afpacket_release(struct capture *c, uint64_t token, enum verdict verdict)
{
    struct afpacket *p = (struct afpacket *)c;
    struct held_frame *f = held_take(&p->held, token);

    if (f != NULL && forwards(verdict))
        send_one(p, p->other, f->bytes, f->n);
    free(f);
}

/* Out of a pair towards the end it is for, whichever end has sent what it answers. */
static void afpacket_inject(struct capture *c, const uint8_t *bytes, size_t n)
{
    struct afpacket *p = (struct afpacket *)c, *to = p;
    uint8_t frame[OFFLOAD_BYTES + INJECT_MOST] = {0};

    if (n < ETH_HLEN || n > INJECT_MOST)
        return;
    if (p->role == ROLE_PAIR)
        to = memcmp(bytes, p->mac, 6) == 0 ? p->inner : p->inner->other;
    memcpy(frame + OFFLOAD_BYTES, bytes, n);
    send_one(p, to, frame, OFFLOAD_BYTES + n);
}

/* ---- receiving ---- */

/* What is left to be done to the frame begins behind the tag. */
static void put_tag(struct frame *f, uint16_t protocol, uint16_t tag)
{
    struct virtio_net_hdr todo;

    memcpy(&todo, f->bytes - OFFLOAD_BYTES, sizeof todo);
    if (!vlan_tag_restore(f, protocol, tag))
        return;
    if (todo.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        todo.csum_start = (uint16_t)(todo.csum_start + VLAN_TAG_BYTES);
    if (todo.gso_type != VIRTIO_NET_HDR_GSO_NONE)
        todo.hdr_len = (uint16_t)(todo.hdr_len + VLAN_TAG_BYTES);
    memcpy(own_bytes(f->bytes - OFFLOAD_BYTES), &todo, sizeof todo);
}

static void read_status(const struct tpacket2_hdr *h, struct frame *f)
{
    if (h->tp_status & TP_STATUS_CSUMNOTREADY)
        f->checksum = CSUM_PARTIAL;
    else if (h->tp_status & TP_STATUS_CSUM_VALID)
        f->checksum = CSUM_VALID;
    if (h->tp_status & TP_STATUS_VLAN_VALID)
        put_tag(f, h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : 0, h->tp_vlan_tci);
}

/* A pair looks at what its workload sends or gets. Frames to many pass as they are, everything else
 * stays here. */
static bool is_for_us(struct afpacket *p, const struct frame *f)
{
    if (f->captured < ETH_HLEN)
        return false;
    if (f->bytes[0] & 1) {
        send_one(p, p->other, f->bytes - OFFLOAD_BYTES, f->captured + OFFLOAD_BYTES);
        return false;
    }
    if (atomic_load_explicit(&p->quarantine, memory_order_relaxed))
        return false;
    return memcmp(f->bytes + 6, p->mac, 6) == 0 || memcmp(f->bytes, p->mac, 6) == 0;
}

static bool afpacket_is_gone(const struct capture *c)
{
    return packet_socket_is_gone(c->fd);
}

/* Older kernels show us what we send. */
static bool is_own_copy(const struct tpacket2_hdr *h)
{
    const void *behind = h + 1; /* its size is one that the kernel need not round up */
    struct sockaddr_ll from;

    memcpy(&from, behind, sizeof from);
    return from.sll_pkttype == PACKET_OUTGOING;
}

/* Where the frame is; its length in *n. NULL: the queue had no room for all of it. */
static const uint8_t *whole_frame(struct afpacket *p, const struct tpacket2_hdr *h, unsigned number,
                                  uint32_t *n)
{
    uint8_t *large = p->large + (size_t)number * LARGE_BYTES;
    ssize_t got;

    if (!(h->tp_status & TP_STATUS_COPY)) {
        *n = h->tp_snaplen;
        return h->tp_snaplen == h->tp_len ? (const uint8_t *)h + h->tp_mac : NULL;
    }
    got = recv(p->capture.fd, large + HEADROOM - OFFLOAD_BYTES, FRAME_BYTES + OFFLOAD_BYTES,
               MSG_DONTWAIT | MSG_TRUNC);
    if (got < OFFLOAD_BYTES || got > FRAME_BYTES + OFFLOAD_BYTES)
        return NULL;
    *n = (uint32_t)got - OFFLOAD_BYTES;
    return large + HEADROOM;
}

/* False: not to be inspected. */
static bool take_frame(struct afpacket *p, const struct tpacket2_hdr *h, unsigned number,
                       struct frame *f)
{
    uint32_t n = 0;
    const uint8_t *bytes = whole_frame(p, h, number, &n);

    if (bytes == NULL)
        capture_count(&p->capture.counts.lost, 1);
    if (bytes == NULL || is_own_copy(h))
        return false;
    *f = (struct frame){
        .bytes = bytes,
        .captured = n,
        .length = n,
        .link = LINK_ETHERNET,
        .gso = true,
        .token = ++p->token,
    };
    read_status(h, f);
    return p->role != ROLE_PAIR || is_for_us(p, f);
}

static int afpacket_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct afpacket *p = (struct afpacket *)c;
    bool losing = false;
    int kept = 0;

    while (p->taken < n && p->taken < p->slots) {
        const struct tpacket2_hdr *h = slot(p, p->first + p->taken);
        uint32_t status = __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE);

        if (!(status & TP_STATUS_USER))
            break;
        losing |= (status & TP_STATUS_LOSING) != 0;
        kept += take_frame(p, h, p->taken, &frames[kept]);
        p->taken++;
    }
    if (losing)
        capture_count(&c->counts.lost, packet_socket_losses(c->fd));
    capture_count(&c->counts.received, (uint64_t)kept);
    if (kept > 0)
        return kept;
    if (p->taken == 0 && packet_socket_failed(c->fd))
        return -1;
    slots_give_back(p);
    return 0;
}

/* ---- opening ---- */

static void afpacket_close(struct afpacket *p)
{
    held_fini(&p->held);
    if (p->ring != NULL)
        munmap(p->ring, p->capture.memory);
    if (p->large != NULL)
        munmap(p->large, (size_t)ENGINE_BATCH * LARGE_BYTES);
    if (p->capture.fd >= 0)
        close(p->capture.fd);
    free(p);
}

/* One of a pair may still be sent through: both go with the second. */
static void afpacket_free(struct capture *c)
{
    struct afpacket *p = (struct afpacket *)c;

    if (p->other == p) {
        afpacket_close(p);
        return;
    }
    if (atomic_fetch_add(&p->inner->freed, 1) == 0)
        return;
    afpacket_close(p->other);
    afpacket_close(p);
}

static const struct capture_ops ops = {
    .kind = "packet socket",
    .receive = afpacket_receive,
    .decide = afpacket_decide,
    .release = afpacket_release,
    .is_gone = afpacket_is_gone,
    .inject = afpacket_inject,
    .free = afpacket_free,
    .closes_slowly = true,
};

static bool ring_ask(const struct afpacket *p)
{
    struct tpacket_req request = {
        .tp_block_size = BLOCK_BYTES,
        .tp_block_nr = p->slots / (BLOCK_BYTES / SLOT_BYTES),
        .tp_frame_size = SLOT_BYTES,
        .tp_frame_nr = p->slots,
    };

    return setsockopt(p->capture.fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) == 0;
}

/* As large as the kernel can spare. */
static bool ring_make(struct afpacket *p, const char *interface, struct err *err)
{
    int version = TPACKET_V2, room = VLAN_TAG_BYTES, on = 1;
    void *ring;
    bool made;

    if (setsockopt(p->capture.fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0)
        return err_set(err, interface, "this kernel has no TPACKET_V2 rings: %s", strerror(errno));
    (void)setsockopt(p->capture.fd, SOL_PACKET, PACKET_RESERVE, &room, sizeof room);
    (void)setsockopt(p->capture.fd, SOL_PACKET, PACKET_COPY_THRESH, &on, sizeof on);
    while (!(made = ring_ask(p)) && p->slots / 2 >= SLOTS_LEAST)
        p->slots /= 2;
    if (!made)
        return err_set(err, interface, "the kernel has no memory for a ring of %d KiB: %s",
                       SLOTS_LEAST * SLOT_BYTES >> 10, strerror(errno));
    p->capture.memory = (size_t)p->slots * SLOT_BYTES;
    ring = mmap(NULL, p->capture.memory, PROT_READ | PROT_WRITE, MAP_SHARED, p->capture.fd, 0);
    if (ring == MAP_FAILED)
        return err_set(err, interface, "its ring cannot be mapped: %s", strerror(errno));
    p->ring = ring;
    return true;
}

static bool bind_to(struct afpacket *p, const char *interface, struct err *err)
{
    struct packet_socket s;
    int on = 1, room = QUEUE_BYTES;
    bool opened = packet_socket_open(&s, interface, err);

    p->capture.fd = s.fd;
    if (!opened)
        return false;
    if (setsockopt(s.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(s.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    packet_socket_ignore_own(&s);
    if (setsockopt(s.fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0)
        return err_set(err, interface, "this kernel cannot say what offloads left to be done: %s",
                       strerror(errno));
    return ring_make(p, interface, err) && packet_socket_bind(&s, interface, err);
}

/* Costs nothing until it is needed. */
static bool large_make(struct afpacket *p, struct err *err)
{
    void *large = mmap(NULL, (size_t)ENGINE_BATCH * LARGE_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (large == MAP_FAILED)
        return err_set(err, NULL, "no memory for a port's frames");
    p->large = large;
    return true;
}

/* What is opened, and where. */
struct opening {
    struct afpacket **ports;
    size_t count;
    const char *interface;
};

static bool open_inside(void *arg, struct err *err)
{
    const struct opening *o = arg;
    int fds[AFPACKET_SPREAD_MOST];
    struct hash_key key;

    for (size_t i = 0; i < o->count; i++) {
        if (!bind_to(o->ports[i], o->interface, err))
            return false;
        fds[i] = o->ports[i]->capture.fd;
    }
    hash_init(&key);
    /* What goes to another worker overtakes what waits for the first. */
    if (o->count > 1 &&
        !packet_sockets_share(fds, o->count, SHARE_STRICT, (uint32_t)hash_bytes(&key, "port", 4)))
        return err_set(err, o->interface, "cannot be shared by %zu workers: %s", o->count,
                       strerror(errno));
    packet_sockets_hear(fds, o->count);
    return true;
}

/* Whole blocks. */
static unsigned slots_of(size_t bytes)
{
    size_t slots = bytes / BLOCK_BYTES * (BLOCK_BYTES / SLOT_BYTES);

    return slots > SLOTS_LEAST ? (unsigned)slots : SLOTS_LEAST;
}

static struct afpacket *port_new(enum role role, size_t ring, struct err *err)
{
    struct afpacket *p = calloc(1, sizeof *p);

    if (p == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    p->capture.ops = &ops;
    p->capture.fd = -1;
    p->role = role;
    p->other = p;
    p->slots = slots_of(ring);
    if (large_make(p, err))
        return p;
    afpacket_free(&p->capture);
    return NULL;
}

/* Sockets of one interface, which share what comes. */
static bool open_ports(const struct afpacket_place *at, enum role role, struct afpacket **ports,
                       size_t n, struct err *err)
{
    struct opening o = {ports, n, at->interface};
    bool whole = true;

    for (size_t i = 0; i < n; i++)
        ports[i] = NULL;
    for (size_t i = 0; i < n && whole; i++)
        whole = (ports[i] = port_new(role, at->ring, err)) != NULL;
    if (whole && netns_inside(at->netns, open_inside, &o, err))
        return true;
    for (size_t i = 0; i < n; i++)
        if (ports[i] != NULL)
            afpacket_free(&ports[i]->capture);
    return false;
}

bool afpacket_service_spread(const struct afpacket_place *at, struct capture **out, size_t n,
                             struct err *err)
{
    struct afpacket *ports[AFPACKET_SPREAD_MOST];
    bool whole = open_ports(at, ROLE_SERVICE, ports, n, err);

    for (size_t i = 0; i < n; i++)
        out[i] = whole ? &ports[i]->capture : NULL;
    return whole;
}

struct capture *afpacket_service(const struct afpacket_place *at, struct err *err)
{
    struct capture *c;

    return afpacket_service_spread(at, &c, 1, err) ? c : NULL;
}

bool afpacket_pair(const struct afpacket_place *outer, const struct afpacket_place *inner,
                   const uint8_t mac[6], struct capture *both[2], struct err *err)
{
    struct afpacket *a, *b;

    if (!open_ports(outer, ROLE_PAIR, &a, 1, err))
        return false;
    if (!open_ports(inner, ROLE_PAIR, &b, 1, err)) {
        afpacket_free(&a->capture);
        return false;
    }
    memcpy(a->mac, mac, sizeof a->mac);
    memcpy(b->mac, mac, sizeof b->mac);
    a->other = b;
    b->other = a;
    a->inner = b->inner = b;
    both[0] = &a->capture;
    both[1] = &b->capture;
    return true;
}

void afpacket_quarantine(struct capture *c, enum quarantine q)
{
    struct afpacket *p = (struct afpacket *)c;

    atomic_store_explicit(&p->quarantine, q == QUARANTINE_ON, memory_order_relaxed);
}
