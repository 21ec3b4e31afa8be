/* SPDX-License-Identifier: Apache-2.0
 *
 * lzw: Lempel-Ziv-Welch as GIF and Go's compress/lzw write it: least bit first, literals of 8 bits.
 */
#ifndef SUPPORT_LZW_H
#define SUPPORT_LZW_H

#include "parser/parser.h"

/* The beginning of what the packed bytes hold, at most `most` bytes, in memory of the parser's
 * budget: freed with parse_free(p, (void *)result.p). Empty, with nothing to free, when there was
 * no memory or the bytes could not be understood. */
struct span unpack_lzw(struct parse *, struct span packed, size_t most);

#endif
