/* SPDX-License-Identifier: Apache-2.0
 *
 * Taps: what one shows of a frame.
 */
#include "check/checks.h"

#include "capture/afpacket.h"
#include "check/netlab.h"
#include "check/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VLAN = 100, PORT = 4660 };

/* A tap at the near end, and somebody at the far one. */
struct site {
    struct capture *tap;
    int far;
};

static bool site_init(struct site *s, struct netlab *lab, struct check_result *r)
{
    struct afpacket_place at = {.netns = lab->paths[NETLAB_NEAR],
                                .interface = netlab_interface(NETLAB_OUTER, NETLAB_NEAR)};
    struct err err = {0};

    *s = (struct site){.far = -1};
    if (!netlab_has_cables(lab, r))
        return false;
    s->tap = afpacket_tap(&at, &err);
    if (s->tap != NULL)
        s->far = probe_socket(lab, NETLAB_FAR, netlab_interface(NETLAB_OUTER, NETLAB_FAR), &err);
    if (s->far >= 0)
        return true;
    check_refuse(r, CHECK_MISSING, "no packet socket", &err);
    return false;
}

static void site_fini(struct site *s)
{
    if (s->tap != NULL)
        capture_free(s->tap);
    if (s->far >= 0)
        close(s->far);
}

/* Is it seen as it was sent? */
static bool is_seen(struct netlab *lab, struct site *site, uint16_t tag, struct check_result *r)
{
    struct probe_ends ends;
    struct probe probe;
    struct sighting seen;
    struct err err = {0};

    netlab_mac(NETLAB_OUTER, NETLAB_NEAR, ends.to);
    netlab_mac(NETLAB_OUTER, NETLAB_FAR, ends.from);
    probe_make(lab, &probe, &ends, tag);
    if (!probe_send(site->far, &probe, &err))
        check_refuse(r, CHECK_BROKEN, "nothing to be seen", &err);
    else if (!probe_decide(lab, site->tap, &probe, VERDICT_PASS, &seen))
        check_say(r, CHECK_BROKEN, "a frame sent over a cable is not seen at its other end");
    else if (seen.times != 1)
        check_say(r, CHECK_BROKEN, "a frame is seen %u times", seen.times);
    else if (!probe_equals(&probe, &seen))
        check_say(r, CHECK_BROKEN, "a frame is not seen as it was sent: %zu bytes became %u",
                  probe.n, seen.n);
    else
        return true;
    return false;
}

void check_tap(struct netlab *lab, struct check_result *r)
{
    struct site site;

    if (site_init(&site, lab, r) && is_seen(lab, &site, 0, r))
        check_say(r, CHECK_OK, "a frame is seen once and as it was sent");
    site_fini(&site);
}

/* The kernel takes the tag off a frame on its way up. */
void check_tap_vlan(struct netlab *lab, struct check_result *r)
{
    struct site site;

    if (site_init(&site, lab, r) && is_seen(lab, &site, VLAN, r))
        check_say(r, CHECK_OK, "the VLAN tag of a frame is seen where it was");
    site_fini(&site);
}

/* One datagram to everybody on the cable, so that nobody's address must be known. */
static bool send_datagram(struct netlab *lab, const struct probe *p, struct err *err)
{
    struct netlab_socket datagrams = {AF_INET, SOCK_DGRAM, 0};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int fd = netlab_socket(lab, NETLAB_FAR, &datagrams, err), on = 1;
    bool ok;

    if (fd < 0)
        return false;
    inet_pton(AF_INET, NETLAB_BROADCAST, &to.sin_addr);
    ok = setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
         sendto(fd, p->bytes, p->n, 0, (const struct sockaddr *)&to, sizeof to) == (ssize_t)p->n;
    if (!ok)
        err_set(err, NULL, "a datagram cannot be sent: %s", strerror(errno));
    close(fd);
    return ok;
}

/* Of what this machine itself sends, checksums are left to hardware that a cable of this kind has
 * not: they are wrong, and that is no fault. */
void check_tap_checksum(struct netlab *lab, struct check_result *r)
{
    struct probe probe = {.n = PROBE_MARK_BYTES};
    struct err err = {0};
    struct sighting seen;
    struct site site;

    if (site_init(&site, lab, r)) {
        probe_mark(lab, &probe, probe.bytes);
        if (!send_datagram(lab, &probe, &err))
            check_refuse(r, CHECK_BROKEN, "nothing to be seen", &err);
        else if (!probe_decide(lab, site.tap, &probe, VERDICT_PASS, &seen))
            check_say(r, CHECK_BROKEN, "a datagram sent over a cable is not seen at its other end");
        else if (seen.checksum != CSUM_PARTIAL)
            check_say(r, CHECK_BROKEN,
                      "the kernel does not tell that a checksum is left to hardware: do not use "
                      "-c (--checksums)");
        else
            check_say(r, CHECK_OK, "a checksum that is left to hardware is told as such");
    }
    site_fini(&site);
}
