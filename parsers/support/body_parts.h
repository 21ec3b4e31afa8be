/* SPDX-License-Identifier: Apache-2.0
 *
 * body_parts: what detection reads of a body of parts: names, file names, contents, freed of their
 * transfer encodings and character sets.
 */
#ifndef SUPPORT_BODY_PARTS_H
#define SUPPORT_BODY_PARTS_H

#include "parser/parser.h"
#include "support/multipart.h"

/* An empty boundary: whatever the body begins with. */
void body_parts_show(struct parse *, const struct boundary *, struct span body);

#endif
