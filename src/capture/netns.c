/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool netns_inside(const char *file, netns_run *run, void *arg, struct err *err)
{
    int home, there;
    bool ok;

    if (file == NULL || file[0] == '\0')
        return run(arg, err);
    there = open(file, O_RDONLY | O_CLOEXEC);
    if (there < 0)
        return err_set(err, file, "is no network namespace: %s", strerror(errno));
    home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0 || setns(there, CLONE_NEWNET) != 0) {
        err_set(err, file, "cannot be entered (%s): CAP_SYS_ADMIN is needed", strerror(errno));
        close(there);
        if (home >= 0)
            close(home);
        return false;
    }
    ok = run(arg, err);
    if (setns(home, CLONE_NEWNET) != 0)
        abort(); /* everything after this would happen in a workload's network */
    close(there);
    close(home);
    return ok;
}
