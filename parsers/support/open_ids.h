/* SPDX-License-Identifier: Apache-2.0
 *
 * open_ids: the numbers of requests that wait for their answers, the newest of them. An answer to
 * one of them proves the protocol, and completes a transaction with that number as its key.
 */
#ifndef SUPPORT_OPEN_IDS_H
#define SUPPORT_OPEN_IDS_H

#include <stdbool.h>
#include <stdint.h>

enum { OPEN_IDS = 24 };

struct open_ids {
    uint32_t id[OPEN_IDS]; /* a ring */
    uint8_t first, count;
};

/* When there is no room the oldest is forgotten. */
void open_ids_add(struct open_ids *, uint32_t id);
/* Whether the number was open; it is not any more. */
bool open_ids_take(struct open_ids *, uint32_t id);

#endif
