/* SPDX-License-Identifier: Apache-2.0
 *
 * session_wire: a session as the agent is told of it. The session's worker.
 */
#ifndef REPORT_SESSION_WIRE_H
#define REPORT_SESSION_WIRE_H

#include "engine/engine.h"
#include "wire/messages.h"

/* The agent's number of a session: unique as long as no worker has made 2^28 sessions more. */
uint32_t session_wire_id(const struct session *);

void session_wire(const struct engine *, const struct session *, struct message_session_entry *);

#endif
