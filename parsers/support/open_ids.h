/* SPDX-License-Identifier: Apache-2.0
 *
 * open_ids: requests with numbers, and the answers that name them.
 *
 * The engine pairs answers with requests in their order. Here the numbers say which is which: a
 * request whose answer comes out of turn is told alone, and so is an answer to it.
 */
#ifndef SUPPORT_OPEN_IDS_H
#define SUPPORT_OPEN_IDS_H

#include "parser/parser.h"

enum { OPEN_IDS = 24 };

struct open_ids {
    uint32_t id[OPEN_IDS]; /* a ring */
    uint8_t first, count;
};

/* The request just reported has this number and waits for its answer. */
void open_ids_add(struct parse *, struct open_ids *, uint32_t id);
/* Whether the number is open; then its transaction is the current one of this direction, and it is
 * not open any more: TX_DONE is the caller's. */
bool open_ids_take(struct parse *, struct open_ids *, uint32_t id);

#endif
