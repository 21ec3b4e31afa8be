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

#endif
