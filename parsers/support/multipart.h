/* SPDX-License-Identifier: Apache-2.0
 *
 * multipart: the parts of a body (RFC 2046 section 5.1, RFC 7578), as lenient servers read them:
 * the last boundary may be missing, lines may end with LF alone, what is encoded is decoded, and
 * parts may have parts.
 */
#ifndef SUPPORT_MULTIPART_H
#define SUPPORT_MULTIPART_H

#include "base/span.h"

enum { MULTIPART_PARTS_MOST = 1000, MULTIPART_DEPTH = 3 };

/* One part. Valid until the callback returns. */
struct multipart_part {
    struct span head;    /* its header lines */
    struct span name;    /* of the field in a form; may be empty */
    struct span content; /* decoded, in UTF-8 if it was UTF-16 and the like */
    bool changed;        /* by that: it does not stand in the body as it is */
};

struct multipart_sink {
    void (*part)(void *arg, const struct multipart_part *);
    void (*filename)(void *arg, struct span name); /* as written, and decoded when that differs */
    void *arg;
};

/* `type` is the value of Content-Type, with its boundary; two boundaries are tried one after the
 * other, and without any the first line of the body tells. `room`: 2 * body.n bytes. */
void multipart_walk(struct span type, struct span body, uint8_t *room,
                    const struct multipart_sink *);

#endif
