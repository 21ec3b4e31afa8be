/* SPDX-License-Identifier: Apache-2.0 */
#include "cpus.h"

#include <sched.h>
#include <stdlib.h>

static bool refuse(const char *text, struct err *err)
{
    return err_set(err, "--cpus", "'%.60s' is no list of processors: write 0-3 or 1,3,5", text);
}

/* *at is behind it afterwards. */
static bool read_number(const char **at, unsigned *number)
{
    char *end;
    unsigned long n;

    if (**at < '0' || **at > '9')
        return false;
    n = strtoul(*at, &end, 10);
    if (n > CPU_NUMBER_MOST)
        return false;
    *at = end;
    *number = (unsigned)n;
    return true;
}

static bool add(struct cpus *c, unsigned number, const cpu_set_t *usable, struct err *err)
{
    if (!CPU_ISSET(number, usable))
        return err_set(err, "--cpus", "processor %u is not there, or not for this process", number);
    if (c->count == CPUS_MOST)
        return err_set(err, "--cpus", "names more than %d processors", CPUS_MOST);
    c->list[c->count++] = (int)number;
    return true;
}

bool cpus_parse(struct cpus *c, const char *text, struct err *err)
{
    const char *at = text;
    cpu_set_t usable;

    c->count = 0;
    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
        return err_set(err, "--cpus", "processors cannot be chosen on this system");
    do {
        unsigned first, last;

        if (!read_number(&at, &first))
            return refuse(text, err);
        last = first;
        if (*at == '-' && (at++, !read_number(&at, &last)))
            return refuse(text, err);
        if (last < first)
            return refuse(text, err);
        for (unsigned i = first; i <= last; i++)
            if (!add(c, i, &usable, err))
                return false;
    } while (*at == ',' && *++at != '\0');
    return *at == '\0' && at[-1] != ',' ? true : refuse(text, err);
}

unsigned cpus_available(void)
{
    cpu_set_t usable;
    int n = sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 1;

    return n > 0 ? (unsigned)n : 1;
}
