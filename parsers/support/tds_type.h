/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_type: the types of TDS 7 and their values (MS-TDS 2.2.5.4, 2.2.5.5), in parameters, columns
 * and rows.
 */
#ifndef SUPPORT_TDS_TYPE_H
#define SUPPORT_TDS_TYPE_H

#include "parser/parser.h"

enum {
    TDS_70 = 0x70,
    TDS_71 = 0x71,
    TDS_72 = 0x72,
    TDS_74 = 0x74,
};

enum tds_place { TDS_PARAMETER, TDS_COLUMN };

enum tds_text { TDS_TEXT_NONE, TDS_TEXT_BYTES, TDS_TEXT_UTF16 };

struct tds_type {
    uint8_t shape; /* how a value is written */
    uint8_t width; /* of a fixed one */
    uint8_t text;  /* enum tds_text */
};

/* Fails the cursor at types that are not known. */
struct tds_type tds_type_read(struct cursor *, enum tds_place, uint8_t version);

void tds_value_skip(struct cursor *, const struct tds_type *);

/* A text value piece by piece, as far as it is here. */
struct tds_value {
    const struct tds_type *type;
    uint32_t left; /* of the piece that the bytes end in: SHORT */
    bool begun;
    bool told;   /* it has bytes */
    bool chunks; /* there may be more pieces */
    bool over;
};

struct tds_value tds_value_begin(const struct tds_type *);
/* The next piece; false at the end of the value, or of the bytes. */
bool tds_value_next(struct tds_value *, struct cursor *, struct span *piece);

#endif
