/* SPDX-License-Identifier: Apache-2.0
 *
 * clickhouse_packet: what the packets of ClickHouse's native protocol hold. Numbers are varints
 * (seven bits a byte, lowest first), texts have their length in front. What stands in a packet
 * depends on the revision, which is the lower one of both sides.
 *
 *     client  0 hello  1 query  2 data  3 cancel  4 ping
 *     server  0 hello  1 data  2 exception  3 progress  4 pong  5 end  6 profile  7 totals  8
 * extremes
 *
 * Nothing says how long a block of data is. So behind one the stream is only read again where a
 * segment begins with a query, or an exception, which are long enough to be known.
 */
#ifndef SUPPORT_CLICKHOUSE_PACKET_H
#define SUPPORT_CLICKHOUSE_PACKET_H

#include "base/cursor.h"

enum {
    CH_TEXT_MAX = 60000,
    CH_REVISION_KNOWN = 54480,
};

enum ch_client { CH_HELLO, CH_QUERY, CH_DATA, CH_CANCEL, CH_PING };

enum ch_server {
    CH_SERVER_HELLO,
    CH_SERVER_DATA,
    CH_EXCEPTION,
    CH_PROGRESS,
    CH_PONG,
    CH_END,
    CH_PROFILE,
    CH_COLUMNS = 11,
};

struct ch_hello {
    struct span name;
    uint64_t major, minor, patch, revision;
    struct span database; /* of the client */
    struct span user;
};

struct ch_query {
    struct span id;
    bool compressed;
    uint64_t text; /* bytes of it, which stand where the cursor is */
};

struct ch_exception {
    uint32_t code;
    struct span name;
    struct span message;
    bool nested; /* another follows */
};

uint64_t ch_number(struct cursor *);
struct span ch_text(struct cursor *);

/* All behind the packet's number. */
void ch_client_hello_read(struct cursor *, struct ch_hello *);
/* The head; the tail needs the revision of both. */
void ch_server_hello_read(struct cursor *, struct ch_hello *);
void ch_server_tail_read(struct cursor *, uint32_t revision, struct ch_hello *);
/* What the client adds to its hello. True: from here on there is no reading. */
bool ch_addendum_read(struct cursor *, uint32_t revision);
/* Up to the text. */
void ch_query_read(struct cursor *, uint32_t revision, struct ch_query *);
/* Names and values up to an empty name. */
void ch_settings_skip(struct cursor *);
void ch_exception_read(struct cursor *, struct ch_exception *);
void ch_progress_skip(struct cursor *, uint32_t revision);
void ch_profile_skip(struct cursor *, uint32_t revision);
/* False: there is no telling where it ends. */
bool ch_block_skip(struct cursor *, uint32_t revision, bool compressed);

#endif
