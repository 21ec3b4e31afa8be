/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_text: the texts of TDS on their way to detection and into fields.
 */
#ifndef SUPPORT_TDS_TEXT_H
#define SUPPORT_TDS_TEXT_H

#include "support/tds_type.h"
#include "support/utf16.h"

enum {
    TDS_FIELD_MOST = 4096, /* bytes of UTF-8 */
    TDS_WORDS = 2,
};

/* A buffer in the making; of statements also how much of each word we look for was there. */
struct tds_text_out {
    struct utf16 utf16;
    uint8_t word[TDS_WORDS];
    bool begun;
    bool told;
};

void tds_text_statement(struct parse *, struct tds_text_out *, enum tds_text how, struct span);
void tds_text_body(struct parse *, struct tds_text_out *, enum tds_text how, struct span);
/* A value ends here, and another may follow. */
void tds_text_break(struct parse *, struct tds_text_out *, enum buffer);
/* Nothing follows: the buffer ends, if there is one. */
void tds_text_end(struct parse *, struct tds_text_out *, enum buffer);
/* Whatever these bytes are, without their zeros. */
void tds_text_raw(struct parse *, struct tds_text_out *, struct span);

/* What fits of a text, into a field. Empty ones are not told. */
void tds_text_field(struct parse *, enum field, enum tds_text how, struct span);

#endif
