/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/afpacket.h"

#include "capture/held.h"
#include "capture/netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FRAME_BYTES = 1 << 16, /* the largest that offloads make */
    TAG_BYTES = 4,         /* a VLAN tag that the card has taken off */
    OFFLOAD_BYTES = sizeof(struct virtio_net_hdr),
    HEADROOM = TAG_BYTES + OFFLOAD_BYTES,
    SLOT_BYTES = FRAME_BYTES + 64, /* and a cache line between them */
    TAP_BYTES = 4 << 20,           /* queue of the socket */
    INLINE_BYTES = 16 << 20,
    CONTROL_BYTES = 64,
    INJECT_MOST = 2048,
};

enum role { ROLE_TAP, ROLE_SERVICE, ROLE_PAIR };

/* On an inline socket there stands before each frame what is left to be done to it: segments to be
 * made, a checksum to be computed. A frame goes out with what it came in with. */
struct afpacket {
    struct capture capture; /* first */
    enum role role;
    bool loopback;
    _Atomic bool quarantine;
    uint8_t mac[6];         /* of the workload of a pair */
    struct afpacket *inner; /* of a pair: the side where its workload is */
    struct afpacket *other; /* of a pair, freed with it; a service port's own */
    bool freed;
    uint8_t *slots;
    size_t slots_bytes;
    uint64_t token; /* given out last */
    struct mmsghdr messages[ENGINE_BATCH];
    struct iovec pieces[ENGINE_BATCH];
    struct sockaddr_ll from[ENGINE_BATCH];
    uint8_t control[ENGINE_BATCH][CONTROL_BYTES] __attribute__((aligned(8)));
    struct mmsghdr out[ENGINE_BATCH];
    struct iovec out_pieces[ENGINE_BATCH];
    struct held held;
};

static bool is_inline(const struct afpacket *p)
{
    return p->role != ROLE_TAP;
}

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

static void afpacket_decide(struct capture *c, const struct frame *frames, size_t n)
{
    struct afpacket *p = (struct afpacket *)c;
    size_t out = 0;

    if (!is_inline(p))
        return;
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

    if (!is_inline(p) || n < ETH_HLEN || n > INJECT_MOST)
        return;
    if (p->role == ROLE_PAIR)
        to = memcmp(bytes, p->mac, 6) == 0 ? p->inner : p->inner->other;
    memcpy(frame + OFFLOAD_BYTES, bytes, n);
    send_one(p, to, frame, OFFLOAD_BYTES + n);
}

/* ---- receiving ---- */

/* The card has taken the tag off: it stands in front of the type again, and what is left to be done
 * begins behind it. */
static void put_tag(const struct afpacket *p, struct frame *f, uint16_t protocol, uint16_t tag)
{
    uint8_t *old = own_bytes(f->bytes), *bytes = old - TAG_BYTES;
    uint16_t words[2] = {htons(protocol), htons(tag)};
    struct virtio_net_hdr todo;

    if (is_inline(p)) {
        memcpy(&todo, old - OFFLOAD_BYTES, sizeof todo);
        if (todo.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
            todo.csum_start = (uint16_t)(todo.csum_start + TAG_BYTES);
        if (todo.gso_type != VIRTIO_NET_HDR_GSO_NONE)
            todo.hdr_len = (uint16_t)(todo.hdr_len + TAG_BYTES);
        memcpy(bytes - OFFLOAD_BYTES, &todo, sizeof todo);
    }
    memmove(bytes, old, 12);
    memcpy(bytes + 12, words, sizeof words);
    f->bytes = bytes;
    f->captured += TAG_BYTES;
    f->length += TAG_BYTES;
}

static void read_status(const struct afpacket *p, struct msghdr *m, struct frame *f)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
        struct tpacket_auxdata aux;

        if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
            continue;
        memcpy(&aux, CMSG_DATA(c), sizeof aux);
        if (aux.tp_status & TP_STATUS_CSUMNOTREADY)
            f->checksum = CSUM_PARTIAL;
        else if (aux.tp_status & TP_STATUS_CSUM_VALID)
            f->checksum = CSUM_VALID;
        if ((aux.tp_status & TP_STATUS_VLAN_VALID) && f->captured >= 12)
            put_tag(p, f,
                    aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : ETHERTYPE_VLAN,
                    aux.tp_vlan_tci);
    }
}

/* A loopback interface shows every packet twice, and an inline port must not see what it sends. */
static bool is_own_copy(const struct afpacket *p, const struct sockaddr_ll *from)
{
    return from->sll_pkttype == PACKET_OUTGOING && (p->loopback || is_inline(p));
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

/* The kernel has changed what recvmmsg() was given. */
static void messages_reset(struct afpacket *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p->messages[i].msg_hdr.msg_namelen = sizeof p->from[i];
        p->messages[i].msg_hdr.msg_controllen = CONTROL_BYTES;
    }
}

static void count_losses(struct afpacket *p)
{
    struct tpacket_stats stats;
    socklen_t size = sizeof stats;

    if (getsockopt(p->capture.fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
        capture_count(&p->capture.counts.lost, stats.tp_drops);
}

/* The kernel takes the number off a socket whose interface is removed. One that is only down may
 * come up again. */
static bool afpacket_is_gone(const struct capture *c)
{
    struct sockaddr_ll at = {.sll_ifindex = 0};
    socklen_t size = sizeof at;

    return getsockname(c->fd, (struct sockaddr *)&at, &size) != 0 || at.sll_ifindex <= 0;
}

static int no_frames(const struct afpacket *p)
{
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
        return 0;
    if (errno == ENETDOWN && !afpacket_is_gone(&p->capture))
        return 0;
    return -1;
}

/* False: not to be inspected. */
static bool take_frame(struct afpacket *p, size_t i, struct frame *f)
{
    uint32_t before = is_inline(p) ? OFFLOAD_BYTES : 0;
    uint32_t length = p->messages[i].msg_len;

    if (is_own_copy(p, &p->from[i]) || length < before)
        return false;
    length -= before;
    *f = (struct frame){
        .bytes = p->slots + i * SLOT_BYTES + HEADROOM,
        .captured = length < FRAME_BYTES ? length : FRAME_BYTES,
        .length = length,
        .link = LINK_ETHERNET,
        .gso = true,
        .token = ++p->token,
    };
    read_status(p, &p->messages[i].msg_hdr, f);
    return p->role != ROLE_PAIR || is_for_us(p, f);
}

static int afpacket_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct afpacket *p = (struct afpacket *)c;
    int got, kept = 0;

    messages_reset(p, n);
    got = recvmmsg(c->fd, p->messages, (unsigned)n, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (got <= 0)
        return got < 0 ? no_frames(p) : 0;
    for (int i = 0; i < got; i++)
        kept += take_frame(p, (size_t)i, &frames[kept]);
    capture_count(&c->counts.received, (uint64_t)kept);
    if (got == (int)n)
        count_losses(p);
    return kept;
}

/* ---- opening ---- */

static void afpacket_close(struct afpacket *p)
{
    held_fini(&p->held);
    if (p->slots != NULL)
        munmap(p->slots, p->slots_bytes);
    if (p->capture.fd >= 0)
        close(p->capture.fd);
    free(p);
}

/* One of a pair may still be sent through: both go with the second. */
static void afpacket_free(struct capture *c)
{
    struct afpacket *p = (struct afpacket *)c;

    p->freed = true;
    if (!p->other->freed)
        return;
    if (p->other != p)
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
};

/* Bound to exactly this interface: index 0 would be all of them. */
static bool bind_to(struct afpacket *p, const char *interface, struct err *err)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct ifreq request = {0};
    int on = 1, room = is_inline(p) ? INLINE_BYTES : TAP_BYTES;

    p->capture.fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->capture.fd < 0)
        return err_set(err, interface, "cannot be listened to (%s): CAP_NET_RAW is needed",
                       strerror(errno));
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    if (ioctl(p->capture.fd, SIOCGIFINDEX, &request) != 0 || request.ifr_ifindex <= 0)
        return err_set(err, interface, "is no interface there: %s", strerror(errno));
    at.sll_ifindex = request.ifr_ifindex;
    if (ioctl(p->capture.fd, SIOCGIFHWADDR, &request) == 0)
        p->loopback = request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
    if (setsockopt(p->capture.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(p->capture.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(p->capture.fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on);
    if (is_inline(p) || p->loopback) /* older kernels show them: see is_own_copy() */
        (void)setsockopt(p->capture.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    if (is_inline(p) && setsockopt(p->capture.fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0)
        return err_set(err, interface, "this kernel cannot say what offloads left to be done: %s",
                       strerror(errno));
    if (bind(p->capture.fd, (const struct sockaddr *)&at, sizeof at) != 0)
        return err_set(err, interface, "cannot be bound: %s", strerror(errno));
    return true;
}

static bool slots_make(struct afpacket *p, struct err *err)
{
    p->slots_bytes = (size_t)ENGINE_BATCH * SLOT_BYTES;
    p->slots = mmap(NULL, p->slots_bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p->slots == MAP_FAILED) {
        p->slots = NULL;
        return err_set(err, NULL, "no memory for a port's frames");
    }
    for (size_t i = 0; i < ENGINE_BATCH; i++) {
        size_t before = is_inline(p) ? OFFLOAD_BYTES : 0;

        p->pieces[i] =
            (struct iovec){p->slots + i * SLOT_BYTES + HEADROOM - before, FRAME_BYTES + before};
        p->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &p->from[i],
            .msg_iov = &p->pieces[i],
            .msg_iovlen = 1,
            .msg_control = p->control[i],
        };
    }
    return true;
}

/* What is opened, and where. */
struct opening {
    struct afpacket *port;
    const char *interface;
};

static bool open_inside(void *arg, struct err *err)
{
    const struct opening *o = arg;

    return bind_to(o->port, o->interface, err);
}

static struct afpacket *open_one(const struct afpacket_place *at, enum role role, struct err *err)
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
    if (slots_make(p, err) &&
        netns_inside(at->netns, open_inside, &(struct opening){p, at->interface}, err))
        return p;
    afpacket_free(&p->capture);
    return NULL;
}

struct capture *afpacket_tap(const struct afpacket_place *at, struct err *err)
{
    struct afpacket *p = open_one(at, ROLE_TAP, err);

    return p != NULL ? &p->capture : NULL;
}

struct capture *afpacket_service(const struct afpacket_place *at, struct err *err)
{
    struct afpacket *p = open_one(at, ROLE_SERVICE, err);

    return p != NULL ? &p->capture : NULL;
}

bool afpacket_pair(const struct afpacket_place *outer, const struct afpacket_place *inner,
                   const uint8_t mac[6], struct capture *both[2], struct err *err)
{
    struct afpacket *a = open_one(outer, ROLE_PAIR, err), *b;

    if (a == NULL)
        return false;
    b = open_one(inner, ROLE_PAIR, err);
    if (b == NULL) {
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
