/* SPDX-License-Identifier: Apache-2.0
 *
 * multipart: a body of parts (RFC 2046 section 5.1) as lenient servers read it: line ends of LF
 * alone, a boundary nobody names, an end that is missing or comes too early, parts without a
 * header.
 */
#ifndef SUPPORT_MULTIPART_H
#define SUPPORT_MULTIPART_H

#include "base/span.h"

enum {
    MULTIPART_LEVELS = 3, /* inside of each other; what is deeper is one part */
    MULTIPART_PARTS = 1000,
    MULTIPART_BOUNDARY = 200, /* of a longer one only so much is compared */
};

struct boundary {
    uint8_t n;
    uint8_t bytes[MULTIPART_BOUNDARY];
};

/* The boundaries that the value of a Content-Type names, at most `most` different ones. */
unsigned multipart_boundaries(struct span type, struct boundary *, unsigned most);

struct multipart_part {
    struct span header;   /* lines */
    struct span contents; /* as sent; empty when `opens` */
    bool opens;           /* it is made of parts, which come next */
};

struct multipart_level {
    struct boundary boundary;
    struct span rest; /* behind the last delimiter */
    bool closed;      /* it was the one that ends them */
    bool over;
};

struct multipart {
    struct multipart_level level[MULTIPART_LEVELS];
    unsigned depth, parts;
};

/* An empty boundary: the first line that looks like one. */
void multipart_begin(struct multipart *, const struct boundary *, struct span body);
/* False: there are no more, or too many. */
bool multipart_next(struct multipart *, struct multipart_part *);

struct mime_field {
    struct span name, value; /* the value with its line ends */
};

/* Cuts the first field off. */
bool mime_field_next(struct span *header, struct mime_field *);

#endif
