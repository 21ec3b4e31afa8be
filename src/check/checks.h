/* SPDX-License-Identifier: Apache-2.0
 *
 * checks: what the table in check.c is made of. Each finds out one thing and says it.
 */
#ifndef CHECK_CHECKS_H
#define CHECK_CHECKS_H

#include "check/check.h"

/* All there are on this machine. */
const struct check *check_table(size_t *n);

/* check_privileges.c */
void check_net_raw(struct netlab *, struct check_result *);
void check_net_admin(struct netlab *, struct check_result *);
void check_sys_admin(struct netlab *, struct check_result *);
void check_locked_memory(struct netlab *, struct check_result *);

/* check_namespaces.c */
void check_namespaces(struct netlab *, struct check_result *);
void check_cables(struct netlab *, struct check_result *);
void check_processes(struct netlab *, struct check_result *);

/* check_tap.c */
void check_tap(struct netlab *, struct check_result *);
void check_tap_vlan(struct netlab *, struct check_result *);
void check_tap_checksum(struct netlab *, struct check_result *);

/* check_ring.c */
void check_ring(struct netlab *, struct check_result *);
void check_fanout(struct netlab *, struct check_result *);

/* check_inline.c */
void check_service(struct netlab *, struct check_result *);
void check_pair(struct netlab *, struct check_result *);
void check_large(struct netlab *, struct check_result *);

/* check_nfqueue.c */
void check_iptables(struct netlab *, struct check_result *);
void check_ip6tables(struct netlab *, struct check_result *);
void check_nfqueue_four(struct netlab *, struct check_result *);
void check_nfqueue_six(struct netlab *, struct check_result *);

/* check_queue_flags.c */
void check_fail_open(struct netlab *, struct check_result *);
void check_queue_gso(struct netlab *, struct check_result *);

/* check_traffic_control.c */
void check_traffic_control(struct netlab *, struct check_result *);

/* check_processor.c */
void check_processor(struct netlab *, struct check_result *);

#endif
