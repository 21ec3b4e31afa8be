/* SPDX-License-Identifier: Apache-2.0
 *
 * pieces: one run of bytes that arrives in pieces, in any order, some twice (fragments of DTLS,
 * CRYPTO frames of QUIC). What comes twice counts as it came first. Memory is the session's; the
 * struct itself lives in it too, so a parser's state holds a pointer.
 */
#ifndef SUPPORT_PIECES_H
#define SUPPORT_PIECES_H

#include "parser/parser.h"

enum { PIECES_RANGES = 32 }; /* islands at a time */

struct pieces;

/* Adds a piece at `offset`; the first call allocates, nothing lies beyond `most`. False: beyond it,
 * too scattered, or no memory; what has been put stays. */
bool pieces_put(struct parse *, struct pieces **, uint64_t offset, struct span piece, size_t most);
/* All from the start up to the first hole. NULL: nothing. */
struct span pieces_ready(const struct pieces *);
void pieces_free(struct parse *, struct pieces **);

#endif
