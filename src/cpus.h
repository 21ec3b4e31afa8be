/* SPDX-License-Identifier: Apache-2.0
 *
 * cpus: processors by number, as they are written on a command line: "2", "0-3", "1,3,8-11".
 */
#ifndef SLUICED_CPUS_H
#define SLUICED_CPUS_H

#include "base/err.h"

enum { CPUS_MOST = 64, CPU_NUMBER_MOST = 1023, CPU_ANY = -1 };

struct cpus {
    unsigned count;
    int list[CPUS_MOST]; /* in the order written */
};

/* False and err: no such list, or this process may not run on one of them. */
bool cpus_parse(struct cpus *, const char *text, struct err *);
/* How many this process may run on, at least 1. */
unsigned cpus_available(void);
/* Where the worker of this number (0..) runs; CPU_ANY: the list is empty. */
static inline int cpus_of(const struct cpus *c, unsigned worker)
{
    return c->count > 0 ? c->list[worker % c->count] : CPU_ANY;
}

#endif
