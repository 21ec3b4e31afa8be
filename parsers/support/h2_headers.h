/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_headers: header blocks of HTTP/2, decompressed by libnghttp2 (RFC 7541) with memory of the
 * session's budget. One inflater per direction; all blocks of a direction have to pass through it,
 * in order, also those nobody wants to know.
 */
#ifndef SUPPORT_H2_HEADERS_H
#define SUPPORT_H2_HEADERS_H

#include "parser/parser.h"

enum {
    H2_TABLE_MOST = 64 << 10, /* the largest dynamic table that is followed */
    H2_FIELDS_MOST = 1024,
    H2_DECODED_MOST = 64 << 10,
};

struct h2_inflater;

enum h2_inflated {
    H2_INFLATED,
    H2_TOO_MUCH, /* over a limit: the table is still right */
    H2_LOST,     /* the block cannot be read, nor any after it */
};

/* Called for each field, in order; the spans die with the call. */
typedef void h2_field(void *arg, struct span name, struct span value);

/* NULL: no memory. It is freed with the parser. */
struct h2_inflater *h2_inflater_new(struct parse *);
/* What the receiver of these blocks allows (SETTINGS_HEADER_TABLE_SIZE). False: more than is
 * followed. */
bool h2_inflater_allow(struct h2_inflater *, uint32_t table_size);
enum h2_inflated h2_inflate(struct h2_inflater *, struct span block, h2_field *, void *arg);

#endif
