/* SPDX-License-Identifier: Apache-2.0
 *
 * What the search for patterns needs of an x86 processor. Others have what it needs.
 */
#include "check/checks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of flags, separated by blanks, says so. */
static bool has_ssse3(FILE *cpuinfo)
{
    char *line = NULL;
    size_t room = 0;
    bool found = false;

    while (!found && getline(&line, &room, cpuinfo) > 0)
        found = strncmp(line, "flags", 5) == 0 && strstr(line, " ssse3 ") != NULL;
    free(line);
    return found;
}

void check_processor(struct netlab *lab, struct check_result *r)
{
    FILE *cpuinfo = fopen("/proc/cpuinfo", "re");

    (void)lab;
    if (cpuinfo == NULL) {
        check_say(r, CHECK_UNKNOWN, "/proc/cpuinfo: %s", strerror(errno));
        return;
    }
    if (has_ssse3(cpuinfo))
        check_say(r, CHECK_OK, "SSSE3, for the search for patterns");
    else
        check_say(r, CHECK_MISSING,
                  "no SSSE3: patterns of sensors cannot be searched; when this "
                  "is a virtual machine, give it a processor model that has it");
    fclose(cpuinfo);
}
