/* SPDX-License-Identifier: Apache-2.0 */
#include "check/probe.h"

#include "check/clock.h"
#include "engine/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOK_MOST = 1000 };

static const uint8_t mark[PROBE_MARK_BYTES - 4] = "sluice check";

void probe_mark(struct netlab *lab, struct probe *p, uint8_t *at)
{
    p->number = ++lab->probes;
    memcpy(at, mark, sizeof mark);
    memcpy(at + sizeof mark, &p->number, sizeof p->number);
}

void probe_make(struct netlab *lab, struct probe *p, const struct probe_ends *ends, uint16_t tag)
{
    uint16_t type[3] = {htons(ETHERTYPE_VLAN), htons(tag), htons(PROBE_TYPE)};
    size_t skip = tag == 0 ? 2 : 0, n = 12;

    memcpy(p->bytes, ends->to, 6);
    memcpy(p->bytes + 6, ends->from, 6);
    memcpy(p->bytes + n, type + skip, sizeof type - skip * sizeof type[0]);
    n += sizeof type - skip * sizeof type[0];
    probe_mark(lab, p, p->bytes + n);
    n += PROBE_MARK_BYTES;
    p->n = n + 64; /* a whole frame, with something to compare */
    for (; n < p->n; n++)
        p->bytes[n] = (uint8_t)(n * 7);
}

/* Which one is it? 0: none of ours. */
static uint32_t number_of(const uint8_t *bytes, size_t n)
{
    const uint8_t *at = memmem(bytes, n, mark, sizeof mark);
    uint32_t number = 0;

    if (at != NULL && n - (size_t)(at - bytes) >= PROBE_MARK_BYTES)
        memcpy(&number, at + sizeof mark, sizeof number);
    return number;
}

static void keep(struct sighting *s, const uint8_t *bytes, size_t n)
{
    size_t kept = n < sizeof s->bytes ? n : sizeof s->bytes;

    s->n = (uint32_t)n;
    memcpy(s->bytes, bytes, kept);
}

bool probe_equals(const struct probe *p, const struct sighting *s)
{
    return p->n == s->n && memcmp(p->bytes, s->bytes, p->n) == 0;
}

/* ---- sockets ---- */

int probe_socket(struct netlab *lab, enum netlab_side side, const char *interface, struct err *err)
{
    struct netlab_socket packets = {AF_PACKET, SOCK_RAW, 0};
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct ifreq request = {0};
    int fd = netlab_socket(lab, side, &packets, err), on = 1;

    if (fd < 0)
        return -1;
    strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
    (void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    if (ioctl(fd, SIOCGIFINDEX, &request) == 0) {
        at.sll_ifindex = request.ifr_ifindex;
        if (bind(fd, (const struct sockaddr *)&at, sizeof at) == 0)
            return fd;
    }
    err_set(err, interface, "cannot be bound: %s", strerror(errno));
    close(fd);
    return -1;
}

bool probe_send(int fd, const struct probe *p, struct err *err)
{
    if (send(fd, p->bytes, p->n, MSG_DONTWAIT) == (ssize_t)p->n)
        return true;
    return err_set(err, NULL, "a frame of %zu bytes cannot be sent: %s", p->n, strerror(errno));
}

bool probe_arrives(const struct netlab *lab, int fd, const struct probe *p, struct sighting *s)
{
    uint64_t until = clock_now_ms() + (uint64_t)netlab_patience_ms(lab);
    uint8_t bytes[sizeof s->bytes];

    s->others = 0;
    while (clock_now_ms() <= until && netlab_wait(lab, fd)) {
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        uint32_t number = n > 0 ? number_of(bytes, (size_t)n) : 0;

        if (number == p->number) {
            keep(s, bytes, (size_t)n);
            return true;
        }
        s->others += number != 0;
    }
    return false;
}

bool probe_is_there(int fd, const struct probe *p)
{
    uint8_t bytes[sizeof p->bytes];

    for (int i = 0; i < LOOK_MOST; i++) {
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

        if (n <= 0)
            return false;
        if (number_of(bytes, (size_t)n) == p->number)
            return true;
    }
    return false;
}

/* ---- captures ---- */

/* One batch. Adds up how often it was there; false: the capture is gone. */
static bool decide_batch(struct capture *c, const struct probe *p, enum verdict verdict,
                         struct sighting *s)
{
    struct frame frames[ENGINE_BATCH];
    int n = c->ops->receive(c, frames, ENGINE_BATCH);

    for (int i = 0; i < n; i++) {
        frames[i].verdict = VERDICT_DROP;
        if (number_of(frames[i].bytes, frames[i].captured) != p->number)
            continue;
        s->times++;
        frames[i].verdict = (uint8_t)verdict;
        s->checksum = frames[i].checksum;
        keep(s, frames[i].bytes, frames[i].captured);
    }
    if (n > 0)
        c->ops->decide(c, frames, (size_t)n);
    return n >= 0;
}

bool probe_decide(const struct netlab *lab, struct capture *c, const struct probe *p,
                  enum verdict verdict, struct sighting *s)
{
    uint64_t until = clock_now_ms() + (uint64_t)netlab_patience_ms(lab);

    s->times = 0;
    while (s->times == 0 && clock_now_ms() <= until && netlab_wait(lab, c->fd))
        if (!decide_batch(c, p, verdict, s))
            return false;
    return s->times > 0;
}
