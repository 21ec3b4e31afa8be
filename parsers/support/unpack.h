/* SPDX-License-Identifier: Apache-2.0
 *
 * unpack: the beginning of what compressed bytes hold, in memory of the parser's budget.
 *
 * The result is freed with parse_free(p, (void *)result.p); it is empty, with nothing to free, when
 * there was no memory or the bytes could not be understood. All that the decoders need meanwhile is
 * of the same budget, and free again at the end.
 */
#ifndef SUPPORT_UNPACK_H
#define SUPPORT_UNPACK_H

#include "parser/parser.h"

/* At most `most` bytes; the packed bytes may end early. */
struct span unpack_zlib(struct parse *, struct span packed, size_t most);
struct span unpack_zstd(struct parse *, struct span packed, size_t most);

/* Piece by piece, when neither side of it can be held. The memory is the session's. */
struct unpack;

enum unpack_kind { UNPACK_ZLIB, UNPACK_ZSTD };

/* NULL: none left. */
struct unpack *unpack_new(struct parse *, enum unpack_kind);
/* Packed bytes of their own follow. */
void unpack_begin(struct unpack *);
/* Some of what *packed holds, which moves on; valid until the next call. Empty: nothing is left in
 * it, or it cannot be understood. */
struct span unpack_more(struct unpack *, struct span *packed);

#endif
