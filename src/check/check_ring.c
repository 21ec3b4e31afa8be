/* SPDX-License-Identifier: Apache-2.0
 *
 * What rings of packet sockets need, tried on sockets of our own: frames in shared memory, and
 * several sockets that share the frames of one interface.
 */
#include "check/checks.h"

#include "check/clock.h"
#include "check/netlab.h"
#include "check/probe.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BLOCK_BYTES = 1 << 18,
    BLOCKS = 4,
    SLOT_BYTES = 2048,
    RETIRE_MS = 10,
    MEMBERS = 2,
};

static const char *near_interface(void)
{
    return netlab_interface(NETLAB_OUTER, NETLAB_NEAR);
}

static bool send_from_far(struct netlab *lab, struct probe *p, struct err *err)
{
    struct probe_ends ends;
    int fd = probe_socket(lab, NETLAB_FAR, netlab_interface(NETLAB_OUTER, NETLAB_FAR), err);
    bool ok;

    if (fd < 0)
        return false;
    netlab_mac(NETLAB_OUTER, NETLAB_NEAR, ends.to);
    netlab_mac(NETLAB_OUTER, NETLAB_FAR, ends.from);
    probe_make(lab, p, &ends, 0);
    ok = probe_send(fd, p, err);
    close(fd);
    return ok;
}

/* ---- a ring ---- */

static uint8_t *ring_make(int fd, struct err *err)
{
    int version = TPACKET_V3;
    struct tpacket_req3 request = {
        .tp_block_size = BLOCK_BYTES,
        .tp_block_nr = BLOCKS,
        .tp_frame_size = SLOT_BYTES,
        .tp_frame_nr = BLOCK_BYTES / SLOT_BYTES * BLOCKS,
        .tp_retire_blk_tov = RETIRE_MS,
    };
    uint8_t *ring;

    if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
        err_set(err, "TPACKET_V3", "%s", strerror(errno));
        return NULL;
    }
    ring = mmap(NULL, (size_t)BLOCK_BYTES * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (ring != MAP_FAILED)
        return ring;
    err_set(err, "TPACKET_V3", "the ring cannot be mapped: %s", strerror(errno));
    return NULL;
}

/* Is the probe in a block that the kernel has handed over? */
static bool is_in_ring(const uint8_t *ring, const struct probe *p)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        const uint8_t *bytes = ring + i * BLOCK_BYTES;
        struct tpacket_block_desc block;

        memcpy(&block, bytes, sizeof block);
        if ((block.hdr.bh1.block_status & TP_STATUS_USER) &&
            memmem(bytes, BLOCK_BYTES, p->bytes, p->n) != NULL)
            return true;
    }
    return false;
}

/* The kernel hands a block over once it is full or some milliseconds old. */
static bool comes_into_ring(const struct netlab *lab, const uint8_t *ring, const struct probe *p)
{
    uint64_t until = clock_now_ms() + (uint64_t)netlab_patience_ms(lab);

    while (!is_in_ring(ring, p)) {
        if (clock_now_ms() > until)
            return false;
        poll(NULL, 0, 1);
    }
    return true;
}

void check_ring(struct netlab *lab, struct check_result *r)
{
    struct err err = {0};
    struct probe probe;
    uint8_t *ring = NULL;
    int fd;

    if (!netlab_has_cables(lab, r))
        return;
    fd = probe_socket(lab, NETLAB_NEAR, near_interface(), &err);
    if (fd >= 0)
        ring = ring_make(fd, &err);
    if (ring == NULL)
        check_refuse(r, CHECK_MISSING, "no ring for frames", &err);
    else if (!send_from_far(lab, &probe, &err))
        check_refuse(r, CHECK_BROKEN, "nothing for the ring", &err);
    else if (!comes_into_ring(lab, ring, &probe))
        check_say(r, CHECK_BROKEN, "a frame does not come into a ring of TPACKET_V3");
    else
        check_say(r, CHECK_OK, "a frame comes into a ring of TPACKET_V3");
    if (ring != NULL)
        munmap(ring, (size_t)BLOCK_BYTES * BLOCKS);
    if (fd >= 0)
        close(fd);
}

/* ---- a group ---- */

/* Into a group of its own, or into the one that the first has. */
static bool group_join(int fd, int first, struct err *err)
{
    int flags = PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_ROLLOVER, group;
    socklen_t size = sizeof group;

    if (first < 0)
        group = (flags | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
    else if (getsockopt(first, SOL_PACKET, PACKET_FANOUT, &group, &size) == 0)
        group = (group & 0xffff) | flags << 16;
    else
        return err_set(err, "PACKET_FANOUT", "has no number: %s", strerror(errno));
    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &group, sizeof group) == 0 ||
           err_set(err, "PACKET_FANOUT", "%s", strerror(errno));
}

/* A program that picks the second socket for every frame. */
static bool group_program(int fd, struct err *err)
{
    struct sock_filter second = BPF_STMT(BPF_RET | BPF_K, 1);
    struct sock_fprog program = {.len = 1, .filter = &second};

    return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program) == 0 ||
           err_set(err, "PACKET_FANOUT_DATA", "%s", strerror(errno));
}

static void check_group(struct netlab *lab, const int members[MEMBERS], struct check_result *r)
{
    struct err err = {0};
    struct probe probe;
    struct sighting seen;

    if (!send_from_far(lab, &probe, &err)) {
        check_refuse(r, CHECK_BROKEN, "nothing for the sockets", &err);
        return;
    }
    if (!probe_arrives(lab, members[1], &probe, &seen))
        check_say(r, CHECK_BROKEN, "a frame does not come to the socket that a program has picked");
    else if (probe_is_there(members[0], &probe))
        check_say(r, CHECK_BROKEN, "a frame comes to more sockets than a program has picked");
    else
        check_say(r, CHECK_OK,
                  "a program spreads frames over sockets (PACKET_FANOUT_CBPF, with rollover)");
}

void check_fanout(struct netlab *lab, struct check_result *r)
{
    int members[MEMBERS] = {-1, -1};
    struct err err = {0};
    bool ok = true;

    if (!netlab_has_cables(lab, r))
        return;
    for (int i = 0; i < MEMBERS && ok; i++) {
        members[i] = probe_socket(lab, NETLAB_NEAR, near_interface(), &err);
        ok = members[i] >= 0 && group_join(members[i], i == 0 ? -1 : members[0], &err);
    }
    if (ok && group_program(members[0], &err))
        check_group(lab, members, r);
    else
        check_refuse(r, CHECK_MISSING, "sockets cannot share an interface", &err);
    for (int i = 0; i < MEMBERS; i++)
        if (members[i] >= 0)
            close(members[i]);
}
