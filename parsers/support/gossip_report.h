/* SPDX-License-Identifier: Apache-2.0
 *
 * gossip_report: what the messages of gossip prove and tell, and whose they are.
 */
#ifndef SUPPORT_GOSSIP_REPORT_H
#define SUPPORT_GOSSIP_REPORT_H

#include "support/gossip.h"

struct gossip_session {
    uint64_t pinged[2]; /* the number of each side's last ping, and one more */
    bool heard[2];
    bool matched;
    bool consul;
};

void gossip_prove(struct parse *, struct gossip_session *, enum proof);
/* A message. A push/pull stays open for its members: TX_DONE is the caller's. */
void gossip_report(struct parse *, struct gossip_session *, const struct gossip_map *);
void gossip_report_serf(struct parse *, const struct gossip_serf *);
void gossip_report_member(struct parse *, struct gossip_session *, const struct gossip_map *);

#endif
