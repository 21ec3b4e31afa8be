/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_headers: header blocks of HTTP/2, decompressed by libnghttp2 (RFC 7541) with memory of the
 * session's budget. One inflater per direction; all blocks of a direction have to pass through it,
 * in order, also those nobody wants to know.
 *
 * Where the beginning was not seen, or bytes were lost, it is not known what the table holds. New
 * entries come in front of old ones, so what has entered since is found; fields that refer to
 * older entries are left out.
 */
#ifndef SUPPORT_H2_HEADERS_H
#define SUPPORT_H2_HEADERS_H

#include "parser/parser.h"

enum {
    H2_TABLE_MOST = 64 << 10, /* the largest dynamic table that is followed */
    H2_FIELDS_MOST = 1024,
    H2_DECODED_MOST = 64 << 10,
    H2_STRING_MOST = 16 << 10, /* of one string while the table is unknown */
};

struct h2_inflater;

enum h2_table { H2_TABLE_EMPTY, H2_TABLE_UNKNOWN };
enum h2_end { H2_GOES_ON, H2_ENDS };

/* Called for each field, in order; the spans die with the call. */
typedef void h2_field(void *arg, struct span name, struct span value);

/* NULL: no memory. It is freed with the parser, or before. */
struct h2_inflater *h2_inflater_new(struct parse *, enum h2_table);
void h2_inflater_free(struct parse *, struct h2_inflater *);

/* A piece of a block, consumed as far as it can be read: all of it, or, while the table is unknown,
 * up to an incomplete field (SHORT). BAD: the block cannot be read, nor any after it. */
void h2_inflate(struct h2_inflater *, struct cursor *piece, enum h2_end, h2_field *, void *arg);
/* The block at hand is over a limit: what is told from there on is for detection alone, and not all
 * of it when little unpacks to much. */
bool h2_inflater_is_over(const struct h2_inflater *);
/* The block that has ended was. */
bool h2_inflater_was_over(const struct h2_inflater *);
/* How many bytes it has become, as a table would count them. */
uint64_t h2_inflater_unpacked(const struct h2_inflater *);

#endif
