/* SPDX-License-Identifier: Apache-2.0
 *
 * app_name: what a session is said to speak, in events and tables alike.
 */
#ifndef REPORT_APP_NAME_H
#define REPORT_APP_NAME_H

#include "engine/session.h"

enum app_state {
    APP_NAMED,     /* session->app_id says it */
    APP_NOT_NAMED, /* carried payload, and nothing was found: "failed" */
    APP_UNDECIDED, /* carried payload, still being looked at */
    APP_NOT_ASKED, /* no payload, or a protocol that carries no application */
};

/* A session that has ended is decided. */
enum app_state app_name_state(const struct session *s);

#endif
