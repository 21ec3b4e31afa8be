/* SPDX-License-Identifier: Apache-2.0
 *
 * queue_site: datagrams over loopback of the near namespace, and the rules that put them into
 * queues: one queue through a capture, one for what is tried by hand. check_iptables() and
 * check_ip6tables() make the rules.
 */
#ifndef CHECK_QUEUE_SITE_H
#define CHECK_QUEUE_SITE_H

#include "check/netlab.h"
#include "check/probe.h"

enum queue_family { QUEUE_FOUR, QUEUE_SIX };

/* Their datagrams go to port QUEUE_PORT + queue. */
enum { QUEUE_OF_CAPTURE = 1, QUEUE_BY_HAND = 2, QUEUE_PORT = 4660 };

struct queue_site {
    enum queue_family family;
    uint16_t queue;
    int from, to; /* sockets, connected; -1: none */
};

/* False and err: no such addresses in this kernel. queue_site_fini() in any case. */
bool queue_site_init(struct queue_site *, struct netlab *, struct err *);
void queue_site_fini(struct queue_site *);
/* A new one. */
bool queue_site_send(const struct queue_site *, struct netlab *, struct probe *, struct err *);
/* False: the result says that nothing was tried, because there are no rules. */
bool queue_site_has_rules(const struct netlab *, enum queue_family, struct check_result *);

#endif
