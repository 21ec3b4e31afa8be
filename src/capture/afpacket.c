/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/afpacket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FRAME_BYTES = 1 << 16,         /* the largest that offloads make */
    HEADROOM = 4,                  /* for a VLAN tag that the card has taken off */
    SLOT_BYTES = FRAME_BYTES + 64, /* and a cache line between them */
    RECEIVE_BYTES = 16 << 20,      /* queue of the socket */
    CONTROL_BYTES = 64,
};

enum role { ROLE_TAP, ROLE_SERVICE, ROLE_PAIR };

struct afpacket {
    struct capture capture; /* first */
    enum role role;
    bool loopback;
    _Atomic bool quarantine;
    uint8_t mac[6];         /* of the workload of a pair */
    struct afpacket *other; /* of a pair, freed with it; a service port's own */
    bool freed;
    uint8_t *slots;
    size_t slots_bytes;
    struct mmsghdr messages[ENGINE_BATCH];
    struct iovec pieces[ENGINE_BATCH];
    struct sockaddr_ll from[ENGINE_BATCH];
    uint8_t control[ENGINE_BATCH][CONTROL_BYTES] __attribute__((aligned(8)));
    struct mmsghdr out[ENGINE_BATCH];
    struct iovec out_pieces[ENGINE_BATCH];
};

/* ---- receiving ---- */

/* The card has taken the tag off: it stands in front of the type again. */
static void put_tag(struct frame *f, uint16_t protocol, uint16_t tag)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)f->bytes - HEADROOM;
    uint16_t words[2] = {htons(protocol), htons(tag)};

    memmove(bytes, f->bytes, 12);
    memcpy(bytes + 12, words, sizeof words);
    f->bytes = bytes;
    f->captured += HEADROOM;
    f->length += HEADROOM;
}

static void read_status(struct msghdr *m, struct frame *f)
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
            put_tag(f,
                    aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : ETHERTYPE_VLAN,
                    aux.tp_vlan_tci);
    }
}

/* A loopback interface shows every packet twice, and an inline port must not see what it sends. */
static bool is_own_copy(const struct afpacket *p, const struct sockaddr_ll *from)
{
    return from->sll_pkttype == PACKET_OUTGOING && (p->loopback || p->role != ROLE_TAP);
}

/* A pair looks at what its workload sends or gets. Frames to many pass as they are, everything else
 * stays here. */
static bool is_for_us(struct afpacket *p, int i, uint32_t length)
{
    const uint8_t *bytes = p->slots + (size_t)i * SLOT_BYTES + HEADROOM;

    if (length < ETH_HLEN)
        return false;
    if (bytes[0] & 1) {
        if (send(p->other->capture.fd, bytes, length < FRAME_BYTES ? length : FRAME_BYTES,
                 MSG_DONTWAIT) > 0)
            p->capture.counts.sent++;
        else
            p->capture.counts.not_sent++;
        return false;
    }
    if (atomic_load_explicit(&p->quarantine, memory_order_relaxed))
        return false;
    return memcmp(bytes + 6, p->mac, 6) == 0 || memcmp(bytes, p->mac, 6) == 0;
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
        p->capture.counts.lost += stats.tp_drops;
}

static int no_frames(struct afpacket *p)
{
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
        return 0;
    /* ENETDOWN comes once when the interface goes down, and again when it is removed. */
    if (errno == ENETDOWN && p->role != ROLE_TAP)
        return 0;
    return -1;
}

static int afpacket_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct afpacket *p = (struct afpacket *)c;
    int got, kept = 0;

    messages_reset(p, n);
    got = recvmmsg(c->fd, p->messages, (unsigned)n, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (got <= 0)
        return got < 0 ? no_frames(p) : 0;
    for (int i = 0; i < got; i++) {
        struct frame *f = &frames[kept];
        uint32_t length = p->messages[i].msg_len;

        if (is_own_copy(p, &p->from[i]) || (p->role == ROLE_PAIR && !is_for_us(p, i, length)))
            continue;
        *f = (struct frame){
            .bytes = p->slots + (size_t)i * SLOT_BYTES + HEADROOM,
            .captured = length < FRAME_BYTES ? length : FRAME_BYTES,
            .length = length,
            .link = LINK_ETHERNET,
            .gso = true,
        };
        read_status(&p->messages[i].msg_hdr, f);
        kept++;
    }
    c->counts.received += (uint64_t)kept;
    if (got == (int)n)
        count_losses(p);
    return kept;
}

/* ---- sending ---- */

static void send_all(struct afpacket *from, struct afpacket *to, size_t n)
{
    size_t sent = 0;

    while (sent < n) {
        int now = sendmmsg(to->capture.fd, from->out + sent, (unsigned)(n - sent), MSG_DONTWAIT);

        if (now > 0) {
            sent += (size_t)now;
            from->capture.counts.sent += (uint64_t)now;
            continue;
        }
        if (errno == EINTR)
            continue;
        sent++; /* this one cannot go: the queue is full, or it is larger than the interface takes
                 */
        from->capture.counts.not_sent++;
    }
}

static bool forwards(uint8_t verdict)
{
    return verdict == VERDICT_PASS || verdict == VERDICT_BYPASS;
}

static void afpacket_decide(struct capture *c, const struct frame *frames, size_t n)
{
    struct afpacket *p = (struct afpacket *)c;
    size_t out = 0;

    if (p->role == ROLE_TAP)
        return;
    for (size_t i = 0; i < n; i++) {
        if (!forwards(frames[i].verdict))
            continue;
        p->out_pieces[out] = (struct iovec){(void *)(uintptr_t)frames[i].bytes, frames[i].captured};
        p->out[out] =
            (struct mmsghdr){.msg_hdr = {.msg_iov = &p->out_pieces[out], .msg_iovlen = 1}};
        out++;
    }
    send_all(p, p->other, out);
}

static void afpacket_inject(struct capture *c, const uint8_t *bytes, size_t n)
{
    struct afpacket *p = (struct afpacket *)c;

    if (p->role == ROLE_TAP)
        return;
    if (send(p->other->capture.fd, bytes, n, MSG_DONTWAIT) == (ssize_t)n)
        c->counts.sent++;
    else
        c->counts.not_sent++;
}

/* ---- opening ---- */

static void afpacket_close(struct afpacket *p)
{
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
    .inject = afpacket_inject,
    .free = afpacket_free,
};

/* Bound to exactly this interface: index 0 would be all of them. */
static bool bind_to(struct afpacket *p, const char *interface, struct err *err)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct ifreq request = {0};
    int on = 1, room = RECEIVE_BYTES;

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
        p->pieces[i] = (struct iovec){p->slots + i * SLOT_BYTES + HEADROOM, FRAME_BYTES};
        p->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &p->from[i],
            .msg_iov = &p->pieces[i],
            .msg_iovlen = 1,
            .msg_control = p->control[i],
        };
    }
    return true;
}

/* Opens inside a namespace; the thread is back when it returns. */
static bool open_in(struct afpacket *p, const struct afpacket_place *at, struct err *err)
{
    int home, there;
    bool opened;

    if (at->netns == NULL || at->netns[0] == '\0')
        return bind_to(p, at->interface, err);
    there = open(at->netns, O_RDONLY | O_CLOEXEC);
    if (there < 0)
        return err_set(err, at->netns, "is no network namespace: %s", strerror(errno));
    home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0 || setns(there, CLONE_NEWNET) != 0) {
        err_set(err, at->netns, "cannot be entered (%s): CAP_SYS_ADMIN is needed", strerror(errno));
        close(there);
        if (home >= 0)
            close(home);
        return false;
    }
    opened = bind_to(p, at->interface, err);
    if (setns(home, CLONE_NEWNET) != 0)
        abort(); /* everything after this would happen in a workload's network */
    close(there);
    close(home);
    return opened;
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
    if (slots_make(p, err) && open_in(p, at, err))
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
    both[0] = &a->capture;
    both[1] = &b->capture;
    return true;
}

void afpacket_quarantine(struct capture *c, enum quarantine q)
{
    struct afpacket *p = (struct afpacket *)c;

    atomic_store_explicit(&p->quarantine, q == QUARANTINE_ON, memory_order_relaxed);
}
