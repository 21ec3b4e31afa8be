/* SPDX-License-Identifier: Apache-2.0
 *
 * staging: lists that come in several parts, one place for each request name and sender, so that
 * series of different requests may interleave. Control thread.
 */
#ifndef CONTROL_STAGING_H
#define CONTROL_STAGING_H

#include <jansson.h>

struct peer;

enum { STAGING_SERIES = 64, STAGING_ELEMENTS = 1 << 20 };

struct staging_series;

struct staging {
    struct staging_series *series; /* newest first */
    size_t count;
};

void staging_fini(struct staging *);

/* One part: `object` has "flag", and members that are lists. Returns the whole, all its lists
 * joined, the other members those of the first part, "mac" and "delmac" those of the last (a
 * reference of the caller's); NULL: more is to come, or (*why is set) the part fits nowhere. */
json_t *staging_part(struct staging *, const char *request, const struct peer *, json_t *object,
                     const char **why);

#endif
