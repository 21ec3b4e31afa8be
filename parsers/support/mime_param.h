/* SPDX-License-Identifier: Apache-2.0
 *
 * mime_param: "value; name=value; name="value"" as in Content-Type and Content-Disposition (RFC
 * 2045 section 5.1, RFC 9110 section 5.6.6), as lenient servers read it.
 */
#ifndef SUPPORT_MIME_PARAM_H
#define SUPPORT_MIME_PARAM_H

#include "base/span.h"

struct mime_param {
    struct span name;
    struct span value; /* without its quotes; what is escaped in them stays so */
    bool quoted;
    bool open; /* the quote that ends it is missing */
};

/* What stands before the first ";". */
struct span mime_value(struct span field);
/* Cuts the first parameter off `rest`, which begins as the whole field. Line ends are white space.
 * False: there is no further one. */
bool mime_param_next(struct span *rest, struct mime_param *);
/* The first one of that name. */
bool mime_param_find(struct span field, struct span name, struct mime_param *);
/* The value with \" and \\ read; other backslashes stay, as they do in names that Windows gives.
 * `room`: value.n bytes, or less: then it is cut. */
struct span mime_param_text(const struct mime_param *, uint8_t *room, size_t n);
/* What is written in pieces or with an encoding (RFC 2231 sections 3 and 4): name*0, name*1* and so
 * on in this order, name*; the bytes as UTF-8 if ISO 8859-1 is named, else as they are. Empty when
 * there is none. */
struct span mime_param_joined(struct span field, struct span name, uint8_t *room, size_t n);

#endif
