/* SPDX-License-Identifier: Apache-2.0
 *
 * community_id: the Community ID flow hash, version 1, seed 0: the same text for one conversation
 * in every tool that speaks it. One owner thread.
 */
#ifndef REPORT_COMMUNITY_ID_H
#define REPORT_COMMUNITY_ID_H

#include "base/ipaddr.h"

struct community_id;

#define COMMUNITY_ID_TEXT 31 /* with its NUL */

/* What makes the id; ports in host order. For ICMP and ICMPv6 they are type and code of the
 * request; for protocols without ports they do not count. */
struct community_flow {
    struct ipaddr source, dest;
    uint16_t source_port, dest_port;
    uint8_t proto;
};

/* NULL: the crypto library offers no SHA-1. */
struct community_id *community_id_new(void);
void community_id_free(struct community_id *);

/* Writes "1:" and base64 with its NUL, returns the length. */
size_t community_id_text(struct community_id *, const struct community_flow *,
                         char text[COMMUNITY_ID_TEXT]);

#endif
