/* SPDX-License-Identifier: Apache-2.0
 *
 * community_id: the Community ID flow hash, version 1, seed 0: the same text for one conversation
 * in every tool that speaks it.
 */
#ifndef REPORT_COMMUNITY_ID_H
#define REPORT_COMMUNITY_ID_H

#include "base/ipaddr.h"

#define COMMUNITY_ID_TEXT 31 /* with its NUL */

/* What makes the id; ports in host order. For ICMP and ICMPv6 they are type and code of the
 * request; for protocols without ports they do not count. */
struct community_flow {
    struct ipaddr source, dest;
    uint16_t source_port, dest_port;
    uint8_t proto;
};

/* Writes "1:" and base64 with its NUL, returns the length. */
size_t community_id_text(const struct community_flow *, char text[COMMUNITY_ID_TEXT]);

/* The ids of the flows that were asked for last. Zeroed; one owner. */
struct community_ids {
    struct {
        struct community_flow flow;
        char text[COMMUNITY_ID_TEXT]; /* empty: not used yet */
    } slots[256];
};

/* The same text, valid until the next call. Events of a flow come one after the other: mostly it
 * need not be hashed again. */
const char *community_id_again(struct community_ids *, const struct community_flow *);

#endif
