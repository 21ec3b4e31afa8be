/* SPDX-License-Identifier: Apache-2.0
 *
 * What the process may do. Which mode needs which is in the texts.
 */
#include "check/checks.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RING_BYTES = 4 << 20 };

static bool has_capability(unsigned which)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return syscall(SYS_capget, &header, sets) == 0 &&
           (sets[CAP_TO_INDEX(which)].effective & CAP_TO_MASK(which)) != 0;
}

static void capability(struct check_result *r, unsigned which, const char *name, const char *use)
{
    if (has_capability(which))
        check_say(r, CHECK_OK, "%s: %s", name, use);
    else
        check_say(r, CHECK_MISSING,
                  "%s is not there, needed for %s: run as root, or give it (container: "
                  "capabilities.add; systemd: AmbientCapabilities=)",
                  name, use);
}

void check_net_raw(struct netlab *lab, struct check_result *r)
{
    (void)lab;
    capability(r, CAP_NET_RAW, "CAP_NET_RAW",
               "packet sockets (tap, inline) and resets out of queues");
}

void check_net_admin(struct netlab *lab, struct check_result *r)
{
    (void)lab;
    capability(r, CAP_NET_ADMIN, "CAP_NET_ADMIN",
               "packet queues (NFQUEUE) and socket buffers beyond the system's limit");
}

void check_sys_admin(struct netlab *lab, struct check_result *r)
{
    (void)lab;
    capability(r, CAP_SYS_ADMIN, "CAP_SYS_ADMIN",
               "entering the namespaces of containers (tap, NFQUEUE)");
}

/* Frames wait in memory of the kernel's, which is never paged out: a supervisor may give the right
 * to lock memory, but nothing here stops working without. Tried with as much as one ring takes. */
void check_locked_memory(struct netlab *lab, struct check_result *r)
{
    void *ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

    (void)lab;
    if (ring == MAP_FAILED) {
        check_say(r, CHECK_OK, "no CAP_IPC_LOCK, %d MiB cannot be locked (%s): no mode needs it",
                  RING_BYTES >> 20, strerror(errno));
        return;
    }
    munmap(ring, RING_BYTES);
    check_say(r, CHECK_OK, "%d MiB can be locked, %s; no mode needs it", RING_BYTES >> 20,
              has_capability(CAP_IPC_LOCK) ? "without a limit (CAP_IPC_LOCK)"
                                           : "within the limit (no CAP_IPC_LOCK)");
}
