/* SPDX-License-Identifier: Apache-2.0
 *
 * http_mask: text as people may see it: printable, and without what gives access. Pure functions,
 * which cover with '*' what is digits, looks like a key, or is said to be a secret. What is covered
 * keeps its length.
 */
#ifndef SUPPORT_HTTP_MASK_H
#define SUPPORT_HTTP_MASK_H

#include "base/span.h"

/* Does something of this name give access? */
bool http_mask_is_secret(struct span name);

/* A body: of a form, JSON, XML, multipart, or anything else. `out`: text.n bytes. Looks at each
 * byte a bounded number of times. */
void http_mask_body(struct span text, uint8_t *out);

/* The value of a header. `out`: value.n bytes. */
void http_mask_header(struct span name, struct span value, uint8_t *out);

#endif
