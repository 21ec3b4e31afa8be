/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_levels: the multiparts of a message that the walk is in, inside of each other, by their
 * boundaries (RFC 2046 section 5.1). A line that begins with a boundary is one, as mail programs
 * have it. A level lasts until one around it goes on: what stands behind its last boundary may
 * still be read as a part of it.
 */
#ifndef SUPPORT_MAIL_LEVELS_H
#define SUPPORT_MAIL_LEVELS_H

#include "base/span.h"

enum {
    MAIL_LEVELS = 16,
    MAIL_BOUNDARY = 128, /* of longer ones the beginning counts; RFC 2046 allows 70 */
};

struct mail_level {
    uint8_t n;
    bool twin;   /* another boundary of the same multipart as the one before */
    bool digest; /* its parts are messages unless they say something else */
    uint8_t boundary[MAIL_BOUNDARY];
};

struct mail_levels {
    uint8_t count;
    uint8_t fresh; /* of them, added since mail_levels_enter() */
    struct mail_level of[MAIL_LEVELS];
};

/* The boundaries that are added from here on are those of one multipart. */
void mail_levels_enter(struct mail_levels *);
/* False: there is no room for it. */
bool mail_levels_add(struct mail_levels *, struct span boundary);
/* Parts of the multipart that was added last are messages unless they say something else. */
void mail_levels_digest(struct mail_levels *);

/* What a line is. */
struct mail_boundary {
    bool found;
    bool closes; /* no part follows */
    bool digest; /* of the multipart it belongs to */
};

/* The line begins with "--". Leaves what is inside of the multipart whose boundary it is. */
struct mail_boundary mail_levels_match(struct mail_levels *, struct span line);

#endif
