/* SPDX-License-Identifier: Apache-2.0
 *
 * Namespaces: what taps and queues in containers need, and everything that follows here.
 */
#include "check/checks.h"

#include "capture/netns.h"
#include "check/netlab.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Of the first namespace of processes; fixed in the kernel (include/linux/proc_ns.h). */
#define FIRST_PID_NAMESPACE 0xeffffffcu

/* Namespaces are the same when these are. */
static bool own_inode(ino_t *inode, struct err *err)
{
    struct stat st;

    if (stat("/proc/thread-self/ns/net", &st) != 0)
        return err_set(err, "/proc/thread-self/ns/net", "%s", strerror(errno));
    *inode = st.st_ino;
    return true;
}

static bool inode_inside(void *arg, struct err *err)
{
    return own_inode(arg, err);
}

void check_namespaces(struct netlab *lab, struct check_result *r)
{
    ino_t before = 0, there = 0, after = 0;
    struct err err = {0};

    if (!lab->has_namespaces) {
        check_refuse(r, CHECK_MISSING, "of the network", &lab->why);
        return;
    }
    if (!own_inode(&before, &err) ||
        !netns_inside(lab->paths[NETLAB_NEAR], inode_inside, &there, &err) ||
        !own_inode(&after, &err)) {
        check_refuse(r, CHECK_BROKEN, "of the network", &err);
        return;
    }
    if (there == before || after != before)
        check_say(r, CHECK_BROKEN,
                  "a network namespace was entered, and the thread is not where "
                  "it should be");
    else
        check_say(r, CHECK_OK, "network namespaces made, entered and left");
}

void check_cables(struct netlab *lab, struct check_result *r)
{
    if (!netlab_has_namespaces(lab, r))
        return;
    if (lab->has_cables)
        check_say(r, CHECK_OK, "cables (veth) laid between namespaces");
    else
        check_refuse(r, CHECK_MISSING, "interfaces cannot be made (needs veth in the kernel)",
                     &lab->why);
}

/* The agent names a container's namespace by a process in it. */
void check_processes(struct netlab *lab, struct check_result *r)
{
    struct stat st;

    (void)lab;
    if (stat("/proc/self/ns/pid", &st) != 0)
        check_say(r, CHECK_MISSING,
                  "/proc/self/ns/pid: %s: containers are found through /proc: mount it",
                  strerror(errno));
    else if (st.st_ino == FIRST_PID_NAMESPACE)
        check_say(r, CHECK_OK, "/proc shows the processes of the host");
    else
        check_say(r, CHECK_UNKNOWN,
                  "/proc shows the processes of one container: those of others are found when it "
                  "is the node's own, or with the host's processes (hostPID: true, --pid=host)");
}
