/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_levels: see mail_levels.h.
 */
#include "support/mail_levels.h"

void mail_levels_enter(struct mail_levels *l)
{
    l->fresh = 0;
}

static struct span boundary_of(const struct mail_level *level)
{
    return span_of(level->boundary, level->n);
}

bool mail_levels_add(struct mail_levels *l, struct span boundary)
{
    struct mail_level *level = l->of + l->count;

    boundary = span_first(boundary, MAIL_BOUNDARY);
    for (unsigned i = 1; i <= l->fresh; i++)
        if (span_equal(boundary_of(level - i), boundary))
            return true;
    if (l->count == MAIL_LEVELS || boundary.n == 0)
        return false;
    memcpy(level->boundary, boundary.p, boundary.n);
    level->n = (uint8_t)boundary.n;
    level->twin = l->fresh > 0;
    level->digest = false;
    l->count++;
    l->fresh++;
    return true;
}

void mail_levels_digest(struct mail_levels *l)
{
    if (l->fresh)
        l->of[l->count - 1].digest = true;
}

/* The longest boundary that the line has, of those the innermost. */
static const struct mail_level *find(const struct mail_levels *l, struct span line)
{
    const struct mail_level *best = NULL;

    for (unsigned i = l->count; i > 0; i--) {
        const struct mail_level *level = l->of + i - 1;

        if (span_starts(line, boundary_of(level)) && (best == NULL || level->n > best->n))
            best = level;
    }
    return best;
}

struct mail_boundary mail_levels_match(struct mail_levels *l, struct span line)
{
    struct span rest = span_from(line, 2);
    const struct mail_level *level = find(l, rest);
    struct mail_boundary b = {.found = level != NULL};
    unsigned count;

    if (level == NULL)
        return b;
    b.closes = span_starts(span_from(rest, level->n), SPAN("--"));
    b.digest = level->digest;
    count = (unsigned)(level - l->of) + 1;
    while (count < l->count && l->of[count].twin)
        count++;
    l->count = (uint8_t)count;
    return b;
}
