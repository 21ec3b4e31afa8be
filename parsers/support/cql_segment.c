/* SPDX-License-Identifier: Apache-2.0
 *
 * cql_segment: see cql_segment.h.
 */
#include "support/cql_segment.h"

#include <zlib.h>

enum {
    CRC24_START = 0x875060,
    CRC24_POLYNOMIAL = 0x1974f0b,
    LENGTH_BITS = 17,
    LENGTH_MASK = (1 << LENGTH_BITS) - 1,
};

/* Every sum begins with these, so that zeros are not right by chance. */
static const uint8_t crc32_start[] = {0xfa, 0x2d, 0x55, 0xca};

static uint32_t crc24(struct span bytes)
{
    uint32_t crc = CRC24_START;

    for (size_t i = 0; i < bytes.n; i++) {
        crc ^= (uint32_t)bytes.p[i] << 16;
        for (int bit = 0; bit < 8; bit++) {
            crc <<= 1;
            if (crc & 1u << 24)
                crc ^= CRC24_POLYNOMIAL;
        }
    }
    return crc;
}

static bool is_head(struct span s, size_t size)
{
    struct cursor sum = cur_of(span_from(s, size - 3));

    return s.n >= size && cur_le24(&sum) == crc24(span_first(s, size - 3));
}

bool cql_segment_is(struct span s)
{
    return is_head(s, CQL_SEGMENT_HEAD) || is_head(s, CQL_SEGMENT_PACKED_HEAD);
}

static uint64_t bits_read(struct cursor *c, size_t size)
{
    uint64_t low = cur_le24(c);
    uint64_t high = size == CQL_SEGMENT_PACKED_HEAD ? cur_le16(c) : 0;

    cur_skip(c, 3);
    return low | high << 24;
}

struct cql_segment cql_segment_read(struct cursor *c)
{
    struct span look = cur_look(c);
    struct cql_segment s = {.length = 0};
    uint64_t bits, plain;

    if (is_head(look, CQL_SEGMENT_HEAD)) {
        bits = bits_read(c, CQL_SEGMENT_HEAD);
        s.whole = bits >> LENGTH_BITS & 1;
    } else if (is_head(look, CQL_SEGMENT_PACKED_HEAD)) {
        bits = bits_read(c, CQL_SEGMENT_PACKED_HEAD);
        plain = bits >> LENGTH_BITS & LENGTH_MASK;
        s.packed = plain != 0; /* zero: packing did not make it smaller */
        s.whole = bits >> 2 * LENGTH_BITS & 1;
    } else {
        cur_take(c, CQL_SEGMENT_PACKED_HEAD);
        cur_fail(c);
        return s;
    }
    s.length = (uint32_t)bits & LENGTH_MASK;
    return s;
}

bool cql_checksum_is(struct span bytes, uint32_t sum)
{
    uLong crc = crc32(0, crc32_start, sizeof(crc32_start));

    return crc32(crc, bytes.p, (uInt)bytes.n) == sum;
}
