/* SPDX-License-Identifier: Apache-2.0
 *
 * session_report: what sessions of workloads add to the report of connections: when their
 * application is settled, then once a minute (DNS over UDP: every 15 seconds) or when something
 * about them has changed, and at their end. Who was never answered is not told, unless it is an
 * attack. Worker thread; nothing of it happens in an engine that reports no connections.
 */
#ifndef SESSION_SESSION_REPORT_H
#define SESSION_SESSION_REPORT_H

#include "engine_state.h"

/* Its application is settled; ICMP: it was answered. Nothing the second time. */
void session_report_begin(struct engine *, struct session *);
/* Whatever is due, with a packet of it that is counted already. */
void session_report_later(struct engine *, struct session *);
/* One was raised in it; THREAT_NONE: a note, nothing. */
void session_report_threat(struct engine *, struct session *, enum threat);
/* Before what its parser knows is gone. */
void session_report_end(struct engine *, struct session *);

/* Is it worth a look, at a packet that comes after one at `before_us`? Every 8 seconds: what lies
 * behind the session is in no cache. */
static inline bool session_report_wants(const struct engine *e, const struct session *s,
                                        uint64_t before_us)
{
    return (before_us ^ e->now_us) >> 23 != 0 && e->sessions.own && s->key.zone != 0;
}

#endif
