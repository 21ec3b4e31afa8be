/* SPDX-License-Identifier: Apache-2.0
 *
 * coding_choice: which decoder for which bytes. See coding_name.c.
 */
#ifndef SUPPORT_CODING_CHOICE_H
#define SUPPORT_CODING_CHOICE_H

#include "support/coding_decoder.h"

enum coding_match { CODING_NO, CODING_MAYBE, CODING_YES };

/* Do the bytes begin what this decoder reads? MAYBE: too few of them. */
enum coding_match coding_begins(const struct coding_decoder *, struct span first);
/* More bytes may tell more. */
bool coding_open(enum coding named, struct span first);
/* The decoders to be tried, best first; NULL: none (any more). */
void coding_choose(enum coding named, struct span first, const struct coding_decoder *tries[2]);

#endif
