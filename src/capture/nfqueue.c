/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets are read in batches and decided in one send: when all pass, with one message that names
 * the last of them. That message would also let pass what is held, so while something is, each
 * packet has a message of its own.
 */
#include "capture/nfqueue.h"

#include "base/log.h"
#include "capture/netns.h"
#include "capture/nfqueue_message.h"
#include "engine/engine.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SLOT_BYTES = 66 << 10, /* a packet of 64 KiB and what the kernel says about it */
    RECEIVE_BYTES = 16 << 20,
    OWN_MARK = 0x534c5543, /* of packets that we send: they pass */
    FAR_AHEAD = 1 << 30,   /* of all that may still come */
    ANSWER_AFTER = 64,     /* packets at most */
};

struct nfqueue {
    struct capture capture; /* first */
    uint16_t queue;
    struct queue_settings settings; /* the control thread's */
    uint32_t last_id;
    size_t held; /* that wait for release() */
    int raw[2];  /* sockets that send, for IPv4 and IPv6 */
    uint8_t *slots;
    struct queue_messages out;
    struct mmsghdr messages[ENGINE_BATCH];
    struct iovec pieces[ENGINE_BATCH];
};

/* ---- verdicts ---- */

static void send_out(struct nfqueue *q)
{
    if (q->out.n > 0 && send(q->capture.fd, q->out.bytes, q->out.n, MSG_DONTWAIT) < 0)
        capture_count(&q->capture.counts.not_sent, 1);
    q->out.n = 0;
}

static void put_verdict(struct nfqueue *q, uint32_t id, enum queue_fate fate)
{
    if (queue_messages_full(&q->out))
        send_out(q);
    queue_verdict(&q->out, id, fate);
}

static bool passes(uint8_t verdict)
{
    return verdict == VERDICT_PASS || verdict == VERDICT_BYPASS;
}

/* They all pass, nothing is held: one message is enough. */
static bool is_plain(const struct nfqueue *q, const struct frame *frames, size_t n)
{
    if (q->held > 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!passes(frames[i].verdict))
            return false;
    return true;
}

static void nfqueue_decide(struct capture *c, const struct frame *frames, size_t n)
{
    struct nfqueue *q = (struct nfqueue *)c;
    size_t passed = 0;

    if (n > 0 && is_plain(q, frames, n)) {
        queue_verdict_up_to(&q->out, (uint32_t)capture_token(&frames[n - 1]), QUEUE_ACCEPT);
        passed = n;
    } else {
        for (size_t i = 0; i < n; i++) {
            const struct frame *f = &frames[i];

            q->held += f->verdict == VERDICT_HOLD;
            passed += passes(f->verdict);
            if (f->verdict != VERDICT_HOLD)
                put_verdict(q, (uint32_t)capture_token(f),
                            passes(f->verdict) ? QUEUE_ACCEPT : QUEUE_DROP);
        }
    }
    send_out(q);
    capture_count(&c->counts.sent, passed);
}

static void nfqueue_release(struct capture *c, uint64_t token, enum verdict verdict)
{
    struct nfqueue *q = (struct nfqueue *)c;

    q->held -= q->held > 0;
    put_verdict(q, (uint32_t)token, passes((uint8_t)verdict) ? QUEUE_ACCEPT : QUEUE_DROP);
    send_out(q);
    capture_count(&c->counts.sent, passes((uint8_t)verdict));
}

/* ---- packets ---- */

static uint8_t checksum_of(const struct queued_packet *p)
{
    return p->partial ? CSUM_PARTIAL : p->unverified ? CSUM_UNCHECKED : CSUM_VALID;
}

/* One that was queued before the queue had its settings: there is nothing to look at. */
static void pass_unread(struct nfqueue *q, const struct queued_packet *p)
{
    if (p->id == 0)
        return;
    put_verdict(q, p->id, QUEUE_ACCEPT);
    capture_count(&q->capture.counts.lost, 1);
}

static int nfqueue_receive(struct capture *c, struct frame *frames, size_t n)
{
    struct nfqueue *q = (struct nfqueue *)c;
    int got = recvmmsg(c->fd, q->messages, (unsigned)(n < ENGINE_BATCH ? n : ENGINE_BATCH),
                       MSG_DONTWAIT, NULL);
    int count = 0;

    if (got < 0 && errno == ENOBUFS)
        capture_count(&c->counts.lost, 1);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
    for (int i = 0; i < got; i++) {
        struct queued_packet p;

        if (!queued_packet_read(q->pieces[i].iov_base, q->messages[i].msg_len, &p)) {
            pass_unread(q, &p);
            continue;
        }
        q->last_id = p.id;
        if (p.mark == OWN_MARK) {
            put_verdict(q, p.id, QUEUE_ACCEPT);
            continue;
        }
        frames[count++] = (struct frame){
            .bytes = p.payload.p,
            .captured = (uint32_t)p.payload.n,
            .length = p.length,
            .token = p.id,
            .mark = p.mark,
            .conntrack = p.conntrack,
            .link = LINK_RAW_IP,
            .checksum = checksum_of(&p),
            .gso = p.gso,
        };
    }
    send_out(q);
    capture_count(&c->counts.received, (uint64_t)count);
    return count;
}

/* Through the namespace's own routes, towards either end. */
static void nfqueue_inject(struct capture *c, const uint8_t *bytes, size_t n)
{
    struct nfqueue *q = (struct nfqueue *)c;
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    bool is_six = n >= 40 && bytes[0] >> 4 == 6;
    ssize_t sent;

    if (n < 20)
        return;
    memcpy(&four.sin_addr, bytes + 16, 4);
    if (is_six)
        memcpy(&six.sin6_addr, bytes + 24, 16);
    sent = sendto(q->raw[is_six], bytes, n, MSG_DONTWAIT,
                  is_six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four,
                  is_six ? sizeof six : sizeof four);
    capture_count(sent < 0 ? &c->counts.not_sent : &c->counts.sent, 1);
}

/* ---- life ---- */

/* The kernel drops what waits in a queue that goes: first all that comes finds it full and passes,
 * then what waits passes, and then it goes. */
static void nfqueue_free(struct capture *c)
{
    struct nfqueue *q = (struct nfqueue *)c;

    if (c->fd >= 0) {
        struct queue_settings full = {.length = 0};

        q->out.n = 0;
        queue_put_settings(&q->out, &full);
        queue_verdict_up_to(&q->out, q->last_id + FAR_AHEAD, QUEUE_ACCEPT);
        queue_unbind(&q->out);
        send_out(q);
        close(c->fd);
    }
    for (int i = 0; i < 2; i++)
        if (q->raw[i] >= 0)
            close(q->raw[i]);
    if (q->slots != NULL)
        munmap(q->slots, (size_t)ENGINE_BATCH * SLOT_BYTES);
    free(q);
}

static const struct capture_ops ops = {
    .kind = "queue",
    .receive = nfqueue_receive,
    .decide = nfqueue_decide,
    .release = nfqueue_release,
    .inject = nfqueue_inject,
    .free = nfqueue_free,
};

static bool slots_make(struct nfqueue *q, struct err *err)
{
    void *slots = mmap(NULL, (size_t)ENGINE_BATCH * SLOT_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (slots == MAP_FAILED)
        return err_set(err, NULL, "no memory for the packets of a queue");
    q->slots = slots;
    for (size_t i = 0; i < ENGINE_BATCH; i++) {
        q->pieces[i] = (struct iovec){q->slots + i * SLOT_BYTES, SLOT_BYTES};
        q->messages[i].msg_hdr = (struct msghdr){.msg_iov = &q->pieces[i], .msg_iovlen = 1};
    }
    return true;
}

/* To what has just been sent; packets may stand before it. An errno; -1: there is none. */
static int read_answer(struct nfqueue *q)
{
    int why = -1;

    for (int i = 0; why < 0 && i < ANSWER_AFTER; i++) {
        ssize_t n = recv(q->capture.fd, q->slots, SLOT_BYTES, 0);
        struct queued_packet p;

        if (n < 0)
            return errno;
        why = queue_answer(q->slots, (size_t)n);
        if (why < 0 && !queued_packet_read(q->slots, (size_t)n, &p))
            pass_unread(q, &p);
        else if (why < 0)
            put_verdict(q, p.id, QUEUE_ACCEPT);
    }
    return why;
}

/* Whoever has the queue already keeps it. */
static bool take_queue(struct nfqueue *q, struct err *err)
{
    int why;

    queue_bind(&q->out);
    send_out(q);
    why = read_answer(q);
    if (why == EBUSY || why == EPERM)
        return err_set(err, NULL,
                       "queue %u is served by another program, or CAP_NET_ADMIN is missing",
                       q->queue);
    if (why != 0)
        return err_set(err, NULL, "queue %u cannot be had: %s", q->queue,
                       why > 0 ? strerror(why) : "the kernel says nothing");
    queue_put_settings(&q->out, &q->settings);
    send_out(q);
    if (!q->settings.conntrack)
        return true;
    queue_put_conntrack(&q->out, &q->settings);
    send_out(q);
    why = read_answer(q);
    if (why != 0)
        log_warn("queue %u: this kernel does not tell connections (%s): it lacks "
                 "CONFIG_NETFILTER_NETLINK_GLUE_CT",
                 q->queue, why > 0 ? strerror(why) : "it says nothing");
    return true;
}

/* A socket may be written to by two threads; the answer, if there is one, is nobody's packet. */
void nfqueue_configure(struct capture *c, const struct queue_settings *settings)
{
    struct nfqueue *q = (struct nfqueue *)c;
    struct queue_messages m = {.queue = q->queue};

    queue_put_settings(&m, settings);
    if (settings->conntrack != q->settings.conntrack)
        queue_put_conntrack(&m, settings);
    q->settings = *settings;
    if (send(c->fd, m.bytes, m.n, MSG_DONTWAIT) < 0)
        log_warn("queue %u keeps its settings: %s", q->queue, strerror(errno));
}

static int raw_socket(int family, struct err *err)
{
    int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW), on = 1,
        mark = OWN_MARK;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) != 0 ||
        (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof on) != 0))
        err_set(err, NULL, "no socket to send through: %s", strerror(errno));
    return fd;
}

static bool open_inside(void *arg, struct err *err)
{
    struct nfqueue *q = arg;
    struct sockaddr_nl at = {.nl_family = AF_NETLINK};
    int room = RECEIVE_BYTES, on = 1;

    q->capture.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (q->capture.fd < 0 || bind(q->capture.fd, (const struct sockaddr *)&at, sizeof at) != 0)
        return err_set(err, NULL, "this kernel has no packet queues: %s", strerror(errno));
    if (setsockopt(q->capture.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(q->capture.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(q->capture.fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
    if (!take_queue(q, err))
        return false;
    q->raw[0] = raw_socket(AF_INET, err);
    q->raw[1] = raw_socket(AF_INET6, err);
    return q->raw[0] >= 0 && (q->raw[1] >= 0 || errno == EAFNOSUPPORT);
}

struct capture *nfqueue_open(const char *netns, uint16_t queue,
                             const struct queue_settings *settings, struct err *err)
{
    struct nfqueue *q = calloc(1, sizeof *q);

    if (q == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    q->capture.ops = &ops;
    q->capture.fd = q->raw[0] = q->raw[1] = -1;
    q->queue = q->out.queue = queue;
    q->settings = *settings;
    if (slots_make(q, err) && netns_inside(netns, open_inside, q, err))
        return &q->capture;
    nfqueue_free(&q->capture);
    return NULL;
}
