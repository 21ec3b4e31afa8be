/* SPDX-License-Identifier: Apache-2.0
 *
 * threat_book: threats on their way to the agent. The first of a kind goes at once; those that
 * follow are counted and go together: every ten seconds, or when there was none for five. A kind is
 * a threat of a workload with one peer and direction. Worker thread.
 */
#ifndef REPORT_THREAT_BOOK_H
#define REPORT_THREAT_BOOK_H

#include "base/hash.h"
#include "engine/event.h"
#include "report/encode_wire.h"

enum {
    THREAT_BOOK_MOST = 1024, /* kinds at a time */
    THREAT_EVERY_US = 10 * 1000000,
    THREAT_QUIET_US = 5 * 1000000,
};

struct threat_entry;

struct threat_book {
    struct threat_entry *list; /* NULL until the first comes */
    uint16_t *places;          /* of the hash: index + 1, 0 = free */
    size_t count;
    struct hash_key hash_key;
    uint64_t told, lost; /* datagrams; threats that found no room */
};

/* Takes no memory yet. */
void threat_book_init(struct threat_book *);
void threat_book_fini(struct threat_book *);

/* Of a workload of the agent's; others are not for it. True: something is to be told at once. */
bool threat_book_add(struct threat_book *, const struct event *);

/* Those that are due are written, as long as there is room for `most`; returns how many. */
size_t threat_book_take(struct threat_book *, uint64_t now_us, struct wire_datagram *to,
                        size_t most);

#endif
