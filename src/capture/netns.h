/* SPDX-License-Identifier: Apache-2.0
 *
 * netns: doing something inside of a network namespace. The thread is back when it returns. Control
 * thread.
 */
#ifndef CAPTURE_NETNS_H
#define CAPTURE_NETNS_H

#include "base/err.h"

#include <stdbool.h>

typedef bool netns_run(void *arg, struct err *);

/* `file` names the namespace; NULL or empty: ours. False and err: it cannot be entered, or `run`
 * said so. */
bool netns_inside(const char *file, netns_run *run, void *arg, struct err *err);

#endif
