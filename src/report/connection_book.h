/* SPDX-License-Identifier: Apache-2.0
 *
 * connection_book: what sessions have contributed to the report of connections, summed up: one
 * entry for each workload, pair of addresses, service, application, rule and direction. Sums are
 * taken first on the worker, then over all workers. One thread at a time.
 */
#ifndef REPORT_CONNECTION_BOOK_H
#define REPORT_CONNECTION_BOOK_H

#include "base/hash.h"
#include "engine/contribution.h"
#include "report/encode_wire.h"

enum {
    CONNECTION_BOOK_MOST = 16384, /* entries */
    CONNECTION_FREELY = 800,      /* new ones of allowed traffic within */
    CONNECTION_WINDOW_US = 2000000,
};

struct connection {
    struct contribution sum;
    uint64_t first_us;
};

struct connection_book {
    size_t count;
    struct connection *list; /* in the order of their first contribution */
    uint16_t *places;        /* of the hash: index + 1, 0 = free */
    struct hash_key hash_key;
    /* allowed traffic that is new */
    uint64_t window_us;
    uint32_t in_window;
    uint64_t passed, limited;
};

/* False: no memory. */
bool connection_book_init(struct connection_book *);
void connection_book_fini(struct connection_book *);
void connection_book_clear(struct connection_book *);

/* A session's. False: there is no room, or too much that is new and allowed. */
bool connection_book_add(struct connection_book *, const struct contribution *);
/* A sum of another book. False: there is no room. */
bool connection_book_merge(struct connection_book *, const struct connection *);

/* As the agent reads it; `mac` is the one of its workload. */
struct message_connection_entry connection_wire(const struct connection *, struct wire_mac mac);

#endif
