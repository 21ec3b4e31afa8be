/* SPDX-License-Identifier: Apache-2.0
 *
 * body_views: the pieces that make up a body, each a buffer of its own: arguments of a form, parts,
 * names and values.
 */
#ifndef SUPPORT_BODY_VIEWS_H
#define SUPPORT_BODY_VIEWS_H

#include "parser/parser.h"
#include "support/multipart.h"

enum body_kind {
    BODY_UNKNOWN,
    BODY_FORM,  /* application/x-www-form-urlencoded */
    BODY_PARTS, /* multipart/... */
};

enum { BODY_BOUNDARIES = 2 };

struct body_type {
    uint8_t kind; /* enum body_kind */
    struct boundary boundaries[BODY_BOUNDARIES];
};

/* A Content-Type (RFC 9110 section 8.3). */
void body_type_read(struct body_type *, struct span value);
/* Shows what the body holds. `body` is its beginning, decoded, and all of it if it is not longer
 * than what is kept of bodies. Needs memory while it works. */
void body_views_show(struct parse *, const struct body_type *, struct span body);

/* Is there anything to show, and does anybody look? Then it is worth it to keep the body. */
static inline bool body_views_wanted(const struct parse *p, const struct body_type *t)
{
    return t->kind != BODY_UNKNOWN && (parse_wants(p, BUFFER_BODY_VIEW) ||
                                       (t->kind == BODY_PARTS && parse_wants(p, BUFFER_FILENAME)));
}

#endif
