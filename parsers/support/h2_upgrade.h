/* SPDX-License-Identifier: Apache-2.0
 *
 * h2_upgrade: HTTP/2 that begins as HTTP/1 (RFC 7540 section 3.2). The client's settings stand in a
 * header of its request, which is stream 1; what matters of them goes to the next parser in one
 * word.
 */
#ifndef SUPPORT_H2_UPGRADE_H
#define SUPPORT_H2_UPGRADE_H

#include "parser/parser.h"
#include "support/h2_window.h"

struct h2_agreed {
    uint32_t window; /* of each stream to the client */
    uint32_t frame_most;
    bool upgraded;    /* this connection was HTTP/1 */
    bool large_table; /* of header fields: more than is followed */
    bool invalid;     /* there was no such header, or it cannot be read */
};

/* The word for parse_upgrade_with(), of an HTTP2-Settings header; empty: there was none. */
uint64_t h2_upgrade_word(struct span header);
struct h2_agreed h2_upgrade_read(uint64_t word);

#endif
