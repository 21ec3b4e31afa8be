/* SPDX-License-Identifier: Apache-2.0
 *
 * daemon: the program as a service. Builds the workers and everything of the control thread, goes
 * round until a signal ends it, takes them down in reverse.
 */
#ifndef SLUICED_DAEMON_H
#define SLUICED_DAEMON_H

#include "base/err.h"
#include "engine/snapshot.h"
#include "options.h"

/* Takes the snapshot. False and err: it could not start. Returns true when it was told to end. */
bool daemon_run(const struct options *, struct snapshot *, struct err *);

#endif
