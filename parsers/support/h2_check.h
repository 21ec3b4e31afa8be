/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_check: header fields that RFC 9113 section 8 forbids. A proxy that speaks HTTP/1 behind may
 * write them down as they are, and then they are something else: requests in which they stand count
 * as smuggling (2014).
 */
#ifndef SUPPORT_H2_CHECK_H
#define SUPPORT_H2_CHECK_H

#include "parser/parser.h"

/* Of one header block; begins as zeroes. */
struct h2_check {
    uint16_t told;   /* enum fault, a bit each */
    uint8_t pseudo;  /* those that have come, a bit each */
    bool regular;    /* a field that is no pseudo header has */
    bool has_length; /* Content-Length */
    bool has_host;
    uint32_t authority, host; /* hashes of them */
    uint64_t length;
};

/* `trailers`: of a block behind the body. */
enum h2_part { H2_PART_HEAD, H2_PART_TRAILERS };
void h2_check_field(struct parse *, struct h2_check *, enum h2_part, struct span name,
                    struct span value);
/* The block is complete. */
void h2_check_end(struct parse *, struct h2_check *);
/* A body is over, or has become longer than its Content-Length. */
void h2_check_length(struct parse *);

#endif
