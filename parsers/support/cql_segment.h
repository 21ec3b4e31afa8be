/* SPDX-License-Identifier: Apache-2.0
 *
 * cql_segment: what version 5 of Cassandra's protocol puts around its frames, and the greeting of
 * nodes among themselves. Both are guarded by checksums.
 */
#ifndef SUPPORT_CQL_SEGMENT_H
#define SUPPORT_CQL_SEGMENT_H

#include "base/cursor.h"

enum {
    CQL_SEGMENT_HEAD = 6,
    CQL_SEGMENT_PACKED_HEAD = 8,
    CQL_SEGMENT_TRAILER = 4,
};

struct cql_segment {
    uint32_t length; /* of the payload */
    bool whole;      /* holds whole frames; else a part of one */
    bool packed;     /* LZ4 */
};

/* A head with its checksum, of either kind; fails the cursor when there is none. */
struct cql_segment cql_segment_read(struct cursor *);
bool cql_segment_is(struct span);

/* Bytes and the checksum behind them, as nodes write it. */
bool cql_checksum_is(struct span bytes, uint32_t sum);

#endif
