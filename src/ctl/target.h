/* SPDX-License-Identifier: Apache-2.0
 *
 * target: what a person calls a container: a process, a file of a namespace, a name that ip(8) has
 * given, a container's id. Found through /proc; no container runtime is asked.
 */
#ifndef CTL_TARGET_H
#define CTL_TARGET_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>

/* Where to look; tests have places of their own. */
struct target_places {
    const char *proc;  /* "/proc" */
    const char *named; /* "/var/run/netns" */
};

extern const struct target_places target_places;

/* The file of its network namespace. False and err: there is none, or several could be meant. */
bool target_find(const struct target_places *, const char *target, char netns[PATH_MAX],
                 struct err *);

#endif
