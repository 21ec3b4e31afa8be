/* SPDX-License-Identifier: Apache-2.0 */
#include "check/netlab.h"

#include "capture/netns.h"
#include "check/clock.h"
#include "check/program.h"
#include "check/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LAB_MS = 3500,      /* until the last wait is over */
    WAIT_MS = 1000,     /* for one thing that should have happened at once */
    WAIT_LEAST_MS = 20, /* a look is always taken */
    ADDRESS = 0xc6336401,
};

static const char *const names[NETLAB_CABLES][NETLAB_SIDES] = {
    {"outer0", "outer1"},
    {"inner0", "inner1"},
};

const char *netlab_interface(enum netlab_cable cable, enum netlab_side side)
{
    return names[cable][side];
}

void netlab_mac(enum netlab_cable cable, enum netlab_side side, uint8_t mac[6])
{
    static const uint8_t base[6] = {0x02, 0x53, 0x6c, 0x75, 0x69, 0}; /* locally administered */

    memcpy(mac, base, sizeof base);
    mac[5] = (uint8_t)(cable * NETLAB_SIDES + side);
}

/* ---- time ---- */

int netlab_patience_ms(const struct netlab *lab)
{
    uint64_t now = clock_now_ms();

    if (now + WAIT_LEAST_MS >= lab->deadline_ms)
        return WAIT_LEAST_MS;
    return now + WAIT_MS < lab->deadline_ms ? WAIT_MS : (int)(lab->deadline_ms - now);
}

bool netlab_wait(const struct netlab *lab, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, netlab_patience_ms(lab)) > 0;
}

/* ---- building ---- */

/* What a thread of its own has found: a namespace, or an errno. */
struct birth {
    int fd, why;
};

/* The namespace is that of this thread, and of whoever has its descriptor once the thread has
 * ended. */
static void *namespace_thread(void *arg)
{
    struct birth *b = arg;

    if (unshare(CLONE_NEWNET) != 0)
        b->why = errno;
    else if ((b->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) < 0)
        b->why = errno;
    return NULL;
}

static bool namespace_make(struct netlab *lab, enum netlab_side side)
{
    struct birth b = {.fd = -1};
    pthread_t thread;
    int why = pthread_create(&thread, NULL, namespace_thread, &b);

    if (why != 0)
        return err_set(&lab->why, NULL, "no thread for a namespace: %s", strerror(why));
    pthread_join(thread, NULL);
    if (b.fd < 0)
        return err_set(&lab->why, NULL, "a network namespace cannot be made (%s)%s",
                       strerror(b.why),
                       b.why == EPERM    ? ": CAP_SYS_ADMIN is needed"
                       : b.why == EINVAL ? ": the kernel needs CONFIG_NET_NS"
                                         : "");
    lab->fds[side] = b.fd;
    snprintf(lab->paths[side], sizeof lab->paths[side], "/proc/self/fd/%d", b.fd);
    return true;
}

static bool cable_make(const struct netlab *lab, enum netlab_cable cable, struct err *err)
{
    struct rtnetlink_veth v = {.other = lab->fds[NETLAB_NEAR]};

    for (enum netlab_side side = NETLAB_FAR; side < NETLAB_SIDES; side++) {
        v.name[side] = names[cable][side];
        netlab_mac(cable, side, v.mac[side]);
    }
    return rtnetlink_veth_add(&v, err);
}

/* The kernel switches sending on a little after the other end is up. Whoever asks it to bring the
 * interface up once more has its answer behind that. */
static bool wait_up(const struct netlab *lab, const char *interface, struct err *err)
{
    while (!rtnetlink_is_up(interface)) {
        if (clock_now_ms() >= lab->deadline_ms)
            return err_set(err, interface, "does not come up");
        poll(NULL, 0, 1);
    }
    return rtnetlink_up(interface, err);
}

static bool build_far(void *arg, struct err *err)
{
    const struct netlab *lab = arg;

    for (enum netlab_cable c = NETLAB_OUTER; c < NETLAB_CABLES; c++)
        if (!cable_make(lab, c, err) || !rtnetlink_up(names[c][NETLAB_FAR], err))
            return false;
    return rtnetlink_up("lo", err) &&
           rtnetlink_address_add(names[NETLAB_OUTER][NETLAB_FAR], htonl(ADDRESS), 24, err);
}

static bool build_near(void *arg, struct err *err)
{
    const struct netlab *lab = arg;

    for (enum netlab_cable c = NETLAB_OUTER; c < NETLAB_CABLES; c++)
        if (!rtnetlink_up(names[c][NETLAB_NEAR], err))
            return false;
    for (enum netlab_cable c = NETLAB_OUTER; c < NETLAB_CABLES; c++)
        if (!wait_up(lab, names[c][NETLAB_NEAR], err))
            return false;
    return true;
}

static bool finish_far(void *arg, struct err *err)
{
    const struct netlab *lab = arg;

    for (enum netlab_cable c = NETLAB_OUTER; c < NETLAB_CABLES; c++)
        if (!wait_up(lab, names[c][NETLAB_FAR], err))
            return false;
    return true;
}

static bool loopback_up(void *arg, struct err *err)
{
    (void)arg;
    return rtnetlink_up("lo", err);
}

void netlab_init(struct netlab *lab)
{
    const char *far, *near;

    *lab = (struct netlab){.fds = {-1, -1}, .deadline_ms = clock_now_ms() + LAB_MS};
    if (!namespace_make(lab, NETLAB_FAR) || !namespace_make(lab, NETLAB_NEAR))
        return;
    far = lab->paths[NETLAB_FAR];
    near = lab->paths[NETLAB_NEAR];
    lab->has_namespaces = true;
    lab->has_loopback = netns_inside(near, loopback_up, lab, &lab->why);
    lab->has_cables = lab->has_loopback && netns_inside(far, build_far, lab, &lab->why) &&
                      netns_inside(near, build_near, lab, &lab->why) &&
                      netns_inside(far, finish_far, lab, &lab->why);
}

void netlab_fini(struct netlab *lab)
{
    for (int side = 0; side < NETLAB_SIDES; side++)
        if (lab->fds[side] >= 0)
            close(lab->fds[side]);
}

/* ---- use ---- */

static bool has(bool it, const char *name, struct check_result *r)
{
    if (!it)
        check_say(r, CHECK_UNKNOWN, "not tried, needs %s: see there", name);
    return it;
}

bool netlab_has_namespaces(const struct netlab *lab, struct check_result *r)
{
    return has(lab->has_namespaces, "namespaces", r);
}

/* It is brought up together with the cables. */
bool netlab_has_loopback(const struct netlab *lab, struct check_result *r)
{
    return netlab_has_namespaces(lab, r) && has(lab->has_loopback, "cables", r);
}

bool netlab_has_cables(const struct netlab *lab, struct check_result *r)
{
    return netlab_has_namespaces(lab, r) && has(lab->has_cables, "cables", r);
}

/* A socket that is made, or a program that is run, inside. */
struct inside {
    const struct netlab_socket *socket;
    int fd;
    const char *const *argv;
    int patience_ms;
};

static bool socket_inside(void *arg, struct err *err)
{
    struct inside *i = arg;

    i->fd = socket(i->socket->family, i->socket->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   i->socket->protocol);
    return i->fd >= 0 ||
           err_set(err, NULL, "no socket: %s%s", strerror(errno),
                   errno == EPERM && i->socket->family == AF_PACKET ? ": CAP_NET_RAW is needed"
                                                                    : "");
}

int netlab_socket(struct netlab *lab, enum netlab_side side, const struct netlab_socket *what,
                  struct err *err)
{
    struct inside i = {.socket = what, .fd = -1};

    return netns_inside(lab->paths[side], socket_inside, &i, err) ? i.fd : -1;
}

static bool program_inside(void *arg, struct err *err)
{
    const struct inside *i = arg;

    return program_run(i->argv, i->patience_ms, err);
}

bool netlab_run(struct netlab *lab, enum netlab_side side, const char *const argv[],
                struct err *err)
{
    struct inside i = {.argv = argv, .patience_ms = netlab_patience_ms(lab)};

    return netns_inside(lab->paths[side], program_inside, &i, err);
}
